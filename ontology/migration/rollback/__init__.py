"""Rollback: what a backup holds comes back, by marks of the transactions that changed it, or exactly."""
