"""Phone numbers: read into E.164, and found by parts of them in whatever notation."""

import re
import unicodedata

import phonenumbers

PHONE_LIKE = re.compile(r"\(?\+?[0-9()./ -]*[0-9][0-9()./ -]*")
MINUS = "\u2212"
"""Of arithmetic, and taken for a dash by some."""
TRUNK = "(0)"
"""What some write behind the country's code, and nobody dials from abroad."""

EXTENSION = re.compile(
    r"""
    (?P<number> .* \d .* \d .* \d .* \d .* \d .* \d [^\w]*? )
    [;,]? [ ]* (?: (?: ext | extension | ext[.] | x | \# ) [ .:=]* \d{1,7} \#? | phone-context= .* )
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""What somebody at a switchboard is reached by, behind a number of some length; the kinds that are written most."""

SEPARATORS = re.compile(r"[()./ -]")

SHORTEST_NUMBER = 7
"""Digits of a number without its country's code, by which it is looked for as a whole."""
SHORTEST_PART = 3
"""Digits; what is left of a part without its zeros says nothing below that."""


class NotAPhoneNumber(ValueError):
    """Text that is no phone number anywhere; or, without a country, none that says whose it is."""


class CountryMissing(NotAPhoneNumber):
    """A number as one dials it at home, and nobody said where that is."""


def e164(text: str, *, country_code: str | None = None, is_assigned: bool = False) -> str:
    """The number in E.164, one without a country as of `country_code`, such as "+45"; an extension is left out.

    `is_assigned` also takes the country's own ranges into account, beyond how long its numbers are.
    Raises NotAPhoneNumber; CountryMissing.
    """
    text = plain(text)
    if country_code is None and PHONE_LIKE.fullmatch(text) and "+" not in text[:2]:
        raise CountryMissing("The phone number doesn't say of which country it is.")
    try:
        number = phonenumbers.parse(text, country_code and _region(country_code))
    except phonenumbers.NumberParseException:
        raise NotAPhoneNumber("The phone number isn't one.") from None
    if not (phonenumbers.is_valid_number if is_assigned else phonenumbers.is_possible_number)(number):
        raise NotAPhoneNumber("The phone number isn't one.")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def parts(text: str) -> list[str]:
    """The digits of what may be a part of a number in E.164; none for anything that is no phone number.

    Zeros in front may be of the number, or what one dials to get out of a country or to another town.
    """
    text = plain(text).replace(TRUNK, " ")
    if not PHONE_LIKE.fullmatch(text):
        return []
    digits = "".join(filter(str.isdigit, text))
    without = digits.lstrip("0")
    return [digits, without] if digits != without and len(without) >= SHORTEST_PART else [digits]


def whole_number(text: str) -> str:
    """The digits of a text that is long enough for a whole number, without zeros in front; empty for any other."""
    digits = parts(text)[-1:]
    return digits[0] if digits and len(digits[0]) >= SHORTEST_NUMBER else ""


def says(text: str, *, number: str) -> bool:
    """Whether a text has a number in E.164 in it, in any notation, with its country's code or without."""
    digits = SEPARATORS.sub("", plain(text))
    return str(phonenumbers.parse(number).national_number) in digits


def plain(text: str) -> str:
    """A number as it is written anywhere, in ASCII and without an extension; other text may lose what looks like one.

    Digits of any script, blanks of any width, dashes of any kind, marks of direction that come along with a copy, and
    the scheme of a link (RFC 3966).
    """
    text = "".join(map(_plain, unicodedata.normalize("NFKC", text))).strip()
    if text[:4].lower() == "tel:":
        text = text[4:].strip()
    extended = EXTENSION.fullmatch(text)
    return extended["number"].strip() if extended else text


def _plain(character: str) -> str:
    kind = unicodedata.category(character)
    if kind == "Nd":
        return str(unicodedata.digit(character))
    return {"Pd": "-", "Zs": " ", "Cf": "", "Cc": " "}.get(kind, "-" if character == MINUS else character)


def _region(country_code: str) -> str:
    return phonenumbers.region_code_for_country_code(int(country_code))
