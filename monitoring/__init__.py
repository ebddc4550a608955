"""Integrity, alerts and the database underneath."""
