"""The database underneath: watched, kept in shape, explained."""
