"""What the healthcheck of an edition says of the consents that its customers are asked for."""

from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Prefetch

from consents.choices import ConsentType
from consents.models import Consent
from editions.choices import Language, Severity
from editions.healthcheck import Category, Noted, Rows, Setup, check
from editions.healthcheck.places import rows_of
from editions.healthcheck.texts import absent, named
from editions.models import Edition

PLACE = rows_of(Consent, within="organization")


def consents_in_force() -> Prefetch[Any]:
    """What these checks read: the enabled consents of the organization, each with the editions of its products."""
    editions = Edition.objects.filter(products__consents=OuterRef("pk")).order_by().distinct().values("pk")
    rows = Consent.objects.not_superseded().filter(enabled=True)
    return Prefetch("organization__consents", rows.annotate(product_edition_ids=ArraySubquery(editions)))


@check(
    Category.CONSENTS,
    Severity.WARNING,
    message="No published terms must be accepted to buy here.",
    suggestion="Publish terms that every customer must accept, for this edition or for the whole organization.",
    place=PLACE,
)
def terms_are_required(setup: Setup) -> Rows:
    """Every customer must accept published terms."""
    general = (consent for consent in _in_force(setup) if _is_for_everybody(consent))
    if not any(consent.type == ConsentType.TERMS and consent.required for consent in general):
        yield setup.edition


@check(
    Category.CONSENTS,
    Severity.CRITICAL,
    message="Customers can't buy without agreeing to marketing: {names}. Consent that is forced is void.",
    suggestion="Disable it, or publish a new version that is optional.",
    place=PLACE,
)
def marketing_is_optional(setup: Setup) -> Rows:
    """Nobody must agree to marketing to buy."""
    asked = _in_force(setup)
    return (consent for consent in asked if consent.type == ConsentType.MARKETING and consent.required)


@check(
    Category.CONSENTS,
    Severity.INFO,
    message="Enabled and not published, so that nobody is asked: {names}.",
    suggestion="Publish the consent, or disable it.",
    place=PLACE,
)
def consent_is_published(setup: Setup) -> Rows:
    """Every enabled consent is published."""
    return (consent for consent in _enabled(setup) if not consent.published)


@check(
    Category.CONSENTS,
    Severity.WARNING,
    message="Customers are asked without a text or document in their language: {names}.",
    suggestion="Publish a new version with the languages named beside it.",
    place=PLACE,
)
def consent_is_translated(setup: Setup) -> Rows:
    """Every consent in force has a text or a document in every language of the edition."""
    languages = list(map(Language, setup.edition.enabled_languages))
    for consent in _in_force(setup):
        if missing := absent(consent.document_url, absent(consent.consent_text, languages)):
            yield Noted(consent, named(missing))


def _in_force(setup: Setup) -> Sequence[Consent]:
    """What customers are asked; drafts they are not."""
    return [consent for consent in _enabled(setup) if consent.published]


def _enabled(setup: Setup) -> Sequence[Consent]:
    """The same as `ConsentQuerySet.asked_in`, of what is loaded; drafts too."""
    organization: Any = setup.edition.organization
    vendors = {vendor.organization_id for vendor in setup.vendors}
    return [
        consent
        for consent in organization.consents.all()
        if consent.edition_id == setup.edition.pk
        or consent.vendor_org_id in vendors
        or setup.edition.pk in consent.product_edition_ids
        or _is_for_organization(consent)
    ]


def _is_for_everybody(consent: Any) -> bool:
    return not (consent.vendor_org_id or consent.product_edition_ids)


def _is_for_organization(consent: Any) -> bool:
    return _is_for_everybody(consent) and not consent.edition_id
