"""The admin of customers: the list, everything about one of them, and what becomes of their data."""

from preo.customers.admin.customers import CustomerAdmin
from preo.customers.admin.erasures import ErasureAdmin
from preo.customers.admin.places import waiting_erasures_panel

__all__ = ["CustomerAdmin", "ErasureAdmin", "waiting_erasures_panel"]
