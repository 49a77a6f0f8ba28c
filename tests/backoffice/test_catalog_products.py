"""The page of a product: the product, its variants, options and images, saved in one go."""

import re
from io import BytesIO
from typing import Any

import pytest
from django.contrib.admin import site
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.serializers import serialize
from django.test import Client
from django.urls import reverse
from PIL import Image

from editions.models import Category, Edition, Option, PassDesign, Product, Variant
from editions.operations.catalog import save_product
from orders.models import Cart, CartItem, Order, Purchase, Transaction
from preo.backoffice.editable_form import state_of
from preo.files.forms import ImageChoice, uploads_of
from preo.files.models import StoredFile
from preo.webhooks.models import OutboxEvent
from tests.backoffice.conftest import Pages
from tests.editions.furnishing import make_file
from tests.factories import NOON, make_location, make_order, make_product

FIELDS = {"name": "Tent", "price_minor": "400.00", "deposit_minor": "100", "uses": "1", "order": "0"}


def change(product: Product, **others: Any) -> tuple[str, dict[str, Any]]:
    """Where the form of the product is sent, and with what: the product as it is, but for `others`."""
    product.refresh_from_db()
    parts = {"variants": list(product.variants.all()), "options": list(product.options.all())}
    form: dict[str, Any] = {**FIELDS, "opened": state_of(product)}
    for prefix, rows in parts.items():
        form |= {f"{prefix}-TOTAL_FORMS": "3", f"{prefix}-INITIAL_FORMS": str(len(rows))}
        form |= {f"{prefix}-{place}-order": "0" for place in range(3)}
        for place, row in enumerate(rows):
            form |= {f"{prefix}-{place}-{name}": getattr(row, name) for name in ("id", "name", "order")}
    return reverse("admin:editions_product_change", args=[product.pk]), form | others


def png() -> SimpleUploadedFile:
    content = BytesIO()
    Image.new("RGB", (40, 30), "red").save(content, "PNG")
    return SimpleUploadedFile("new.png", content.getvalue(), "image/png")


def test_variants_options_and_the_product_are_saved_together(edition, manager, pages: Pages):
    product = make_product(edition)
    large = Variant.objects.create(product=product, name="Large")
    where, form = change(
        product,
        name="Igloo",
        **{
            "variants-0-name": "XL",
            "variants-1-name": "Small",
            "variants-1-price_minor": "99,5",
            "variants-1-order": "1",
            "options-0-name": "Pitched",
            "options-0-price_mod_minor": "-12.50",
            "options-0-order": "0",
        },
    )

    answer = pages(manager).post(where, form)

    assert answer.status_code == 302, answer.context["errors"]
    product.refresh_from_db()
    assert product.name == "Igloo"
    assert list(product.variants.values_list("name", "price_minor")) == [("XL", None), ("Small", 99_50)]
    assert list(product.options.values_list("name", "price_mod_minor", "deposit_mod_minor")) == [("Pitched", -12_50, 0)]
    assert product.variants.first() == large
    assert OutboxEvent.objects.get().payload["changed"] == ["name", "options", "variants"]


def test_nothing_is_saved_when_a_part_is_refused(edition, manager, pages: Pages):
    product = make_product(edition, price_minor=10_00)
    where, form = change(
        product, name="Igloo", price_minor="10", **{"options-0-name": "Less", "options-0-price_mod_minor": "-10.01"}
    )

    answer = pages(manager).post(where, form)

    product.refresh_from_db()
    assert "would make the price negative" in answer.content.decode()
    assert (product.name, Option.objects.count(), OutboxEvent.objects.count()) == ("Tent", 0, 0)


def test_a_sold_variant_is_kept_with_a_sentence(edition, manager, pages: Pages):
    product = make_order(edition).purchases.get().product
    where, form = change(product, **{"variants-0-DELETE": "on"})

    answer = pages(manager).post(where, form)

    assert "Large can&#x27;t be deleted" in answer.content.decode()
    assert product.variants.count() == 1


def test_a_part_of_another_product_is_no_choice(edition, manager, pages: Pages):
    product, foreign = make_product(edition), Variant.objects.create(product=make_product(edition), name="Large")
    where, form = change(product, **{"variants-INITIAL_FORMS": "1", "variants-0-id": foreign.pk})

    for done in ({"variants-0-name": "Stolen", "variants-0-order": "0"}, {"variants-0-DELETE": "on"}):
        answer = pages(manager).post(where, form | done)

        assert answer.status_code == 200
    foreign.refresh_from_db()
    assert foreign.name == "Large"


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("price_minor", "NaN"),
        ("price_minor", "1e400"),
        ("price_minor", "1.234"),
        ("price_minor", "-1"),
        ("price_minor", "1000000000001"),
        ("price_minor", ""),
        ("price_minor", "a\0"),
        ("deposit_minor", "Infinity"),
        ("price_tax_rate", "100.01"),
        ("deposit_tax_rate", "NaN"),
        ("uses", "0"),
        ("uses", "99999999999"),
        ("name", "a\0"),
        ("name", "x" * 201),
        ("category", "cat_nonsense"),
        ("locations", "x\0"),
        ("gallery", "fil_nonsense"),
    ],
)
def test_wrong_input_is_an_error_at_its_field(field, text, edition, manager, pages: Pages):
    where, form = change(make_product(edition), **{field: text})

    answer = pages(manager).post(where, form)

    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == [field]


def test_a_description_is_asked_for_in_each_language_of_the_edition(edition, manager, pages: Pages):
    Edition.objects.update(enabled_languages=["da", "en"], default_language="da")
    product = make_product(edition, description={"da": "Telt"})
    where, form = change(product, description_da="Stort telt", description_en=" ", description_pl="Namiot")

    shown = pages(manager).get(where).content.decode()
    pages(manager).post(where, form)

    product.refresh_from_db()
    assert shown.index("Description, </span>Danish") < shown.index("Description, </span>English")
    assert "Polish" not in shown
    assert product.description == {"da": "Stort telt"}


def test_images_are_chosen_or_uploaded(edition, manager, pages: Pages):
    product, image = make_product(edition), make_file(edition.organization)
    where, form = change(product, gallery=[image.pk], gallery_new=png())

    answer = pages(manager).post(where, form)

    assert answer.status_code == 302
    assert [file.file_name for file in product.images.order_by("galleries__order")] == ["tent.jpg", "new.png"]


def ticked(body: str) -> list[str]:
    """The images that the page shows as chosen."""
    return re.findall(r'name="gallery" value="(\w+)" checked', body)


def test_an_image_of_a_refused_form_is_ticked_and_stored_once(edition, manager, pages: Pages):
    product = make_product(edition, price_minor=10_00)
    image = make_file(edition.organization)
    wrong = {"price_minor": "10", "options-0-name": "Less", "options-0-price_mod_minor": "-10.01"}
    where, form = change(product, gallery=[image.pk], gallery_new=[png(), png()], **wrong)

    refused = pages(manager).post(where, form).content.decode()
    new = list(StoredFile.objects.filter(file_name="new.png").order_by("created"))
    again = form | {"gallery": ticked(refused), "options-0-price_mod_minor": "-1"}
    saved = pages(manager).post(where, {name: value for name, value in again.items() if name != "gallery_new"})

    assert (len(new), saved.status_code) == (2, 302)
    assert "Not kept" not in refused
    assert list(product.images.order_by("galleries__order").values_list("pk", flat=True)) == ticked(refused)
    assert {*ticked(refused)} == {image.pk, *(file.pk for file in new)}


def test_an_upload_that_was_not_stored_must_be_chosen_again(edition, manager, pages: Pages):
    where, form = change(make_product(edition), name="", gallery_new=png())

    body = pages(manager).post(where, form).content.decode()

    assert "Not kept: new.png. Choose again what you want to upload." in body
    assert not StoredFile.objects.exists()


def test_a_logo_is_ticked_should_the_pass_be_refused(edition, manager, rf):
    design = PassDesign.objects.create(edition=edition, name="Pass")
    request = rf.post("/", {"image_new": png()})
    request.user = manager
    choice = ImageChoice(uploads=uploads_of(request.FILES.getlist("image_new")))

    own = site._registry[PassDesign].prepared(request, design, {"image": choice})

    assert request.POST.getlist("image") == [own["logo"].pk]
    assert request.FILES.getlist("image_new") == []


def test_each_box_that_deletes_a_part_has_a_label(edition, manager, pages: Pages):
    product = make_product(edition)
    Variant.objects.create(product=product, name="Large")

    body = pages(manager).get(change(product)[0]).content.decode()

    assert 'name="variants-0-DELETE" aria-label="Delete Large"' in body


def test_no_pickup_points_is_a_sentence_with_a_way_to_add_one(edition, manager, pages: Pages):
    product, client = make_product(edition), pages(manager)
    said = f'<a href="{reverse("admin:editions_location_add")}?edition={edition.pk}">Add a pickup point</a>'

    without = client.get(change(product)[0]).content.decode()
    make_location(edition)

    assert said in without
    assert said not in client.get(change(product)[0]).content.decode()


def test_images_of_others_are_no_choice(edition, theirs, manager, pages: Pages):
    image, product = make_file(theirs), make_product(edition)
    where, form = change(product, gallery=[image.pk])

    answer = pages(manager).post(where, form)

    assert list(answer.context["adminform"].form.errors) == ["gallery"]
    assert image.pk not in pages(manager).get(where).content.decode()


def test_what_is_no_image_is_refused(edition, manager, pages: Pages):
    where, form = change(make_product(edition), gallery_new=SimpleUploadedFile("x.png", b"<svg/>", "image/png"))

    answer = pages(manager).post(where, form)

    assert list(answer.context["adminform"].form.errors) == ["gallery"]


def test_no_form_reaches_what_was_sold(edition, manager, pages: Pages):
    product = make_order(edition).purchases.get().product

    def sold() -> str:
        models = (Order, Cart, CartItem, Purchase, Transaction)
        return "".join(serialize("json", model.objects.order_by("pk")) for model in models)

    before = sold()
    where, form = change(
        product,
        name="Igloo",
        price_minor="1",
        deposit_minor="2",
        is_draft="on",
        category=Category.objects.create(edition=edition, name="Huts").pk,
        locations=[make_location(edition, name="New gate").pk],
        **{"variants-0-name": "XXL", "variants-0-price_minor": "3"},
    )

    answer = pages(manager).post(where, form)

    product.refresh_from_db()
    assert (answer.status_code, product.name, product.variants.get().name) == (302, "Igloo", "XXL")
    assert sold() == before


def test_staff_read_prices_as_people_write_them(edition, staff, pages: Pages):
    product = make_product(edition)
    Option.objects.create(product=product, name="Pitched", price_mod_minor=-50_00)

    body = pages(staff).get(change(product)[0]).content.decode()

    assert "400.00\N{NO-BREAK SPACE}DKK" in body
    assert "-50.00\N{NO-BREAK SPACE}DKK" in body
    assert "<input" not in body.partition('id="content"')[2]


def test_history_tells_who_changed_what(edition, manager, pages: Pages):
    product = make_product(edition)
    camping = Category.objects.create(edition=edition, name="Camping")
    where, form = change(product, price_minor="500", category=camping.pk, description_en="Big")
    pages(manager).post(where, form)

    body = pages(manager).get(reverse("admin:editions_product_history", args=[product.pk])).content.decode()

    assert "<strong>Save product</strong> by Manager Holm" in body
    for said in (
        "400.00\N{NO-BREAK SPACE}DKK",
        "500.00\N{NO-BREAK SPACE}DKK",
        "<ins>Camping</ins>",
        "<ins>en: Big</ins>",
    ):
        assert said in body


def test_history_tells_of_variants_that_are_no_more(edition, manager, pages: Pages):
    product = make_product(edition)
    Variant.objects.create(product=product, name="Large")
    where, form = change(product, **{"variants-0-DELETE": "on"})
    pages(manager).post(where, form)

    body = pages(manager).get(reverse("admin:editions_product_history", args=[product.pk])).content.decode()

    assert '<td data-label="Before"><del>Large</del></td><td data-label="After">\N{EN DASH}</td>' in body
    assert '<td data-label="Before" class="none">\N{EN DASH}</td><td data-label="After"><ins>Large</ins></td>' in body


def told(product: Product, client: Client) -> list[list[tuple[str, str, str, str]]]:
    """The changes of each entry of the product's history, newest first, but for its own columns."""
    trail = client.get(reverse("admin:editions_product_history", args=[product.pk])).context["trail"]
    names = ("Pickup points", "Images")
    return [
        [(change.row, change.name, change.before, change.after) for change in entry.changes if change.name in names]
        for entry in trail
    ]


@pytest.mark.django_db(transaction=True)  # entries are told apart by their transactions
def test_history_tells_of_pickup_points_and_images(edition, manager, pages: Pages):
    north, south = make_location(edition, name="North gate"), make_location(edition, name="South gate")
    image, client = make_file(edition.organization), pages(manager)
    product = save_product(
        Product(edition=edition, name="Tent", price_minor=400_00),
        changes={"locations": [north]},
        images=[image],
        by=manager,
        now=NOON,
    )
    for others in ({"gallery": [image.pk]}, {"name": "Igloo"}):
        where, form = change(product, locations=[north.pk, south.pk], **others)
        assert client.post(where, form).status_code == 302

    assert told(product, client) == [
        [("Product Igloo", "Images", "tent.jpg", "")],
        [("Product Igloo", "Pickup points", "", "South gate")],
        [("Product Igloo", "Pickup points", "", "North gate"), ("Product Igloo", "Images", "", "tent.jpg")],
    ]
