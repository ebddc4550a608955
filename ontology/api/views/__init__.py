"""The views, by noun."""
