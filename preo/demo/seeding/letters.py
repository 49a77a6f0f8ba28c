"""What the e-mails and consents of the seed say, in every language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from editions.choices import EmailType, Language
from preo.files.models import StoredFile

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Letter:
    """A message by language; `text` is HTML, `ending` are the blocks behind it."""

    subject: Texts
    heading: Texts
    text: Texts
    ending: Sequence[Mapping[str, Any]] = field(default_factory=tuple)

    def subject_in(self, languages: Sequence[str]) -> dict[str, str]:
        return _only(self.subject, languages)

    def blocks_in(self, languages: Sequence[str], *, image: StoredFile | None = None) -> list[dict[str, Any]]:
        """With the image on top, if there is one."""
        picture = {"type": "image", "image_id": image.pk, "alt": dict.fromkeys(languages, "")} if image else None
        return [
            *([picture] if picture else []),
            {"type": "heading", "text": _only(self.heading, languages), "level": 1},
            {"type": "text", "html": {code: f"<p>{text}</p>" for code, text in _only(self.text, languages).items()}},
            *({name: _narrowed(value, languages) for name, value in block.items()} for block in self.ending),
        ]


def _texts(en: str, da: str, se: str, nl: str, pl: str) -> Texts:
    return dict(
        zip((Language.EN, Language.DA, Language.SE, Language.NL, Language.PL), (en, da, se, nl, pl), strict=True)
    )


def _only(texts: Texts, languages: Sequence[str]) -> dict[str, str]:
    return {str(code): texts[code] for code in languages}


def _narrowed(value: Any, languages: Sequence[str]) -> Any:
    return _only(value, languages) if isinstance(value, Mapping) else value


_SUMMARY = ({"type": "divider"}, {"type": "order_summary", "show_fees": True})

_RECEIPT = Letter(
    _texts(
        "Your order {{ order.number }}", "Din ordre {{ order.number }}", "Din order {{ order.number }}",
        "Je bestelling {{ order.number }}", "Twoje zamówienie {{ order.number }}",
    ),
    _texts(
        "Thank you for your order", "Tak for din ordre", "Tack för din order", "Bedankt voor je bestelling",
        "Dziękujemy za zamówienie",
    ),
    _texts(
        "We have received {{ order.total }} for {{ edition.name }}. Show this e-mail at the pickup point.",
        "Vi har modtaget {{ order.total }} for {{ edition.name }}. Vis denne e-mail på afhentningsstedet.",
        "Vi har tagit emot {{ order.total }} för {{ edition.name }}. Visa det här mejlet på upphämtningsplatsen.",
        "We hebben {{ order.total }} ontvangen voor {{ edition.name }}. Laat deze e-mail zien bij het afhaalpunt.",
        "Otrzymaliśmy {{ order.total }} za {{ edition.name }}. Pokaż tę wiadomość w punkcie odbioru.",
    ),
    _SUMMARY,
)  # fmt: skip

LETTERS: Mapping[EmailType, Letter] = {
    EmailType.RECEIPT: _RECEIPT,
    EmailType.RECEIPT_ONLINE: _RECEIPT,
    EmailType.REMINDER: Letter(
        _texts(
            "{{ edition.name }} begins soon", "{{ edition.name }} begynder snart", "{{ edition.name }} börjar snart",
            "{{ edition.name }} begint binnenkort", "{{ edition.name }} już niedługo",
        ),
        _texts(
            "Your pickup point opens soon", "Dit afhentningssted åbner snart", "Din upphämtningsplats öppnar snart",
            "Je afhaalpunt gaat binnenkort open", "Twój punkt odbioru wkrótce się otworzy",
        ),
        _texts(
            "What you ordered waits for you. Here is what to collect, and where.",
            "Det, du har bestilt, venter på dig. Her ser du, hvad du kan hente og hvor.",
            "Det du har beställt väntar på dig. Här ser du vad du kan hämta och var.",
            "Wat je hebt besteld, wacht op je. Hier zie je wat je kunt ophalen en waar.",
            "To, co zostało zamówione, już czeka. Oto co i gdzie można odebrać.",
        ),
        _SUMMARY,
    ),
    EmailType.REFUND_CONFIRMATION: Letter(
        _texts(
            "Your refund of {{ refund.amount }}", "Din refusion på {{ refund.amount }}",
            "Din återbetalning på {{ refund.amount }}", "Je terugbetaling van {{ refund.amount }}",
            "Zwrot {{ refund.amount }}",
        ),
        _texts(
            "Your money is on its way", "Dine penge er på vej", "Dina pengar är på väg", "Je geld is onderweg",
            "Twoje pieniądze są w drodze",
        ),
        _texts(
            "On {{ refund.date }} we gave back {{ refund.amount }} of your order {{ order.number }}. "
            "It can take your bank some days to show it.",
            "Den {{ refund.date }} gav vi {{ refund.amount }} af din ordre {{ order.number }} tilbage. "
            "Der kan gå nogle dage, før din bank viser det.",
            "Den {{ refund.date }} betalade vi tillbaka {{ refund.amount }} av din order {{ order.number }}. "
            "Det kan ta några dagar innan din bank visar det.",
            "Op {{ refund.date }} hebben we {{ refund.amount }} van je bestelling {{ order.number }} terugbetaald. "
            "Het kan een paar dagen duren voordat je bank het laat zien.",
            "{{ refund.date }} zwróciliśmy {{ refund.amount }} z zamówienia {{ order.number }}. "
            "Zanim bank to pokaże, może minąć kilka dni.",
        ),
    ),
    EmailType.USER_PORTAL_ACCESS: Letter(
        _texts(
            "Your orders at {{ organization.name }}", "Dine ordrer hos {{ organization.name }}",
            "Dina ordrar hos {{ organization.name }}", "Je bestellingen bij {{ organization.name }}",
            "Twoje zamówienia w {{ organization.name }}",
        ),
        _texts("Your own page", "Din egen side", "Din egen sida", "Je eigen pagina", "Twoja strona"),
        _texts(
            "See what you have ordered, and what you get back.", "Se, hvad du har bestilt, og hvad du får tilbage.",
            "Se vad du har beställt och vad du får tillbaka.", "Bekijk wat je hebt besteld en wat je terugkrijgt.",
            "Zobacz, co zostało zamówione i co wróci do Ciebie.",
        ),
        (
            {
                "type": "button",
                "label": _texts("Open my page", "Åbn min side", "Öppna min sida", "Open mijn pagina", "Otwórz stronę"),
                "url": dict.fromkeys(Language.values, "{{ portal.url }}"),
            },
        ),
    ),
    EmailType.CAMPAIGN: Letter(
        _texts(
            "News from {{ organization.name }}", "Nyt fra {{ organization.name }}", "Nytt från {{ organization.name }}",
            "Nieuws van {{ organization.name }}", "Nowości od {{ organization.name }}",
        ),
        _texts("What is new", "Hvad er nyt", "Vad är nytt", "Wat is er nieuw", "Co nowego"),
        _texts(
            "Write here what your customers should hear.", "Skriv her, hvad dine kunder skal høre.",
            "Skriv här vad dina kunder ska få höra.", "Schrijf hier wat je klanten moeten horen.",
            "Napisz tutaj, co chcesz przekazać klientom.",
        ),
    ),
    EmailType.OTHER: Letter(
        _texts(
            "A message from {{ organization.name }}", "En besked fra {{ organization.name }}",
            "Ett meddelande från {{ organization.name }}", "Een bericht van {{ organization.name }}",
            "Wiadomość od {{ organization.name }}",
        ),
        _texts("Good to know", "Godt at vide", "Bra att veta", "Goed om te weten", "Warto wiedzieć"),
        _texts(
            "Write here what it is about.", "Skriv her, hvad det handler om.", "Skriv här vad det handlar om.",
            "Schrijf hier waar het over gaat.", "Napisz tutaj, o co chodzi.",
        ),
    ),
}  # fmt: skip

TERMS = (
    _texts(
        "I accept the terms of sale.", "Jeg accepterer handelsbetingelserne.", "Jag godkänner köpvillkoren.",
        "Ik ga akkoord met de verkoopvoorwaarden.", "Akceptuję regulamin sprzedaży.",
    ),
    _texts(
        "I accept the terms of sale and know how deposits are returned.",
        "Jeg accepterer handelsbetingelserne og ved, hvordan depositum betales tilbage.",
        "Jag godkänner köpvillkoren och vet hur depositionen betalas tillbaka.",
        "Ik ga akkoord met de verkoopvoorwaarden en weet hoe de borg wordt terugbetaald.",
        "Akceptuję regulamin sprzedaży i wiem, jak zwracane są kaucje.",
    ),
)  # fmt: skip
"""One version after the other."""

MARKETING = (
    _texts(
        "Yes, write to me about coming events.", "Ja tak, skriv til mig om kommende arrangementer.",
        "Ja tack, skriv till mig om kommande evenemang.", "Ja, schrijf me over komende evenementen.",
        "Tak, piszcie do mnie o kolejnych wydarzeniach.",
    ),
    _texts(
        "Yes, write to me about coming events and offers.",
        "Ja tak, skriv til mig om kommende arrangementer og tilbud.",
        "Ja tack, skriv till mig om kommande evenemang och erbjudanden.",
        "Ja, schrijf me over komende evenementen en aanbiedingen.",
        "Tak, piszcie do mnie o kolejnych wydarzeniach i ofertach.",
    ),
)  # fmt: skip
