"""What goes along when an edition is duplicated: one table of kinds, to which the apps above add their own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q, QuerySet

from editions.choices import EmailScope, EmailTemplateMode
from editions.models import (
    Category,
    Coupon,
    Edition,
    EditionMembership,
    EmailMessage,
    Location,
    Option,
    PassDesign,
    Product,
    ProductImage,
    Trigger,
    Variant,
    VendorParticipation,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The edition to be copied, and which of the things that are not always copied go along."""

    source: Edition
    emails: EmailTemplateMode
    memberships: bool


@dataclass(frozen=True, slots=True)
class Kind:
    """One table of which rows are copied.

    `rows` finds them; `overrides` says, given the new edition, which fields are not as they were. References to rows
    of other kinds need no word: they are known from the model, and within JSON by the ids. `name` is the plural noun
    by which a preview counts them; rows that merely link others have none.
    """

    model: type[Model]
    rows: Callable[[Wanted], QuerySet[Any]]
    name: str = ""
    overrides: Callable[[Edition], Mapping[str, Any]] = lambda _: {}


def register(*kinds: Kind) -> None:
    """Let rows of an app above go along; called once, from its `AppConfig.ready`."""
    KINDS.extend(kinds)


def _of(model: type[Model], name: str = "", *, by: str = "edition", **fixed: Any) -> Kind:
    """The rows that lead to the edition by this path, with some fields fixed."""
    return Kind(model, lambda wanted: model._default_manager.filter(**{by: wanted.source}), name, lambda _: fixed)


def _messages(wanted: Wanted) -> QuerySet[EmailMessage]:
    """Those of the edition, and those that it or its triggers send, whoever they are of."""
    source, rows = wanted.source, EmailMessage.objects.all()
    if wanted.emails == EmailTemplateMode.SHARE:
        return rows.none()
    sent = Trigger.objects.filter(edition=source).values("email_message")
    named = [source.transaction_receipt_email_id, source.refund_confirmation_email_id]
    return rows.filter(Q(edition=source) | Q(pk__in=sent) | Q(pk__in=[pk for pk in named if pk]))


def _as_messages_of(copy: Edition) -> Mapping[str, Any]:
    return {"scope": EmailScope.EDITION, "organization": copy.organization_id, "edition": copy.pk}


def _memberships(wanted: Wanted) -> QuerySet[EditionMembership]:
    rows = EditionMembership.objects.filter(edition=wanted.source)
    return rows if wanted.memberships else rows.none()


KINDS: list[Kind] = [
    _of(Category, "categories"),
    _of(Location, "pickup_points"),
    _of(VendorParticipation, "vendors"),
    _of(Product, "products"),
    _of(Variant, "variants", by="product__edition"),
    _of(Option, "options", by="product__edition"),
    _of(ProductImage, "images", by="product__edition"),
    _of(Product.locations.through, by="product__edition"),
    _of(Coupon, "coupons"),
    Kind(EmailMessage, _messages, "email_messages", _as_messages_of),
    _of(Trigger, "triggers", is_active=False),
    _of(PassDesign, "pass_designs"),
    Kind(EditionMembership, _memberships, "memberships"),
]
