"""A stand-in for Stripe and Adyen: a server of our own on loopback, with books, that enforces what they enforce.

Standard library alone, so that it also runs as a process of its own: `python -m tests.providers`.
"""
