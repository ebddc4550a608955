"""How much there will be: what grows, when it meets a limit, and what ten times the users would need."""
