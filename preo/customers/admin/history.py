"""Whose changes the history of a customer tells: all that an organization in reach has of them."""

from typing import Any

from django.db.models import Model

from consents.answers import answers_of
from preo.accounts.models import Customer, CustomerExport, Erasure
from preo.api.roles import Role
from preo.customers.admin.known import rows_within

MOST_OF_A_KIND = 500
"""How many answers, exports and erasures are told along, the newest of each."""


def rows_of_history(customer: Customer, user: Any) -> list[Model]:
    """None of who stands in for an erased customer, as they would lead to the erasure, which has the id. Four queries.

    A duplicate is called by its id: what it is called by now, others who know it may have said.
    """
    rows = rows_within(customer, user)
    if any(row.erased_at for row in rows):
        return []
    duplicates = [Customer(pk=row.merged_from_id) for row in rows if row.merged_from_id]
    asked_and_taken = [row for model in (Erasure, CustomerExport) for row in _newest(model, customer, user)]
    answers = answers_of(customer.pk).visible_to(user, role=Role.STAFF).order_by("-answered_at", "-id")
    return [customer, *rows, *duplicates, *asked_and_taken, *answers[:MOST_OF_A_KIND]]


def _newest(model: Any, customer: Customer, user: Any) -> list[Model]:
    rows = model.objects.visible_to(user, role=Role.STAFF).filter(customer_id=customer.pk)
    return list(rows.order_by("-created", "-id")[:MOST_OF_A_KIND])
