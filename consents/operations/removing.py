"""Taking away a consent that nobody answered."""

from datetime import datetime

from django.db.models import Max, Q
from django.db.models.functions import Coalesce

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

    Once any version was answered, none that was published goes: the one before would be asked again, as if what took
    its place had never been.

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
    later = Consent.objects.filter(supersedes=consent).first()
    if answered := _answered_version(consent):
        instead = "" if later and later.published else " To ask nobody any more, disable it."
        return ConsentAnswered(f"{_why_kept(consent, answered)}{instead}")
    if later:
        return ConsentHasLaterVersion(f"Version {later.version}, {later.pk}, follows this one. Delete that first.")
    return None


def _answered_version(consent: Consent) -> int | None:
    """Its own if that was answered, else the newest of the same consent that was."""
    answers = ConsentAnswer.objects.filter(line=consent.line_id).order_by()
    found: int | None = answers.aggregate(found=Coalesce(Max("version", filter=Q(consent=consent)), Max("version")))[
        "found"
    ]
    return found


def _why_kept(consent: Consent, answered: int) -> str:
    if answered == consent.version:
        return "Customers have answered this, so it is kept as evidence."
    if answered > consent.version:
        return f"Customers have answered version {answered} of this, so what came before that is kept."
    return (
        f"Nobody has answered version {consent.version}, but customers have answered version {answered}; without this"
        " one, an earlier version would be asked again."
    )
