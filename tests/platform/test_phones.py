"""Phone numbers in the notations that people, pages and other systems write."""

import pytest

from preo.phones import CountryMissing, NotAPhoneNumber, e164, parts, says

NOTATIONS = [
    "+4790222881",
    "+47 902 22 881",
    "+47.902.22.881",
    "+47/90222881",
    "(+47) 90222881",
    "+(47) 902-22-881",
    "tel:+47-902-22-881",
    "TEL:+4790222881;ext=12",
    "+47\u00a090222881",
    "+47\u202f902\u202f22\u202f881",
    "+47\u200990222881",
    "+47\u201190222881",
    "+47\u2013902\u201422\u2212881",
    "\uff0b\uff14\uff17 \uff19\uff10\uff12\uff12\uff12\uff18\uff18\uff11",
    "+\u0664\u0667 \u0669\u0660\u0662\u0662\u0662\u0668\u0668\u0661",
    "\u202a+47 902 22 881\u202c",
    "+47\t90222881",
    "+4790222881 ext. 12",
    "+47 90222881 x12",
    "+47 90222881, Extension 12",
    "+47 90222881 #12",
]


@pytest.mark.parametrize("text", NOTATIONS)
def test_a_number_is_read_and_found_in_any_notation(text: str) -> None:
    assert e164(text) == "+4790222881"
    assert parts(text) == ["4790222881"]


@pytest.mark.parametrize("text", ["00 47 902 22 881", "0047-90222881", "+47 (0) 902 22 881"])
def test_a_number_is_found_with_zeros_that_are_not_its_own(text: str) -> None:
    assert "4790222881" in parts(text)


@pytest.mark.parametrize("text", ["902 22 881", "902\u00a022\u00a0881", "(902) 22881"])
def test_a_number_without_a_country_is_of_the_one_that_is_named(text: str) -> None:
    assert e164(text, country_code="+47") == "+4790222881"
    assert parts(text) == ["90222881"]
    with pytest.raises(CountryMissing):
        e164(text)


@pytest.mark.parametrize("text", ["", "anna", "tel:", "x12", "ord-12", "12 Main St", "anna.holm8@example.org", "+"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert parts(text) == []
    with pytest.raises(NotAPhoneNumber):
        e164(text)


PARTS: list[tuple[str, list[str]]] = [
    ("22 x 12", []),
    ("12-34", ["1234"]),
    ("007", ["007"]),
    ("00123", ["00123", "123"]),
]


@pytest.mark.parametrize(("text", "found"), PARTS)
def test_a_part_is_found_by_its_digits(text: str, found: list[str]) -> None:
    assert parts(text) == found


@pytest.mark.parametrize("text", ["Called from 902 22 881.", "+47 90 22 28 81 at noon", "902-22-881"])
def test_a_text_says_a_number_in_any_notation(text: str) -> None:
    assert says(text, number="+4790222881")
    assert not says(text.replace("8", "7"), number="+4790222881")
