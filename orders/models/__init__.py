"""The tables of carts, orders, transactions and purchases."""

from orders.models.carts import Cart, CartItem
from orders.models.ledger import LedgerEntry
from orders.models.orders import Order
from orders.models.payments import Purchase, Transaction
from orders.models.whole import whole_orders, whole_purchases

__all__ = ["Cart", "CartItem", "LedgerEntry", "Order", "Purchase", "Transaction", "whole_orders", "whole_purchases"]
