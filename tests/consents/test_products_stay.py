"""A published consent that is asked of some customers never becomes one for everybody."""

import psycopg
import pytest
from django.db import connection, transaction
from psycopg import errors

from consents.models import Consent
from consents.operations import change_consent, publish_consent, remove_consent
from editions.models import Edition
from tests.application_role import application, application_role, application_url
from tests.consents.rows import make_draft, make_next, make_published
from tests.factories import NOON, make_product

__all__ = ["application", "application_role", "application_url"]

committed = pytest.mark.django_db(transaction=True)


def links(consent: Consent) -> int:
    return consent.products.count()


@committed
@pytest.mark.parametrize("how", ["DELETE FROM {links}", "UPDATE {links} SET consent_id = '{draft}'"])
def test_the_application_takes_no_product_from_a_published_consent(
    application: psycopg.Connection, edition: Edition, how: str
) -> None:
    consent = make_published(edition.organization, products=[make_product(edition)])
    draft = make_draft(edition.organization)
    table = Consent.products.through._meta.db_table
    said = how.format(links=table, draft=Consent._meta.pk.get_db_prep_value(draft.pk, connection))

    with pytest.raises(errors.RaiseException, match="frozen"):
        application.execute(
            f"{said} WHERE consent_id = %s", [consent._meta.pk.get_db_prep_value(consent.pk, connection)]
        )

    assert (links(consent), links(draft)) == (1, 0)


@committed
def test_the_application_takes_products_from_a_draft(application: psycopg.Connection, edition: Edition) -> None:
    draft = make_draft(edition.organization, products=[make_product(edition)])

    application.execute("DELETE FROM consents_consent_products")

    assert links(draft) == 0


@committed
def test_remove_consent_takes_the_products_along(edition: Edition) -> None:
    consent = make_published(edition.organization, products=[make_product(edition), make_product(edition)])
    publish_consent(second := make_next(consent), by=None, now=NOON)

    remove_consent(second, by=None, now=NOON)
    assert (list(Consent.objects.all()), links(consent)) == ([consent], 2)

    remove_consent(consent, by=None, now=NOON)
    assert not Consent.products.through.objects.exists()


@committed
def test_products_change_and_are_published_at_once(edition: Edition) -> None:
    draft = make_draft(edition.organization, products=[make_product(edition), make_product(edition)])
    other = make_product(edition)

    with transaction.atomic():
        change_consent(draft, changes={"products": [other]}, by=None, now=NOON)
        publish_consent(draft, by=None, now=NOON)

    assert list(Consent.objects.get(published=True).products.all()) == [other]
