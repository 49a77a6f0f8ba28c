"""Messages as they arrive: HTML that nobody can break, and text beside it."""

import re
import socket
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preo.mail.languages import language_of, tag_of
from preo.mail.rendering import Content, NotRenderable, Rendered, render

IMAGE = "fil_01h455vb4pex5vsknk084sn02q"
ORDER = {
    "number": "P000123",
    "total": "1,105.00 DKK",
    "fees": "25.00 DKK",
    "deposit": "200.00 DKK",
    "lines": [
        {"name": "Tent, Large", "quantity": 2, "price": "400.00 DKK", "deposit": "100.00 DKK", "pickup_point": ""},
        {"name": "Locker", "quantity": 1, "price": "80.00 DKK", "deposit": "", "pickup_point": "North gate"},
    ],
}
VARIABLES = {"customer": {"first_name": "Søren"}, "order": ORDER}


class Elements(HTMLParser):
    """Every start tag of a page with its attributes, and the text outside of style."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def made(*blocks: Any, subject: Any = None, language: str = "en", fallback: str = "en", **variables: Any) -> Rendered:
    return render(
        Content(subject or {"en": "Hello"}, blocks),
        language=language,
        fallback=fallback,
        variables=VARIABLES | variables,
        image_url=lambda image: f"https://img.example/{image}/optimized?a=1&b=2",
    )


def heading(text: str) -> dict[str, Any]:
    return {"type": "heading", "text": {"en": text}}


def html_text(html: str) -> dict[str, Any]:
    return {"type": "text", "html": {"en": html}}


def test_a_message_has_html_and_text_beside_it():
    mail = made(
        heading("Hi {{ customer.first_name }}"),
        html_text(
            "<p>Your order<br>is <em>here</em>: <a href='https://preo.example/x'>look</a></p><ol><li>a</li><li>b</li></ol>"
        ),
        {"type": "button", "label": {"en": "Your page"}, "url": {"en": "https://preo.example/{{ order.number }}"}},
        {"type": "divider"},
        {"type": "order_summary"},
        {"type": "image", "image_id": IMAGE, "alt": {"en": "A tent"}},
        subject={"en": "Order {{ order.number }}"},
    )

    assert mail.subject == "Order P000123"
    assert mail.text == (
        "Hi Søren\n========\n\n"
        "Your order\nis here: look (https://preo.example/x)\n\n1. a\n2. b\n\n"
        "Your page: https://preo.example/P000123\n\n"
        "----------------------------------------\n\n"
        "Tent, Large: 2 x 400.00 DKK + Deposit 2 x 100.00 DKK\n"
        "Locker, North gate: 1 x 80.00 DKK\n\n"
        "Fees: 25.00 DKK\nTotal: 1,105.00 DKK\n\n"
        "A tent\n"
    )


def test_html_can_be_read_by_everybody():
    mail = made(
        heading("Hi"),
        {"type": "image", "image_id": IMAGE, "alt": {"en": 'A "tent"'}, "url": {"en": "https://preo.example/"}},
        {"type": "order_summary"},
        subject={"en": "Order & more"},
    )
    page = Elements(mail.html)

    assert page.all("html")[0]["lang"] == "en"
    assert "<title>Order &amp; more</title>" in mail.html
    assert [image["alt"] for image in page.all("img")] == ['A "tent"']
    assert [image["src"] for image in page.all("img")] == [f"https://img.example/{IMAGE}/optimized?a=1&b=2"]
    assert [cell["scope"] for cell in page.all("th")] == ["col"] * 2 + ["row"] * 2
    assert {"name": "color-scheme", "content": "light dark"} in page.all("meta")
    assert "prefers-color-scheme: dark" in mail.html
    assert len(page.all("h1")) == 1


def test_html_loads_nothing_but_its_images():
    mail = made({"type": "image", "image_id": IMAGE, "alt": {"en": ""}}, heading("Hi"))
    page = Elements(mail.html)

    assert page.all("link") == page.all("script") == page.all("iframe") == []
    assert "@import" not in mail.html
    assert "url(" not in mail.html


def test_rendering_never_asks_the_network(monkeypatch):
    def refuse(*_: Any) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)

    assert made(heading("Hi"), {"type": "image", "image_id": IMAGE, "alt": {"en": ""}})


def test_a_file_that_is_gone_leaves_its_words():
    content = Content({"en": "Hello"}, [{"type": "image", "image_id": IMAGE, "alt": {"en": "A tent"}}])

    mail = render(content, language="en", fallback="en", variables=VARIABLES, image_url=lambda _: None)

    assert Elements(mail.html).all("img") == []
    assert mail.text == "A tent\n"


def test_each_text_falls_back_by_itself():
    blocks = [
        {"type": "heading", "text": {"en": "Hello", "da": "Hej"}},
        {"type": "heading", "text": {"en": "Bye", "se": "Hejdå"}},
        {"type": "heading", "text": {"pl": "Cześć"}},
    ]

    mail = made(*blocks, language="da", fallback="se", subject={"en": "Order", "da": "Ordre"})

    assert mail.subject == "Ordre"
    assert [line for line in mail.text.splitlines() if line.isalpha()] == ["Hej", "Hejdå", "Cześć"]


def test_swedish_is_sv_in_html_and_has_its_own_words():
    mail = made({"type": "order_summary"}, language="se")

    assert Elements(mail.html).all("html")[0]["lang"] == "sv"
    assert "Totalt: 1,105.00 DKK" in mail.text


def test_an_order_summary_can_leave_fees_out():
    assert "Fees" not in made({"type": "order_summary", "show_fees": False}).text
    assert "Fees" not in made({"type": "order_summary"}, order=ORDER | {"fees": ""}).html


HOSTILE = "<script>alert(1)</script>\"'>&lt;b&gt; </mj-text><mj-raw>{{ order.number }}{% raw %}]]><!--"


@pytest.mark.parametrize(
    "block",
    [
        heading("{{ customer.first_name }}"),
        html_text("<p>{{ customer.first_name }}</p>"),
        html_text("<a href='https://preo.example/?a={{ customer.first_name }}'>x</a>"),
        {"type": "button", "label": {"en": "{{ customer.first_name }}"}, "url": {"en": "https://preo.example/"}},
        {"type": "button", "label": {"en": "x"}, "url": {"en": "https://preo.example/?a={{ customer.first_name }}"}},
        {"type": "image", "image_id": IMAGE, "alt": {"en": "{{ customer.first_name }}"}},
    ],
)
def test_what_a_customer_is_called_stays_text(block):
    plain = Elements(made(block, customer={"first_name": "Ann"}).html)
    hostile = made(block, subject={"en": "{{ customer.first_name }}"}, customer={"first_name": HOSTILE})

    assert [tag for tag, _ in Elements(hostile.html).tags] == [tag for tag, _ in plain.tags]
    assert not [name for _, attributes in Elements(hostile.html).tags for name in attributes if name.startswith("on")]
    assert "P000123" not in hostile.html


@pytest.mark.parametrize("character", "\u202e\u200d\xad\u0301\\\"' é\N{PARTY POPPER}")
def test_a_value_in_the_address_of_a_link_is_quoted_as_in_a_button(character):
    address, customer = "https://preo.example/?a=%20&b={{ customer.first_name }}", {"first_name": f"A{character}B"}
    link, button = html_text(f"<a href='{address}'>x</a>"), {"type": "button", "label": {"en": "x"}}

    mails = [made(block, customer=customer) for block in (link, button | {"url": {"en": address}})]

    expected = f"https://preo.example/?a=%20&b=A{quote(character)}B"
    assert [Elements(mail.html).all("a")[0]["href"] for mail in mails] == [expected] * 2
    assert mails[0].text == f"x ({expected})\n"


def test_what_was_ordered_stays_text():
    line = {"name": HOSTILE, "quantity": HOSTILE, "price": HOSTILE, "deposit": HOSTILE, "pickup_point": HOSTILE}

    mail = made({"type": "order_summary"}, order=ORDER | {"lines": [line], "total": HOSTILE})

    assert Elements(mail.html).all("script") == []


@pytest.mark.parametrize(
    "html",
    ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "{{ '<scr' }}{{ 'ipt>alert(1)</script>' }}"],
)
def test_html_that_came_past_the_check_is_cleaned_with_its_values_in_it(html):
    page = Elements(made(html_text(f"<p>Hi {html}</p>")).html)

    assert page.all("script") == page.all("img") == []


# What no column of the database can hold is left out.
ANYTHING = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@given(name=ANYTHING)
def test_any_name_arrives_and_changes_nothing_else(name):
    mail = made(
        heading("{{ customer.first_name }}"),
        html_text("<p>{{ customer.first_name }}</p>"),
        customer={"first_name": name},
    )

    assert [tag for tag, _ in Elements(mail.html).tags].count("h1") == 1
    assert mail.html.endswith("</html>")


@given(html=ANYTHING)
def test_any_html_that_is_stored_comes_out_clean(html):
    block = html_text(html.replace("{", "("))

    page = Elements(made(block).html)

    assert not {"script", "style", "iframe", "object", "img", "form"} & {tag for tag, _ in page.tags[20:]}


def test_a_subject_is_one_line():
    assert (
        made(subject={"en": "Hi {{ customer.first_name }}"}, customer={"first_name": "a\r\nBcc: b"}).subject
        == "Hi a Bcc: b"
    )


@pytest.mark.parametrize(
    ("block", "field"),
    [
        (heading("{{ nobody }}"), "blocks.0.text.en"),
        (html_text("{% for a in order.lines %}" * 8 + "{% endfor %}" * 8), "blocks.0.html.en"),
        ({"type": "button", "label": {"en": "x"}, "url": {"en": "{{ customer.first_name }}"}}, "blocks.0.url"),
    ],
)
def test_what_cannot_be_made_says_where(block, field):
    with pytest.raises(NotRenderable) as refused:
        made(block, order=ORDER | {"lines": ORDER["lines"] * 20})

    assert refused.value.field == field


def test_a_summary_of_no_order_cannot_be_made():
    with pytest.raises(NotRenderable, match="not about an order"):
        made({"type": "order_summary"}, order=None)


def test_the_whole_message_has_one_budget():
    loops = html_text("{% for line in order.lines %}{{ line.name }}{% endfor %}" * 20)

    with pytest.raises(NotRenderable, match="too many steps"):
        made(*[loops] * 10, order=ORDER | {"lines": ORDER["lines"] * 200})


@pytest.mark.parametrize(
    ("locale", "language"),
    [("sv-SE", "se"), ("sv", "se"), ("da_DK", "da"), ("EN-gb", "en"), ("de", "da"), ("", "da"), ("pl", "da")],
)
def test_language_of_a_locale_is_one_that_is_spoken(locale, language):
    assert language_of(locale, among=["en", "da", "se"], otherwise="da") == language
    assert re.fullmatch("[a-z]{2}", tag_of(language))
