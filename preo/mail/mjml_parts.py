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
    """What was ordered and what it came to, as a table of two columns, which a phone has room for."""
    labels = labels_in(language)
    head = format_html('<th scope="col">{}</th><th scope="col" class="sum">{}</th>', labels["item"], labels["price"])
    rows = format_html_join(
        "", '<tr><td>{}</td><td class="sum">{}</td></tr>', (_line(line, labels) for line in order["lines"])
    )
    sums = format_html_join(
        "", '<tr><th scope="row">{}</th><td class="sum">{}</td></tr>', sums_of(order, labels, with_fees=with_fees)
    )
    return format_html("<mj-table><thead><tr>{}</tr></thead><tbody>{}{}</tbody></mj-table>", head, rows, sums)


def sums_of(order: Mapping[str, Any], labels: Mapping[str, str], *, with_fees: bool) -> list[tuple[str, str]]:
    """The lines below the items, by label; fees only where there are any and somebody wants to see them."""
    fees = [(labels["fees"], order["fees"])] if with_fees and order["fees"] else []
    return [*fees, (labels["total"], order["total"])]


def _line(line: Mapping[str, Any], labels: Mapping[str, str]) -> tuple[Mjml, Mjml]:
    where = format_html("<br />{}", line["pickup_point"]) if line["pickup_point"] else NOTHING
    deposit = format_html("<br />+ {} {}", labels["deposit"], _each(line, "deposit")) if line["deposit"] else NOTHING
    return format_html("{}{}", line["name"], where), format_html("{}{}", _each(line, "price"), deposit)


def _each(line: Mapping[str, Any], part: str) -> Mjml:
    return format_html("{} \N{MULTIPLICATION SIGN} {}", line["quantity"], line[part])
