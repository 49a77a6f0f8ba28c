"""What may be set up for an edition, and what editing it never touches."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.serializers import serialize

from editions.choices import TriggerEvent
from editions.models import (
    Category,
    Coupon,
    Edition,
    Event,
    FeeRule,
    Location,
    Option,
    PassDesign,
    Product,
    SenderDomain,
    Trigger,
    Variant,
    VendorParticipation,
)
from editions.operations.catalog import Parts, StillInUse, add_row, change_row, remove_row, save_product
from editions.operations.catalog.rows import NoLongerThere
from editions.operations.locking import EditionArchived
from editions.operations.sender_domains import remove_domain, verify_domain
from orders.models import Cart, CartItem, Order, Purchase, Transaction
from preo.errors import InvalidField
from preo.files.models import StoredFile
from preo.public_ids import new
from preo.webhooks.models import OutboxEvent
from tests.editions.furnishing import make_file, make_message
from tests.factories import NOON, make_edition, make_location, make_order, make_product, make_vendor

LATER = NOON + timedelta(hours=1)


def sold() -> str:
    """Everything that was sold, to the byte."""
    return "".join(
        serialize("json", model.objects.order_by("pk")) for model in (Order, Cart, CartItem, Purchase, Transaction)
    )


def product_of(edition: Edition, **others: Any) -> Product:
    return Product(edition=edition, name="Tent", price_minor=400_00, **others)


def told() -> list[str]:
    return list(OutboxEvent.objects.order_by("sequence").values_list("type", flat=True))


def test_add_row_saves_and_tells(edition, manager):
    category = add_row(Category(edition=edition, name="Tents"), by=manager, now=NOON)

    category.refresh_from_db()
    assert (category.name, category.created, category.modified) == ("Tents", NOON, NOON)
    event = OutboxEvent.objects.get()
    assert (event.type, event.edition_id, event.organization_id) == (
        "category.created",
        edition.pk,
        edition.organization_id,
    )
    assert event.payload == {
        "id": category.pk,
        "organization_id": edition.organization_id,
        "edition_id": edition.pk,
        "name": "Tents",
    }


def test_add_row_tells_of_an_organizations_row(ours, manager):
    rule = add_row(FeeRule(organization=ours, name="Standard"), by=manager, now=NOON)

    event = OutboxEvent.objects.get()
    assert (event.type, event.edition_id, event.payload["id"]) == ("fee_rule.created", None, rule.pk)


def test_change_row_sets_what_differs_and_names_it(edition, manager):
    product = make_product(edition)

    change_row(product, changes={"name": "Tent", "price_minor": 500_00}, by=manager, now=LATER)

    product.refresh_from_db()
    assert (product.price_minor, product.modified) == (500_00, LATER)
    assert OutboxEvent.objects.get().payload["changed"] == ["price_minor"]


def test_change_row_without_a_difference_does_nothing(edition, manager):
    product = make_product(edition)
    product.locations.add(gate := make_location(edition))
    product.refresh_from_db()

    change_row(product, changes={"name": "Tent", "locations": [gate]}, by=manager, now=LATER)

    product.refresh_from_db()
    assert product.modified != LATER
    assert told() == []


def test_change_row_works_on_the_row_as_it_is_now(edition, manager):
    product = make_product(edition)
    seen_before = Product.objects.get(pk=product.pk)
    change_row(product, changes={"price_minor": 1}, by=manager, now=NOON)

    change_row(seen_before, changes={"name": "Big tent"}, by=manager, now=LATER)

    product.refresh_from_db()
    assert (product.name, product.price_minor) == ("Big tent", 1)


def test_remove_row_deletes_and_tells(edition, manager):
    location = make_location(edition)

    remove_row(location, by=manager, now=NOON)

    assert not Location.objects.exists()
    assert told() == ["pickup_point.deleted"]


def test_a_row_that_somebody_else_removed_is_no_longer_there(edition, manager):
    location = make_location(edition)
    Location.objects.all().delete()

    with pytest.raises(NoLongerThere):
        change_row(location, changes={"name": "South gate"}, by=manager, now=NOON)


def test_what_a_row_belongs_to_never_changes(edition, ours, manager):
    with pytest.raises(InvalidField, match="belongs to never changes"):
        change_row(make_product(edition), changes={"edition": make_edition(ours)}, by=manager, now=NOON)


@pytest.mark.parametrize("write", ["add", "change", "remove", "save"])
def test_an_archived_edition_refuses(write, edition, manager):
    location, product = make_location(edition), make_product(edition)
    Edition.objects.update(is_archived=True)
    writes: dict[str, Any] = {
        "add": lambda: add_row(Category(edition=edition, name="Tents"), by=manager, now=NOON),
        "change": lambda: change_row(location, changes={"name": "South gate"}, by=manager, now=NOON),
        "remove": lambda: remove_row(location, by=manager, now=NOON),
        "save": lambda: save_product(product, changes={"name": "X"}, by=manager, now=NOON),
    }

    with pytest.raises(EditionArchived):
        writes[write]()

    assert told() == []


def foreign(edition: Edition, other: Edition) -> dict[str, tuple[Any, str]]:
    """Rows that refer to what is another edition's or organization's, and the field in which they do."""
    message = make_message(other.organization, edition=other)
    vendor = make_vendor(other, other.organization)
    image = make_file(other.organization)
    return {
        "category": (product_of(edition, category=Category.objects.create(edition=other, name="Tents")), "category"),
        "vendor": (product_of(edition, vendor=vendor), "vendor"),
        "message": (Trigger(edition=edition, event=TriggerEvent.PURCHASE_USED, email_message=message), "email_message"),
        "logo": (PassDesign(edition=edition, name="Pass", logo=image), "logo"),
    }


@pytest.mark.parametrize("whose", ["theirs", "ours"])
@pytest.mark.parametrize("kind", ["category", "vendor", "message", "logo"])
def test_references_are_of_the_same_edition_or_its_organization(kind, whose, edition, ours, their_edition, manager):
    row, field = foreign(edition, their_edition if whose == "theirs" else make_edition(ours))[kind]
    if (kind, whose) == ("logo", "ours"):
        add_row(row, by=manager, now=NOON)
        return

    with pytest.raises(InvalidField) as refusal:
        add_row(row, by=manager, now=NOON)

    assert (refusal.value.field, refusal.value.code) == (field, "not_found")


def test_a_trigger_takes_a_template_of_the_organization(edition, ours, manager):
    trigger = Trigger(edition=edition, event=TriggerEvent.ORDER_COMPLETED, email_message=make_message(ours))

    add_row(trigger, by=manager, now=NOON)

    assert Trigger.objects.get() == trigger


def test_pickup_points_of_a_product_are_the_editions(edition, ours, manager):
    elsewhere = make_location(make_edition(ours))

    with pytest.raises(InvalidField, match="nothing like this"):
        change_row(make_product(edition), changes={"locations": [elsewhere]}, by=manager, now=NOON)


def test_images_of_a_product_are_the_organizations(edition, theirs, manager):
    with pytest.raises(InvalidField, match="images of your organization"):
        save_product(make_product(edition), changes={}, images=[make_file(theirs)], by=manager, now=NOON)


UNSOUND: list[tuple[Any, dict[str, Any], str, str]] = [
    (Category, {"name": " "}, "name", "blank"),
    (Product, {"price_minor": -1}, "price_minor", "negative"),
    (Product, {"price_minor": 10**14 + 1}, "price_minor", "too_large"),
    (Product, {"price_minor": 1, "price_tax_rate": Decimal("100.01")}, "price_tax_rate", "out_of_range"),
    (Product, {"price_minor": 1, "description": {"da": "Telt"}}, "description.da", "not_enabled"),
    (Product, {"price_minor": 1, "uses": 0}, "uses", "too_small"),
    (Coupon, {"code": "A B", "rate_off": Decimal(5)}, "code", "not_a_code"),
    (Coupon, {"code": "A"}, "amount_off_minor", "amount_or_rate"),
    (Coupon, {"code": "A", "rate_off": Decimal(5), "amount_off_minor": 5}, "amount_off_minor", "amount_or_rate"),
    (Coupon, {"code": "A", "rate_off": Decimal(0)}, "rate_off", "too_small"),
    (Coupon, {"code": "A", "rate_off": Decimal(5), "max_uses": 0}, "max_uses", "too_small"),
    (
        Coupon,
        {"code": "A", "rate_off": Decimal(5), "valid_from": NOON, "valid_until": NOON},
        "valid_until",
        "not_after_start",
    ),
    (PassDesign, {"label_color": "red"}, "label_color", "not_a_color"),
]


@pytest.mark.parametrize(("model", "values", "field", "code"), UNSOUND)
def test_an_unsound_row_is_refused_at_its_field(model, values, field, code, edition, manager):
    name = {} if model is Coupon else {"name": "Tent"}

    with pytest.raises(InvalidField) as refusal:
        add_row(model(edition=edition, **(name | values)), by=manager, now=NOON)

    assert (refusal.value.field, refusal.value.code) == (field, code)


@pytest.mark.parametrize(
    "domain", ["localhost", "a b.example", "-a.example", "1.2.3.4", "x." * 130 + "example", "@a.example"]
)
def test_what_is_no_domain_is_refused(domain, ours, manager):
    with pytest.raises(InvalidField, match="A domain is written"):
        add_row(SenderDomain(organization=ours, domain=domain), by=manager, now=NOON)


def test_codes_and_domains_are_kept_in_one_form(edition, ours, manager):
    coupon = add_row(Coupon(edition=edition, code=" early ", rate_off=Decimal(5)), by=manager, now=NOON)
    domain = add_row(SenderDomain(organization=ours, domain="Mail.Ours.Example."), by=manager, now=NOON)

    assert (coupon.code, domain.domain) == ("EARLY", "mail.ours.example")


@pytest.mark.parametrize("kind", ["coupon", "vendor", "vendor_code", "product", "domain"])
def test_a_name_that_is_taken_is_refused_at_its_field(kind, edition, ours, theirs, manager):
    make_vendor(edition, ours)
    Coupon.objects.create(edition=edition, code="EARLY", rate_off=5)
    make_product(edition, external_id="T1")
    SenderDomain.objects.create(organization=ours, domain="ours.example")
    again: dict[str, tuple[Any, str]] = {
        "coupon": (Coupon(edition=edition, code="early", rate_off=Decimal(5)), "code"),
        "vendor": (VendorParticipation(edition=edition, organization=ours, vendor_code="BAR2"), "organization"),
        "vendor_code": (VendorParticipation(edition=edition, organization=theirs, vendor_code="BAR1"), "vendor_code"),
        "product": (product_of(edition, external_id="T1"), "external_id"),
        "domain": (SenderDomain(organization=ours, domain="OURS.example"), "domain"),
    }
    row, field = again[kind]

    with pytest.raises(InvalidField) as refusal:
        add_row(row, by=manager, now=NOON)

    assert (refusal.value.field, refusal.value.code) == (field, "taken")


def test_save_product_writes_everything_in_one_go(edition, manager):
    gate, image = make_location(edition), make_file(edition.organization)
    product = product_of(edition)

    save_product(
        product,
        changes={"locations": [gate]},
        variants=Parts(added=[Variant(name="Large", price_minor=500_00)]),
        options=Parts(added=[Option(name="Pitched", price_mod_minor=50_00)]),
        images=[image],
        by=manager,
        now=NOON,
    )

    saved = Product.objects.get()
    assert [*saved.locations.all(), *saved.images.all()] == [gate, image]
    assert [variant.name for variant in saved.variants.all()] == ["Large"]
    assert [option.name for option in saved.options.all()] == ["Pitched"]
    assert told() == ["product.created"]


def test_save_product_changes_its_parts_and_is_newer_for_it(edition, manager):
    product = make_product(edition)
    large, small = (Variant.objects.create(product=product, name=name) for name in ("Large", "Small"))

    save_product(
        product, changes={}, variants=Parts(changed=[(large, {"name": "XL"})], removed=[small]), by=manager, now=LATER
    )

    product.refresh_from_db()
    assert [variant.name for variant in product.variants.all()] == ["XL"]
    assert product.modified == LATER
    assert OutboxEvent.objects.get().payload["changed"] == ["variants"]


def test_save_product_leaves_parts_of_other_products_alone(edition, manager):
    variant = Variant.objects.create(product=make_product(edition), name="Large")

    with pytest.raises(NoLongerThere):
        save_product(make_product(edition), changes={}, variants=Parts(removed=[variant]), by=manager, now=NOON)


def test_save_product_orders_the_gallery(edition, manager):
    product = make_product(edition)
    first, second = (make_file(edition.organization) for _ in range(2))

    for images in ([first, second], [second, first]):
        save_product(product, changes={}, images=images, by=manager, now=NOON)

        assert [place.file for place in product.gallery.all()] == images


@pytest.mark.parametrize(("variant_minor", "is_refused"), [(None, False), (50_00, False), (49_99, True)])
def test_no_option_makes_anything_cost_less_than_nothing(variant_minor, is_refused, edition, manager):
    product = make_product(edition, price_minor=50_00)
    Variant.objects.create(product=product, name="Small", price_minor=variant_minor)
    discount = Parts(added=[Option(name="Without pegs", price_mod_minor=-50_00)])

    if not is_refused:
        save_product(product, changes={}, options=discount, by=manager, now=NOON)
        return
    with pytest.raises(InvalidField, match="would make the price negative"):
        save_product(product, changes={}, options=discount, by=manager, now=NOON)
    assert not product.options.exists()


def in_use(edition: Edition) -> dict[str, Any]:
    """An order, and what it refers to."""
    vendor, category = (
        make_vendor(edition, edition.organization),
        Category.objects.create(edition=edition, name="Tents"),
    )
    product = make_product(edition, vendor=vendor, category=category)
    purchase = make_order(edition, product=product).purchases.get()
    Purchase.objects.update(vendor=vendor)
    coupon = Coupon.objects.create(edition=edition, code="EARLY", rate_off=5)
    Cart.objects.update(coupon=coupon)
    assert purchase.location
    return {"product": product, "vendor": vendor, "category": category, "location": purchase.location, "coupon": coupon}


@pytest.mark.parametrize("kind", ["product", "vendor", "category", "location", "coupon"])
def test_what_something_was_sold_under_stays(kind, edition, manager):
    row = in_use(edition)[kind]
    before = sold()

    with pytest.raises(StillInUse, match="can't be deleted: "):
        remove_row(row, by=manager, now=NOON)

    row.refresh_from_db()
    assert sold() == before


def test_a_variant_that_was_sold_stays(edition, manager):
    product = in_use(edition)["product"]

    with pytest.raises(StillInUse, match="Large can't be deleted"):
        save_product(product, changes={}, variants=Parts(removed=[Variant.objects.get()]), by=manager, now=NOON)


def test_a_category_that_nothing_was_sold_under_can_go(edition, manager):
    category = Category.objects.create(edition=edition, name="Tents")
    product = make_product(edition, category=category)

    remove_row(category, by=manager, now=NOON)

    product.refresh_from_db()
    assert product.category is None


def test_no_edit_of_the_catalog_reaches_what_was_sold(edition, manager):
    rows, gate, image = in_use(edition), make_location(edition, name="New gate"), make_file(edition.organization)
    before = sold()

    save_product(
        rows["product"],
        changes={
            "name": "Igloo",
            "price_minor": 1,
            "deposit_minor": 2,
            "price_tax_rate": Decimal(5),
            "is_draft": True,
            "category": None,
            "vendor": None,
            "locations": [gate],
            "external_id": "T1",
        },
        variants=Parts(changed=[(Variant.objects.get(), {"name": "XXL", "price_minor": 3})]),
        options=Parts(added=[Option(name="Heated", price_mod_minor=4)]),
        images=[image],
        by=manager,
        now=LATER,
    )
    change_row(rows["vendor"], changes={"vendor_code": "BAR9"}, by=manager, now=LATER)
    change_row(rows["location"], changes={"name": "West gate", "is_draft": True}, by=manager, now=LATER)
    change_row(rows["category"], changes={"name": "Igloos"}, by=manager, now=LATER)
    change_row(rows["coupon"], changes={"code": "LATE", "rate_off": None, "amount_off_minor": 5}, by=manager, now=LATER)
    remove_row(rows["category"], by=manager, now=LATER)

    assert sold() == before


def test_a_fee_rule_that_an_edition_has_stays(edition, ours, manager):
    rule = add_row(FeeRule(organization=ours, name="Standard"), by=manager, now=NOON)
    Edition.objects.update(fee_rule=rule)

    with pytest.raises(StillInUse, match="editions"):
        remove_row(rule, by=manager, now=NOON)


def test_an_event_with_editions_stays(edition, manager):
    with pytest.raises(StillInUse, match="editions"):
        remove_row(Event.objects.get(), by=manager, now=NOON)


def test_verify_domain_notes_when_and_once(ours, superuser_person):
    domain = SenderDomain.objects.create(organization=ours, domain="ours.example")

    verify_domain(domain, by=superuser_person, now=NOON)
    verify_domain(domain, by=superuser_person, now=LATER)

    domain.refresh_from_db()
    assert domain.verified_at == NOON
    assert told() == ["sender_domain.verified"]


def test_a_domain_that_an_edition_sends_from_stays(edition, ours, manager):
    domain = SenderDomain.objects.create(organization=ours, domain="ours.example", verified_at=NOON)
    Edition.objects.update(email_sender_address="hi@OURS.example")

    with pytest.raises(StillInUse, match="sends from"):
        remove_domain(domain, by=manager, now=NOON)


@pytest.fixture
def superuser_person(nobody):
    nobody.is_superuser = True
    nobody.save()
    return nobody


def test_a_row_that_never_was_is_no_longer_there(edition, manager):
    ghost = Location(id=new("loc"), edition=edition, name="Nowhere")

    with pytest.raises(NoLongerThere):
        remove_row(ghost, by=manager, now=NOON)


def test_files_survive_the_products_they_hang_on(edition, manager):
    product = make_product(edition)
    save_product(product, changes={}, images=[make_file(edition.organization)], by=manager, now=NOON)

    remove_row(product, by=manager, now=NOON)

    assert StoredFile.objects.count() == 1
