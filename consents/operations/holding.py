"""Holding a consent while it is written, after the editions that it is set up for."""

from collections.abc import Iterable

from consents.models import Consent
from editions.models import Edition, Product
from editions.operations.locking import require_open
from preo.errors import DomainError


class ConsentPublished(DomainError):
    code = "consent_published"


class ConsentGone(DomainError):
    code = "no_longer_there"


def hold_consent(consent: Consent) -> tuple[Consent, list[Product]]:
    """The consent as it is now with its products, held after the editions that it is for.

    Raises ConsentGone, EditionArchived.
    """
    rows = Consent.objects.filter(pk=consent.pk)
    if known := rows.first():
        hold_editions(known, known.products.all())
    # The first version stands for all of its line: whoever answers any of them holds it too.
    line = Consent.objects.select_for_update(of=("self",)).filter(pk__in={consent.pk, consent.line_id}).order_by("pk")
    fresh = {row.pk: row for row in line}.get(consent.pk)
    if fresh is None:
        raise ConsentGone("This was deleted meanwhile.")
    return fresh, list(fresh.products.select_related("edition"))


def hold_editions(consent: Consent, products: Iterable[Product]) -> None:
    """Lock the editions that the consent is set up for, in the order of their ids. Raises EditionArchived."""
    ids = {consent.edition_id, *(product.edition_id for product in products)} - {None}
    for edition in Edition.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"):
        require_open(edition)
