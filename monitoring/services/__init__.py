"""What monitoring does: one business action per function."""
