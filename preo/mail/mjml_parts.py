"""Blocks as MJML. Whatever comes in as plain text is escaped here; HTML comes in cleaned."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from preo.mail.labels import labels_in
from preo.mail.theme import HEADING_SIZES

Mjml = SafeString

NOTHING = Mjml("")
DIVIDER = Mjml("<mj-divider />")


def joined(parts: Iterable[Mjml]) -> Mjml:
    """The parts one after the other."""
    return Mjml("\n".join(parts))


def heading(text: str, *, level: int) -> Mjml:
    """A heading of level 1 to 3."""
    return format_html(
        '<mj-text><h{} style="margin:0;font-size:{};line-height:1.3">{}</h{}></mj-text>',
        level,
        HEADING_SIZES[level],
        text,
        level,
    )


def text(cleaned: str) -> Mjml:
    """A text of HTML that has been cleaned."""
    return format_html("<mj-text>{}</mj-text>", Mjml(cleaned))


def button(label: str, *, address: str) -> Mjml:
    """A link that looks like a button."""
    return format_html('<mj-button href="{}">{}</mj-button>', address, label)


def image(source: str, *, alt: str, address: str) -> Mjml:
    """An image, and where it leads, if anywhere."""
    href = format_html(' href="{}"', address) if address else NOTHING
    return format_html('<mj-image src="{}" alt="{}"{} />', source, alt, href)


def order_summary(order: Mapping[str, Any], *, language: str, with_fees: bool) -> Mjml:
    """What was ordered and what it came to, as a table."""
    labels = labels_in(language)
    head = format_html_join("", '<th scope="col"{}>{}</th>', _columns(labels))
    rows = format_html_join("", "<tr>{}</tr>", ((_line(line),) for line in order["lines"]))
    sums = format_html_join(
        "",
        '<tr><th scope="row" colspan="3">{}</th><td class="sum">{}</td></tr>',
        sums_of(order, labels, with_fees=with_fees),
    )
    return format_html("<mj-table><thead><tr>{}</tr></thead><tbody>{}{}</tbody></mj-table>", head, rows, sums)


def sums_of(order: Mapping[str, Any], labels: Mapping[str, str], *, with_fees: bool) -> list[tuple[str, str]]:
    """The lines below the items, by label; fees only where there are any and somebody wants to see them."""
    fees = [(labels["fees"], order["fees"])] if with_fees and order["fees"] else []
    return [*fees, (labels["total"], order["total"])]


def _columns(labels: Mapping[str, str]) -> list[tuple[Mjml, str]]:
    right = Mjml(' class="sum"')
    return [
        (NOTHING, labels["item"]),
        *((right, labels[name]) for name in ("quantity", "price", "deposit")),
    ]


def _line(line: Mapping[str, Any]) -> Mjml:
    where = format_html("<br />{}", line["pickup_point"]) if line["pickup_point"] else NOTHING
    name = format_html("<td>{}{}</td>", line["name"], where)
    amounts = format_html_join(
        "", '<td class="sum">{}</td>', ((line[column],) for column in ("quantity", "price", "deposit"))
    )
    return format_html("{}{}", name, amounts)
