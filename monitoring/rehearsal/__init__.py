"""A release tried on a copy: its migrations run on a restored backup, and what they would have done to people is told."""
