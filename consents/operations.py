"""Every write to consents: drafts change freely; once published, a consent stays what customers agreed to."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db.models import Q, QuerySet

from consents.models import Consent
from editions.choices import Language
from editions.events import tell_of
from editions.models import Edition, Product, VendorParticipation
from editions.operations.locking import require_open
from preo.accounts.models import Organization, StaffUser
from preo.errors import DomainError, InvalidField
from preo.recording import operation

FREE = frozenset({"enabled", "order"})
"""What may change of a published consent."""

TEXTS = ("consent_text", "document_url")
SETTINGS = frozenset({"title", "type", "enabled", "required", "order", "edition", "vendor_org", "products", *TEXTS})
"""What staff set."""

is_https = URLValidator(schemes=["https"])

Findings = Iterator[tuple[str, str, str]]


class ConsentPublished(DomainError):
    code = "consent_published"


class ConsentUnreadable(DomainError):
    code = "consent_unreadable"
    field = "consent_text"


class ConsentGone(DomainError):
    code = "no_longer_there"


@operation
def create_consent(
    organization: Organization, *, values: Mapping[str, Any], by: StaffUser | None, now: datetime
) -> Consent:
    """A draft that nobody is asked yet; `values` are by the names of the model's fields, `products` among them.

    That `by` is a manager is the caller's check. Raises InvalidField, EditionArchived.
    Rule: "Consents" in docs/rules.md.
    """
    consent = Consent(organization=organization, created=now, modified=now)
    products = _set(consent, values, before=())
    _hold_editions(consent, products)
    _require_sound(consent, products)
    consent.save(force_insert=True)
    consent.products.set(products)
    tell_of(consent, "created", now=now)
    return consent


@operation
def change_consent(consent: Consent, *, changes: Mapping[str, Any], by: StaffUser | None, now: datetime) -> Consent:
    """Set these fields on the consent as it is now. Of a published one only `enabled` and `order` may change.

    Raises ConsentPublished, InvalidField, EditionArchived, ConsentGone. Rule: "Consents" in docs/rules.md.
    """
    consent, before = hold_consent(consent)
    old = {name: getattr(consent, name) for name in changes if name != "products"}
    products = _set(consent, changes, before=before)
    changed = [name for name, value in old.items() if getattr(consent, name) != value]
    changed += ["products"] if set(products) != set(before) else []
    if not changed:
        return consent
    if consent.published and not FREE.issuperset(changed):
        raise ConsentPublished("This is published and stays as it is; only enabled and order may change.")
    _hold_editions(consent, products)
    _require_sound(consent, products)
    consent.modified = now
    consent.save(update_fields=[*(name for name in changed if name != "products"), "modified"])
    consent.products.set(products)
    tell_of(consent, "updated", changed=changed, now=now)
    return consent


@operation
def publish_consent(consent: Consent, *, by: StaffUser | None, now: datetime) -> Consent:
    """Ask customers from now on. There is no way back but to disable it.

    Raises ConsentPublished when it is published already; ConsentUnreadable without a text or document in the default
    language of every edition that it is asked in; EditionArchived, ConsentGone.
    """
    consent, products = hold_consent(consent)
    if consent.published:
        raise ConsentPublished("This is published already.")
    _require_sound(consent, products)
    _require_readable(consent, products)
    consent.published, consent.published_date, consent.modified = True, now, now
    consent.save(update_fields=["published", "published_date", "modified"])
    tell_of(consent, "published", now=now)
    return consent


@operation
def remove_consent(consent: Consent, *, by: StaffUser | None, now: datetime) -> None:
    """Delete a draft. Raises ConsentPublished, as somebody may have answered; EditionArchived, ConsentGone."""
    consent, _ = hold_consent(consent)
    if consent.published:
        raise ConsentPublished("This is published, so customers may have answered it; disable it instead.")
    tell_of(consent, "deleted", now=now)
    consent.delete()


def hold_consent(consent: Consent) -> tuple[Consent, list[Product]]:
    """The consent as it is now with its products, held after the editions that it is for. Raises ConsentGone."""
    rows = Consent.objects.filter(pk=consent.pk)
    if known := rows.first():
        _hold_editions(known, known.products.all())
    fresh = rows.select_for_update(of=("self",)).first()
    if fresh is None:
        raise ConsentGone("This was deleted meanwhile.")
    return fresh, list(fresh.products.select_related("edition"))


def _hold_editions(consent: Consent, products: Iterable[Product]) -> None:
    """Lock the editions that the consent is set up for, in the order of their ids. Raises EditionArchived."""
    ids = {consent.edition_id, *(product.edition_id for product in products)} - {None}
    for edition in Edition.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"):
        require_open(edition)


def _set(consent: Consent, values: Mapping[str, Any], *, before: Sequence[Product]) -> Sequence[Product]:
    """Set what was given; the products, which are saved apart."""
    for name, value in values.items():
        if name not in SETTINGS:
            raise InvalidField(name, "frozen", "This can't be set.")
        if name != "products":
            setattr(consent, name, value)
    return list(values.get("products", before))


def _require_sound(consent: Consent, products: Sequence[Product]) -> None:
    """Raises InvalidField for the first thing that is wrong."""
    for rule in (_columns, _target, _owners, _languages, _documents):
        for field, code, detail in rule(consent, products):
            raise InvalidField(field, code, detail)


def _columns(consent: Consent, products: Sequence[Product]) -> Findings:
    for name in ("title", "type", "order"):
        column: Any = Consent._meta.get_field(name)
        try:
            column.clean(getattr(consent, name), consent)
        except ValidationError as problem:
            yield name, str(problem.error_list[0].code), problem.messages[0]
    if not consent.title.strip():
        yield "title", "blank", "A consent needs a title."


def _target(consent: Consent, products: Sequence[Product]) -> Findings:
    targets = {"edition_id": consent.edition_id, "vendor_org_id": consent.vendor_org_id, "product_ids": products}
    given = [name for name, target in targets.items() if target]
    if len(given) > 1:
        yield given[1], "one_target", "A consent is for an edition, a vendor or products: one of them at most."
    if len({product.edition_id for product in products}) > 1:
        yield "product_ids", "several_editions", "The products of a consent are all of one edition."


def _owners(consent: Consent, products: Sequence[Product]) -> Findings:
    ours = consent.organization_id
    if consent.edition and consent.edition.organization_id != ours:
        yield "edition_id", "other_organization", "This belongs to another organization."
    if any(product.edition.organization_id != ours for product in products):
        yield "product_ids", "other_organization", "One of these belongs to another organization."
    vendors = VendorParticipation.objects.filter(edition__organization=ours, organization=consent.vendor_org_id)
    if consent.vendor_org_id and not vendors.exists():
        yield "vendor_org_id", "not_a_vendor", "This vendor takes part in none of the organization's editions."


def _languages(consent: Consent, products: Sequence[Product]) -> Findings:
    editions = [consent.edition] if consent.edition else [product.edition for product in products[:1]]
    enabled = editions[0].enabled_languages if editions else Language.values
    for field in TEXTS:
        for language in sorted(set(getattr(consent, field)) - set(enabled)):
            name = dict(Language.choices).get(language, language[:20])
            yield f"{field}.{language[:20]}", "not_enabled", f"{name} is not an enabled language."


def _documents(consent: Consent, products: Sequence[Product]) -> Findings:
    for language, address in consent.document_url.items():
        try:
            is_https(address)
        except ValidationError:
            yield f"document_url.{language}", "not_https", "A document is at a complete address with https://."


def _require_readable(consent: Consent, products: Sequence[Product]) -> None:
    """Raises ConsentUnreadable."""
    written = {language for field in TEXTS for language, text in getattr(consent, field).items() if text.strip()}
    asked_in = _asked_in(consent, products).values_list("default_language", flat=True).distinct().order_by()
    missing = sorted(Language(language).label for language in set(asked_in) - written)
    if missing:
        raise ConsentUnreadable(f"Write a text, or link a document, in {' and '.join(missing)} first.")
    if not written:
        raise ConsentUnreadable("Write a text, or link a document, first.")


def _asked_in(consent: Consent, products: Sequence[Product]) -> QuerySet[Edition]:
    """The editions whose customers are asked; archived ones have none any more."""
    if consent.edition_id or products:
        ids = [consent.edition_id, *(product.edition_id for product in products)]
        return Edition.objects.filter(pk__in=[pk for pk in ids if pk])
    of_vendor = Q(vendors__organization=consent.vendor_org_id) if consent.vendor_org_id else Q()
    return Edition.objects.filter(of_vendor, organization=consent.organization_id, is_archived=False)
