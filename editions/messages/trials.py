"""Test sends: a message as a made-up customer would get it, to somebody of the organization."""

from email.utils import parseaddr

from django.conf import settings
from rest_framework.throttling import UserRateThrottle

from editions.messages.letters import sender_of
from editions.messages.previews import preview
from editions.models import EmailMessage
from preo.errors import InvalidField
from preo.mail.letters import Letter, NothingToSend, Sender, as_one_line, renderer
from preo.mail.models import OutgoingMail

TEST = "test"


class TrialThrottle(UserRateThrottle):
    """How many tests somebody may send themselves."""

    scope = "test_mail"


@renderer(TEST)
def trial_letter(mail: OutgoingMail) -> Letter:
    """The message as it is now, of a made-up order."""
    rows = EmailMessage.objects.select_related("edition__organization", "edition__event")
    message = rows.filter(pk=mail.email_message_id).first()
    if message is None:
        raise NothingToSend("The e-mail message was deleted.")
    try:
        rendered = preview(message, language=mail.language, root=settings.PUBLIC_URL)
    except InvalidField as problem:
        raise NothingToSend(f"{problem.field}: {problem.detail}") from None
    if message.edition:
        return Letter(rendered, sender_of(message.edition))
    return Letter(rendered, Sender(as_one_line(mail.organization.name), parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))
