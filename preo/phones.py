"""Phone numbers: read into E.164, and found by parts of them in whatever notation."""

import re

import phonenumbers

PHONE_LIKE = re.compile(r"\+?[0-9()./ -]*[0-9][0-9()./ -]*")
TRUNK = "(0)"
"""What some write behind the country's code, and nobody dials from abroad."""

SHORTEST_PART = 3
"""Digits; what is left of a part without its zeros says nothing below that."""


class NotAPhoneNumber(ValueError):
    """Text that is no phone number anywhere; or, without a country, none that says whose it is."""


class CountryMissing(NotAPhoneNumber):
    """A number as one dials it at home, and nobody said where that is."""


def e164(text: str, *, country_code: str | None = None, is_assigned: bool = False) -> str:
    """The number in E.164, one without a country as of `country_code`, such as "+45".

    `is_assigned` also takes the country's own ranges into account, beyond how long its numbers are.
    Raises NotAPhoneNumber; CountryMissing.
    """
    if country_code is None and PHONE_LIKE.fullmatch(text.strip()) and not text.strip().startswith("+"):
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
    text = text.strip().replace(TRUNK, " ")
    if not PHONE_LIKE.fullmatch(text):
        return []
    digits = "".join(filter(str.isdigit, text))
    without = digits.lstrip("0")
    return [digits, without] if digits != without and len(without) >= SHORTEST_PART else [digits]


def _region(country_code: str) -> str:
    return phonenumbers.region_code_for_country_code(int(country_code))
