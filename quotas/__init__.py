"""Plans, limits and usage."""
