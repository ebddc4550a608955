"""The operators' door to monitoring."""
