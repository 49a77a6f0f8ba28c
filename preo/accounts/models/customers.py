"""Customers, and what each organization knows of them."""

from collections.abc import Collection
from typing import Any, ClassVar, Self

import pgtrigger
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now, Upper

from preo.accounts.models.people import Organization
from preo.api.roles import Reach, Role
from preo.api.scoping import ScopedQuerySet
from preo.firm_triggers import FirmTrigger
from preo.history import Place, keep_history
from preo.phones import parts, whole_number
from preo.public_ids import PublicIdField
from preo.rows import Row

SHARED = Place(
    "known.organization_id",
    joins=(
        "LEFT JOIN accounts_organizationcustomer known ON known.customer_id = row.id AND known.merged_from_id IS NULL"
    ),
    is_told="audit_is_seen_by(known.organization_id)",
)
"""A customer is of every organization that knows it; each is told of the change, and its own people by name."""


NO_LANGUAGE = "und"
"""The locale of who stands in for an erased customer, and of nobody else: what BCP 47 has for none that is known."""


class CustomerQuerySet(ScopedQuerySet["Customer"]):
    def visible_to(self, user: Any, *, role: Role = Role.GUEST) -> Self:
        """Customers that an organization in reach knows, or who ordered in an edition in reach."""
        return self.known_within(user.reach, role=role)

    def known_within(self, reach: Reach, *, role: Role) -> Self:
        """Like visible_to, for a reach, which may be a part of somebody's."""
        known = OrganizationCustomer.objects.filter(organization_id__in=reach.organizations_at_least(role))
        within = models.Q(pk__in=known.values("customer_id"))
        if editions := reach.editions_at_least(role):
            within |= models.Q(pk__in=self.model._default_manager.filter(orders__edition_id__in=editions).values("pk"))
        return self.filter(within)

    def without_stand_ins(self) -> Self:
        """Without who stands in for the erased: they are found by their orders alone."""
        return self.exclude(locale=NO_LANGUAGE)

    def containing(self, text: str, *, merged_in: Collection[str] = ()) -> Self:
        """Customers with the text in their name, e-mail address or phone number, in any case.

        A text of digits and separators is taken for a part of a phone number as well, in any notation. The whole
        address or number of a duplicate finds whom these organizations, by id, merged it into.
        """
        normal = " ".join(text.split())
        found = models.Q(full_name__icontains=normal) | models.Q(email__icontains=normal)
        for digits in parts(text):
            # By the same function as the index, though digits have no case.
            found |= models.Q(phone_number__icontains=digits)
        # Looked up first, as within one condition with it the trigram index would not be used.
        merged = OrganizationCustomer.objects.merged_as(normal).filter(organization__in=merged_in) if merged_in else ()
        if kept := {row.customer_id for row in merged}:
            found |= models.Q(pk__in=kept)
        return self.filter(found) if normal else self.none()


@keep_history(
    SHARED,
    customer="row.id",
    personal=("full_name", "email", "phone_number", "metadata"),
    left_out=("last_seen", "date_joined"),
    inserts_in_full=False,
)
class Customer(Row):
    """An end user who buys. Without an e-mail address or phone only where an import knew none, or once erased."""

    id = PublicIdField(prefix="usr")
    full_name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(max_length=254, blank=True)
    phone_number = models.CharField(max_length=20, blank=True, help_text="E.164.")
    locale = models.CharField(max_length=10, default="en")
    date_joined = models.DateTimeField(db_default=Now())
    last_seen = models.DateTimeField(null=True, blank=True)
    metadata = models.JSONField(default=dict, blank=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ("full_name", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(Upper("email"), condition=~models.Q(email=""), name="customer_email_is_unique"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-created", "-id"], name="customer_by_created"),
            models.Index(fields=["-last_seen", "-id"], name="customer_by_last_seen"),
            GinIndex(
                OpClass(Upper("full_name"), name="gin_trgm_ops"),
                OpClass(Upper("email"), name="gin_trgm_ops"),
                OpClass(Upper("phone_number"), name="gin_trgm_ops"),
                name="customer_contains",
            ),
            models.Index(fields=["full_name", "id"], name="customer_by_name"),
        ]

    def __str__(self) -> str:
        return self.full_name or self.email or self.phone_number or self._nameless()

    def _nameless(self) -> str:
        return "Erased customer" if self.locale == NO_LANGUAGE else str(self.pk)


class OrganizationCustomerQuerySet(models.QuerySet["OrganizationCustomer"]):
    def merged_as(self, text: str) -> Self:
        """Of duplicates with exactly this e-mail address, in any case, or this phone number, in any notation.

        Not by a part: the duplicate may be known to others, and what they change of it is nobody's to guess at.
        """
        duplicates = Customer.objects.none()
        if "@" in text:
            duplicates = Customer.objects.exclude(email="").filter(email__iexact=text)
        elif digits := whole_number(text):
            # By the same function as the index, though digits have no case.
            duplicates = Customer.objects.filter(phone_number__iendswith=digits)
        return self.filter(erased_at=None, merged_from__in=duplicates.order_by().values("pk"))


@keep_history(
    customer="row.customer_id",
    personal=("customer_id", "merged_from_id", "external_id"),
    left_out=("first_order_at", "last_order_at", "order_count", "total_spent_minor"),
    inserts_in_full=False,
)
class OrganizationCustomer(Row):
    """What one organization knows of one customer; having this row is what lets its staff see the customer.

    `total_spent_minor` maps a currency to minor units. After a merge the row of the duplicate stays, with the kept
    customer as its `customer` and the duplicate as `merged_from`: what refers to it follows, and whoever comes as the
    duplicate again is known. Its counts are in the kept row.
    """

    id = PublicIdField(prefix="oct")
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="known_customers")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="known_by")
    external_id = models.CharField(
        max_length=100, null=True, blank=True, help_text="In the system it came from."
    )  # null keeps it out of the unique constraint
    first_order_at = models.DateTimeField(null=True, blank=True)
    last_order_at = models.DateTimeField(null=True, blank=True)
    order_count = models.PositiveIntegerField(default=0)
    total_spent_minor = models.JSONField(default=dict, blank=True)
    merged_from = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="+")
    erased_at = models.DateTimeField(null=True, blank=True)

    objects = OrganizationCustomerQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "customer"],
                condition=Q(merged_from=None),
                name="one_row_per_organization_and_customer",
            ),
            models.UniqueConstraint(fields=["organization", "merged_from"], name="one_merge_of_a_duplicate"),
            models.CheckConstraint(
                condition=~Q(merged_from=models.F("customer")), name="nobody_is_a_duplicate_of_themselves"
            ),
            models.UniqueConstraint(fields=["organization", "external_id"], name="external_customer_is_known_once"),
        ]
        triggers: ClassVar = [
            FirmTrigger(
                name="known_moves_by_merging_or_erasing",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                declare=[("may_move", "boolean")],
                condition=pgtrigger.AnyChange("organization", "customer", "merged_from", "erased_at"),
                func="""
                    IF NEW.organization_id <> OLD.organization_id OR OLD.erased_at IS NOT NULL THEN
                        may_move := false;
                    ELSIF NEW.customer_id = OLD.customer_id
                        AND NEW.merged_from_id IS NOT DISTINCT FROM OLD.merged_from_id THEN
                        may_move := true;
                    ELSIF NEW.erased_at IS NOT NULL THEN
                        may_move := NOT EXISTS (
                            SELECT FROM accounts_customer
                            WHERE id IN (NEW.customer_id, NEW.merged_from_id)
                                AND (full_name <> '' OR email <> '' OR phone_number <> '')
                        );
                    ELSIF OLD.merged_from_id IS NULL THEN
                        may_move := NEW.merged_from_id = OLD.customer_id AND EXISTS (
                            SELECT FROM accounts_organizationcustomer kept
                            WHERE kept.organization_id = NEW.organization_id AND kept.customer_id = NEW.customer_id
                                AND kept.merged_from_id IS NULL AND kept.erased_at IS NULL
                        );
                    ELSE
                        may_move := NEW.merged_from_id = OLD.merged_from_id AND EXISTS (
                            SELECT FROM accounts_organizationcustomer merged
                            WHERE merged.organization_id = NEW.organization_id
                                AND merged.customer_id = NEW.customer_id AND merged.merged_from_id = OLD.customer_id
                        );
                    END IF;
                    IF may_move IS NOT TRUE THEN
                        RAISE EXCEPTION 'What is known of a customer becomes another''s by a merge or an erasure alone';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} at {self.organization_id}"
