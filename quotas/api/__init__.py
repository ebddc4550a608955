"""The API's door to quotas: where a group stands, what it may add, its history, and plans with their prices."""
