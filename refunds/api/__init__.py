"""Refund requests and mass refunds over REST."""
