"""The API of alerts."""
