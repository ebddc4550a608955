"""The staff's door to monitoring."""
