"""From legacy rows (v0) to v1, and back, while people work: reading old exports, deciding by the rules, writing in batches, backup and rollback."""
