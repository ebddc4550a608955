"""The operators' door to archives."""
