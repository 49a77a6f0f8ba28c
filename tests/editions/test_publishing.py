"""Publishing, and what stands in its way."""

from datetime import timedelta

import pytest

from editions.models import Edition
from editions.operations.editions import update_edition
from editions.operations.publishing import NotPublishable, publish_edition, unpublish_edition
from preo.accounts.models import Organization, StaffUser
from preo.webhooks.models import OutboxEvent
from tests.documented import DocumentedClient
from tests.factories import NOON
from tests.factories_ready import make_ready_edition

LATER = NOON + timedelta(days=1)


def told() -> list[str]:
    return [event.type for event in OutboxEvent.objects.order_by("id")]


@pytest.fixture
def ready(ours: Organization) -> Edition:
    """A draft with nothing wrong."""
    return make_ready_edition(ours)


def test_publishing_a_ready_edition_opens_it(ready: Edition, manager: StaffUser) -> None:
    publish_edition(ready, by=manager, now=NOON)

    now = Edition.objects.get(pk=ready.pk)
    assert (now.is_draft, now.published_at, now.modified) == (False, NOON, NOON)
    assert told() == ["edition.published"]


def test_publishing_again_keeps_the_first_moment(ready: Edition, manager: StaffUser) -> None:
    publish_edition(ready, by=manager, now=NOON)
    unpublish_edition(ready, by=manager, now=LATER)

    again = publish_edition(ready, by=manager, now=LATER)

    assert (again.is_draft, again.published_at, again.modified) == (False, NOON, LATER)
    assert told() == ["edition.published", "edition.unpublished", "edition.published"]


def test_publishing_what_is_published_changes_nothing(ready: Edition, manager: StaffUser) -> None:
    publish_edition(ready, by=manager, now=NOON)

    publish_edition(ready, by=manager, now=LATER)

    assert Edition.objects.get(pk=ready.pk).modified == NOON
    assert told() == ["edition.published"]


def test_publishing_with_a_critical_finding_is_refused_with_it(ready: Edition, manager: StaffUser) -> None:
    Edition.objects.filter(pk=ready.pk).update(merchant_account=None, start_date=None, end_date=None)

    with pytest.raises(NotPublishable) as refused:
        publish_edition(ready, by=manager, now=NOON)

    assert {problem.code for problem in refused.value.problems} >= {"merchant_account_is_set"}
    assert Edition.objects.get(pk=ready.pk).is_draft
    assert told() == []


def test_what_a_change_mends_counts_for_publishing(ready: Edition, manager: StaffUser) -> None:
    account = ready.merchant_account
    Edition.objects.filter(pk=ready.pk).update(merchant_account=None)

    now = update_edition(ready, changes={"is_draft": False, "merchant_account": account}, by=manager, now=NOON)

    assert (now.is_draft, now.merchant_account) == (False, account)
    assert told() == ["edition.updated", "edition.published"]


def test_a_refused_publishing_takes_the_change_along(ready: Edition, manager: StaffUser) -> None:
    with pytest.raises(NotPublishable):
        update_edition(ready, changes={"is_draft": False, "name": "X", "merchant_account": None}, by=manager, now=NOON)

    assert Edition.objects.get(pk=ready.pk).name == ready.name


def test_the_api_answers_each_finding(ready: Edition, manager: StaffUser) -> None:
    Edition.objects.filter(pk=ready.pk).update(merchant_account=None)
    client = DocumentedClient()
    client.force_authenticate(manager)

    refused = client.patch(f"/v1/editions/{ready.pk}", {"is_draft": False})

    assert (refused.status_code, refused.json()["code"]) == (409, "not_publishable")
    assert all(error["field"] == "is_draft" and error["detail"] for error in refused.json()["errors"])
    assert "merchant_account_is_set" in {error["code"] for error in refused.json()["errors"]}
