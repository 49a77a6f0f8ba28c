"""Orders: list, search, detail."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from editions.api.editions import EditionLightOut
from editions.models import Edition
from orders.api.carts import CartOut
from orders.api.parts import PurchaseOut, TransactionOut
from orders.models import Order, Transaction, whole_orders
from orders.states import OrderStatus, OrderType, TransactionStatus
from preo.accounts.api import CustomerOut, OrganizationOut
from preo.accounts.models import Customer
from preo.api.access import OrganizationAccessMixin
from preo.api.fields import AmountField, MomentField
from preo.api.filters import MomentFilter, TextFilter, VisibleRowFilter
from preo.api.scopes import Scope
from preo.money import Currency

SCOPES_OF_A_LIST = ("edition_id", "organization_id", "customer_id")


class OrderFilter(django_filters.FilterSet):
    created_after = MomentFilter("created", "gte", help_text="Created at or after this moment.")
    created_before = MomentFilter("created", "lt", help_text="Created before this moment.")
    customer_email = TextFilter(method="by_email", help_text="Part of the customer's e-mail address, in any case.")
    customer_id = VisibleRowFilter(rows=Customer.objects.all, field_name="customer_id", help_text="`usr_…`")
    customer_phone = TextFilter(method="by_phone", help_text="Part of the customer's phone number, in any notation.")
    edition_id = VisibleRowFilter(rows=Edition.objects.all, field_name="edition_id", help_text="`edt_…`")
    order_number = TextFilter(method="by_number", help_text="Part of the order number, in any case.")
    search = TextFilter(
        method="by_anything",
        help_text="Part of the order's number or id, a transaction's id, or the customer's name, e-mail or phone.",
    )
    status = django_filters.ChoiceFilter(choices=OrderStatus.choices)
    transaction_id = VisibleRowFilter(rows=Transaction.objects.all, field_name="transactions", help_text="`trx_…`")
    type = django_filters.ChoiceFilter(choices=OrderType.choices)

    def by_email(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.customer_email_contains(value)

    def by_phone(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.customer_phone_contains(value)

    def by_number(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.number_contains(value)

    def by_anything(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.containing(value)


class OrderListOut(serializers.Serializer[Any]):
    """An order in a list."""

    id = serializers.CharField()
    order_number = serializers.CharField(allow_null=True)
    type = serializers.ChoiceField(OrderType.choices)
    status = serializers.ChoiceField(OrderStatus.choices)
    edition = EditionLightOut()
    amount = AmountField(source="amount_minor")
    currency = serializers.ChoiceField(Currency.choices)
    customer_name = serializers.CharField(source="customer.full_name")
    customer_email = serializers.CharField(source="customer.email")
    items_count = serializers.IntegerField()
    has_payment = serializers.BooleanField()
    created = MomentField()
    modified = MomentField()


class OrderOut(serializers.Serializer[Any]):
    """An order with its cart, payments and purchases."""

    id = serializers.CharField()
    order_number = serializers.CharField(allow_null=True)
    type = serializers.ChoiceField(OrderType.choices)
    status = serializers.ChoiceField(OrderStatus.choices)
    organization = OrganizationOut()
    edition = EditionLightOut()
    amount = AmountField(source="amount_minor")
    currency = serializers.ChoiceField(Currency.choices)
    cart = CartOut(allow_null=True)
    customer = CustomerOut()
    transactions = TransactionOut(many=True)
    purchases = PurchaseOut(many=True)
    completed_transaction_id = serializers.SerializerMethodField()
    metadata = serializers.JSONField()
    created = MomentField()
    modified = MomentField()

    def get_completed_transaction_id(self, order: Order) -> str | None:
        completed = (paid.pk for paid in order.transactions.all() if paid.status == TransactionStatus.COMPLETED)
        return next(completed, None)


@extend_schema_view(
    list=extend_schema(
        summary="List orders",
        description="Needs at least one of `edition_id`, `organization_id` and `customer_id`.",
        tags=["Orders"],
        responses=OrderListOut,
    ),
    retrieve=extend_schema(summary="Retrieve order details", tags=["Orders"], responses=OrderOut),
)
class OrderViewSet(ListModelMixin, RetrieveModelMixin, OrganizationAccessMixin):
    """Orders of the organizations, or single editions, that the caller has a role on."""

    queryset = Order.objects.all()
    edition_filter_field = "edition_id"
    scopes = {"list": Scope.ORDERS_READ, "retrieve": Scope.ORDERS_READ}
    filterset_class = OrderFilter
    ordering_columns = {
        "created": "created",
        "modified": "modified",
        "order_number": "order_number",
        "status": "status",
        "type": "type",
        "amount": "amount_minor",
    }

    def rows(self) -> QuerySet[Any]:
        return Order.objects.listed() if self.action == "list" else whole_orders(Order.objects.all())

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.action == "list" and not any(map(self.request.query_params.get, SCOPES_OF_A_LIST)):
            error = ErrorDetail("Give at least one of edition_id, organization_id and customer_id.", code="required")
            raise ValidationError({name: [error] for name in SCOPES_OF_A_LIST})
        return super().filter_queryset(queryset)

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return OrderListOut if self.action == "list" else OrderOut
