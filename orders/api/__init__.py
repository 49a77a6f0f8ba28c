"""Orders and purchases over REST."""
