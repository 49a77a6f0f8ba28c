"""The admin of orders."""

from orders.admin.orders import OrderAdmin

__all__ = ["OrderAdmin"]
