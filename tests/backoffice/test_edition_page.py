"""The page of an edition: who may do what there, and what each of its forms comes to."""

from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.contrib import admin as django_admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from consents.models import Consent
from editions.admin.edition_page import saving
from editions.admin.edition_page.tabs import TABS
from editions.api.editions import EditionChangeIn
from editions.choices import EmailScope, EmailType
from editions.models import Edition, EmailMessage, Event, FeeRule, Location, MerchantAccount, Product
from editions.operations.catalog import add_row, remove_row
from editions.operations.editions import update_edition
from editions.operations.publishing import archive_edition
from preo.api.roles import Role
from preo.audit.trail import Change
from preo.backoffice.editable_form import CHANGED_SINCE, state_of
from preo.files.models import StoredFile
from preo.public_ids import new
from tests.backoffice.conftest import Pages
from tests.factories import NOON, make_edition, make_edition_member, make_location, make_order, make_product
from tests.factories_ready import make_image, make_ready_edition
from tests.files.pictures import a_jpeg
from tests.files.storage import store_below
from tests.races import at_once, together

ADD = "admin:editions_edition_add"
LIST = "admin:editions_edition_changelist"
STEPS = ("publish", "unpublish", "archive", "unarchive", "duplicate")
FORMS = [tab.name for tab in TABS.values() if tab.form]


def page_of(edition, tab="general"):
    return f"{reverse('admin:editions_edition_change', args=[edition.pk])}?tab={tab}"


def step_of(edition, step):
    return reverse(f"admin:editions_edition_{step}", args=[edition.pk])


def words_of(answer) -> str:
    return answer.content.decode().replace("&#x27;", "'").replace("\xa0", " ")


def told(answer) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def filled(client, edition, tab, **changes) -> dict[str, Any]:
    """What a browser would send of a tab whose form somebody changed a little."""
    form = client.get(page_of(edition, tab)).context["page"].attempt.form
    sent: dict[str, Any] = {"opened": state_of(edition)}
    for bound in form:
        value = bound.value()
        if bound.name in ("meta_title", "meta_description"):
            sent |= {f"{bound.name}_{language}": text for language, text in value.items()}
        elif bound.name == "meta_image":
            sent[bound.name] = [file.pk for file in value or ()] or ""
        else:
            shown = bound.field.prepare_value(value)
            sent[bound.name] = bound.field.widget.format_value(shown) if not isinstance(shown, list) else shown
    flat = {
        name: value[0] if isinstance(value, list) and name != "enabled_languages" else value
        for name, value in sent.items()
    }
    return {name: "" if value is None else value for name, value in (flat | changes).items()}


def save(client, edition, tab, **changes):
    edition.refresh_from_db()
    return client.post(page_of(edition, tab), filled(client, edition, tab, **changes))


def errors_of(answer) -> dict[str, list[str]]:
    return dict(answer.context["page"].attempt.form.errors)


@pytest.fixture
def media(tmp_path: Path, settings) -> Path:
    return store_below(tmp_path / "media", settings)


@pytest.fixture
def ready(ours) -> Edition:
    return make_ready_edition(ours)


# What the page shows, and to whom.


@pytest.mark.parametrize("tab", TABS)
def test_tab_opens_for_who_may_edit_and_for_who_may_read(tab, edition, manager, staff, pages: Pages):
    for person in (manager, staff):
        answer = pages(person).get(page_of(edition, tab))

        assert answer.status_code == 200
        assert answer.context["page"].tab.name == tab


def test_every_published_setting_is_on_some_tab():
    on_tabs = {name for tab in TABS.values() if tab.form for name in tab.form.base_fields}
    published = {name.removesuffix("_id") if name != "merchant_id" else name for name in EditionChangeIn().fields}

    assert on_tabs == published - {"is_draft", "is_archived"}


@pytest.mark.parametrize("tab", FORMS)
def test_staff_read_and_nothing_more(tab, edition, staff, pages: Pages):
    client = pages(staff)

    body = words_of(client.get(page_of(edition, tab)))

    assert "Managers and admins can change this." in body
    assert 'name="opened"' not in body
    assert "Publish…" not in body
    assert client.post(page_of(edition, tab), {"name": "Mine"}).status_code == 403


@pytest.mark.parametrize("step", STEPS)
def test_staff_take_no_step(step, edition, staff, pages: Pages):
    before = Edition.objects.filter(pk=edition.pk).values().get()

    for answer in (pages(staff).get(step_of(edition, step)), pages(staff).post(step_of(edition, step))):
        assert answer.status_code == 403

    assert Edition.objects.values().get() == before


def test_guest_gets_nothing(edition, guest, pages: Pages):
    client = pages(guest)

    assert client.get(page_of(edition)).status_code == 403
    assert client.get(reverse(ADD)).status_code == 403
    assert [client.get(step_of(edition, step)).status_code for step in STEPS] == [403] * len(STEPS)


@pytest.mark.parametrize("step", [*STEPS, "change"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_edition_out_of_reach_is_as_missing_as_none(step, method, their_edition, edition, admin, pages: Pages):
    client, missing = pages(admin), Edition(pk=new("edt"))

    theirs, none = (
        getattr(client, method)(step_of(each, step), {"name": "Mine"}, follow=True) for each in (their_edition, missing)
    )

    assert theirs.redirect_chain == none.redirect_chain == [("/admin/", 302)]
    assert [text.replace(their_edition.pk, missing.pk) for text in told(theirs)] == told(none)
    their_edition.refresh_from_db()
    assert their_edition.name == "Camp 2026"


def test_manager_of_the_edition_alone_edits_and_neither_copies_nor_creates(edition, pages: Pages):
    client = pages(make_edition_member("one@ours.example", edition=edition, role=Role.MANAGER))

    saved = save(client, edition, "general", name="Camp 2027")

    edition.refresh_from_db()
    assert (saved.status_code, edition.name) == (302, "Camp 2027")
    assert "Duplicate…" not in words_of(client.get(page_of(edition)))
    assert client.get(step_of(edition, "duplicate")).status_code == 403
    assert client.get(reverse(ADD)).status_code == 403


def test_list_offers_a_new_edition_to_managers(edition, manager, staff, pages: Pages):
    assert reverse(ADD) in words_of(pages(manager).get(reverse(LIST)))
    assert reverse(ADD) not in words_of(pages(staff).get(reverse(LIST)))


def test_django_itself_may_add_and_change_nothing_more(edition, manager):
    request = RequestFactory().get("/")
    request.user = manager

    allowed = django_admin.site.get_model_admin(Edition).get_model_perms(request)

    assert allowed == {"add": True, "change": False, "delete": False, "view": True}


def test_history_of_django_leads_to_ours(edition, staff, pages: Pages):
    answer = pages(staff).get(reverse("admin:editions_edition_history", args=[edition.pk]))

    assert answer.headers["Location"] == page_of(edition, "history")


@pytest.mark.parametrize("tab", TABS)
def test_page_costs_the_same_for_one_and_thirty_products(tab, edition, manager, pages: Pages):
    client, counts = pages(manager), []
    for more in (1, 29):
        for number in range(more):
            product = add_row(Product(edition=edition, name=f"Tent {number}", price_minor=1_00), by=manager, now=NOON)
            product.locations.add(make_location(edition))
        client.get(page_of(edition, tab))
        with CaptureQueriesContext(connection) as queries:
            client.get(page_of(edition, tab))
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 36


# Saving.


@pytest.mark.parametrize(
    ("tab", "sent", "expected"),
    [
        ("general", {"name": "Camp 2027"}, {"name": "Camp 2027"}),
        ("general", {"default_country_code": "+46"}, {"default_country_code": "+46"}),
        ("general", {"metadata": '{"tier": [1, 2.5]}'}, {"metadata": {"tier": [1, 2.5]}}),
        ("languages", {"enabled_languages": ["en", "da"]}, {"enabled_languages": ["en", "da"]}),
        ("money", {"currency": "eur"}, {"currency": "eur"}),
        ("money", {"tax_type": "vat", "default_price_tax_rate": "12,5"}, {"default_price_tax_rate": 12.5}),
        ("money", {"merchant_id": '{"stripe": "acct_1"}'}, {"merchant_id": {"stripe": "acct_1"}}),
        ("money", {"merchant_account_extra_parameters": ""}, {"merchant_account_extra_parameters": {}}),
        ("texts", {"meta_title_en": "Camp"}, {"meta_title": {"en": "Camp"}}),
        ("texts", {"meta_description_en": "Tents."}, {"meta_description": {"en": "Tents."}}),
        ("messages", {"email_sender_name": "Ours"}, {"email_sender_name": "Ours"}),
        ("messages", {"email_reply_to": "help@ours.example"}, {"email_reply_to": "help@ours.example"}),
        ("messages", {"sms_sender_name": "Store"}, {"sms_sender_name": "Store"}),
    ],
)
def test_saving_a_tab_changes_what_was_typed(tab, sent, expected, edition, manager, pages: Pages):
    before = Edition.objects.filter(pk=edition.pk).values().get()

    answer = save(pages(manager), edition, tab, **sent)

    now = Edition.objects.values().get()
    assert answer.headers["Location"] == page_of(edition, tab)
    assert {name: now[name] for name in expected} == expected
    others = set(before) - set(expected) - {"modified", "tax_type"}
    assert {name: now[name] for name in others} == {name: before[name] for name in others}


def test_saving_what_is_there_already_changes_nothing(edition, manager, pages: Pages):
    Edition.objects.update(start_date=datetime(2026, 6, 1, 10, 0, 30, tzinfo=UTC), timezone="Europe/Copenhagen")
    edition.refresh_from_db()

    for tab in FORMS:
        save(pages(manager), edition, tab)

    assert Edition.objects.values("modified", "start_date").get() == {
        "modified": edition.modified,
        "start_date": edition.start_date,
    }


def test_rows_of_the_organization_are_chosen(edition, manager, pages: Pages):
    ours = edition.organization
    account = MerchantAccount.objects.create(
        organization=ours, name="Bank", type="manual", supported_currencies=["dkk"]
    )
    fees = FeeRule.objects.create(organization=ours, name="Usual")
    receipt, confirmation = (
        EmailMessage.objects.create(
            organization=ours, edition=edition, title=type_, type=type_, scope=EmailScope.EDITION
        )
        for type_ in (EmailType.RECEIPT, EmailType.REFUND_CONFIRMATION)
    )

    save(pages(manager), edition, "money", merchant_account=account.pk, fee_rule=fees.pk)
    save(
        pages(manager),
        edition,
        "messages",
        transaction_receipt_email=receipt.pk,
        refund_confirmation_email=confirmation.pk,
    )

    edition.refresh_from_db()
    assert (edition.merchant_account, edition.fee_rule) == (account, fees)
    assert (edition.transaction_receipt_email, edition.refund_confirmation_email) == (receipt, confirmation)


def test_rows_of_others_are_neither_offered_nor_taken(edition, theirs, manager, pages: Pages):
    account = MerchantAccount.objects.create(
        organization=theirs, name="Secret bank", type="manual", supported_currencies=["dkk"]
    )

    offered = words_of(pages(manager).get(page_of(edition, "money")))
    answer = save(pages(manager), edition, "money", merchant_account=account.pk)

    assert "Secret bank" not in offered
    assert list(errors_of(answer)) == ["merchant_account"]


def test_messages_of_another_edition_are_not_offered(edition, manager, pages: Pages):
    other = make_edition(edition.organization, name="Other")
    EmailMessage.objects.create(
        organization=edition.organization, edition=other, title="Elsewhere", type=EmailType.RECEIPT, scope="edition"
    )

    assert "Elsewhere" not in words_of(pages(manager).get(page_of(edition, "messages")))


def test_dates_are_what_clocks_show_there(edition, manager, pages: Pages):
    Edition.objects.update(timezone="Europe/Copenhagen")

    save(pages(manager), edition, "dates", start_date="2026-06-01T12:00", end_date="2026-06-02T00:30")

    edition.refresh_from_db()
    assert edition.start_date == datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
    assert edition.end_date == datetime(2026, 6, 1, 22, 30, tzinfo=UTC)
    shown = words_of(pages(manager).get(page_of(edition, "dates")))
    assert 'value="2026-06-01T12:00"' in shown
    assert 'value="2026-06-02T00:30"' in shown


def test_another_timezone_keeps_the_time_of_day(edition, manager, pages: Pages):
    Edition.objects.update(start_date=NOON)

    save(pages(manager), edition, "dates", timezone="Europe/Copenhagen")

    edition.refresh_from_db()
    assert edition.start_date == datetime(2026, 6, 1, 10, 0, tzinfo=UTC)


def test_uploaded_image_is_stored_and_chosen(edition, manager, media, pages: Pages):
    sent = filled(pages(manager), edition, "texts") | {"meta_image_new": SimpleUploadedFile("camp.jpg", a_jpeg())}

    pages(manager).post(page_of(edition, "texts"), sent)

    edition.refresh_from_db()
    assert (edition.meta_image.file_name, edition.meta_image.organization) == ("camp.jpg", edition.organization)
    assert "camp.jpg" in words_of(pages(manager).get(page_of(edition, "texts")))


def test_image_is_taken_away_and_not_by_the_way(ready, manager, pages: Pages):
    save(pages(manager), ready, "texts", meta_title_en="Camp")
    assert Edition.objects.get().meta_image == ready.meta_image

    save(pages(manager), ready, "texts", meta_image="")

    ready.refresh_from_db()
    assert ready.meta_image is None


def test_image_of_others_is_not_taken(edition, theirs, manager, pages: Pages):
    answer = save(pages(manager), edition, "texts", meta_image=make_image(theirs).pk)

    assert list(errors_of(answer)) == ["meta_image"]


def test_older_form_stores_no_image(edition, manager, admin, media, pages: Pages):
    sent = filled(pages(manager), edition, "texts") | {"meta_image_new": SimpleUploadedFile("camp.jpg", a_jpeg())}
    update_edition(edition, changes={"name": "Theirs"}, by=admin, now=NOON)

    answer = pages(manager).post(page_of(edition, "texts"), sent)

    assert answer.context["page"].attempt.differences == [saving.Difference("Image", "\u2013", "camp.jpg")]
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize(
    ("tab", "sent", "field", "sentence"),
    [
        ("general", {"name": ""}, "name", "required"),
        ("general", {"metadata": '{"a": 1,\n "b" 2}'}, "metadata", "line 2 column 6"),
        ("general", {"metadata": "[1]"}, "metadata", "must be an object"),
        ("general", {"metadata": '{"a": 1e400}'}, "metadata", "larger than JSON can carry"),
        ("general", {"metadata": "[" * 100_000}, "metadata", "nested too deeply"),
        ("dates", {"start_date": "2026-06-02T10:00", "end_date": "2026-06-01T10:00"}, "end_date", "after it starts"),
        ("dates", {"start_date": "soon"}, "start_date", "date and a time"),
        ("dates", {"start_date": "9999-06-01T10:00"}, "start_date", "1970 and 2199"),
        ("dates", {"timezone": "Mars/Olympus"}, "timezone", "valid choice"),
        ("languages", {"default_language": "da"}, "default_language", "one of the enabled"),
        ("languages", {"enabled_languages": []}, "enabled_languages", "required"),
        ("money", {"default_price_tax_rate": "101"}, "default_price_tax_rate", "100"),
        ("money", {"default_price_tax_rate": "NaN"}, "default_price_tax_rate", "number"),
        ("texts", {"meta_title_en": "x" * 201}, "meta_title", "at most 200"),
        ("messages", {"email_sender_address": "us@nowhere.example"}, "email_sender_address", "verified domain"),
        ("messages", {"email_reply_to": "nobody"}, "email_reply_to", "valid email"),
    ],
)
def test_refusal_appears_at_its_field(tab, sent, field, sentence, edition, manager, pages: Pages):
    answer = save(pages(manager), edition, tab, **sent)

    assert list(errors_of(answer)) == [field]
    assert sentence in " ".join(errors_of(answer)[field])
    assert Edition.objects.get().modified == edition.modified


def test_currency_stays_once_something_was_ordered(edition, manager, pages: Pages):
    make_order(edition)

    answer = save(pages(manager), edition, "money", currency="eur")

    assert "its currency stays" in " ".join(errors_of(answer)["currency"])


# Two people at once.


def test_older_form_is_refused_and_shows_what_is_there_now(edition, manager, admin, pages: Pages):
    client = pages(manager)
    opened = filled(client, edition, "general", name="Mine")
    update_edition(edition, changes={"name": "Theirs"}, by=admin, now=NOON)

    answer = client.post(page_of(edition), opened)

    attempt = answer.context["page"].attempt
    assert attempt.form.non_field_errors() == [CHANGED_SINCE]
    assert attempt.differences == [saving.Difference("Name", "Theirs", "Mine")]
    assert Edition.objects.get().name == "Theirs"


def test_older_form_saves_once_its_sender_has_seen_what_is_there(edition, manager, admin, pages: Pages):
    client = pages(manager)
    opened = filled(client, edition, "general", name="Mine")
    update_edition(edition, changes={"name": "Theirs"}, by=admin, now=NOON)
    shown = client.post(page_of(edition), opened).context["page"].attempt

    client.post(page_of(edition), opened | {"opened": shown.opened})

    assert Edition.objects.get().name == "Mine"


def opened_twice(edition, person, pages: Pages) -> list[Any]:
    """What two people are about to do who both opened the page as it is."""
    clients = [pages(person) for _ in range(2)]
    sent = [filled(client, edition, "general", name=name) for client, name in zip(clients, ("A", "B"), strict=True)]
    return [lambda at=at: clients[at].post(page_of(edition), sent[at]).status_code for at in (0, 1)]


@pytest.mark.django_db(transaction=True)
def test_one_of_two_who_opened_the_same_page_gets_through(edition, manager, pages: Pages, monkeypatch):
    both = opened_twice(edition, manager, pages)
    monkeypatch.setattr(saving, "state_of", together(saving.state_of))

    assert sorted(at_once(*both)) == [200, 302]


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_both_get_through(edition, manager, pages: Pages, monkeypatch):
    both = opened_twice(edition, manager, pages)
    both_have_looked = Barrier(2, timeout=20)

    def look(row: Edition) -> Edition:
        found = Edition.objects.get(pk=row.pk)
        both_have_looked.wait()
        return found

    monkeypatch.setattr(saving, "lock_edition", look)

    assert sorted(at_once(*both)) == [302, 302]


# Health, publishing and archiving.


def test_page_says_what_keeps_the_edition_from_being_published(ready, manager, pages: Pages):
    update_edition(ready, changes={"merchant_account": None}, by=manager, now=NOON)
    Location.objects.update(is_draft=True)

    page = pages(manager).get(page_of(ready)).context["page"]

    assert page.health.verdict == "2 things keep it from being published."
    assert {link.tab.name: link.failures for link in page.links if link.failures} == {"money": 1, "catalog": 1}


def test_finding_leads_to_where_it_is_fixed(ready, staff, manager, pages: Pages):
    update_edition(ready, changes={"merchant_account": None}, by=manager, now=NOON)

    for person in (staff, manager):
        assert f'href="{page_of(ready, "money")}"' in words_of(pages(person).get(page_of(ready)))


def test_publishing_a_healthy_edition(ready, manager, pages: Pages):
    client = pages(manager)

    asked = client.get(step_of(ready, "publish"))
    answer = client.post(step_of(ready, "publish"), follow=True)

    ready.refresh_from_db()
    assert "Customers see the edition" in words_of(asked)
    assert (ready.is_draft, told(answer)) == (False, [f"{ready} is published."])


def test_publishing_with_critical_findings_is_refused_with_them(ready, manager, pages: Pages):
    update_edition(ready, changes={"merchant_account": None}, by=manager, now=NOON)
    client = pages(manager)

    asked, answer = words_of(client.get(step_of(ready, "publish"))), words_of(client.post(step_of(ready, "publish")))

    ready.refresh_from_db()
    assert ready.is_draft
    assert 'class="button">Publish' not in asked
    for body in (asked, answer):
        assert f'href="{page_of(ready, "money")}"' in body
    assert "from being published" in answer


@pytest.mark.parametrize(
    ("step", "before", "after"),
    [
        ("unpublish", {}, {"is_draft": True, "is_archived": False}),
        ("archive", {}, {"is_draft": False, "is_archived": True}),
        ("unarchive", {"is_archived": True}, {"is_draft": False, "is_archived": False}),
    ],
)
def test_step_is_taken_on_post_alone(step, before, after, edition, manager, pages: Pages):
    Edition.objects.update(**before)
    client = pages(manager)

    asked = client.get(step_of(edition, step))
    between = Edition.objects.get()
    client.post(step_of(edition, step))

    now = Edition.objects.values(*after).get()
    assert (asked.status_code, between.modified, now) == (200, edition.modified, after)


def test_step_that_is_not_open_any_more_leads_back(edition, manager, pages: Pages):
    answer = pages(manager).post(step_of(edition, "publish"), follow=True)

    assert answer.redirect_chain == [(page_of(edition), 302)]
    assert "is not what it was" in told(answer)[0]


def test_archived_edition_is_only_read(edition, manager, pages: Pages):
    client = pages(manager)
    sent = filled(client, edition, "general", name="Mine")
    edition = archive_edition(edition, by=manager, now=NOON)

    body = words_of(client.get(page_of(edition)))
    answer = client.post(page_of(edition), sent | {"opened": state_of(edition)})

    assert 'name="opened"' not in body
    assert [verb for verb in ("Publish", "Unpublish", "Archive", "Unarchive", "Duplicate") if f">{verb}…" in body] == [
        "Unarchive",
        "Duplicate",
    ]
    assert "unarchive it before" in words_of(answer)
    assert Edition.objects.get().name == "Camp 2026"


# What hangs on it, and its history.


def test_catalog_counts_what_is_there_and_leads_to_it(edition, manager, pages: Pages):
    make_product(edition)
    make_product(edition, name="Locker")
    make_product(make_edition(edition.organization, name="Other"))

    parts = pages(manager).get(page_of(edition, "catalog")).context["page"].parts

    [products] = [part for part in parts if part.kind.label == "Products"]
    assert (products.count, products.list_url, products.add_url) == (
        2,
        f"/admin/editions/product/?edition__id__exact={edition.pk}",
        f"/admin/editions/product/add/?edition={edition.pk}",
    )


def test_catalog_has_the_consents_of_the_edition(edition, manager, pages: Pages):
    Consent.objects.create(organization=edition.organization, edition=edition, title="Terms")
    client = pages(manager)

    [consents] = [
        part for part in client.get(page_of(edition, "catalog")).context["page"].parts if part.kind.label == "Consents"
    ]

    assert consents.count == 1
    assert "Terms" in words_of(client.get(consents.list_url))
    assert client.get(consents.add_url).context["adminform"].form.initial["edition"] == edition.pk


def test_staff_see_the_catalog_and_add_nothing(edition, staff, pages: Pages):
    parts = pages(staff).get(page_of(edition, "catalog")).context["page"].parts

    assert [part.add_url for part in parts] == [None] * len(parts)


def test_history_tells_who_changed_what_of_edition_and_catalog(edition, manager, admin, pages: Pages):
    client = pages(admin)
    save(client, edition, "general", name="Camp 2027")
    product = add_row(Product(edition=edition, name="Tent", price_minor=100_00), by=manager, now=NOON)
    remove_row(product, by=manager, now=NOON)

    trail = client.get(page_of(edition, "history")).context["page"].trail

    # Within one transaction, as this test is, all is of one moment.
    by_operation = {entry.operation: entry for entry in trail}
    assert {operation: entry.who for operation, entry in by_operation.items() if operation != "Created"} == {
        "Remove product": "Manager Holm",
        "Add product": "Manager Holm",
        "Update edition": "Admin Holm",
    }
    assert Change("Edition", "Name", "Camp 2026", "Camp 2027") in by_operation["Update edition"].changes
    price = "100.00 DKK".replace(" ", "\xa0")
    assert Change("Product Tent", "Price", "", price) in by_operation["Add product"].changes
    assert Change("Product Tent", "Price", price, "") in by_operation["Remove product"].changes


def test_history_is_of_this_edition_alone(edition, manager, pages: Pages):
    other = make_edition(edition.organization, name="Other")
    add_row(Product(edition=other, name="Elsewhere", price_minor=1_00), by=manager, now=NOON)

    assert "Elsewhere" not in words_of(pages(manager).get(page_of(edition, "history")))


# A new one.


def new_edition(client, **changes):
    usual = {
        "name": "2027",
        "start_date": "2027-06-01T10:00",
        "end_date": "2027-06-03T10:00",
        "timezone": "Europe/Copenhagen",
        "default_country_code": "+45",
        "enabled_languages": ["da", "en"],
        "default_language": "da",
        "tax_type": "vat",
    }
    return client.post(reverse(ADD), usual | changes)


def test_new_edition_of_an_event_that_is_there(edition, manager, pages: Pages):
    answer = new_edition(pages(manager), event=edition.event_id)

    made = Edition.objects.exclude(pk=edition.pk).get()
    assert answer.headers["Location"] == page_of(made)
    assert (str(made), made.organization, made.is_draft) == ("Summer Days 2027", edition.organization, True)
    assert made.start_date == datetime(2027, 6, 1, 8, 0, tzinfo=UTC)
    assert (made.timezone, made.default_language, made.enabled_languages) == ("Europe/Copenhagen", "da", ["da", "en"])


def test_new_edition_of_a_new_event(ours, manager, pages: Pages):
    new_edition(pages(manager), new_event="Winter Days")

    made = Edition.objects.select_related("event").get()
    assert (made.event.name, made.event.organization) == ("Winter Days", ours)


@pytest.mark.parametrize("both", [False, True])
def test_new_edition_has_one_event(both, edition, manager, pages: Pages):
    chosen = {"event": edition.event_id, "new_event": "Winter Days"} if both else {}

    answer = new_edition(pages(manager), **chosen)

    assert list(answer.context["form"].errors) == ["new_event"]
    assert (Edition.objects.count(), Event.objects.count()) == (1, 1)


def test_new_edition_offers_and_takes_no_event_of_others(edition, their_edition, manager, pages: Pages):
    Event.objects.filter(pk=their_edition.event_id).update(name="Secret Days")

    offered = words_of(pages(manager).get(reverse(ADD)))
    answer = new_edition(pages(manager), event=their_edition.event_id)

    assert "Secret Days" not in offered
    assert "event" in answer.context["form"].errors
    assert Edition.objects.count() == 2


def test_who_manages_two_organizations_says_whose_event_it_is(ours, theirs, manager, pages: Pages):
    manager.memberships.create(organization=theirs, role=Role.MANAGER)

    without = new_edition(pages(manager), new_event="Winter Days")
    new_edition(pages(manager), new_event="Winter Days", organization=theirs.pk)

    assert list(without.context["form"].errors) == ["organization"]
    assert Edition.objects.get().organization == theirs


def test_refused_new_edition_leaves_no_event_behind(ours, manager, pages: Pages):
    answer = new_edition(pages(manager), new_event="Winter Days", end_date="2027-05-01T10:00")

    assert list(answer.context["form"].errors) == ["end_date"]
    assert not Event.objects.exists()


def test_staff_create_nothing(edition, staff, pages: Pages):
    assert new_edition(pages(staff), event=edition.event_id).status_code == 403
    assert Edition.objects.count() == 1


# A copy.


def test_copy_of_what_has_pickup_points_says_so_in_words(edition, manager, pages: Pages):
    make_location(edition)

    assert duplicate(pages(manager), edition).context["counts"] == {"pickup points": 1}


def duplicate(client, edition, **changes):
    usual = {"name": "2027", "slug": "", "event": edition.event_id, "email_template_mode": "copy"}
    return client.post(step_of(edition, "duplicate"), usual | changes)


def test_copy_is_previewed_first(edition, manager, pages: Pages):
    make_product(edition)

    answer = duplicate(pages(manager), edition)

    assert answer.context["counts"]["products"] == 1
    assert "What will be copied" in words_of(answer)
    assert "pickup points" not in answer.context["counts"]
    assert Edition.objects.count() == 1


def test_confirmed_copy_is_made_and_opened(edition, manager, pages: Pages):
    make_product(edition)

    answer = duplicate(pages(manager), edition, slug="next-camp", confirmed="copy-False")

    made = Edition.objects.exclude(pk=edition.pk).get()
    assert answer.headers["Location"] == page_of(made)
    assert (made.slug, made.is_draft, made.products.count()) == ("next-camp", True, 1)


def test_copy_of_something_else_than_was_previewed_is_previewed_again(edition, manager, pages: Pages):
    answer = duplicate(pages(manager), edition, email_template_mode="share", confirmed="copy-False")

    assert answer.status_code == 200
    assert Edition.objects.count() == 1


def test_refused_copy_says_so_at_its_field(edition, manager, pages: Pages):
    answer = duplicate(pages(manager), edition, slug=edition.slug, confirmed="copy-False")

    assert list(answer.context["form"].errors) == ["slug"]


def test_copy_takes_members_along_when_asked(edition, manager, pages: Pages):
    make_edition_member("one@ours.example", edition=edition, role=Role.STAFF)

    duplicate(pages(manager), edition, with_memberships="on", confirmed="copy-True")

    made = Edition.objects.exclude(pk=edition.pk).get()
    assert [member.staff_user.email for member in made.memberships.all()] == ["one@ours.example"]
