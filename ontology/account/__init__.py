"""The door of people who sign in: their account, their tokens, their password, invitations to them."""
