"""`GET /v1/editions/{id}/healthcheck`."""

from datetime import UTC, datetime

import pytest

from preo.accounts.models import Organization, StaffUser
from tests.documented import DocumentedClient
from tests.editions.health_cases import CASES
from tests.factories import make_product
from tests.factories_ready import make_ready_edition


@pytest.fixture
def client(staff: StaffUser) -> DocumentedClient:
    found = DocumentedClient()
    found.force_authenticate(staff)
    return found


def test_it_tells_what_is_wrong_and_where_to_mend_it(client: DocumentedClient, ours: Organization) -> None:
    edition = make_ready_edition(ours, now=datetime.now(UTC))
    chair = make_product(edition, name="Chair", is_draft=True)

    answer = client.get(f"/v1/editions/{edition.pk}/healthcheck").json()

    checks = answer.pop("checks")
    assert answer == {
        "edition_id": edition.pk,
        "edition_name": "Summer Days Camp 2026",
        "status": "healthy",
        "can_publish": True,
        "summary": {"critical": 0, "warning": 0, "info": 1},
    }
    assert [check for check in checks if not check["passed"]] == [
        {
            "category": "products",
            "check_id": "product_is_published",
            "severity": "info",
            "passed": False,
            "message": "Still a draft, and not on sale: Chair.",
            "suggestion": "Take the products that customers should see out of draft, and delete the others.",
            "related_objects": [{"id": chair.pk, "name": "Chair"}],
            "admin_url": f"http://testserver/admin/editions/product/{chair.pk}/change/",
        }
    ]


def test_it_has_every_check_with_those_that_passed(client: DocumentedClient, ours: Organization) -> None:
    edition = make_ready_edition(ours, now=datetime.now(UTC))

    checks = client.get(f"/v1/editions/{edition.pk}/healthcheck").json()["checks"]

    assert {check["check_id"] for check in checks} == CASES.keys()
    assert {check["passed"] for check in checks} == {True}


def test_an_answer_that_has_not_changed_is_not_sent_again(client: DocumentedClient, ours: Organization) -> None:
    edition = make_ready_edition(ours, now=datetime.now(UTC))
    url = f"/v1/editions/{edition.pk}/healthcheck"
    etag = client.get(url).headers["ETag"]

    same = client.get(url, headers={"If-None-Match": etag})
    CASES["meta_image_is_set"].damage(edition)
    other = client.get(url, headers={"If-None-Match": etag})

    assert (same.status_code, other.status_code) == (304, 200)
