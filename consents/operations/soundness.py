"""What a consent must be to make sense, each part alone and together."""

from collections.abc import Iterator, Sequence

from django.core.exceptions import ValidationError

from consents.choices import ConsentType
from consents.models import Consent
from consents.operations.addresses import wrong_with
from editions.choices import Language
from editions.models import Product, VendorParticipation
from preo.errors import InvalidField
from preo.mail.letters import UNPRINTABLE

FREE = frozenset({"enabled", "order"})
"""What may change of a published consent."""

TEXTS = ("consent_text", "document_url")
SETTINGS = frozenset({"title", "type", "enabled", "required", "order", "edition", "vendor_org", "products", *TEXTS})
"""What staff set."""

LONGEST_TEXT = 20_000
LONGEST_ADDRESS = 2_000

Findings = Iterator[tuple[str, str, str]]


def require_sound(consent: Consent, products: Sequence[Product]) -> None:
    """Raises InvalidField for the first thing that is wrong."""
    for rule in (_columns, _target, _present, _owners, _line, _languages, _lengths, _documents):
        for field, code, detail in rule(consent, products):
            raise InvalidField(field, code, detail)


def _columns(consent: Consent, products: Sequence[Product]) -> Findings:
    for name in ("title", "type", "order"):
        try:
            consent._meta.get_field(name).clean(getattr(consent, name), consent)  # type: ignore[union-attr]  # columns
        except ValidationError as problem:
            yield name, str(problem.error_list[0].code), problem.messages[0]
    if not consent.title.strip():
        yield "title", "blank", "A consent needs a title."
    if UNPRINTABLE.search(consent.title):
        yield "title", "not_printable", "A title is one line, without control characters."


def _target(consent: Consent, products: Sequence[Product]) -> Findings:
    targets = {"edition_id": consent.edition_id, "vendor_org_id": consent.vendor_org_id, "product_ids": products}
    given = [name for name, target in targets.items() if target]
    if len(given) > 1:
        yield given[1], "one_target", "A consent is for an edition, a vendor or products: one of them at most."
    if len({product.edition_id for product in products}) > 1:
        yield "product_ids", "several_editions", "The products of a consent are all of one edition."


def _present(consent: Consent, products: Sequence[Product]) -> Findings:
    """Their edition is held by now, so that none goes before the consent is saved."""
    ids = {product.pk for product in products}
    if ids and Product.objects.filter(pk__in=ids).count() < len(ids):
        yield "product_ids", "no_longer_there", "One of these was deleted meanwhile."


def _owners(consent: Consent, products: Sequence[Product]) -> Findings:
    ours = consent.organization_id
    if consent.edition and consent.edition.organization_id != ours:
        yield "edition_id", "other_organization", "This belongs to another organization."
    if any(product.edition.organization_id != ours for product in products):
        yield "product_ids", "other_organization", "One of these belongs to another organization."
    vendors = VendorParticipation.objects.filter(edition__organization=ours, organization=consent.vendor_org_id)
    if consent.vendor_org_id and not vendors.exists():
        yield "vendor_org_id", "not_a_vendor", "This vendor takes part in none of the organization's editions."


def _line(consent: Consent, products: Sequence[Product]) -> Findings:
    """What was answered of one version holds for the next, so that terms can't become marketing."""
    if consent.supersedes and consent.type != consent.supersedes.type:
        kind = ConsentType(consent.supersedes.type).label.lower()
        yield "type", "of_its_line", f"Every version of this is of the type {kind}. Create another consent instead."


def _languages(consent: Consent, products: Sequence[Product]) -> Findings:
    editions = [consent.edition] if consent.edition else [product.edition for product in products[:1]]
    enabled = editions[0].enabled_languages if editions else Language.values
    for field in TEXTS:
        for language in sorted(set(getattr(consent, field)) - set(enabled)):
            name = dict(Language.choices).get(language, language[:20])
            yield f"{field}.{language[:20]}", "not_enabled", f"{name} is not an enabled language."


def _lengths(consent: Consent, products: Sequence[Product]) -> Findings:
    for field, longest in zip(TEXTS, (LONGEST_TEXT, LONGEST_ADDRESS), strict=True):
        for language, text in getattr(consent, field).items():
            if len(text) > longest:
                yield f"{field}.{language}", "max_length", f"At most {longest} characters; this has {len(text)}."


def _documents(consent: Consent, products: Sequence[Product]) -> Findings:
    for language, address in consent.document_url.items():
        for code, detail in wrong_with(address):
            yield f"document_url.{language}", code, detail
