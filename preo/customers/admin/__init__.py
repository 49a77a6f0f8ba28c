"""The admin of customers: the list, everything about one of them, and what becomes of their data."""

from preo.customers.admin.customers import CustomerAdmin

__all__ = ["CustomerAdmin"]
