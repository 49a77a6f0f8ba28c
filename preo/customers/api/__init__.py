"""Customers over REST, under the name that the API has for them: users."""
