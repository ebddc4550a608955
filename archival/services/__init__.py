"""What archival does: one business action per function."""
