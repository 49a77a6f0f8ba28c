"""Setting an edition up in the admin: whoever may not see, sees nothing; whoever may not write, reads."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib import admin as django_admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from editions.choices import TriggerEvent
from editions.models import (
    Category,
    Coupon,
    Edition,
    Event,
    FeeRule,
    Location,
    MerchantAccount,
    PassDesign,
    Product,
    SenderDomain,
    Trigger,
    VendorParticipation,
)
from preo.api.roles import Role
from preo.backoffice.editable_admin import EditableAdmin
from preo.backoffice.editable_form import CHANGED_SINCE, ShapesForm, state_of
from preo.public_ids import new, prefix_of
from preo.webhooks.models import OutboxEvent
from tests.backoffice.conftest import Pages
from tests.editions.furnishing import make_message
from tests.factories import (
    NOON,
    make_edition,
    make_edition_member,
    make_location,
    make_order,
    make_product,
    make_vendor,
)

Make = Callable[[Edition], Any]


def a_trigger(edition: Edition) -> Trigger:
    message = make_message(edition.organization, edition=edition)
    return Trigger.objects.create(edition=edition, event=TriggerEvent.ORDER_COMPLETED, email_message=message)


def an_account(edition: Edition) -> MerchantAccount:
    return MerchantAccount.objects.create(
        organization=edition.organization, name="Money", type="sandbox", supported_currencies=["dkk"]
    )


MAKE: dict[type[Any], Make] = {
    Category: lambda edition: Category.objects.create(edition=edition, name="Tents"),
    Location: make_location,
    VendorParticipation: lambda edition: make_vendor(edition, edition.organization),
    Product: make_product,
    Coupon: lambda edition: Coupon.objects.create(edition=edition, code="EARLY", rate_off=5),
    Trigger: a_trigger,
    PassDesign: lambda edition: PassDesign.objects.create(edition=edition, name="Pass"),
    Event: lambda edition: edition.event,
    FeeRule: lambda edition: FeeRule.objects.create(organization=edition.organization, name="Fees"),
    MerchantAccount: an_account,
    SenderDomain: lambda edition: SenderDomain.objects.create(
        organization=edition.organization, domain="mail.example.com"
    ),
}
OF_EDITION = [model for model in MAKE if model not in (Event, FeeRule, MerchantAccount, SenderDomain)]
CHANGED: dict[type[Any], dict[str, Any]] = {
    Category: {"name": "Huts", "order": "3"},
    Location: {"name": "South gate", "is_draft": "on"},
    VendorParticipation: {"vendor_code": "BAR7"},
    Product: {"name": "Igloo", "price_minor": "500,5", "uses": "1", "order": "0", "is_draft": "on"},
    Coupon: {"code": "late", "amount_off_minor": "10"},
    Trigger: {"event": "refund_processed", "delay_minutes": "60"},
    PassDesign: {
        "name": "New pass",
        "background_color": "#111111",
        "foreground_color": "#222222",
        "label_color": "#333333",
        "facts": ["order_number"],
    },
    Event: {"name": "Winter Days"},
    FeeRule: {
        "name": "New fees",
        "handling_fee_fixed_minor": "5",
        "handling_fee_rate": "0",
        "service_fee_fixed_minor": "0",
        "service_fee_rate": "2.5",
    },
    MerchantAccount: {"name": "Till", "type": "manual", "supported_currencies": ["dkk", "eur"]},
}
"""What a form of each kind is sent back with; a domain has none, as it never changes."""
NO_PARTS = {f"{prefix}-{name}": "0" for prefix in ("variants", "options") for name in ("TOTAL_FORMS", "INITIAL_FORMS")}


def address(model: type[Any], page: str, *args: str) -> str:
    return reverse(f"admin:editions_{model._meta.model_name}_{page}", args=args)


def sent(row: Any, **others: Any) -> dict[str, Any]:
    """The changed form of a row as a browser sends it."""
    row.refresh_from_db()
    form = {"opened": state_of(row), **CHANGED.get(type(row), {}), **NO_PARTS, **others}
    return form | ({"email_message": row.email_message_id} if isinstance(row, Trigger) else {})


def owned(model: type[Any], edition: Edition) -> str:
    """The query that says what a new row belongs to."""
    return f"edition={edition.pk}" if model in OF_EDITION else f"organization={edition.organization_id}"


@pytest.mark.parametrize("model", MAKE)
def test_lists_show_own_rows_alone(model, edition, their_edition, admin, staff, pages: Pages):
    own, theirs = MAKE[model](edition), MAKE[model](their_edition)

    answer = pages(staff).get(address(model, "changelist"))

    assert [row.pk for row in answer.context["cl"].queryset] == [own.pk]
    assert theirs.pk not in answer.content.decode()


@pytest.mark.parametrize("model", MAKE)
def test_managers_get_a_form(model, edition, manager, pages: Pages):
    body = pages(manager).get(address(model, "change", MAKE[model](edition).pk)).content.decode()

    assert ('name="_save"' in body) == (model is not SenderDomain)
    assert "<script>" not in body
    assert " style=" not in body


@pytest.mark.parametrize("model", MAKE)
def test_staff_read_and_get_no_form(model, edition, staff, pages: Pages):
    row = MAKE[model](edition)
    client = pages(staff)

    answer = client.get(address(model, "change", row.pk))

    assert answer.status_code == 200
    assert 'name="_save"' not in answer.content.decode()
    assert client.get(address(model, "history", row.pk)).status_code == 200


@pytest.mark.parametrize("model", MAKE)
def test_staff_write_nothing(model, edition, staff, pages: Pages):
    row = MAKE[model](edition)
    before = type(row).objects.filter(pk=row.pk).values().get()
    client = pages(staff)

    for answer in (
        client.post(address(model, "change", row.pk), sent(row)),
        client.get(f"{address(model, 'add')}?{owned(model, edition)}"),
        client.post(f"{address(model, 'add')}?{owned(model, edition)}", sent(row)),
        client.post(address(model, "delete", row.pk), {"post": "yes"}),
    ):
        assert answer.status_code == 403
    assert list(model.objects.values()) == [before]


@pytest.mark.parametrize("page", ["change", "history", "delete"])
@pytest.mark.parametrize("model", MAKE)
def test_a_row_of_others_is_as_missing_as_none(model, page, edition, their_edition, admin, pages: Pages):
    theirs, missing = MAKE[model](their_edition), new(prefix_of(model))
    client = pages(admin)

    for send in (client.get, client.post):
        answers = [send(address(model, page, pk), {"post": "yes"}) for pk in (theirs.pk, missing)]

        assert [answer.status_code for answer in answers] == [302, 302]
        assert answers[0].headers["Location"] == answers[1].headers["Location"] == "/admin/"
    assert model.objects.filter(pk=theirs.pk).exists()


@pytest.mark.parametrize("model", MAKE)
def test_nothing_is_added_to_others(model, edition, their_edition, admin, pages: Pages):
    client, missing = pages(admin), {"edition": new("edt"), "organization": new("org")}
    query = owned(model, their_edition)
    name = query.partition("=")[0]

    for text in (query, f"{name}={missing[name]}", f"{name}=nonsense"):
        assert client.get(f"{address(model, 'add')}?{text}").status_code == 404
        assert client.post(f"{address(model, 'add')}?{text}", CHANGED.get(model, {})).status_code == 404


@pytest.mark.parametrize("model", CHANGED)
def test_a_saved_form_changes_the_row_through_its_operation(model, edition, manager, pages: Pages):
    row = MAKE[model](edition)

    answer = pages(manager).post(address(model, "change", row.pk), sent(row))

    assert answer.status_code == 302, answer.context["errors"]
    told = OutboxEvent.objects.get()
    assert told.type.endswith(".updated")
    assert (told.payload["id"], told.organization_id) == (row.pk, edition.organization_id)


@pytest.mark.parametrize("model", [*CHANGED, SenderDomain])
def test_an_added_row_belongs_to_whom_the_address_names(model, edition, manager, pages: Pages):
    form = sent(MAKE[model](edition), domain="new.example.com")
    if model is VendorParticipation:
        VendorParticipation.objects.all().delete()
        form["organization"] = edition.organization_id
    known = set(model.objects.values_list("pk", flat=True))

    answer = pages(manager).post(f"{address(model, 'add')}?{owned(model, edition)}", form)

    assert answer.status_code == 302, answer.context["errors"]
    added = model.objects.exclude(pk__in=known).get()
    assert (added.edition_id == edition.pk) if model in OF_EDITION else (added.organization == edition.organization)
    assert OutboxEvent.objects.get().type.endswith(".created")


@pytest.mark.parametrize("model", MAKE)
def test_a_removed_row_goes_through_its_operation(model, edition, manager, pages: Pages):
    row = MAKE[model](edition)
    Edition.objects.update(event=None)
    client = pages(manager)

    asked = client.get(address(model, "delete", row.pk))
    client.post(address(model, "delete", row.pk), {"post": "yes"})

    assert asked.status_code == 200
    assert not model.objects.filter(pk=row.pk).exists()
    assert OutboxEvent.objects.get().type.endswith(".deleted")


@pytest.mark.parametrize("model", [Product, Event])
def test_what_is_in_use_stays_and_says_why(model, edition, manager, pages: Pages):
    row = edition.event if model is Event else make_order(edition).purchases.get().product

    answer = pages(manager).post(address(model, "delete", row.pk), {"post": "yes"}, follow=True)

    assert "can&#x27;t be deleted: " in answer.content.decode()
    assert model.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("model", CHANGED)
def test_who_is_second_is_refused(model, edition, manager, pages: Pages):
    row = MAKE[model](edition)
    form = sent(row)
    model.objects.filter(pk=row.pk).update(modified=NOON)

    answer = pages(manager).post(address(model, "change", row.pk), form)

    assert answer.status_code == 200
    assert CHANGED_SINCE in str(answer.context["errors"])
    assert not OutboxEvent.objects.exists()


COLORS = {"background": "#ffffff", "foreground": "#000000", "label": "#666666"}
BOTH, NOTHING = (
    "A coupon takes off an amount or a rate, one of the two.",
    "A coupon takes something off.",
)


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"amount_off_minor": "10", "rate_off": "5"}, BOTH),
        ({"amount_off_minor": "", "rate_off": ""}, BOTH),
        ({"amount_off_minor": "", "rate_off": "0"}, NOTHING),
        ({"amount_off_minor": "0", "rate_off": ""}, NOTHING),
    ],
)
def test_a_coupon_is_refused_in_a_sentence(form, sentence, edition, manager, pages: Pages):
    coupon = MAKE[Coupon](edition)

    answer = pages(manager).post(address(Coupon, "change", coupon.pk), sent(coupon, **form))

    assert answer.context["errors"] == [[sentence]]


def test_a_coupon_is_valid_by_the_clocks_of_its_edition(edition, manager, pages: Pages):
    Edition.objects.update(timezone="Europe/Copenhagen")
    coupon, client = MAKE[Coupon](edition), pages(manager)
    page = address(Coupon, "change", coupon.pk)
    days = {"valid_from_0": "2026-07-01", "valid_until_0": "2026-12-01", "valid_until_1": "18:30"}

    saved = client.post(page, sent(coupon, **days))
    coupon.refresh_from_db()
    shown = client.get(page).content.decode()

    assert saved.status_code == 302, saved.context["errors"]
    assert coupon.valid_from == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert coupon.valid_until == datetime(2026, 12, 1, 17, 30, tzinfo=UTC)
    assert re.search(r'value="18:30"[^>]* aria-label="Valid until, time"', shown)
    assert "In Europe/Copenhagen; 00:00 where no time is given." in shown
    assert "1 Jul 2026, 00:00" in client.get(address(Coupon, "changelist")).content.decode()


@pytest.mark.parametrize(("day", "clock"), [("", "10:00"), ("2026-02-30", ""), ("x", "y"), ("2026-01-01", "25:00")])
def test_a_moment_that_is_none_is_refused_at_its_field(day, clock, edition, manager, pages: Pages):
    coupon = MAKE[Coupon](edition)
    form = sent(coupon, valid_from_0=day, valid_from_1=clock)

    answer = pages(manager).post(address(Coupon, "change", coupon.pk), form)

    assert list(answer.context["adminform"].form.errors) == ["valid_from"]


def test_a_new_pass_is_readable(edition, manager, pages: Pages):
    body = pages(manager).get(f"{address(PassDesign, 'add')}?edition={edition.pk}").content.decode()

    assert [f'name="{name}_color" value="{color}"' in body for name, color in COLORS.items()] == [True] * 3


def test_a_domain_has_a_way_to_be_deleted(edition, manager, staff, pages: Pages):
    domain = MAKE[SenderDomain](edition)
    page, link = (address(SenderDomain, name, domain.pk) for name in ("change", "delete"))

    assert f'href="{link}"' in pages(manager).get(page).content.decode()
    assert f'href="{link}"' not in pages(staff).get(page).content.decode()


def test_adding_from_a_list_of_an_archived_edition_says_why_not(edition, ours, manager, pages: Pages):
    make_edition(ours, name="Other")
    Edition.objects.filter(pk=edition.pk).update(is_archived=True)

    answer = pages(manager).get(f"{address(Category, 'add')}?_changelist_filters=edition__id__exact%3D{edition.pk}")

    assert answer.status_code == 200
    assert "Nothing can be added to the edition that the list was filtered to" in answer.content.decode()


@pytest.mark.parametrize("model", MAKE)
def test_an_empty_list_says_so_and_leads_to_the_first(model, edition, manager, staff, pages: Pages):
    Edition.objects.update(event=None)
    model.objects.all().delete()
    plural = model._meta.verbose_name_plural

    empty = pages(manager).get(address(model, "changelist")).content.decode()
    searched = pages(manager).get(address(model, "changelist"), {"q": "x"}).content.decode()

    assert f"There are no {plural} yet." in empty
    assert 'class="actions"' not in empty
    assert f"0 {plural}" not in empty
    assert f'href="{address(model, "add")}">Add {model._meta.verbose_name}</a></p>' in empty
    assert f"No {plural} match." in searched
    assert ">Add " not in pages(staff).get(address(model, "changelist")).content.decode()


def test_no_form_says_the_name_of_a_constraint():
    for own in django_admin.site._registry.values():
        forms = [own.form, *(inline.form for inline in own.inlines)] if isinstance(own, EditableAdmin) else []

        assert all(issubclass(form, ShapesForm) for form in forms), own


def test_a_form_that_says_no_state_is_refused(edition, manager, pages: Pages):
    category = MAKE[Category](edition)

    answer = pages(manager).post(address(Category, "change", category.pk), CHANGED[Category])

    assert CHANGED_SINCE in str(answer.context["errors"])


@pytest.mark.parametrize("model", OF_EDITION)
def test_rows_of_an_archived_edition_are_only_read(model, edition, manager, pages: Pages):
    row = MAKE[model](edition)
    Edition.objects.update(is_archived=True)
    client = pages(manager)

    shown = client.get(address(model, "change", row.pk)).content.decode()

    assert "archived" in shown
    assert client.post(address(model, "change", row.pk), sent(row)).status_code == 403
    assert client.get(f"{address(model, 'add')}?edition={edition.pk}").status_code == 404


def test_a_role_on_an_edition_is_enough_for_its_rows_and_no_others(edition, pages: Pages):
    member = make_edition_member("one@ours.example", edition=edition, role=Role.MANAGER)
    other = make_location(make_edition(edition.organization, name="Other"))
    client = pages(member)

    own = make_location(edition)
    saved = client.post(address(Location, "change", own.pk), sent(own))

    assert saved.headers["Location"] == address(Location, "changelist")
    assert client.get(address(Location, "change", other.pk)).headers["Location"] == "/admin/"
    for model in (Event, FeeRule, MerchantAccount, SenderDomain):
        assert client.get(address(model, "changelist")).status_code == 403


def test_a_role_is_held_on_the_rows_own_organization(edition, their_edition, manager, pages: Pages):
    manager.memberships.create(organization=their_edition.organization, role=Role.STAFF)
    theirs = make_location(their_edition)
    client = pages(manager)

    assert 'name="_save"' not in client.get(address(Location, "change", theirs.pk)).content.decode()
    assert client.post(address(Location, "change", theirs.pk), sent(theirs)).status_code == 403
    assert client.get(f"{address(Location, 'add')}?edition={their_edition.pk}").status_code == 404


def test_superusers_without_a_role_reach_no_rows(edition, superuser, pages: Pages):
    for model in MAKE:
        answer = pages(superuser).get(address(model, "changelist"))

        assert answer.status_code == (200 if model is SenderDomain else 403)


def test_adding_from_a_filtered_list_keeps_the_edition(edition, ours, manager, pages: Pages):
    make_edition(ours, name="Other")
    client = pages(manager)
    listed = client.get(address(Category, "changelist"), {"edition__id__exact": edition.pk}).content.decode()
    link = f"{address(Category, 'add')}?_changelist_filters=edition__id__exact%3D{edition.pk}"

    form = client.get(link)

    assert f'href="{link}"' in listed
    assert form.context["adminform"].form.owner == edition


def test_adding_asks_for_the_edition_where_there_are_several(
    edition, ours, theirs, their_edition, manager, pages: Pages
):
    other = make_edition(ours, name="Other")
    archived = make_edition(ours, name="Gone", is_archived=True)

    body = pages(manager).get(address(Category, "add")).content.decode()

    assert all(f"?edition={one.pk}" in body for one in (edition, other))
    assert not any(one.pk in body for one in (their_edition, archived))


def test_save_and_add_another_stays_in_the_edition(edition, ours, manager, pages: Pages):
    make_edition(ours, name="Other")

    answer = pages(manager).post(
        f"{address(Category, 'add')}?edition={edition.pk}", {**CHANGED[Category], "_addanother": "1"}
    )

    assert answer.headers["Location"] == f"{address(Category, 'add')}?edition={edition.pk}"


FOREIGN: list[tuple[type[Any], str, Make]] = [
    (Product, "category", MAKE[Category]),
    (Product, "vendor", MAKE[VendorParticipation]),
    (Product, "locations", make_location),
    (Trigger, "email_message", lambda edition: a_trigger(edition).email_message),
    (VendorParticipation, "organization", lambda edition: edition.organization),
]


@pytest.mark.parametrize(("model", "field", "make"), FOREIGN)
def test_choices_are_of_the_same_edition(model, field, make, edition, their_edition, admin, pages: Pages):
    theirs = make(their_edition)
    query = f"{address(model, 'add')}?edition={edition.pk}"
    client = pages(admin)

    offered = client.get(query).content.decode()
    refused = client.post(query, {**CHANGED[model], **NO_PARTS, field: theirs.pk})
    missing = client.post(query, {**CHANGED[model], **NO_PARTS, field: new(prefix_of(type(theirs)))})

    assert theirs.pk not in offered
    errors = [answer.context["adminform"].form.errors[field].as_data()[0].message for answer in (refused, missing)]
    assert errors[0] == errors[1]
    assert not model.objects.filter(edition=edition).exists()


@pytest.mark.parametrize(("field", "make"), [("category", MAKE[Category]), ("locations", make_location)])
def test_choices_are_not_of_another_edition_of_the_same_organization(field, make, edition, ours, admin, pages: Pages):
    other = make(make_edition(ours, name="Other"))

    offered = pages(admin).get(f"{address(Product, 'add')}?edition={edition.pk}").content.decode()

    assert other.pk not in offered


@pytest.mark.parametrize(("name", "is_draft"), [("put_on", False), ("take_off", True)])
@pytest.mark.parametrize("model", [Product, Location])
def test_drafts_are_put_on_and_taken_off_by_actions(model, name, is_draft, edition, manager, pages: Pages):
    row = MAKE[model](edition)
    model.objects.update(is_draft=not is_draft)

    pages(manager).post(address(model, "changelist"), {"action": name, "_selected_action": [row.pk]})

    row.refresh_from_db()
    assert row.is_draft is is_draft
    assert OutboxEvent.objects.get().payload["changed"] == ["is_draft"]


def test_actions_leave_alone_what_one_only_reads(edition, their_edition, manager, pages: Pages):
    manager.memberships.create(organization=their_edition.organization, role=Role.STAFF)
    own, theirs = make_product(edition), make_product(their_edition)

    answer = pages(manager).post(
        address(Product, "changelist"), {"action": "take_off", "_selected_action": [own.pk, theirs.pk]}, follow=True
    )

    own.refresh_from_db()
    theirs.refresh_from_db()
    assert (own.is_draft, theirs.is_draft) == (True, False)
    assert [str(message) for message in answer.context["messages"]] == [
        "1 product taken off sale.",
        "Tent: Managers and admins can change this.",
    ]


def test_staff_get_no_actions(edition, staff, pages: Pages):
    product = make_product(edition)

    pages(staff).post(address(Product, "changelist"), {"action": "take_off", "_selected_action": [product.pk]})

    product.refresh_from_db()
    assert product.is_draft is False


def test_domains_are_verified_by_superusers_alone(edition, admin, superuser, pages: Pages):
    domain = MAKE[SenderDomain](edition)
    verify = {"action": "verify", "_selected_action": [domain.pk]}

    pages(admin).post(address(SenderDomain, "changelist"), verify)
    domain.refresh_from_db()
    by_admin = domain.verified_at
    pages(superuser).post(address(SenderDomain, "changelist"), verify)

    domain.refresh_from_db()
    assert by_admin is None
    assert domain.verified_at is not None


def test_an_unknown_domain_is_added_unverified(edition, manager, pages: Pages):
    form = {"domain": "new.example.com", "verified_at_0": "2026-01-01", "verified_at_1": "00:00", "verified_at": "x"}

    pages(manager).post(f"{address(SenderDomain, 'add')}?organization={edition.organization_id}", form)

    assert SenderDomain.objects.get().verified_at is None


@pytest.mark.parametrize("model", MAKE)
def test_lists_cost_the_same_for_one_and_three_rows(model, edition, ours, manager, pages: Pages):
    client, editions = pages(manager), [edition, make_edition(ours), make_edition(ours)]
    counts = []
    for count, one in enumerate(editions):
        if model in (FeeRule, MerchantAccount, Event, *OF_EDITION):
            MAKE[model](one)
        else:
            SenderDomain.objects.create(organization=ours, domain=f"d{count}.example")
        with CaptureQueriesContext(connection) as captured:
            client.get(address(model, "changelist"))
        counts.append(len(captured))

    assert counts[0] == counts[2]


def test_every_kind_is_registered():
    registered = set(django_admin.site._registry)

    assert set(MAKE) <= registered
