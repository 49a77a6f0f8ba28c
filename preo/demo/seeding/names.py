"""Believable people: Nordic and European names, phones and addresses at domains reserved for examples."""

from dataclasses import dataclass
from random import Random

from orders.search import normalize

_LETTERS = str.maketrans({"ø": "oe", "æ": "ae", "ł": "l", "ß": "ss", "đ": "d", " ": "", "'": ""})
_DOMAINS = ("example.org", "example.com", "example.net")


@dataclass(frozen=True, slots=True)
class Country:
    """Where customers come from; a phone is the prefix, one of the starts and `digits` more."""

    locale: str
    prefix: str
    starts: tuple[str, ...]
    digits: int
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    email: str
    phone: str
    locale: str


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


DENMARK = Country(
    "da", "+45", ("20", "26", "31", "42", "51", "60"), 6,
    _words(
        "Freja Ida Emma Sofie Clara Laura Mathilde Anna Karla Josefine Signe Astrid Mette Kirsten Line Rikke"
        " William Noah Oscar Lucas Carl Victor Malthe Emil Magnus Frederik Søren Jens Rasmus Mikkel Anders Troels"
    ),
    _words(
        "Nielsen Jensen Hansen Pedersen Andersen Christensen Larsen Sørensen Rasmussen Jørgensen Petersen Madsen"
        " Kristensen Olsen Thomsen Poulsen Østergaard Mortensen Knudsen Bach Lund Holm Kjær Vestergaard Skov"
    ),
)  # fmt: skip
SWEDEN = Country(
    "sv", "+46", ("70", "72", "73", "76", "79"), 7,
    _words(
        "Alice Maja Vera Alma Selma Elsa Lilly Astrid Wilma Ebba Ingrid Linnéa Åsa Malin Karin Annika"
        " Noah Hugo William Liam Nils Elias Oliver Adam August Sixten Lars Björn Göran Mårten Johan Erik"
    ),
    _words(
        "Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Gustafsson Pettersson"
        " Jonsson Lindberg Lindström Bergström Lundqvist Sjöberg Åkesson Öberg Hedlund Nyström Wallin"
    ),
)  # fmt: skip
NORWAY = Country(
    "nb", "+47", ("40", "45", "90", "92", "98"), 6,
    _words(
        "Nora Emma Sofie Olivia Ella Maja Ingrid Emilie Sara Tuva Solveig Ragnhild Silje Marit"
        " Jakob Emil Noah Oliver Filip Lukas Henrik Sander Sigurd Håkon Øyvind Bjørn Eirik Torstein"
    ),
    _words(
        "Hansen Johansen Olsen Larsen Andersen Pedersen Nilsen Kristiansen Jensen Karlsen Berg Haugen Hagen"
        " Bakken Dahl Lie Solberg Moen Strand Ødegård Aasen Fjeld Nordby Tveit"
    ),
)  # fmt: skip
FINLAND = Country(
    "fi", "+358", ("40", "44", "50"), 7,
    _words("Aino Helmi Eevi Sofia Venla Kaisa Päivi Leena Eino Väinö Onni Leo Mikko Jukka Antti Tuomas"),
    _words("Korhonen Virtanen Mäkinen Nieminen Mäkelä Hämäläinen Laine Heikkinen Koskinen Järvinen Lehtonen Salo"),
)  # fmt: skip
GERMANY = Country(
    "de", "+49", ("151", "160", "171", "176"), 7,
    _words("Hannah Mia Lena Marie Leonie Jule Katrin Sabine Felix Paul Jonas Maximilian Jürgen Lukas Moritz Florian"),
    _words("Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Richter Klein Groß Voß"),
)  # fmt: skip
NETHERLANDS = Country(
    "nl", "+31", ("6",), 8,
    _words("Sanne Emma Julia Tess Lotte Fleur Femke Anouk Daan Sem Bram Thijs Jesse Ruben Sjoerd Joris"),
    ("de Jong", "Jansen", "de Vries", "van den Berg", "Bakker", "van Dijk", "Visser", "Smit", "Meijer", "Mulder"),
)  # fmt: skip
POLAND = Country(
    "pl", "+48", ("50", "51", "60", "69", "78"), 7,
    _words("Zofia Zuzanna Hanna Maja Agnieszka Małgorzata Ewa Antoni Jan Jakub Szymon Paweł Łukasz Michał Tomasz"),
    _words("Nowak Wójcik Kowalczyk Woźniak Mazur Krawczyk Kaczmarek Zając Król Wieczorek Dudek Wróbel Stępień"),
)  # fmt: skip

COUNTRIES = (DENMARK, NORWAY, SWEDEN, NETHERLANDS, POLAND, GERMANY, FINLAND)
_SHARES = (34, 18, 18, 9, 6, 8, 7)


def person(random: Random, *, serial: int, tag: str) -> Person:
    """A customer; `serial` makes the address unique within the seed, `tag` among seeds."""
    country = random.choices(COUNTRIES, _SHARES)[0]
    first, last = random.choice(country.first_names), random.choice(country.last_names)
    return Person(
        name=f"{first} {last}",
        email=f"{_ascii(first)}.{_ascii(last)}{serial}{tag}@{random.choice(_DOMAINS)}",
        phone=_phone(random, country),
        locale=country.locale,
    )


def colleague(random: Random, country: Country) -> tuple[str, str]:
    """First and last name of somebody who works there."""
    return random.choice(country.first_names), random.choice(country.last_names)


def _phone(random: Random, country: Country) -> str:
    return f"{country.prefix}{random.choice(country.starts)}{random.randrange(10**country.digits):0{country.digits}}"


def _ascii(name: str) -> str:
    return normalize(name).translate(_LETTERS)
