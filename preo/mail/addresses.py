"""Where links may lead: https addresses, and variables that are documented to hold one."""

import re
from collections.abc import Container
from urllib.parse import quote

from preo.mail.liquid import MARKUP

_VARIABLE = re.compile(r"\{\{-?\s*([A-Za-z_.]+)\s*-?\}\}")
# The host is written out: a value could lead anywhere.
_HTTPS = re.compile(r"https://[^\s/?#@{}\\<>\"'%]+(?:[/?#][^\s\\<>\"]*)?")
_MAILTO = re.compile(r"mailto:[^\s{}\\<>\"]+@[^\s{}\\<>\"]+")
_SAFE = "%/:=&?~#+!$,;@()*[]"


def is_address(source: str, *, variables: Container[str], may_be_mail: bool = False) -> bool:
    """Whether a link may lead there; `source` may hold Liquid, `variables` are the names that hold addresses."""
    if alone := _VARIABLE.fullmatch(source):
        return alone[1] in variables
    plain = MARKUP.sub(_nothing_in_host, source)
    return bool(_HTTPS.fullmatch(plain) or (may_be_mail and _MAILTO.fullmatch(plain)))


def quoted(address: str) -> str:
    """The address with whatever a value brought in that no address can hold written as %xx."""
    return quote(address, safe=_SAFE)


def _nothing_in_host(markup: re.Match[str]) -> str:
    before = markup.string[: markup.start()]
    return "x" if re.match(r"https://[^/?#]+[/?#]", before) else "{"
