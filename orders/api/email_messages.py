"""E-mail messages, with previews of real orders."""

from collections.abc import Mapping
from typing import Any

from editions.api.email_messages import EmailMessageViewSet
from editions.models import EmailMessage
from orders.previews import order_variables, orders_to_preview
from preo.api.access import find_visible, require_scope
from preo.api.roles import Role
from preo.api.scopes import Scope


class EmailMessageWithOrderViewSet(EmailMessageViewSet):
    """E-mail messages of the organizations, or single editions, that the caller has a role on, and the platform's."""

    def variables_of(self, message: EmailMessage, asked: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if "order_id" not in asked:
            return None
        require_scope(self.staff_user, Scope.ORDERS_READ)
        order = find_visible(
            orders_to_preview(), self.staff_user, asked["order_id"], parameter="order_id", role=Role.STAFF
        )
        return order_variables(message, order, language=asked.get("language"))
