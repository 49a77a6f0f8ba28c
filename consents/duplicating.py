"""What of consents goes along when an edition is duplicated."""

from typing import Any

from django.db.models import Q, QuerySet

from consents.models import Consent
from editions.operations.duplicate import Kind, Wanted

DRAFT = {"published": False, "published_date": None, "version": 1, "supersedes": None, "first": None}


def consents_of(wanted: Wanted) -> QuerySet[Consent]:
    """The newest versions of those of the edition or of its products; drafts that nobody has seen, once copied."""
    of_products = Consent.products.through.objects.filter(product__edition=wanted.source).values("consent")
    return Consent.objects.filter(Q(edition=wanted.source) | Q(pk__in=of_products), superseded_by=None)


def products_of(wanted: Wanted) -> QuerySet[Any]:
    links = Consent.products.through.objects
    return links.filter(consent__in=consents_of(wanted), product__edition=wanted.source)


KINDS = (
    Kind(Consent, consents_of, "consents", lambda _: DRAFT),
    Kind(Consent.products.through, products_of),
)
