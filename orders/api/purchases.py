"""Single purchases."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.mixins import RetrieveModelMixin

from orders.api.parts import PurchaseOut, TransactionOut
from orders.models import Purchase, whole_purchases
from preo.api.access import OrganizationAccessMixin
from preo.api.scopes import Scope


class PurchaseDetailOut(PurchaseOut):
    """One bought unit, with the order and payment it belongs to."""

    organization_id = serializers.CharField(source="order.organization_id")
    edition_id = serializers.CharField(source="order.edition_id")
    order_id = serializers.CharField()
    transaction = TransactionOut(allow_null=True)
    metadata = serializers.JSONField()


@extend_schema_view(
    retrieve=extend_schema(summary="Retrieve purchase details", tags=["Purchases"], responses=PurchaseDetailOut)
)
class PurchaseViewSet(RetrieveModelMixin, OrganizationAccessMixin):
    """Purchases of the orders that the caller can reach."""

    queryset = Purchase.objects.all()
    organization_filter_field = "order__organization_id"
    edition_filter_field = "order__edition_id"
    scopes = {"retrieve": Scope.PURCHASES_READ}
    serializer_class = PurchaseDetailOut

    def rows(self) -> QuerySet[Any]:
        return whole_purchases(Purchase.objects.all())
