"""The operators' door to checks."""
