"""Running the healthcheck: every check by its case, what a report comes to, and what it costs."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from consents.models import Consent
from editions import healthcheck
from editions.healthcheck import Result, registered_checks
from editions.models import (
    Edition,
    EmailMessage,
    Location,
    MerchantAccount,
    Option,
    Trigger,
    Variant,
    VendorParticipation,
)
from preo.accounts.models import Organization, StaffUser
from preo.api.roles import Role
from tests.editions.health_cases import CASES, rewrite_consent
from tests.factories import NOON, make_edition, make_edition_member, make_location, make_organization, make_product
from tests.factories_ready import both, make_ready_edition, make_ready_product, sealed

DOCUMENT = Path(__file__).parents[2] / "docs" / "healthcheck.md"
MOST_QUERIES = 9
OF_THE_ORGANIZATION = {
    "merchant_account_has_credentials",
    "marketing_is_optional",
    "terms_are_required",
    "consent_is_translated",
    "consent_is_published",
}
NOT_YET = {"published": False, "published_date": None}
each = pytest.mark.parametrize


def found(edition: Edition, check_id: str) -> Result:
    return next(result for result in healthcheck.run(edition, now=NOON).results if result.check_id == check_id)


def path_of(result: Result) -> str:
    return result.admin_path.partition("?")[0]


def failed(edition: Edition, **options: Any) -> set[str]:
    return {result.check_id for result in healthcheck.failures(healthcheck.run(edition, now=NOON), **options)}


def queries_of(editions: list[Edition]) -> int:
    rows = Edition.objects.filter(pk__in=[edition.pk for edition in editions])
    with CaptureQueriesContext(connection) as captured:
        reports = list(healthcheck.run_all(rows, now=NOON))
    assert len(reports) == len(editions)
    return len(captured)


def test_run_finds_nothing_wrong_with_a_ready_edition(ours: Organization) -> None:
    report = healthcheck.run(make_ready_edition(ours), now=NOON)

    assert [(result.check_id, result.message) for result in healthcheck.failures(report)] == []
    assert (report.status, report.can_publish) == ("healthy", True)
    assert report.summary == {"critical": 0, "warning": 0, "info": 0}


def test_every_check_has_its_case() -> None:
    assert CASES.keys() == {check.check_id for check in registered_checks()}


@each("check_id", CASES)
def test_a_check_fails_until_what_it_says_is_mended(ours: Organization, check_id: str) -> None:
    edition, case = make_ready_edition(ours), CASES[check_id]

    case.damage(edition)
    before = found(edition, check_id)
    case.mend(edition)
    after = found(edition, check_id)

    assert (before.passed, before.message) == (False, case.message)
    assert (after.passed, after.suggestion, after.related) == (True, "", [])
    assert before.suggestion.endswith(".")
    # The admin answers every address that it doesn't know in a route without a name.
    assert (before.related != [], resolve(path_of(before)).url_name is None) == (True, False)


def test_every_check_leads_to_a_page_of_the_admin(ours: Organization, manager: StaffUser) -> None:
    report = healthcheck.run(make_ready_edition(ours), now=NOON)
    browser = Client()
    browser.force_login(manager)

    answers = {path: browser.get(path).status_code for path in {result.admin_path for result in report.results}}

    assert answers == dict.fromkeys(answers, 200)


@each("check_id", CASES)
def test_a_finding_leads_who_manages_the_edition_alone_to_all_but_what_is_the_organizations(
    ours: Organization, check_id: str
) -> None:
    edition = make_ready_edition(ours)
    CASES[check_id].damage(edition)
    browser = Client()
    browser.force_login(make_edition_member("manager@camp.example", edition=edition, role=Role.MANAGER))

    answer = browser.get(found(edition, check_id).admin_path)

    assert answer.status_code == (403 if check_id in OF_THE_ORGANIZATION else 200)


def test_a_check_that_passes_says_the_rule(ours: Organization) -> None:
    result = found(make_ready_edition(ours), "product_has_an_image")

    assert (result.message, result.suggestion) == ("Every product on sale has an image.", "")


def test_a_row_alone_is_mended_on_its_own_page_and_several_in_their_list(ours: Organization) -> None:
    edition = make_ready_edition(ours)
    chair = make_product(edition, name="Chair")
    one = found(edition, "product_has_an_image")
    make_product(edition, name="Table")
    two = found(edition, "product_has_an_image")

    assert one.admin_path == f"/admin/editions/product/{chair.pk}/change/"
    assert two.admin_path == f"/admin/editions/product/?edition__id__exact={edition.pk}"
    assert two.message == "There is no picture of Chair and Table."


def test_a_result_lists_twenty_rows_and_says_that_there_are_more(ours: Organization) -> None:
    edition = make_ready_edition(ours)
    chairs = [make_product(edition, name=f"Chair {number:02}", order=number) for number in range(21)]

    result = found(edition, "product_has_an_image")

    assert result.message == (
        "There is no picture of Chair 00, Chair 01, Chair 02, Chair 03 and 17 more. The first 20 of 21 are listed."
    )
    assert [(row.id, row.name) for row in result.related] == [(chair.pk, chair.name) for chair in chairs[:20]]


@each(
    ("check_id", "status", "can_publish", "summary"),
    [
        ("product_is_published", "healthy", True, {"critical": 0, "warning": 0, "info": 1}),
        ("timezone_is_of_a_place", "warning", True, {"critical": 0, "warning": 1, "info": 0}),
        ("merchant_account_has_credentials", "critical", False, {"critical": 1, "warning": 0, "info": 0}),
    ],
)
def test_the_worst_failure_decides_the_status(
    ours: Organization, check_id: str, status: str, can_publish: bool, summary: dict[str, int]
) -> None:
    edition = make_ready_edition(ours)
    CASES[check_id].damage(edition)

    report = healthcheck.run(edition, now=NOON)

    assert (report.status, report.can_publish, report.summary) == (status, can_publish, summary)


def test_failures_can_be_narrowed_to_the_severe(ours: Organization) -> None:
    edition = make_ready_edition(ours)
    for check_id in ("product_is_published", "timezone_is_of_a_place", "merchant_account_has_credentials"):
        CASES[check_id].damage(edition)

    counts = [len(failed(edition, at_least=severity)) for severity in ("info", "warning", "critical")]

    assert counts == [3, 2, 1]


def test_a_new_edition_fails_what_keeps_it_from_selling(ours: Organization) -> None:
    edition = make_edition(ours, is_draft=True, published_at=None)

    assert failed(edition, at_least="critical") == {
        "pickup_point_exists",
        "product_is_on_sale",
        "receipt_is_set",
    }


def test_what_is_over_and_published_is_fine(ours: Organization) -> None:
    edition = make_ready_edition(ours, is_draft=False, published_at=NOON, start_date=NOON - timedelta(days=9))
    Edition.objects.filter(pk=edition.pk).update(end_date=NOON - timedelta(days=7))

    assert "draft_is_not_over" not in failed(edition)


def test_drafts_of_products_are_looked_at_once_they_are_on_sale(ours: Organization) -> None:
    edition = make_ready_edition(ours)
    make_product(edition, name="Chair", is_draft=True, uses=0, is_rental=True, deposit_minor=0)

    assert failed(edition) == {"product_is_published"}


def test_an_edition_that_gives_everything_away_needs_no_merchant_account(ours: Organization) -> None:
    edition = make_ready_edition(ours, merchant_account=None)
    edition.products.update(price_minor=0, deposit_minor=0, is_rental=False)
    Option.objects.all().delete()

    assert failed(edition) == {"product_costs_something"}


@each(
    ("price_mod_minor", "deposit_mod_minor", "findings"),
    [(500_00, 0, {"merchant_account_is_set"}), (0, 1, {"merchant_account_is_set"}), (0, 0, set())],
)
def test_an_option_can_cost_something_where_the_product_does_not(
    ours: Organization, price_mod_minor: int, deposit_mod_minor: int, findings: set[str]
) -> None:
    edition = make_ready_edition(ours, merchant_account=None)
    edition.products.update(price_minor=0, deposit_minor=0, is_rental=False)
    edition.products.filter(name="Locker").update(is_draft=True)
    Option.objects.update(price_mod_minor=price_mod_minor, deposit_mod_minor=deposit_mod_minor)

    assert failed(edition, at_least="critical") == findings


@each(
    ("type_", "credentials", "said"),
    [
        ("stripe", b"", "Secret key, Webhook secret"),
        ("stripe", sealed("api_key"), "Secret key, Webhook secret"),
        ("stripe", b"garbage", "none can be read"),
        ("adyen", sealed("api_key", "merchant_account", "hmac_key"), "Environment"),
        ("adyen", sealed("api_key", "merchant_account", "hmac_key", environment="live"), "Live URL prefix"),
    ],
)
def test_a_merchant_account_needs_every_credential_of_its_type(
    ours: Organization, type_: str, credentials: bytes, said: str
) -> None:
    edition = make_ready_edition(ours)
    MerchantAccount.objects.update(type=type_, credentials=credentials)

    result = found(edition, "merchant_account_has_credentials")

    assert result.message == f"The merchant account lacks credentials that payments need: Main ({said})."


def test_a_merchant_account_without_a_provider_needs_no_credentials(ours: Organization) -> None:
    edition = make_ready_edition(ours)
    MerchantAccount.objects.update(type="manual", credentials=b"garbage")

    assert failed(edition) == set()


@each(
    ("check_id", "names"),
    [
        ("dates_are_set", ["Summer Days Camp 2026"]),
        ("meta_texts_are_short", ["Summer Days Camp 2026"]),
        ("option_keeps_the_price", ["Tent"]),
        ("trigger_is_active", ["Order confirmed: Reminder"]),
        ("vendor_has_products", ["Brewery"]),
    ],
)
def test_a_row_is_listed_once_and_by_its_name(ours: Organization, check_id: str, names: list[str]) -> None:
    edition = make_ready_edition(ours)
    Option.objects.create(product=edition.products.get(name="Tent"), name="Free", price_mod_minor=-500_00)
    CASES[check_id].damage(edition)

    assert [row.name for row in found(edition, check_id).related] == names


def test_a_message_of_two_triggers_is_named_once(ours: Organization) -> None:
    edition = make_ready_edition(ours)
    reminder = edition.triggers.get().email_message
    Trigger.objects.create(edition=edition, event="order_completed", email_message=reminder, is_active=True)
    CASES["trigger_message_is_written"].damage(edition)

    result = found(edition, "trigger_message_is_written")

    assert result.message == CASES["trigger_message_is_written"].message
    assert [row.id for row in result.related] == [reminder.pk]


def test_an_option_is_held_against_the_cheapest_variant(ours: Organization) -> None:
    edition = make_ready_edition(ours)
    Variant.objects.filter(name="Small").update(price_minor=49_99, deposit_minor=9_99)

    assert failed(edition) == {"option_keeps_the_price", "option_keeps_the_deposit"}


def test_a_rate_on_a_product_alone_needs_a_tax_too(ours: Organization) -> None:
    edition = make_ready_edition(ours, tax_type="none", default_price_tax_rate=0)
    edition.products.filter(name="Locker").update(deposit_tax_rate=25)

    result = found(edition, "rates_have_a_tax")

    assert result.message == "There is no tax here, and still a tax rate on Locker."


def test_a_sender_on_a_domain_that_awaits_verification_is_not_verified(ours: Organization) -> None:
    edition = make_ready_edition(ours)
    ours.sender_domains.update(verified_at=None)

    assert failed(edition) == {"sender_address_is_verified"}


def test_a_domain_of_another_organization_verifies_nothing(ours: Organization, theirs: Organization) -> None:
    edition = make_ready_edition(ours)
    ours.sender_domains.update(organization=theirs)

    assert failed(edition) == {"sender_address_is_verified"}


def test_a_message_without_texts_in_its_blocks_is_written_by_its_subject(ours: Organization) -> None:
    edition = make_ready_edition(ours)
    blocks = [{"type": "order_summary"}, {"type": "image", "image_id": "fil_x", "alt": {"en": ""}}]
    edition.email_messages.update(blocks=blocks)

    assert failed(edition) == set()


LOOP = "{% for line in order.lines %}"


@each(
    ("html", "why_not"),
    [
        ("{% if order.total > 5 %}x{% endif %}", "'<' and '>' are not supported between 'int' and 'str'"),
        ("{{ order.number | truncate: 'abc' }}", "Truncate expected an integer, found Markup"),
        ("{% for forloop in order.lines %}{{ forloop.index }}{% endfor %}", "Forloop.index is undefined"),
        (f"{LOOP * 3}x{'{% endfor %}' * 3}", "Loop iteration limit reached"),
    ],
)
def test_a_receipt_that_cannot_be_made_keeps_an_edition_from_being_published(
    ours: Organization, html: str, why_not: str
) -> None:
    edition = make_ready_edition(ours)
    receipt = edition.transaction_receipt_email
    EmailMessage.objects.filter(pk=receipt.pk).update(blocks=[{"type": "text", "html": {"en": html, "da": html}}])

    assert failed(edition, at_least="critical") == {"receipt_can_be_made"}
    assert found(edition, "receipt_can_be_made").message == (
        f"No receipt would reach customers, because the message can't be made: Receipt (blocks.0.html.en: {why_not})."
    )


def test_what_is_sent_says_which_variables_there_are(ours: Organization) -> None:
    edition = make_ready_edition(ours)
    edition.email_messages.update(subject=both("{{ refund.amount }} of {{ order.number }}"))

    assert failed(edition) == {"receipt_can_be_made", "trigger_message_can_be_made"}


@each("owner", ["organization", "vendor", "product", "other_edition", "other_organization"])
def test_terms_count_when_they_are_for_every_customer(ours: Organization, owner: str) -> None:
    edition = make_ready_edition(ours)
    terms = Consent.objects.get()
    give_to(owner, terms, edition)

    assert failed(edition) == (set() if owner == "organization" else {"terms_are_required"})


def give_to(owner: str, terms: Consent, edition: Edition) -> None:
    targets = {
        "vendor": {"vendor_org": edition.organization},
        "other_edition": {"edition": make_edition(edition.organization)},
        "other_organization": {"organization": make_organization("brewery")},
    }
    rewrite_consent(terms, **({"edition": None} | targets.get(owner, {}) | NOT_YET))
    if owner == "product":
        terms.products.set(edition.products.all())
    Consent.objects.update(published=True, published_date=NOON)


@each("owner", ["vendor", "product", "organization", "edition"])
def test_every_consent_that_a_customer_can_be_asked_for_is_looked_at(ours: Organization, owner: str) -> None:
    edition = make_ready_edition(ours)
    asked = Consent.objects.create(organization=ours, title="News", consent_text=both("Write me."))
    if owner == "product":
        asked.products.set(edition.products.all()[:1])
    Consent.objects.filter(pk=asked.pk).update(
        vendor_org=ours if owner == "vendor" else None, edition=edition if owner == "edition" else None
    )

    assert failed(edition) == {"consent_is_published"}


@each("is_published", [True, False])
def test_an_earlier_version_is_in_force_until_its_successor_is_published(
    ours: Organization, is_published: bool
) -> None:
    edition = make_ready_edition(ours)
    Consent.objects.create(
        organization=ours,
        edition=edition,
        title="Terms",
        version=2,
        required=False,
        supersedes=(first := Consent.objects.get()),
        first=first,
        published=is_published,
        published_date=NOON if is_published else None,
        consent_text=both("I accept."),
    )

    assert failed(edition) == ({"terms_are_required"} if is_published else {"consent_is_published"})


def test_a_disabled_consent_asks_nobody(ours: Organization) -> None:
    edition = make_ready_edition(ours)
    rewrite_consent(Consent.objects.get(), enabled=False, consent_text={})

    assert failed(edition) == {"terms_are_required"}


def test_a_draft_asks_nobody_for_anything(ours: Organization) -> None:
    edition = make_ready_edition(ours)
    Consent.objects.create(organization=ours, title="News", type="marketing", required=True)

    assert failed(edition) == {"consent_is_published"}


def test_a_batch_costs_as_many_queries_as_one(ours: Organization, theirs: Organization) -> None:
    first = make_ready_edition(ours)
    one = queries_of([first])

    three = queries_of([first, make_ready_edition(ours), make_ready_edition(theirs)])

    assert (one, three) == (MOST_QUERIES, MOST_QUERIES)


def test_the_number_of_queries_does_not_grow_with_the_catalog(ours: Organization) -> None:
    edition = make_ready_edition(ours)
    for number in range(20):
        make_ready_product(edition, name=f"Chair {number}")
        make_location(edition, name=f"Gate {number}")

    assert queries_of([edition]) == MOST_QUERIES


def test_editions_of_a_batch_keep_to_what_is_theirs(ours: Organization, theirs: Organization) -> None:
    good, bad = make_ready_edition(ours), make_edition(theirs)

    reports = {report.edition: report for report in healthcheck.run_all(Edition.objects.all(), now=NOON)}

    assert healthcheck.failures(reports[good]) == []
    assert {result.check_id for result in healthcheck.failures(reports[bad])} == failed(bad)
    assert Location.objects.count() == VendorParticipation.objects.count() == 1


def test_the_document_names_every_check() -> None:
    lines = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("| `")]

    assert lines == [
        f"| `{check.check_id}` | {check.category} | {check.severity} | {check.rule} |" for check in registered_checks()
    ]
