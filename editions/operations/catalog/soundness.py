"""What a row of the catalog must be to make sense, by itself and with what it refers to."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from editions.choices import EmailScope, Language
from editions.models import (
    Coupon,
    Edition,
    MerchantAccount,
    PassDesign,
    Product,
    SenderDomain,
    Trigger,
    VendorParticipation,
)
from preo.errors import InvalidField
from preo.money import MAX_MINOR, Currency
from preo.rows import Row

LONGEST_DELAY = 366 * 24 * 60
_COLOR = re.compile(r"#[0-9a-f]{6}")
_CODE = re.compile(r"[^\s\x00-\x1f]+")
_LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?!\d+$){_LABEL}")

Findings = Iterator[tuple[str, str, str]]
Rule = Callable[[Any], Findings]


def require_sound(row: Row, *, linked: Mapping[str, Sequence[Any]]) -> None:
    """Raises InvalidField for the first thing that is wrong; `linked` has the rows of many-to-many fields.

    Brings codes, domains and colors into the one form in which they are kept.
    """
    for rule in (_text, *RULES.get(type(row), ()), _amounts, _rates):
        for field, code, detail in rule(row):
            raise InvalidField(field, code, detail)
    for name, others in {**_references(row), **linked}.items():
        for other in others:
            _require_own(row, name, other)


def _text(row: Row) -> Findings:
    for name in ("name", "vendor_code", "code", "domain"):
        text = getattr(row, name, None)
        if text is not None and not text.strip():
            yield name, "blank", "This can't be empty."


def _amounts(row: Row) -> Findings:
    for field in row._meta.concrete_fields:
        amount = getattr(row, field.attname)
        if not field.name.endswith("_minor") or amount is None:
            continue
        if amount < 0 and not field.name.endswith("_mod_minor"):
            yield field.name, "negative", "This can't be negative."
        if abs(amount) > MAX_MINOR:
            yield field.name, "too_large", "This is above the largest amount."


def _rates(row: Row) -> Findings:
    for field in row._meta.concrete_fields:
        rate = getattr(row, field.attname)
        if isinstance(rate, Decimal) and not 0 <= rate <= 100:
            yield field.name, "out_of_range", "A rate is from 0 to 100 percent."


def _product(product: Product) -> Findings:
    edition: Edition = product.edition
    for language in sorted(set(product.description) - set(edition.enabled_languages)):
        name = dict(Language.choices).get(language, language[:20])
        yield f"description.{language[:20]}", "not_enabled", f"{name} is not an enabled language of the edition."
    if product.uses < 1:
        yield "uses", "too_small", "One bought unit can be used at least once."


def _vendor(vendor: VendorParticipation) -> Findings:
    vendor.vendor_code = vendor.vendor_code.strip()
    if not _CODE.fullmatch(vendor.vendor_code):
        yield "vendor_code", "not_a_code", "A code has no spaces."


def _coupon(coupon: Coupon) -> Findings:
    coupon.code = coupon.code.strip().upper()
    if not _CODE.fullmatch(coupon.code):
        yield "code", "not_a_code", "A code has no spaces."
    if (coupon.amount_off_minor is None) == (coupon.rate_off is None):
        yield "amount_off_minor", "amount_or_rate", "A coupon takes off an amount or a rate, one of the two."
    for name in ("amount_off_minor", "rate_off"):
        if getattr(coupon, name) == 0:
            yield name, "too_small", "A coupon takes something off."
    if coupon.valid_from and coupon.valid_until and coupon.valid_until <= coupon.valid_from:
        yield "valid_until", "not_after_start", "A coupon ends after it starts."
    if coupon.max_uses == 0:
        yield "max_uses", "too_small", "A coupon can be used at least once; leave this empty for no limit."


def _account(account: MerchantAccount) -> Findings:
    if not account.supported_currencies:
        yield "supported_currencies", "required", "An account takes at least one currency."
    for currency in sorted(set(account.supported_currencies) - set(Currency.values)):
        yield "supported_currencies", "unknown", f"There is no currency {currency[:10]} here."


def _trigger(trigger: Trigger) -> Findings:
    if not 0 <= trigger.delay_minutes <= LONGEST_DELAY:
        yield "delay_minutes", "out_of_range", "A delay is between none and a year."
    message = trigger.email_message
    if message.scope == EmailScope.PLATFORM:
        yield (
            "email_message_id",
            "other_organization",
            "Choose a message of the edition, or a template to send as it is.",
        )


def _pass_design(design: PassDesign) -> Findings:
    for name in ("background_color", "foreground_color", "label_color"):
        color = str(getattr(design, name)).lower()
        setattr(design, name, color)
        if not _COLOR.fullmatch(color):
            yield name, "not_a_color", "A color is written as #rrggbb."


def _domain(domain: SenderDomain) -> Findings:
    domain.domain = domain.domain.strip().lower().rstrip(".")
    if len(domain.domain) > 253 or not _DOMAIN.fullmatch(domain.domain):
        yield "domain", "not_a_domain", "A domain is written as in mail.example.com."


RULES: Mapping[type[Row], Sequence[Rule]] = {
    Product: (_product,),
    VendorParticipation: (_vendor,),
    Coupon: (_coupon,),
    MerchantAccount: (_account,),
    Trigger: (_trigger,),
    PassDesign: (_pass_design,),
    SenderDomain: (_domain,),
}
"""What holds for one kind of row alone; the others need a name at most."""

REFERENCES: Mapping[type[Row], Sequence[str]] = {
    Product: ("category", "vendor"),
    Trigger: ("email_message",),
    PassDesign: ("logo",),
}
"""Where a row refers to other rows, which must be of the same edition, or else of its organization."""


def _references(row: Row) -> dict[str, list[Any]]:
    named = {name: getattr(row, name) for name in REFERENCES.get(type(row), ())}
    return {name: [other] for name, other in named.items() if other is not None}


def _require_own(row: Any, name: str, other: Any) -> None:
    """Raises InvalidField unless the other row is of the same edition, or else of its organization."""
    of_edition = getattr(other, "edition_id", None)
    if of_edition is not None:
        is_own = of_edition == row.edition_id
    else:
        is_own = other.organization_id == row.edition.organization_id
    if not is_own:
        raise InvalidField(name, "not_found", "There is nothing like this in the edition or its organization.")
