"""Two connections at once, each rule with a control that shows what goes wrong without its lock or constraint."""

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from django.db import connections, transaction

from editions.choices import EmailTemplateMode
from editions.models import Category, Edition, Product
from editions.operations.duplicate import duplicate_edition
from editions.operations.locking import lock_edition
from preo.accounts.models import Organization
from preo.errors import InvalidField
from tests.factories import NOON, make_edition, make_product
from tests.races import SECONDS, at_once, somebody_waits

pytestmark = pytest.mark.django_db(transaction=True)


def duplicate(edition: Edition, *, slug: str = "") -> Edition:
    return duplicate_edition(
        edition, name="Copy", slug=slug, event=None, email_template_mode=EmailTemplateMode.COPY, by=None, now=NOON
    )


def add_a_product_in_a_new_category(edition: Edition) -> None:
    make_product(edition, category=Category.objects.create(edition=edition, name="New"))


def test_of_two_copies_with_one_slug_one_is_refused(ours: Organization) -> None:
    editions = [make_edition(ours) for _ in range(4)]

    results = at_once(*[lambda edition=edition: duplicate(edition, slug="next") for edition in editions])

    assert sum(isinstance(result, Edition) for result in results) == 1
    assert [result.code for result in results if isinstance(result, InvalidField)] == ["not_unique"] * 3
    assert Edition.objects.filter(slug="next").count() == 1


def test_control_looking_first_both_find_the_slug_free(ours: Organization) -> None:
    both_have_looked = Barrier(2)

    def look() -> bool:
        is_free = not Edition.objects.filter(organization=ours, slug="next").exists()
        both_have_looked.wait(SECONDS)
        return is_free

    assert at_once(look, look) == [True, True]


def test_copies_of_one_edition_at_once_get_slugs_of_their_own(edition: Edition) -> None:
    at_once(*[lambda: duplicate(edition)] * 3)

    assert set(Edition.objects.exclude(pk=edition.pk).values_list("slug", flat=True)) == {"copy", "copy-2", "copy-3"}


def test_a_copy_waits_for_whoever_writes_the_edition(edition: Edition) -> None:
    locked, go_on = Event(), Event()

    def write() -> None:
        with transaction.atomic():
            lock_edition(edition)
            locked.set()
            go_on.wait(SECONDS)
            add_a_product_in_a_new_category(edition)
        connections.close_all()

    def copy() -> Edition:
        try:
            return duplicate(edition)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(write)
        locked.wait(SECONDS)
        second: Future[Edition] = pool.submit(copy)
        was_waiting = somebody_waits()
        go_on.set()
        first.result(SECONDS)
        copied = second.result(SECONDS)

    assert was_waiting
    product = Product.objects.get(edition=copied)
    assert product.category
    assert product.category.edition == copied


def test_control_without_the_lock_a_copy_would_miss_half_of_what_is_written(edition: Edition) -> None:
    """Reading one table after the other, with somebody else's write in between."""
    categories = list(Category.objects.filter(edition=edition))

    at_once(lambda: add_a_product_in_a_new_category(edition))

    products = list(Product.objects.filter(edition=edition))
    assert (len(categories), len(products)) == (0, 1)
    assert products[0].category not in categories
