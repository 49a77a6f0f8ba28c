"""Keeping what orders are found by in step with the customers whose names it holds."""

from django.db import connection

from orders.search import text_of_customer
from preo.accounts.models import Customer
from preo.public_ids import decode
from preo.recording import operation

_LINES_OF_CUSTOMER = r"""
    UPDATE orders_order SET search_text = concat_ws(
        E'\n',
        CASE
            WHEN coalesce(order_number, '') = '' THEN split_part(search_text, E'\n', 1)
            ELSE split_part(search_text, E'\n', 1) || E'\n' || split_part(search_text, E'\n', 2)
        END,
        nullif(%s, ''),
        ltrim(substring(search_text from '(?:\ntrx_[0-9a-z]{26})+$'), E'\n')
    )
    WHERE customer_id = %s
"""
"""Puts what the customer is called now between the lines that are the order's own and those of its transactions."""


@operation
def refresh_search_text(customer: Customer) -> None:
    """Let every order of the customer, of whatever organization, be found by what the customer is called now.

    One statement, however many orders. It belongs in the transaction that changes the customer, or whose orders are.
    """
    text = text_of_customer(name=customer.full_name, email=customer.email, phone=customer.phone_number)
    with connection.cursor() as cursor:
        cursor.execute(_LINES_OF_CUSTOMER, [text, decode(customer.pk)[1]])
