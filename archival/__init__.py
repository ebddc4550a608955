"""Cold events in object storage."""
