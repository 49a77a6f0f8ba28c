"""Blocks as plain text, for mail programs and people that read no HTML."""

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

from preo.mail.labels import labels_in
from preo.mail.mjml_parts import sums_of

DIVIDER = "-" * 40
_SPACES = re.compile(r"[ \t\r\n]+")
_BLANK_LINES = re.compile(r"\n{3,}")


def heading(text: str, *, level: int) -> str:
    """Underlined, the first level more heavily."""
    return f"{text}\n{('=' if level == 1 else '-') * min(len(text), 60)}"


def text(cleaned: str) -> str:
    """What HTML of a text block says: paragraphs apart, items marked, links with their addresses."""
    writer = _Writer()
    writer.feed(cleaned)
    writer.close()
    return writer.written()


def link(label: str, *, address: str) -> str:
    """A label with where it leads, of which either may be empty."""
    return ": ".join(part for part in (label, address) if part)


def order_summary(order: Mapping[str, Any], *, language: str, with_fees: bool) -> str:
    """What was ordered and what it came to, a line each."""
    labels = labels_in(language)
    lines = [_line(line, labels) for line in order["lines"]]
    sums = [f"{label}: {amount}" for label, amount in sums_of(order, labels, with_fees=with_fees)]
    return "\n".join([*lines, "", *sums])


def _line(line: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    deposit = f" + {labels['deposit']} {line['quantity']} x {line['deposit']}" if line["deposit"] else ""
    where = f", {line['pickup_point']}" if line["pickup_point"] else ""
    return f"{line['name']}{where}: {line['quantity']} x {line['price']}{deposit}"


class _Writer(HTMLParser):
    """Writes down what the tags of a text block mean."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._written: list[str] = []
        self._lists: list[int | None] = []
        self._addresses: list[str] = []

    def written(self) -> str:
        lines = (line.strip() for line in "".join(self._written).split("\n"))
        return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()

    def handle_data(self, data: str) -> None:
        self._written.append(_SPACES.sub(" ", data))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        match tag:
            case "br":
                self._written.append("\n")
            case "p":
                self._written.append("\n\n")
            case "ul" | "ol":
                self._written.append("\n")
                self._lists.append(0 if tag == "ol" else None)
            case "li":
                self._written.append(f"\n{self._mark()} ")
            case "a":
                self._addresses.append(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "ul", "ol"):
            self._written.append("\n\n")
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        if tag == "a" and self._addresses and (address := self._addresses.pop()):
            self._written.append(f" ({address.removeprefix('mailto:')})")

    def _mark(self) -> str:
        """A dash, or the next number of the innermost list."""
        if not self._lists or self._lists[-1] is None:
            return "-"
        self._lists[-1] += 1
        return f"{self._lists[-1]}."
