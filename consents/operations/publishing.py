"""Publishing a consent: customers are asked from then on, and what they read stays."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from consents.models import Consent
from consents.operations.holding import ConsentPublished, hold_consent
from consents.operations.soundness import TEXTS, require_sound
from editions.choices import Language
from editions.events import tell_of
from editions.models import Edition, Product
from preo.accounts.models import StaffUser
from preo.errors import DomainError
from preo.recording import operation


class ConsentUnreadable(DomainError):
    code = "consent_unreadable"
    field = "consent_text"


@operation
def publish_consent(consent: Consent, *, by: StaffUser | None, now: datetime) -> Consent:
    """Ask customers from now on, in place of the version that it supersedes. There is no way back but to disable it.

    Raises ConsentPublished when it is published already; ConsentUnreadable without a text or document in the default
    language of every edition that it is asked in; EditionArchived, ConsentGone.
    """
    consent, products = hold_consent(consent)
    if consent.published:
        raise ConsentPublished("This is published already.")
    require_sound(consent, products)
    make_public(consent, products, now=now)
    return consent


def make_public(consent: Consent, products: Sequence[Product], *, now: datetime) -> None:
    """Of a draft that is held, or new. Raises ConsentUnreadable."""
    _require_readable(consent, products)
    consent.published, consent.published_date, consent.modified = True, now, now
    consent.save(update_fields=["published", "published_date", "modified"])
    tell_of(consent, "published", now=now)


def _require_readable(consent: Consent, products: Sequence[Product]) -> None:
    """Raises ConsentUnreadable."""
    written = {language for field in TEXTS for language, text in getattr(consent, field).items() if text.strip()}
    asked_in = _asked_in(consent, products).values_list("default_language", flat=True).distinct().order_by()
    missing = sorted(Language(language).label for language in set(asked_in) - written)
    if missing:
        raise ConsentUnreadable(f"Write a text, or link a document, in {' and '.join(missing)} first.")
    if not written:
        raise ConsentUnreadable("Write a text, or link a document, first.")


def _asked_in(consent: Consent, products: Sequence[Product]) -> QuerySet[Edition]:
    """The editions whose customers are asked; archived ones have none any more."""
    if consent.edition_id or products:
        ids = [consent.edition_id, *(product.edition_id for product in products)]
        return Edition.objects.filter(pk__in=[pk for pk in ids if pk])
    of_vendor = Q(vendors__organization=consent.vendor_org_id) if consent.vendor_org_id else Q()
    return Edition.objects.filter(of_vendor, organization=consent.organization_id, is_archived=False)
