"""Writes and reads of quotas: what a group may use, what it uses, what it costs."""
