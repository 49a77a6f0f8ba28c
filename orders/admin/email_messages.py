"""The admin of e-mail messages, with previews of real orders."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from editions.admin.email_messages import EmailMessageAdmin
from editions.models import EmailMessage
from orders.previews import order_variables, orders_to_preview
from preo.api.roles import Role
from preo.errors import InvalidField
from preo.public_ids import NotAPublicId, parse


@admin.register(EmailMessage)
class EmailMessageWithOrderAdmin(EmailMessageAdmin):
    """Whoever manages an edition or an organization writes its messages; the platform's are there to be copied."""

    def order_variables(
        self, request: HttpRequest, message: EmailMessage, order_id: str, language: str | None
    ) -> Mapping[str, Any]:
        user: Any = request.user
        rows = orders_to_preview().visible_to(user, role=Role.STAFF)
        found = rows.filter(pk=order_id) if _is_id(order_id) else _numbered(rows, order_id, message)
        match list(found[:2]):
            case [order]:
                return order_variables(message, order, language=language)
            case []:
                raise InvalidField("order", "not_found", "There is no order with this number or id that you can see.")
        raise InvalidField("order", "ambiguous", "More than one order has this number; write the id.")


def _numbered(rows: Any, number: str, message: EmailMessage) -> Any:
    """In the message's organization, or for one of the platform wherever the user sees orders."""
    own = rows.filter(organization_id=message.organization_id) if message.organization_id else rows
    return own.none() if "\0" in number else own.filter(order_number__in={number, number.upper()})


def _is_id(text: str) -> bool:
    try:
        parse("ord", text)
    except NotAPublicId:
        return False
    return True
