"""What must be agreed to before something happens: before an order, and before marketing is sent."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import OuterRef, Q

from consents.choices import ConsentType
from consents.models import Consent, ConsentAnswer
from editions.models import Edition
from preo.accounts.models import Customer
from preo.public_ids import PublicIdField, prefix_of


def missing_consents(
    edition: Edition, *, customers: Sequence[str], product_ids: Collection[str] | None = None
) -> Mapping[str, list[Consent]]:
    """For each of these customers what they must still agree to to order in the edition; one query for any number.

    It counts what is in force and required of everybody in the organization, of the edition, of a vendor that takes
    part in it, and of the products, those among `product_ids` alone. An earlier version, or one that was withdrawn
    since, is not enough. Rule: "Required consents" in docs/rules.md.
    """
    found: dict[str, list[Consent]] = {customer: [] for customer in customers}
    if not found:
        return found
    for consent in _required(edition, product_ids or ()).annotate(given_by=_givers(customers)):
        for customer in found.keys() - set(consent.given_by):
            found[customer].append(consent)
    return found


def may_be_sent_marketing(consent: Consent, *, customers: Sequence[str]) -> set[str]:
    """Those of the customers whose newest answer to any version of this consent is that they agree.

    Ask at the moment of sending: whoever withdrew since is not among them. Raises ValueError for a consent to
    something else. Rule: "Marketing" in docs/rules.md.
    """
    if consent.type != ConsentType.MARKETING:
        raise ValueError(f"{consent.pk} is no consent to marketing.")
    answers = ConsentAnswer.objects.filter(line=consent.line_id, known__customer__in=customers, known__erased_at=None)
    return set(answers.given().that_hold().values_list("known__customer", flat=True))


def _required(edition: Edition, product_ids: Collection[str]) -> Any:
    """Each consent once, in the order in which customers read them."""
    asked = Consent.objects.asked_in(edition).filter(Q(products=None) | Q(products__in=product_ids))
    return (
        Consent.objects.in_force().filter(required=True, pk__in=asked.order_by().values("pk")).order_by("order", "id")
    )


def _givers(customers: Sequence[str]) -> ArraySubquery:
    """Whose newest answer in the line is that they agree to this very version."""
    answers = ConsentAnswer.objects.filter(consent=OuterRef("pk"), known__customer__in=customers)
    ids: Any = ArrayField(PublicIdField(prefix=prefix_of(Customer), primary_key=False))
    return ArraySubquery(answers.given().that_hold().order_by().values("known__customer"), output_field=ids)
