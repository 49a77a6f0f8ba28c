"""Form fields: money in major units, rates, texts by language, colors."""

from decimal import Decimal

import pytest
from django import forms
from hypothesis import given
from hypothesis import strategies as st

from preo.backoffice.forms import ColorField, MoneyField, RateField, SignedMoneyField, TranslatedField
from preo.money import MAX_MINOR

MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("text", "minor"),
    [("400", 400_00), ("1 200,5", 1200_50), ("0.01", 1), (" 12.50 ", 12_50), ("1000000000000", MAX_MINOR), ("0", 0)],
)
def test_money_is_read_as_people_write_it(text, minor):
    assert MoneyField().clean(text) == minor


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1 250", 1250_00),
        ("1\N{NO-BREAK SPACE}250,50", 1250_50),
        ("12\N{NARROW NO-BREAK SPACE}500.5", 12500_50),
        ("1 000 000", 1_000_000_00),
        (" 500 ", 500_00),
    ],
)
def test_a_blank_between_thousands_separates_them(text, minor):
    assert MoneyField().clean(text) == minor


@pytest.mark.parametrize(
    "text",
    [
        "12 50", "500 00", "1 5", "1 25 000", "1250 000", "0 500", "1 250 5", "1 250. 50", "12 ,50",
        "12\N{NO-BREAK SPACE}50", "12\N{NARROW NO-BREAK SPACE}50", "12\t50", "12'50", "1  250",
    ],
)  # fmt: skip
def test_a_blank_that_may_be_a_point_is_refused(text):
    with pytest.raises(forms.ValidationError):
        MoneyField().clean(text)
    with pytest.raises(forms.ValidationError):
        SignedMoneyField().clean(f"-{text}")


def test_a_refused_blank_says_how_to_write_it():
    with pytest.raises(forms.ValidationError, match=r"write 1250\.00, or 1 250\.00"):
        MoneyField().clean("12 50")


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "1e400", "1.234", "-1", "1000000000000.01", "1,234", "x", "1\0", "٣"]
)
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(forms.ValidationError):
        MoneyField().clean(text)


@pytest.mark.parametrize(
    ("text", "minor"), [("-3.10", -3_10), ("-1 250,5", -1250_50), (f"{MINUS}3,1", -3_10), ("3", 3_00), ("-0", 0)]
)
def test_signed_money_may_take_off(text, minor):
    assert SignedMoneyField().clean(text) == minor


@pytest.mark.parametrize("text", ["--1", "-NaN", "-1000000000001", "-"])
def test_signed_money_has_limits_on_both_sides(text):
    with pytest.raises(forms.ValidationError):
        SignedMoneyField().clean(text)


@given(st.integers(-MAX_MINOR, MAX_MINOR))
def test_what_a_money_field_shows_it_reads_as_the_same(minor):
    field = SignedMoneyField()

    shown = field.prepare_value(minor)

    assert field.clean(shown) == minor
    assert not field.has_changed(minor, shown)


@pytest.mark.parametrize(("text", "rate"), [("25", "25"), ("12,5", "12.5"), ("0", "0"), ("100.00", "100")])
def test_rates_are_percentages(text, rate):
    assert RateField().clean(text) == Decimal(rate)


@pytest.mark.parametrize("text", ["100.01", "-1", "NaN", "1.234", "x", "1e9", "1 5"])
def test_what_is_no_rate_is_refused(text):
    with pytest.raises(forms.ValidationError):
        RateField().clean(text)


@pytest.mark.parametrize(
    ("text", "is_color"), [("#4A2FD6", True), ("red", False), ("#12345", False), ("#1234567", False)]
)
def test_colors_are_six_digits(text, is_color):
    if is_color:
        assert ColorField().clean(text) == text.lower()
        return
    with pytest.raises(forms.ValidationError):
        ColorField().clean(text)


class Texts(forms.Form):
    about = TranslatedField(label="About", required=False, max_length=5)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["about"].offer([("da", "Danish"), ("en", "English")])


def test_texts_are_kept_by_language_without_empty_ones():
    form = Texts({"about_da": " Hej ", "about_en": " ", "about_pl": "Czes"})

    assert form.is_valid()
    assert form.cleaned_data == {"about": {"da": "Hej"}}


def test_each_language_has_a_labelled_input():
    html = str(Texts(initial={"about": {"en": 'a "<b>"'}})["about"])

    assert html.index('<label for="id_about_da">') < html.index('<label for="id_about_en">')
    assert 'value="a &quot;&lt;b&gt;&quot;"' in html


@pytest.mark.parametrize(("text", "said"), [("too long", "Danish: at most 5"), ("a\0", "Danish: NUL")])
def test_a_wrong_text_is_named_by_its_language(text, said):
    assert said in str(Texts({"about_da": text}).errors["about"])


@pytest.mark.parametrize(
    ("sent", "is_changed"), [({"about_da": "Hej"}, False), ({"about_da": "Hej", "about_en": "Hi"}, True)]
)
def test_texts_have_changed_when_one_has(sent, is_changed):
    assert Texts(sent, initial={"about": {"da": "Hej"}}).has_changed() is is_changed
