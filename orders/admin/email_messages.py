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
        order = rows.filter(pk=order_id).first() if _is_id(order_id) else None
        if order is None:
            raise InvalidField("order_id", "not_found", "There is no order with this id that you can see.")
        return order_variables(message, order, language=language)


def _is_id(text: str) -> bool:
    try:
        parse("ord", text)
    except NotAPublicId:
        return False
    return True
