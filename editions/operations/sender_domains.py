"""Domains that organizations send e-mail from: the organization names one, the platform verifies it."""

from datetime import datetime

from editions.events import tell_of
from editions.models import Edition, SenderDomain
from editions.operations.catalog.rows import StillInUse, hold, remove_row
from preo.accounts.models import StaffUser
from preo.recording import operation


@operation
def verify_domain(domain: SenderDomain, *, by: StaffUser, now: datetime) -> SenderDomain:
    """Take the domain for the organization's; verifying it again changes nothing.

    That `by` is a platform superuser who has seen the proof is the caller's check.
    Rule: "Sender domains" in docs/rules.md.
    """
    domain = hold(domain)
    if domain.verified_at is None:
        domain.verified_at = domain.modified = now
        domain.save(update_fields=["verified_at", "modified"])
        tell_of(domain, "verified", now=now)
    return domain


@operation
def remove_domain(domain: SenderDomain, *, by: StaffUser, now: datetime) -> None:
    """Delete the domain. Raises StillInUse while an edition sends from it."""
    domain = hold(domain)
    senders = Edition.objects.filter(organization_id=domain.organization_id)
    sender = senders.filter(email_sender_address__iendswith=f"@{domain.domain}").select_related("event").first()
    if sender:
        raise StillInUse(f"{sender} sends from {sender.email_sender_address}.")
    remove_row(domain, by=by, now=now)
