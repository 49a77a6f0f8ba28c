"""Duplicating an edition: what goes along, what doesn't, and what the copy is."""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Model

from consents.models import Consent
from editions.choices import EmailScope, EmailTemplateMode
from editions.models import Edition, EditionMembership, EmailMessage, Event, Product, ProductImage, Trigger
from editions.operations.duplicate import duplicate_edition, preview_duplicate
from editions.operations.duplicate.kinds import KINDS
from orders.models import Order
from preo.accounts.models import Organization, StaffUser
from preo.api.roles import Role
from preo.errors import InvalidField
from preo.files.models import StoredFile
from preo.public_ids import PublicIdField
from preo.webhooks.models import OutboxEvent
from tests.editions.furnishing import make_furnished_edition, make_large_edition, make_message, statements
from tests.factories import NOON, make_edition, make_edition_member, make_order
from tests.trail import events_of

NOT_COPIED = {
    "consents.ConsentAnswer": "of customers",
    "orders.Cart": "of customers",
    "orders.CartItem": "of customers",
    "orders.Order": "of customers",
    "orders.Purchase": "of customers",
    "refunds.RefundBatch": "of customers",
    "refunds.RefundRequest": "of customers",
    "editions.HealthChange": "about the original alone",
}
"""Tables that refer to what is copied, and why their rows stay behind."""


@pytest.fixture
def furnished(ours: Organization) -> Edition:
    return make_furnished_edition(ours)


def duplicate(edition: Edition, *, by: StaffUser | None = None, **asked: Any) -> Edition:
    """A copy with its deferred constraints checked."""
    defaults = {"name": "Camp 2027", "event": None, "email_template_mode": EmailTemplateMode.COPY}
    copy = duplicate_edition(edition, by=by, now=NOON, **(defaults | asked))
    connection.check_constraints()
    return Edition.objects.get(pk=copy.pk)


def test_the_copy_is_a_draft_that_nobody_has_published(ours: Organization) -> None:
    edition = make_furnished_edition(ours, is_archived=True)

    copy = duplicate(edition, event=edition.event)

    assert (copy.is_draft, copy.is_archived, copy.published_at) == (True, False, None)
    assert (copy.name, copy.slug, copy.event, copy.created, copy.modified) == (
        "Camp 2027",
        "camp-2027",
        edition.event,
        NOON,
        NOON,
    )


def test_everything_that_is_set_up_goes_along(furnished: Edition) -> None:
    copy = duplicate(furnished)

    tent = Product.objects.get(edition=copy)
    assert [tent.category.edition, tent.vendor.edition, tent.locations.get().edition] == [copy, copy, copy]
    assert [tent.variants.count(), tent.options.count(), tent.gallery.count()] == [1, 1, 1]
    assert [copy.coupons.get().code, copy.pass_designs.get().name] == ["EARLY", "Pass"]


def test_an_image_keeps_its_file(furnished: Edition) -> None:
    copy = duplicate(furnished)

    assert ProductImage.objects.get(product__edition=copy).file == StoredFile.objects.get()


def test_references_within_json_lead_to_the_copies(furnished: Edition) -> None:
    copy = duplicate(furnished)

    tent, gate = Product.objects.get(edition=copy), copy.locations.get()
    assert copy.metadata == {"featured": [tent.pk], tent.pk: f"/p/{tent.pk}?x=1"}
    assert copy.pass_designs.get().fields == [{"location_id": gate.pk}]


def test_triggers_wait_until_somebody_turns_them_on(furnished: Edition) -> None:
    copy = duplicate(furnished)

    assert [trigger.is_active for trigger in copy.triggers.all()] == [False]
    assert Trigger.objects.get(edition=furnished).is_active


def test_copied_messages_are_the_editions_own(furnished: Edition) -> None:
    copy = duplicate(furnished)

    messages = EmailMessage.objects.filter(edition=copy)
    assert sorted(messages.values_list("title", "scope")) == [("Own", "edition"), ("Receipt", "edition")]
    assert copy.transaction_receipt_email == messages.get(title="Own")
    assert copy.triggers.get().email_message == messages.get(title="Receipt")


def test_a_message_of_the_platform_becomes_one_of_the_organization(edition: Edition) -> None:
    edition.refund_confirmation_email = make_message(None, scope=EmailScope.PLATFORM)  # type: ignore[arg-type]
    edition.save()

    copied = duplicate(edition).refund_confirmation_email

    assert copied
    assert (copied.scope, copied.organization) == ("edition", edition.organization)


def test_shared_messages_stay_the_same_rows(furnished: Edition) -> None:
    copy = duplicate(furnished, email_template_mode=EmailTemplateMode.SHARE)

    assert copy.transaction_receipt_email == furnished.transaction_receipt_email
    assert copy.triggers.get().email_message == furnished.triggers.get().email_message
    assert EmailMessage.objects.count() == 2


def test_consents_become_first_drafts(furnished: Edition) -> None:
    first = Consent.objects.get()
    Consent.objects.update(published=True, published_date=NOON)
    tent = Product.objects.get()
    line = {"version": 2, "supersedes": first, "first": first}
    of_tent = Consent.objects.create(organization=furnished.organization, title="Tents", **line)
    of_tent.products.add(tent)

    copy = duplicate(furnished)

    [copied] = Consent.objects.filter(products__edition=copy)
    assert (copied.title, copied.published, copied.published_date) == ("Tents", False, None)
    assert (copied.version, copied.supersedes) == (1, None)
    assert not copy.consents.exists()


def test_a_consent_of_the_organization_is_not_copied(furnished: Edition) -> None:
    Consent.objects.update(edition=None)

    duplicate(furnished)

    assert Consent.objects.count() == 1


@pytest.mark.parametrize(("asked", "found"), [({}, []), ({"with_memberships": True}, [Role.MANAGER])])
def test_roles_go_along_only_when_asked(furnished: Edition, asked: dict[str, Any], found: list[Role]) -> None:
    make_edition_member("one@ours.example", edition=furnished, role=Role.MANAGER)

    copy = duplicate(furnished, **asked)

    assert [held.role for held in EditionMembership.objects.filter(edition=copy)] == found


def test_nothing_that_was_ordered_goes_along(furnished: Edition) -> None:
    make_order(furnished, product=Product.objects.get())

    copy = duplicate(furnished)

    assert [order.edition for order in Order.objects.all()] == [furnished]
    assert not copy.carts.exists()


def test_the_slug_can_be_given(furnished: Edition) -> None:
    assert duplicate(furnished, slug="Camp_27").slug == "Camp_27"


def test_a_slug_made_from_the_name_steps_aside(furnished: Edition) -> None:
    assert [duplicate(furnished).slug, duplicate(furnished).slug] == ["camp-2027", "camp-2027-2"]


def test_another_organization_may_use_the_same_slug(furnished: Edition, their_edition: Edition) -> None:
    Edition.objects.filter(pk=their_edition.pk).update(slug="same")

    assert duplicate(furnished, slug="same").slug == "same"


@pytest.mark.parametrize(
    ("asked", "field", "code"),
    [
        ({"slug": "taken"}, "slug", "not_unique"),
        ({"slug": "two words"}, "slug", "invalid"),
        ({"slug": "x" * 201}, "slug", "max_length"),
        ({"name": " "}, "name", "blank"),
        ({"name": "x" * 201}, "name", "max_length"),
    ],
)
def test_duplicate_refuses(furnished: Edition, asked: dict[str, Any], field: str, code: str) -> None:
    make_edition(furnished.organization, slug="taken")

    with pytest.raises(InvalidField) as refusal:
        duplicate(furnished, **asked)

    assert (refusal.value.field, refusal.value.code) == (field, code)


def test_duplicate_refuses_an_event_of_another_organization(furnished: Edition, theirs: Organization) -> None:
    event = Event.objects.create(organization=theirs, name="Winter Days")

    with pytest.raises(InvalidField) as refusal:
        duplicate(furnished, event=event)

    assert (refusal.value.field, refusal.value.code) == ("event_id", "other_organization")


def test_a_refused_copy_leaves_nothing(furnished: Edition) -> None:
    before = Product.objects.count()

    with pytest.raises(InvalidField):
        duplicate(furnished, slug=furnished.slug)

    assert (Edition.objects.count(), Product.objects.count(), OutboxEvent.objects.count()) == (1, before, 0)


def test_the_copy_is_announced(furnished: Edition) -> None:
    copy = duplicate(furnished)

    told = OutboxEvent.objects.get()
    assert (told.type, told.edition_id, told.payload["id"]) == ("edition.duplicated", copy.pk, copy.pk)
    assert told.payload["duplicate_of"] == furnished.pk


def test_every_copied_row_knows_who_made_it(furnished: Edition, manager: StaffUser) -> None:
    copy = duplicate(furnished, by=manager)

    for row in (copy, copy.categories.get(), copy.products.get(), copy.products.get().variants.get()):
        first = events_of(row)[0]
        assert (first.action, first.operation, first.staff_user_id) == ("insert", "duplicate_edition", manager.pk)


def test_products_keep_their_order(ours: Organization) -> None:
    edition = make_large_edition(ours, products=30)

    copy = duplicate(edition)

    assert [tent.name for tent in copy.products.all()] == [tent.name for tent in edition.products.all()]


def test_a_preview_counts_what_the_copy_will_have(furnished: Edition) -> None:
    make_edition_member("one@ours.example", edition=furnished, role=Role.MANAGER)
    which: Any = {"email_template_mode": EmailTemplateMode.COPY, "with_memberships": True}
    named: Any = {"name": "Copy", "event": None}

    foreseen = preview_duplicate(furnished, **named, **which)
    assert Edition.objects.count() == 1

    assert preview_duplicate(duplicate(furnished, **which), **named, **which) == foreseen
    assert foreseen == {name: 2 if name == "email_messages" else 1 for name in foreseen}


def test_a_preview_counts_no_messages_that_are_shared_and_no_roles(furnished: Edition) -> None:
    make_edition_member("one@ours.example", edition=furnished, role=Role.MANAGER)

    foreseen = preview_duplicate(furnished, name="Copy", event=None, email_template_mode=EmailTemplateMode.SHARE)

    assert (foreseen["email_messages"], foreseen["memberships"]) == (0, 0)


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        ({"name": " "}, ("name", "blank")),
        ({"name": "x" * 201}, ("name", "max_length")),
        ({"slug": "a b"}, ("slug", "invalid")),
        ({"slug": "taken"}, ("slug", "not_unique")),
    ],
)
def test_a_preview_refuses_what_the_copying_would(
    furnished: Edition, ours: Organization, asked: dict[str, Any], refused: tuple[str, str]
) -> None:
    make_edition(ours, slug="taken")
    whole: Any = {"name": "Copy", "event": None, "email_template_mode": EmailTemplateMode.COPY} | asked

    with pytest.raises(InvalidField) as foreseen:
        preview_duplicate(furnished, **whole)
    with pytest.raises(InvalidField) as real:
        duplicate_edition(furnished, **whole, by=None, now=NOON)

    assert (foreseen.value.field, foreseen.value.code) == refused
    assert (real.value.field, real.value.code) == refused


def test_many_products_cost_as_many_statements_as_few(ours: Organization) -> None:
    sent = []
    for products in (10, 200, 2_000):
        edition = make_large_edition(ours, products=products)
        with statements() as found:
            copy = duplicate_edition(
                edition, name="Copy", event=None, email_template_mode=EmailTemplateMode.COPY, by=None, now=NOON
            )
        assert copy.products.count() == products
        sent.append(len(found))

    assert sent == sent[:1] * 3


def copied_models() -> set[type[Model]]:
    return {Edition, *(kind.model for kind in KINDS)}


def referring_to(model: type[Model]) -> set[type[Model]]:
    """Every table with a reference to this one."""
    fields = model._meta.get_fields(include_hidden=True)
    return {field.related_model for field in fields if field.auto_created and not field.concrete}


def test_every_table_that_refers_to_a_copied_one_is_copied_or_named_here() -> None:
    referring = set().union(*map(referring_to, copied_models()))

    assert {found._meta.label for found in referring - copied_models()} == NOT_COPIED.keys()
    assert all(NOT_COPIED.values())


def test_the_walk_sees_links_and_relations_without_a_name() -> None:
    found = {model._meta.label for model in referring_to(Product)}

    assert found >= {"editions.Product_locations", "consents.Consent_products", "orders.CartItem"}


def test_whatever_is_referred_to_has_a_typed_id() -> None:
    targets = {
        field.related_model
        for model in copied_models()
        for field in model._meta.concrete_fields
        if field.is_relation and field.related_model in copied_models()
    }

    assert all(isinstance(target._meta.pk, PublicIdField) for target in targets)


def test_whatever_is_fixed_is_a_field(edition: Edition) -> None:
    for kind in KINDS:
        assert kind.overrides(edition).keys() <= {field.name for field in kind.model._meta.concrete_fields}


def test_each_kind_is_there_once_and_counted_under_a_name_of_its_own() -> None:
    names = [kind.name for kind in KINDS if kind.name]

    assert len(KINDS) == len({kind.model for kind in KINDS})
    assert len(names) == len(set(names))
    assert {kind.model for kind in KINDS if not kind.name} == {
        apps.get_model("editions", "product_locations"),
        apps.get_model("consents", "consent_products"),
    }
