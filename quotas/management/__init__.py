"""The operators' commands: verbs."""
