"""A kind of mail for tests: a greeting to whom the mail is about."""

from datetime import datetime

from preo.accounts.models import Organization
from preo.mail.letters import Letter, NothingToSend, Sender, renderer
from preo.mail.models import OutgoingMail
from preo.mail.operations import Mail, queue_mail
from preo.mail.rendering import Content, render
from preo.public_ids import new
from tests.factories import NOON

GREETING = "greeting"
HELLO = Content(
    {"en": "Hello {{ name }}"},
    [{"type": "heading", "text": {"en": "Hello {{ name }}"}}, {"type": "text", "html": {"en": "<p>How are you?</p>"}}],
)


@renderer(GREETING)
def greeting(mail: OutgoingMail) -> Letter:
    """Of the name in `about`, from whom follows ` from `; some names go wrong."""
    name, _, sender = mail.about.partition(" from ")
    match name:
        case "gone":
            raise NothingToSend("There is nobody to greet.")
        case "broken":
            raise KeyError("a secret of somebody")
        case "unnamed":
            variables = {}
        case _:
            variables = {"name": name}
    rendered = render(HELLO, language=mail.language, fallback="en", variables=variables, image_url=lambda _: None)
    if sender == "nowhere":
        return Letter(rendered, Sender(sender, None))
    return Letter(rendered, Sender(sender or "Ours & Søn", "hello@ours.example", reply_to="help@ours.example"))


def queue_greeting(
    organization: Organization, about: str = "Ann", *, to: str = "ann", key: str = "", now: datetime = NOON
) -> OutgoingMail:
    """A greeting in the queue; `to` is what stands before the @."""
    mail = Mail(
        organization.pk, GREETING, about, key or f"{GREETING}:{about}:{to}", new("eml"), f"{to}@example.org", "en"
    )
    queue_mail(mail, now=now)
    return OutgoingMail.objects.get(key=mail.key)
