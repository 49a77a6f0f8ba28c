"""The admin of orders."""

from orders.admin.email_messages import EmailMessageWithOrderAdmin
from orders.admin.orders import OrderAdmin

__all__ = ["EmailMessageWithOrderAdmin", "OrderAdmin"]
