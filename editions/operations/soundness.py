"""What an edition's settings must be to make sense, each alone and together."""

from collections.abc import Callable, Collection, Iterator, Mapping, Set
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from editions.choices import EmailType, Language
from editions.models import Edition, SenderDomain
from preo.errors import InvalidField
from preo.mail.letters import UNPRINTABLE

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
DATES = ("start_date", "end_date")
TRANSLATED = {"meta_title": "title", "meta_description": "description"}
REFERENCES = frozenset(
    {"fee_rule", "merchant_account", "meta_image", "transaction_receipt_email", "refund_confirmation_email"}
)
RECEIPT_TYPES = frozenset({EmailType.RECEIPT, EmailType.RECEIPT_ONLINE})
EMAIL_TYPES = {
    "transaction_receipt_email": RECEIPT_TYPES,
    "refund_confirmation_email": {EmailType.REFUND_CONFIRMATION},
}


def timezones() -> list[str]:
    """The names an edition's timezone can have: regions of the IANA database, and UTC."""
    return sorted(name for name in available_timezones() if name == "UTC" or _is_region(name))


def localized(settings: Mapping[str, Any], *, timezone: str) -> dict[str, Any]:
    """The settings with each date as a moment: a date without an offset is one in the edition's timezone.

    Raises InvalidField: dates come both with an offset or both without; and a local time that the clocks skip, or
    show twice, needs one.
    """
    given = {name: settings[name] for name in DATES if settings.get(name) is not None}
    if len({moment.tzinfo is None for moment in given.values()}) > 1:
        raise InvalidField("end_date", "mixed_offsets", "Give both dates with an offset, or both without.")
    require_timezone(timezone)
    return {**settings, **{name: _moment(name, moment, ZoneInfo(timezone)) for name, moment in given.items()}}


def require_timezone(name: str) -> None:
    """Raises InvalidField for what is no name of the IANA database."""
    if name not in timezones():
        raise InvalidField("timezone", "unknown_timezone", "This is no timezone of the IANA database.")


def require_sound(edition: Edition, *, changed: Collection[str]) -> None:
    """Raises InvalidField for the first of the changed settings that doesn't go with the others.

    Rule: "Settings" in docs/rules.md.
    """
    for rule, fields in RULES.items():
        if fields.isdisjoint(changed):
            continue
        for field, code, detail in rule(edition):
            raise InvalidField(field, code, detail)


Findings = Iterator[tuple[str, str, str]]


def _name(edition: Edition) -> Findings:
    if not edition.name.strip():
        yield "name", "blank", "An edition needs a name."
    if UNPRINTABLE.search(edition.name):
        yield "name", "not_printable", "A name is one line, without control characters."


def _dates(edition: Edition) -> Findings:
    start, end = edition.start_date, edition.end_date
    for name, moment in zip(DATES, (start, end), strict=True):
        if moment and not EARLIEST <= moment < LATEST:
            yield name, "out_of_range", "A date is between the years 1970 and 2199."
    if start and end and end <= start:
        yield "end_date", "not_after_start", "An edition ends after it starts."


def _languages(edition: Edition) -> Findings:
    enabled = edition.enabled_languages
    if not enabled:
        yield "enabled_languages", "required", "An edition needs a language."
    if len(set(enabled)) < len(enabled):
        yield "enabled_languages", "repeated", "Each language is given once."
    if edition.default_language not in enabled:
        yield "default_language", "not_enabled", "The default language must be one of the enabled ones."


def _texts(edition: Edition) -> Findings:
    for field, what in TRANSLATED.items():
        for language in sorted(set(getattr(edition, field)) - set(edition.enabled_languages)):
            yield f"{field}.{language[:20]}", "not_enabled", _why_not_in(language, what=what)


def _why_not_in(language: str, *, what: str) -> str:
    name = dict(Language.choices).get(language)
    if name is None:
        return f"There is no language {language[:20]}."
    return f"The page's {what} has a text in {name}, which is not enabled. Enable {name}, or take that text away first."


def _owners(edition: Edition) -> Findings:
    for field in sorted(REFERENCES):
        row = getattr(edition, field)
        # The platform's own messages belong to nobody and are for everybody.
        if row and row.organization_id not in (edition.organization_id, None):
            yield f"{field}_id", "other_organization", "This belongs to another organization."


def _emails(edition: Edition) -> Findings:
    for field, types in EMAIL_TYPES.items():
        message = getattr(edition, field)
        if message and message.type not in types:
            kinds = " or ".join(sorted(EmailType(kind).label.lower() for kind in types))
            yield f"{field}_id", "wrong_type", f"This needs a message of the type {kinds}."


def _merchant_account(edition: Edition) -> Findings:
    account = edition.merchant_account
    if account and edition.currency not in account.supported_currencies:
        taken = ", ".join(sorted(account.supported_currencies)).upper()
        yield "merchant_account_id", "currency_not_supported", f"{account.name} takes {taken or 'no currency'} alone."


def _sender(edition: Edition) -> Findings:
    if not edition.email_sender_address:
        return
    domain = edition.email_sender_address.rpartition("@")[2]
    if not SenderDomain.objects.filter(organization_id=edition.organization_id).verified().naming(domain).exists():
        yield "email_sender_address", "domain_not_verified", f"{domain} is not a verified domain of the organization."


def _sender_name(edition: Edition) -> Findings:
    if UNPRINTABLE.search(edition.email_sender_name):
        yield "email_sender_name", "not_printable", "A sender's name is one line, without control characters."


RULES: Mapping[Callable[[Edition], Findings], Set[str]] = {
    _name: {"name"},
    _dates: {*DATES},
    _languages: {"default_language", "enabled_languages"},
    _texts: {*TRANSLATED, "enabled_languages"},
    _owners: REFERENCES,
    _emails: {*EMAIL_TYPES},
    _merchant_account: {"merchant_account", "currency"},
    _sender: {"email_sender_address"},
    _sender_name: {"email_sender_name"},
}
"""Each rule, and the settings that it is about."""


def _moment(name: str, given: datetime, zone: ZoneInfo) -> datetime:
    try:
        moment = (given if given.tzinfo else _only(name, given, zone)).astimezone(UTC)
    except OverflowError:
        raise InvalidField(name, "out_of_range", "A date is between the years 1970 and 2199.") from None
    return moment


def _only(name: str, local: datetime, zone: ZoneInfo) -> datetime:
    """The moment of a local time that there is once."""
    first, second = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    offset, later = first.utcoffset() or timedelta(), second.utcoffset() or timedelta()
    if offset == later:
        return first
    word = "twice" if offset > later else "never"
    raise InvalidField(name, "ambiguous", f"The clocks of {zone.key} show this {word} on that day; give an offset.")


def _is_region(name: str) -> bool:
    return "/" in name and not name.startswith("Etc/")
