"""Sending somebody of the organization a test of a message."""

from datetime import datetime

from django.db.models import Q

from editions.messages.content import languages_of, main_language_of
from editions.messages.trials import TEST
from editions.models import EmailMessage
from preo.accounts.models import Organization, StaffUser
from preo.errors import InvalidField
from preo.mail.operations import Mail, queue_mail
from preo.public_ids import new
from preo.recording import operation


@operation
def send_test(
    message: EmailMessage,
    *,
    organization: Organization | None = None,
    to_address: str = "",
    language: str = "",
    by: StaffUser,
    now: datetime,
) -> StaffUser:
    """Have the message, as it is stored, sent to `by`, or to whoever of the organization has the address.

    `organization` is for a message of the platform, which belongs to none. Answers who gets it; sent it is once the
    transaction is committed. Raises InvalidField. Rule: "Test mails" in docs/rules.md.
    """
    sender = message.organization or organization
    if sender is None:
        raise InvalidField("organization_id", "required", "Say in whose name a message of the platform is sent.")
    if language and language not in languages_of(message.edition):
        raise InvalidField("language", "not_enabled", "The edition doesn't have this language.")
    reader = _reader(sender, to_address=to_address, by=by)
    mail = Mail(
        organization_id=sender.pk,
        kind=TEST,
        about=message.pk,
        key=f"{TEST}:{new('mal')}",
        email_message_id=message.pk,
        to_address=reader.email,
        language=language or main_language_of(message.edition),
    )
    queue_mail(mail, now=now)
    return reader


def _reader(organization: Organization, *, to_address: str, by: StaffUser) -> StaffUser:
    """Somebody with a mailbox: no other customer or stranger can be written to."""
    if to_address:
        works_here = Q(memberships__organization=organization) | Q(
            edition_memberships__edition__organization=organization
        )
        people = StaffUser.objects.filter(works_here, is_active=True, robot_of=None)
        found = people.filter(email__iexact=to_address).first()
        if found is None:
            raise InvalidField("to_address", "not_staff", "Nobody who works for the organization has this address.")
        return found
    if by.robot_of_id:
        raise InvalidField("to_address", "required", "A service token has no address; say who gets the test.")
    return by
