"""Taking away a consent that nobody answered."""

from datetime import datetime

from consents.models import Consent, ConsentAnswer
from consents.operations.holding import hold_consent
from editions.events import tell_of
from preo.accounts.models import StaffUser
from preo.errors import DomainError
from preo.recording import operation


class ConsentAnswered(DomainError):
    code = "consent_answered"


class ConsentHasLaterVersion(DomainError):
    code = "consent_has_later_version"


@operation
def remove_consent(consent: Consent, *, by: StaffUser | None, now: datetime) -> None:
    """Delete a draft, or a published consent of which nobody answered any version; the version before it holds again.

    Raises ConsentAnswered, with disabling as what can be done instead; ConsentHasLaterVersion; EditionArchived,
    ConsentGone.
    """
    consent, _ = hold_consent(consent)
    if refusal := why_not_remove(consent):
        raise refusal
    tell_of(consent, "deleted", now=now)
    consent.delete()


def why_not_remove(consent: Consent) -> DomainError | None:
    """The refusal that deleting it would be answered with, as far as the consent itself decides."""
    if not consent.published:
        return None
    if ConsentAnswer.objects.filter(line=consent.line_id).exists():
        return ConsentAnswered(
            "Customers have answered this, so it is kept as evidence. To ask nobody any more, disable it."
        )
    if later := Consent.objects.filter(supersedes=consent).first():
        return ConsentHasLaterVersion(f"Version {later.version}, {later.pk}, follows this one. Delete that first.")
    return None
