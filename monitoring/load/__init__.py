"""Load: users who are simulated against a real server, what is sampled meanwhile, and what the server could not do more of."""
