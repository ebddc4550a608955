"""Checks of the data: each finds the rows that break one rule."""
