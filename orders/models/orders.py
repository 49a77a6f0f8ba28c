"""Orders, and how they are found."""

from datetime import datetime
from typing import ClassVar, Self

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F

from editions.models import Edition
from orders.models.carts import Cart
from orders.search import normalize
from orders.states import OrderStatus, OrderType, TransactionStatus
from preo.accounts.models import Customer, Organization, OrganizationCustomer
from preo.api.scoping import ScopedQuerySet
from preo.history import Place, keep_history
from preo.money import Currency
from preo.phones import parts
from preo.public_ids import PublicIdField
from preo.rows import Row


class OrderQuerySet(ScopedQuerySet["Order"]):
    edition_field = "edition_id"

    def containing(self, text: str) -> Self:
        """Orders with the text anywhere in what search covers: numbers, ids, name, e-mail and phone of the customer.

        A text of digits and separators is taken for a phone number as well, in any notation. The whole address or
        number of a duplicate finds the orders of whom their organization merged it into.
        """
        normal = normalize(text)
        if not normal:
            return self.none()
        found = models.Q(search_text__contains=normal)
        for digits in parts(text):
            found |= models.Q(search_text__contains=digits)
        # Looked up first, as within one condition with it the trigram index would not be used.
        for row in OrganizationCustomer.objects.merged_as(text.strip()):
            found |= models.Q(organization=row.organization_id, customer=row.customer_id)
        return self.filter(found)

    def customer_email_contains(self, text: str) -> Self:
        # The search column goes first: it has the trigram index, scoped by edition.
        return self.containing(text).filter(customer__email__icontains=text)

    def customer_phone_contains(self, text: str) -> Self:
        """In any notation: separators do not count."""
        of_number = models.Q(pk__in=[])
        for digits in parts(text) or [text]:
            of_number |= models.Q(customer__phone_number__contains=digits)
        return self.containing(text).filter(of_number)

    def number_contains(self, text: str) -> Self:
        return self.containing(text).filter(order_number__icontains=text)

    def completed_online(self, *, since: datetime) -> Self:
        """Completed online orders that changed since a moment, in the order in which they did."""
        return self.filter(type=OrderType.ONLINE, status=OrderStatus.COMPLETED, modified__gte=since).order_by(
            "modified", "id"
        )

    def listed(self) -> Self:
        """With what a list shows: one query, and one for payments."""
        # Not an EXISTS beside each row: PostgreSQL takes the limit for unknown and hashes every payment there is.
        return self.select_related("edition__event", "customer").prefetch_related("transactions")


OF_ORDER = Place(
    "ordered.organization_id", "ordered.edition_id", "LEFT JOIN orders_order ordered ON ordered.id = row.order_id"
)
"""What belongs to an order, for the history."""


@keep_history(
    Place(edition="row.edition_id"),
    customer="row.customer_id",
    personal=("customer_id", "metadata", "external_id"),
    left_out=("search_text",),
    inserts_in_full=False,
)
class Order(Row):
    """What one customer ordered in one edition. `amount_minor` is the whole sum, in minor units of `currency`."""

    id = PublicIdField(prefix="ord")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="orders", db_index=False)
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="orders", db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="orders", db_index=False)
    cart = models.OneToOneField(Cart, models.PROTECT, null=True, blank=True, related_name="order")
    order_number = models.CharField(max_length=16, null=True, blank=True)  # null until it is numbered
    type = models.CharField(max_length=10, choices=OrderType.choices)
    status = models.CharField(max_length=10, choices=OrderStatus.choices)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, choices=Currency.choices)
    items_count = models.PositiveIntegerField()
    metadata = models.JSONField(default=dict, blank=True)
    external_id = models.CharField(
        max_length=100, null=True, blank=True, help_text="In the system it came from."
    )  # null keeps it out of the unique constraint
    search_text = models.TextField(editable=False, default="")

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ("-created", "-id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "order_number"], name="order_number_is_unique"),
            models.UniqueConstraint(fields=["edition", "external_id"], name="external_order_is_known_once"),
            models.CheckConstraint(condition=models.Q(amount_minor__gte=0), name="order_amount_not_negative"),
            models.CheckConstraint(condition=models.Q(status__in=OrderStatus.values), name="order_status_is_known"),
            models.CheckConstraint(condition=models.Q(type__in=OrderType.values), name="order_type_is_known"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["edition", "-created", "-id"], name="order_by_created"),
            models.Index(fields=["edition", "-modified", "-id"], name="order_by_modified"),
            models.Index(fields=["edition", "amount_minor", "id"], name="order_by_amount"),
            models.Index(fields=["edition", "order_number", "id"], name="order_by_number"),
            models.Index(fields=["edition", "status", "id"], name="order_by_status"),
            models.Index(fields=["edition", "type", "id"], name="order_by_type"),
            models.Index(fields=["organization", "-created", "-id"], name="order_of_organization"),
            models.Index(fields=["customer", "-created", "-id"], name="order_of_customer"),
            models.Index(
                fields=["modified", "id"],
                name="order_completed_online",
                condition=models.Q(type=OrderType.ONLINE, status=OrderStatus.COMPLETED),
            ),
            GinIndex(F("edition"), OpClass(F("search_text"), name="gin_trgm_ops"), name="order_search"),
        ]

    def __str__(self) -> str:
        return self.order_number or str(self.pk)

    @property
    def has_payment(self) -> bool:
        """Whether a transaction was completed. Needs `transactions` prefetched in lists."""
        return any(paid.status == TransactionStatus.COMPLETED for paid in self.transactions.all())
