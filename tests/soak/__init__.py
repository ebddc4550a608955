"""Pages that renew themselves, watched for so long that what they leak shows."""
