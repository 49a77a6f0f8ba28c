"""What may be stored in a message, and what becomes of the rest."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from preo.errors import InvalidField
from preo.mail.blocks import MOST_BLOCKS, SCHEMAS, SUBJECT, image_ids_in
from preo.mail.content import check_content
from preo.mail.variables import Variable

IMAGE = "fil_01h455vb4pex5vsknk084sn02q"
VARIABLES = (
    Variable("customer.first_name", "The first name.", "Søren"),
    Variable("order.total", "The sum.", "400.00 DKK"),
    Variable("order.lines", "What was ordered.", []),
    Variable("order.lines[].name", "The name of a line.", "Tent"),
    Variable("portal.url", "The customer's page.", "https://preo.example/abc", is_address=True),
)


def check(*blocks: Any, subject: Any = None, languages: Any = ("en", "da"), variables: Any = VARIABLES) -> Any:
    subject = {"en": "Hello"} if subject is None else subject
    return check_content(subject=subject, blocks=list(blocks), languages=languages, variables=variables)


def refusal(*blocks: Any, **others: Any) -> tuple[str, str]:
    with pytest.raises(InvalidField) as refused:
        check(*blocks, **others)
    assert refused.value.detail.endswith(".")
    return refused.value.field, refused.value.code


def text(html: str) -> dict[str, Any]:
    return {"type": "text", "html": {"en": html}}


def cleaned(html: str) -> str:
    [block] = check(text(html))
    return str(block["html"]["en"])


WHOLE = [
    {"type": "heading", "text": {"en": "Hi {{ customer.first_name }}", "da": "Hej"}, "level": 2},
    {"type": "text", "html": {"en": "<p>You paid <strong>{{ order.total }}</strong>.</p>"}},
    {"type": "button", "label": {"en": "Your page"}, "url": {"en": "{{ portal.url }}"}},
    {"type": "image", "image_id": IMAGE, "alt": {"en": ""}, "url": {"en": "https://preo.example/?a={{ order.total }}"}},
    {"type": "order_summary", "show_fees": False},
    {"type": "divider"},
]


def test_a_sound_message_is_stored_as_it_is():
    assert check(*WHOLE, subject={"en": "Order {{ order.total }}"}) == WHOLE
    assert image_ids_in(WHOLE) == [IMAGE]


@pytest.mark.parametrize("schema", [*SCHEMAS.values(), SUBJECT], ids=[*SCHEMAS, "subject"])
def test_a_schema_is_one_of_its_dialect_and_closed(schema):
    Draft202012Validator.check_schema(schema)

    assert schema["$schema"].endswith("2020-12/schema")
    assert schema["additionalProperties"] is not True


@pytest.mark.parametrize(
    ("block", "field", "code"),
    [
        ("divider", "blocks.0.type", "unknown_block"),
        ({}, "blocks.0.type", "unknown_block"),
        ({"type": "video"}, "blocks.0.type", "unknown_block"),
        ({"type": ["text"]}, "blocks.0.type", "unknown_block"),
        ({"type": "divider", "color": "red"}, "blocks.0.color", "unknown_member"),
        ({"type": "heading"}, "blocks.0.text", "required"),
        ({"type": "heading", "text": {}}, "blocks.0.text", "required"),
        ({"type": "heading", "text": "Hi"}, "blocks.0.text", "wrong_type"),
        ({"type": "heading", "text": {"en": 5}}, "blocks.0.text.en", "wrong_type"),
        ({"type": "heading", "text": {"en": ""}}, "blocks.0.text.en", "blank"),
        ({"type": "heading", "text": {"en": "x" * 501}}, "blocks.0.text.en", "too_long"),
        ({"type": "heading", "text": {"en": "x"}, "level": 4}, "blocks.0.level", "too_large"),
        ({"type": "heading", "text": {"en": "x"}, "level": 0}, "blocks.0.level", "too_small"),
        ({"type": "heading", "text": {"en": "x"}, "level": "1"}, "blocks.0.level", "wrong_type"),
        ({"type": "heading", "text": {"nl": "Hoi"}}, "blocks.0.text.nl", "language_not_enabled"),
        ({"type": "heading", "text": {"en": "a\nb"}}, "blocks.0.text.en", "several_lines"),
        ({"type": "heading", "text": {"en": "{{ nobody }}"}}, "blocks.0.text.en", "unknown_variable"),
        ({"type": "text", "html": {"en": "<p>{{ nobody }}</p>"}}, "blocks.0.html.en", "unknown_variable"),
        ({"type": "text", "html": {"nl": "<p>Hoi</p>"}}, "blocks.0.html.nl", "language_not_enabled"),
        ({"type": "text", "html": {"en": "x" * 10_001}}, "blocks.0.html.en", "too_long"),
        ({"type": "image", "image_id": "x", "alt": {"en": "x"}}, "blocks.0.image_id", "invalid"),
        ({"type": "image", "image_id": IMAGE}, "blocks.0.alt", "required"),
        ({"type": "order_summary", "show_fees": "yes"}, "blocks.0.show_fees", "wrong_type"),
    ],
)
def test_a_bad_block_is_refused_at_its_place(block, field, code):
    assert refusal(block) == (field, code)


def test_a_bad_block_is_named_by_its_number():
    assert refusal({"type": "divider"}, {"type": "divider"}, {"type": "heading"}) == ("blocks.2.text", "required")


@pytest.mark.parametrize(
    ("subject", "field", "code"),
    [
        ({}, "subject", "required"),
        ("Hello", "subject", "wrong_type"),
        ({"nl": "Hoi"}, "subject.nl", "language_not_enabled"),
        ({"english": "Hello"}, "subject.english", "language_not_enabled"),
        ({"EN": "Hello"}, "subject.EN", "language_not_enabled"),
        ({"x" * 1_000: "Hello"}, f"subject.{'x' * 20}", "language_not_enabled"),
        ({"en": "x" * 201}, "subject.en", "too_long"),
        ({"en": "Hi\r\nBcc: x@example.org"}, "subject.en", "several_lines"),
        ({"en": "{{ nobody }}"}, "subject.en", "unknown_variable"),
        ({"en": "{% if %}"}, "subject.en", "invalid_template"),
    ],
)
def test_a_bad_subject_is_refused_at_its_place(subject, field, code):
    assert refusal(subject=subject) == (field, code)


def test_a_wrong_language_and_a_wrong_image_are_told_apart():
    with pytest.raises(InvalidField, match="A language is named by two small letters, such as en"):
        check(subject={"english": "Hello"})
    with pytest.raises(InvalidField, match="This is not the id of a stored file"):
        check({"type": "image", "image_id": "fil_1", "alt": {"en": ""}})


@pytest.mark.parametrize("level", [1, 1.0, 3.0])
def test_the_level_of_a_heading_is_a_whole_number(level):
    [block] = check({"type": "heading", "text": {"en": "Hi"}, "level": level})

    assert (block["level"], type(block["level"])) == (int(level), int)


def test_what_cleaning_writes_out_counts_and_can_be_stored_again():
    fits, grown = "Fish & chips " * 500, "Fish & chips " * 700

    stored = check(text(fits))

    assert check(*stored) == stored
    assert len(grown) < 10_000
    assert refusal(text(grown)) == ("blocks.0.html.en", "too_long")
    assert refusal(*[text("<" * 2_499)] * 21) == ("blocks", "too_large")


def test_a_message_has_bounds():
    assert refusal(*[{"type": "divider"}] * (MOST_BLOCKS + 1)) == ("blocks", "too_many")
    assert refusal(*[text("x" * 9_000)] * 30) == ("blocks", "too_large")
    assert len(check(*[{"type": "divider"}] * MOST_BLOCKS)) == MOST_BLOCKS


def test_blocks_are_a_list():
    with pytest.raises(InvalidField, match="list"):
        check_content(subject={"en": "x"}, blocks={}, languages=["en"], variables=VARIABLES)


def test_an_order_summary_needs_a_message_about_an_order():
    assert refusal({"type": "order_summary"}, variables=VARIABLES[:1]) == ("blocks.0.type", "no_order")


@pytest.mark.parametrize(
    "url",
    [
        "https://preo.example",
        "https://preo.example/orders/{{ order.total }}?name={{ customer.first_name | url_encode }}",
        "{{ portal.url }}",
        "{{portal.url}}",
    ],
)
def test_a_button_leads_to_an_https_address(url):
    assert check({"type": "button", "label": {"en": "Go"}, "url": {"en": url}})


@pytest.mark.parametrize(
    "url",
    [
        "http://preo.example",
        "javascript:alert(1)",
        "//preo.example",
        "/orders",
        "mailto:a@preo.example",
        "https://",
        "https://user@preo.example",
        "https://{{ customer.first_name }}/",
        "https://preo.example.{{ customer.first_name }}/",
        "{{ customer.first_name }}",
        "{{ portal.url }}{{ customer.first_name }}",
        "x{{ portal.url }}",
        "https://preo.example/ x",
        'https://preo.example/"x',
    ],
)
def test_a_button_leads_nowhere_else(url):
    assert refusal({"type": "button", "label": {"en": "Go"}, "url": {"en": url}}) == (
        "blocks.0.url.en",
        "not_an_address",
    )


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ("<p>Hi<script>alert(1)</script></p>", "<p>Hi</p>"),
        ("<style>p { color: red }</style><p style='color:red' class='x' id='y'>Hi</p>", "<p>Hi</p>"),
        ("<p onclick='alert(1)' onmouseover=x>Hi</p>", "<p>Hi</p>"),
        ("<iframe src='https://evil.example'>x</iframe><p>Hi</p>", "<p>Hi</p>"),
        ("<img src=x onerror=alert(1)>Hi", "Hi"),
        ("<svg><a xlink:href='javascript:x'>x</a></svg>Hi", "Hi"),
        ("<h1>Hi</h1><table><tr><td>x</td></tr></table>", "Hix"),
        ("<a href='javascript:alert(1)'>x</a>", "<a>x</a>"),
        ("<a href=' JaVaScRiPt:alert(1)'>x</a>", "<a>x</a>"),
        ("<a href='http://preo.example'>x</a>", "<a>x</a>"),
        ("<a href='/x'>x</a>", "<a>x</a>"),
        ("<a href='data:text/html,x'>x</a>", "<a>x</a>"),
        ("<a href='{{ customer.first_name }}'>x</a>", "<a>x</a>"),
        ("<a href='https://{{ customer.first_name }}'>x</a>", "<a>x</a>"),
        (
            "<a href='https://preo.example/?a=1&b=2' target=_blank>x</a>",
            '<a href="https://preo.example/?a=1&amp;b=2">x</a>',
        ),
        ("<a href='mailto:help@preo.example'>x</a>", '<a href="mailto:help@preo.example">x</a>'),
        ("<a href='{{ portal.url }}'>x</a>", '<a href="{{ portal.url }}">x</a>'),
        ("<p>a<br>b<ul><li>c", "<p>a<br>b</p><ul><li>c</li></ul>"),
        ("<!-- secret --><p>Hi</p>", "<p>Hi</p>"),
        ("<mj-raw><p>Hi</p></mj-raw><mj-include path='/etc/passwd'/>", "<p>Hi</p>"),
        ("<p>{% if order.total > '1' and order.total < '9' %}a & b{% endif %}</p>", None),
        ('<ul>{% for line in order.lines %}<li>{{ line.name | default: "<b>" }}</li>{% endfor %}</ul>', None),
    ],
)
def test_html_is_cleaned(html, left):
    expected = html.replace("a & b", "a &amp; b") if left is None else left

    assert cleaned(html) == expected
    assert cleaned(expected) == expected


def test_liquid_inside_a_tag_is_not_kept():
    assert cleaned("<p {% if order.total %}onclick=x{% endif %}>Hi</p>") == "<p>Hi</p>"


def test_cleaning_that_cuts_a_template_apart_is_refused():
    assert refusal(text("{% if order.total %}<script>{% endif %}</script>")) == ("blocks.0.html.en", "invalid_template")
