"""Writes: one business action, one transaction, one event each."""
