"""New versions of a consent that is published and so stays as it is."""

from datetime import datetime

from consents.models import Consent
from consents.operations.holding import hold_consent
from editions.events import tell_of
from preo.accounts.models import StaffUser
from preo.errors import DomainError
from preo.recording import operation

COPIED = ("organization", "edition", "vendor_org", "title", "type", "required", "consent_text", "document_url", "order")
"""What the next version starts with, along with the products."""


class ConsentNotPublished(DomainError):
    code = "consent_not_published"


class VersionInPreparation(DomainError):
    code = "version_in_preparation"


class ConsentSuperseded(DomainError):
    code = "consent_superseded"


@operation
def create_version(consent: Consent, *, by: StaffUser | None, now: datetime) -> Consent:
    """A draft that starts as the published `consent` is, and takes its place once it is published in turn.

    That `by` is a manager is the caller's check. Raises ConsentNotPublished for a draft, which can be changed itself;
    VersionInPreparation while there is a draft of the next version; ConsentSuperseded for what is not the newest;
    EditionArchived, ConsentGone.
    """
    consent, products = hold_consent(consent)
    _require_newest(consent)
    values = {name: getattr(consent, name) for name in COPIED}
    line = {"version": consent.version + 1, "supersedes": consent, "first_id": consent.line_id}
    draft = Consent(**values, **line, created=now, modified=now)
    draft.save(force_insert=True)
    draft.products.set(products)
    tell_of(draft, "created", now=now)
    return draft


def _require_newest(consent: Consent) -> None:
    """Raises ConsentNotPublished, VersionInPreparation, ConsentSuperseded."""
    if not consent.published:
        raise ConsentNotPublished("This is a draft; change it as it is.")
    later = Consent.objects.filter(supersedes=consent).first()
    if later and not later.published:
        raise VersionInPreparation(f"Version {later.version}, {later.pk}, is being written; change that, or delete it.")
    if later:
        raise ConsentSuperseded(f"Version {later.version}, {later.pk}, has taken its place. Start from the newest one.")
