"""Editions and their messages over REST."""
