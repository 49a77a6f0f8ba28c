"""What two customers of an organization have, and have differently: what a person looks at before merging them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consents.models import ConsentAnswer
from preo.accounts.models import Customer, Organization, OrganizationCustomer
from preo.customers.holdings import counts_of
from preo.money import Money

FIELDS = ("full_name", "email", "phone_number", "locale", "metadata")
"""What is compared."""
FILLED = ("full_name", "phone_number", "locale")
"""What the kept customer gets from the duplicate where it has nothing. The address stays with the duplicate, so that
who comes under it is still met."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that the two have differently, and what the kept customer has there once they are merged."""

    name: str
    kept: Any
    duplicate: Any
    becomes: Any

    @property
    def is_taken_over(self) -> bool:
        return bool(self.becomes != self.kept)


@dataclass(frozen=True, slots=True)
class ConsentDifference:
    """A consent that the two answered differently, as AnswerState or empty; `holds` is the newer answer, which counts.

    `consent_id` is the first version of the consent, `title` that of the version answered last.
    """

    consent_id: str
    title: str
    kept: str
    duplicate: str
    holds: str


@dataclass(frozen=True, slots=True)
class MergePreview:
    """What merging moves, or moved, from the duplicate to the kept customer in one organization.

    `counts` has `orders`, `purchases`, `carts`, `refunds` and `answers` of the duplicate; `spent` what its orders came
    to, a Money for each currency.
    """

    organization_id: str
    keep_id: str
    duplicate_id: str
    counts: Mapping[str, int]
    spent: Sequence[Money]
    differences: Sequence[Difference]
    consents: Sequence[ConsentDifference]


def compared(
    keep: Customer, duplicate: Customer, *, organization: Organization, known: Collection[OrganizationCustomer]
) -> MergePreview:
    """`known` are the organization's rows of both."""
    own = next(row for row in known if row.customer_id == duplicate.pk and not row.merged_from_id)
    return MergePreview(
        organization_id=organization.pk,
        keep_id=keep.pk,
        duplicate_id=duplicate.pk,
        counts=counts_of(organization, [duplicate.pk]),
        spent=[Money(minor, currency) for currency, minor in sorted(own.total_spent_minor.items())],
        differences=differences(keep, duplicate),
        consents=_answered_differently(keep, duplicate, known),
    )


def differences(keep: Customer, duplicate: Customer) -> list[Difference]:
    """In the order of FIELDS."""
    pairs = [(name, getattr(keep, name), getattr(duplicate, name)) for name in FIELDS]
    return [Difference(name, kept, other, _becomes(name, kept, other)) for name, kept, other in pairs if kept != other]


def _becomes(name: str, kept: Any, other: Any) -> Any:
    """Of metadata each key by itself."""
    if name == "metadata":
        return {**other, **kept}
    return kept or other if name in FILLED else kept


def _answered_differently(
    keep: Customer, duplicate: Customer, known: Collection[OrganizationCustomer]
) -> list[ConsentDifference]:
    """One query, of the newest answer of either in each line."""
    newest = ConsentAnswer.objects.filter(known__in=[row.pk for row in known]).select_related("consent", "known")
    rows = newest.order_by("line_id", "known__customer_id", "-answered_at", "-id")
    by_line: dict[str, dict[str, ConsentAnswer]] = {}
    for answer in rows.distinct("line_id", "known__customer_id"):
        by_line.setdefault(str(answer.line_id), {})[answer.known.customer_id] = answer
    found = (_consent(line, of.get(keep.pk), of.get(duplicate.pk)) for line, of in by_line.items())
    return sorted((each for each in found if each.kept != each.duplicate), key=lambda each: each.title)


def _consent(line_id: str, kept: ConsentAnswer | None, other: ConsentAnswer | None) -> ConsentDifference:
    newest = max(filter(None, (kept, other)), key=lambda answer: (answer.answered_at, answer.pk))
    return ConsentDifference(
        consent_id=line_id,
        title=newest.consent.title,
        kept=kept.state if kept else "",
        duplicate=other.state if other else "",
        holds=newest.state,
    )
