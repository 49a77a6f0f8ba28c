"""For every check: how a ready edition breaks it, what it then says, and how it is mended."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from consents.models import Consent
from editions.choices import EmailType
from editions.models import (
    Coupon,
    Edition,
    EmailMessage,
    Location,
    MerchantAccount,
    Option,
    Product,
    ProductImage,
    Trigger,
    Variant,
)
from tests.factories import NOON, make_edition, make_organization, make_product, make_vendor
from tests.factories_ready import both, make_image, make_ready_product, sealed

DAY = timedelta(days=1)
BLOCK = {"type": "text", "html": both("<p>Hello</p>")}
EMPTY_BLOCK = {"type": "text", "html": {"da": "<p>Hej</p>"}}

Step = Callable[[Edition], object]


@dataclass(frozen=True, slots=True)
class Case:
    """Two steps on a ready edition, and the message between them."""

    damage: Step
    message: str
    mend: Step


def settings(message: str, *, wrong: Mapping[str, Any], right: Mapping[str, Any]) -> Case:
    """Of the edition itself."""

    def change(values: Mapping[str, Any]) -> Step:
        return lambda edition: Edition.objects.filter(pk=edition.pk).update(**values)

    return Case(change(wrong), message, change(right))


def rows(find: Callable[[Edition], Any], message: str, *, wrong: Mapping[str, Any], right: Mapping[str, Any]) -> Case:
    """Of rows that hang on it."""
    return Case(lambda edition: find(edition).update(**wrong), message, lambda edition: find(edition).update(**right))


def extra(make: Step, message: str, *, then: Callable[[Any], object] = lambda row: row.delete()) -> Case:
    """A row more, which is taken away again unless there is another way to mend it."""
    made: list[Any] = []
    return Case(lambda edition: made.append(make(edition)), message, lambda _: then(made.pop()))


def referring(field: str, message: str, *, wrong: Callable[[Edition], Any] = lambda _: None) -> Case:
    """To another row in place of the right one, which comes back."""
    return Case(
        lambda edition: Edition.objects.filter(pk=edition.pk).update(**{field: wrong(edition)}),
        message,
        lambda edition: Edition.objects.filter(pk=edition.pk).update(**{field: getattr(edition, field)}),
    )


def tent(edition: Edition) -> Any:
    return Product.objects.filter(edition=edition, name="Tent")


def products(edition: Edition) -> Any:
    return Product.objects.filter(edition=edition)


def variants(edition: Edition) -> Any:
    return Variant.objects.filter(product__edition=edition)


def options(edition: Edition) -> Any:
    return Option.objects.filter(product__edition=edition)


def points(edition: Edition) -> Any:
    return Location.objects.filter(edition=edition)


def coupons(edition: Edition) -> Any:
    return Coupon.objects.filter(edition=edition)


def triggers(edition: Edition) -> Any:
    return Trigger.objects.filter(edition=edition)


def accounts(edition: Edition) -> Any:
    return MerchantAccount.objects.filter(organization=edition.organization)


def rewrite_consent(consent: Consent, **values: Any) -> None:
    """What is published is frozen, so that another row takes its place under the same id."""
    consent.delete()
    for name, value in values.items():
        setattr(consent, name, value)
    consent.save(force_insert=True)


def terms(message: str, *, wrong: Mapping[str, Any], right: Mapping[str, Any]) -> Case:
    """Of the only consent."""

    def rewrite(values: Mapping[str, Any]) -> Step:
        return lambda edition: rewrite_consent(Consent.objects.get(edition=edition), **values)

    return Case(rewrite(wrong), message, rewrite(right))


def message_of(type_: EmailType) -> Callable[[Edition], Any]:
    return lambda edition: EmailMessage.objects.filter(edition=edition, title=type_.label)


def same_name(edition: Edition) -> Any:
    point = Location.objects.create(edition=edition, name="North gate", is_draft=False)
    products(edition).get(name="Locker").locations.add(point)
    return point


def without_a_point(edition: Edition) -> Any:
    product = make_ready_product(edition, name="Chair")
    product.locations.set([Location.objects.create(edition=edition, name="Shed")])
    return product


def pictured(product: Any) -> Any:
    return ProductImage.objects.create(product=product, file=make_image(product.edition.organization))


def changed(**values: Any) -> Callable[[Any], object]:
    return lambda row: type(row).objects.filter(pk=row.pk).update(**values)


def text(html: str) -> dict[str, Any]:
    """A block that says the same in both languages."""
    return {"type": "text", "html": {"en": html, "da": html}}


def elsewhere(edition: Edition) -> Any:
    """A product of a vendor of another edition."""
    other = make_edition(edition.organization)
    return make_ready_product(edition, name="Chair", vendor=make_vendor(other, edition.organization))


def a_vendor(edition: Edition, **others: Any) -> Any:
    return make_vendor(edition, make_organization("brewery"), **others)


def marketing(edition: Edition) -> Any:
    return Consent.objects.create(
        organization=edition.organization,
        edition=edition,
        title="News",
        type="marketing",
        required=True,
        published=True,
        published_date=NOON,
        consent_text=both("Write me."),
    )


CASES: dict[str, Case] = {
    "dates_are_set": settings(
        "Not set: start date and end date.",
        wrong={"start_date": None, "end_date": None},
        right={"start_date": NOON, "end_date": NOON + DAY},
    ),
    "draft_is_not_over": settings(
        "This draft ended on 30 May 2026.",
        wrong={"start_date": NOON - 4 * DAY, "end_date": NOON - 2 * DAY},
        right={"end_date": NOON + DAY},
    ),
    "duration_is_usual": settings(
        "The edition lasts 375 days.", wrong={"end_date": NOON + 385 * DAY}, right={"end_date": NOON + 41 * DAY}
    ),
    "timezone_is_of_a_place": settings(
        "The timezone is UTC, so that times are shown as they are in no country of this edition.",
        wrong={"timezone": "UTC"},
        right={"timezone": "Europe/Warsaw"},
    ),
    "merchant_account_is_set": referring(
        "merchant_account", "Something costs money here, and there is no merchant account to take it."
    ),
    "merchant_account_takes_the_currency": rows(
        accounts,
        "The merchant account Main doesn't take the currency of the edition.",
        wrong={"supported_currencies": ["eur"]},
        right={"supported_currencies": ["eur", "dkk"]},
    ),
    "merchant_account_has_credentials": rows(
        accounts,
        "The merchant account lacks credentials that payments need: Main (Secret key).",
        wrong={"credentials": sealed("webhook_secret")},
        right={"credentials": sealed("secret_key", "webhook_secret")},
    ),
    "merchant_account_is_real": rows(
        accounts,
        "Main is a sandbox: orders are confirmed and no money moves.",
        wrong={"type": "sandbox"},
        right={"type": "manual"},
    ),
    "fee_rule_is_set": referring("fee_rule", "No fee rule is set, so that customers pay no fees."),
    "tax_rate_is_set": settings(
        "Prices include tax, and the rate for prices is 0 %.",
        wrong={"default_price_tax_rate": 0},
        right={"default_price_tax_rate": 25},
    ),
    "rates_have_a_tax": settings(
        "There is no tax here, and still a tax rate on Summer Days Camp 2026.",
        wrong={"tax_type": "none"},
        right={"default_price_tax_rate": 0},
    ),
    "deposit_tax_is_usual": settings(
        "Deposits are taxed at another rate than prices.",
        wrong={"default_deposit_tax_rate": 12},
        right={"default_deposit_tax_rate": 25},
    ),
    "product_tax_is_plausible": rows(
        tent,
        "The tax rate of Tent is above 30 %, higher than any country's.",
        wrong={"price_tax_rate": "30.01"},
        right={"price_tax_rate": 30},
    ),
    "product_is_on_sale": rows(products, "Nothing is on sale.", wrong={"is_draft": True}, right={"is_draft": False}),
    "something_is_in_stock": rows(
        products, "Everything on sale is out of stock.", wrong={"stock": 0}, right={"stock": None}
    ),
    "product_is_in_stock": rows(variants, "Out of stock: Tent.", wrong={"stock": 0}, right={"stock": 1}),
    "product_is_published": extra(
        lambda edition: make_product(edition, name="Chair", is_draft=True), "Still a draft, and not on sale: Chair."
    ),
    "product_costs_something": rows(
        tent,
        "Nothing is charged for Tent.",
        wrong={"price_minor": 0, "deposit_minor": 0},
        right={"deposit_minor": 1},
    ),
    "product_can_be_used": rows(
        tent,
        "A unit of Tent can be used zero times, so that nobody could collect it.",
        wrong={"uses": 0},
        right={"is_unlimited_use": True},
    ),
    "rental_has_a_deposit": rows(
        tent, "Rented out without a deposit: Tent.", wrong={"deposit_minor": 0}, right={"deposit_minor": 100_00}
    ),
    "product_names_differ": extra(
        lambda edition: make_ready_product(edition, name="tent"),
        "Several products on sale go by the name Tent and tent.",
        then=changed(name="Big tent"),
    ),
    "variant_names_differ": extra(
        lambda edition: Variant.objects.create(product=tent(edition).get(), name="LARGE "),
        "Two variants have the same name in Tent.",
        then=changed(name="Huge"),
    ),
    "product_has_an_image": extra(
        lambda edition: make_product(edition, name="Chair"), "There is no picture of Chair.", then=pictured
    ),
    "product_has_a_category": rows(tent, "Under no heading: Tent.", wrong={"category": None}, right={"is_draft": True}),
    "product_is_described": rows(
        tent,
        "Nothing describes Tent in the default language.",
        wrong={"description": {"en": " ", "da": "Tørt"}},
        right={"description": both("Dry.")},
    ),
    "option_keeps_the_price": rows(
        options,
        "An option takes off more than the price: Tent (Without pegs).",
        wrong={"price_mod_minor": -400_01},
        right={"price_mod_minor": -400_00},
    ),
    "option_keeps_the_deposit": rows(
        options,
        "An option takes off more than the deposit: Tent (Without pegs).",
        wrong={"deposit_mod_minor": -100_01},
        right={"deposit_mod_minor": -100_00},
    ),
    "pickup_point_exists": Case(
        lambda edition: points(edition).delete(),
        "There is no pickup point.",
        lambda edition: Location.objects.create(edition=edition, name="North gate"),
    ),
    "pickup_point_is_published": rows(
        points, "Every pickup point is a draft: North gate.", wrong={"is_draft": True}, right={"is_draft": False}
    ),
    "product_has_a_pickup_point": extra(
        without_a_point,
        "Nowhere to collect Chair.",
        then=lambda product: product.locations.add(points(product.edition).get(name="North gate")),
    ),
    "pickup_point_has_products": extra(
        lambda edition: Location.objects.create(edition=edition, name="Shed", is_draft=False),
        "Nothing can be collected at Shed.",
        then=lambda point: products(point.edition).get(name="Locker").locations.add(point),
    ),
    "pickup_point_names_differ": extra(
        same_name,
        "Several pickup points go by the name North gate.",
        then=changed(name="South gate"),
    ),
    "vendor_has_products": extra(
        lambda edition: a_vendor(edition, code="BEER"),
        "No product on sale is from Brewery.",
        then=lambda vendor: make_ready_product(vendor.edition, name="Beer", vendor=vendor),
    ),
    "vendor_has_a_code": extra(
        lambda edition: a_vendor(edition, code=" "),
        "There is no vendor code for Brewery, and it is what shows on purchases whose they are.",
        then=changed(vendor_code="BEER"),
    ),
    "vendor_takes_part": extra(
        elsewhere, "The vendor doesn't take part in this edition: Chair.", then=changed(vendor=None)
    ),
    "coupon_is_not_expired": rows(
        coupons,
        "No longer valid: EARLY.",
        wrong={"valid_until": NOON - DAY},
        right={"valid_until": NOON},
    ),
    "coupon_begins_in_time": rows(
        coupons,
        "Valid only after the edition has ended: EARLY.",
        wrong={"valid_from": NOON + 14 * DAY, "valid_until": None},
        right={"valid_from": NOON + 12 * DAY},
    ),
    "coupon_is_valid_at_some_time": rows(
        coupons,
        "Ends before it begins, and so is never valid: EARLY.",
        wrong={"valid_from": NOON + 2 * DAY},
        right={"valid_from": None},
    ),
    "free_coupon_is_limited": rows(
        coupons,
        "Takes everything off, for anybody and without limit: EARLY.",
        wrong={"rate_off": 100, "valid_until": None},
        right={"max_uses": 20},
    ),
    "receipt_is_set": referring(
        "transaction_receipt_email",
        "No receipt is chosen, so that customers would get no confirmation of what they bought.",
    ),
    "receipt_is_written": rows(
        message_of(EmailType.RECEIPT),
        "The receipt Receipt lacks a subject or texts in the default language.",
        wrong={"blocks": [BLOCK, EMPTY_BLOCK]},
        right={"blocks": [BLOCK]},
    ),
    "receipt_can_be_made": rows(
        message_of(EmailType.RECEIPT),
        "No receipt would reach customers, because the message can't be made: "
        "Receipt (blocks.1.html.en: 'refund' is undefined).",
        wrong={"blocks": [BLOCK, text("{{ refund.amount }}")]},
        right={"blocks": [BLOCK, text("{{ order.total }}")]},
    ),
    "receipt_is_a_receipt": referring(
        "transaction_receipt_email",
        "Refund confirmation is sent as the receipt and is no receipt by its type.",
        wrong=lambda edition: edition.refund_confirmation_email,
    ),
    "refund_confirmation_is_set": referring(
        "refund_confirmation_email",
        "No refund confirmation is chosen, so that customers hear nothing of their refunds.",
    ),
    "refund_confirmation_is_written": rows(
        message_of(EmailType.REFUND_CONFIRMATION),
        "The refund confirmation Refund confirmation lacks a subject or texts in the default language.",
        wrong={"subject": {"da": "Tak"}},
        right={"subject": both("Thanks")},
    ),
    "refund_confirmation_can_be_made": rows(
        message_of(EmailType.REFUND_CONFIRMATION),
        "Customers would hear nothing of their refunds, because the message can't be made: "
        "Refund confirmation (subject.da: Truncate expected an integer, found str).",
        wrong={"subject": {"en": "Refund", "da": "{{ order.number | truncate: 'abc' }}"}},
        right={"subject": {"en": "Refund", "da": "{{ refund.amount | truncate: 10 }}"}},
    ),
    "refund_confirmation_is_one": referring(
        "refund_confirmation_email",
        "Receipt is sent as the refund confirmation and is none by its type.",
        wrong=lambda edition: edition.transaction_receipt_email,
    ),
    "sender_address_is_verified": settings(
        "E-mails would come from hello@theirs.example, which is on no verified domain of the organization, and bounce.",
        wrong={"email_sender_address": "hello@theirs.example"},
        right={"email_sender_address": "hello@OURS.example"},
    ),
    "sender_name_is_set": settings(
        "E-mails show no sender's name.", wrong={"email_sender_name": " "}, right={"email_sender_name": "Camp"}
    ),
    "reply_to_is_set": settings(
        "Answers of customers go nowhere in particular.",
        wrong={"email_reply_to": ""},
        right={"email_reply_to": "help@theirs.example"},
    ),
    "trigger_sends_what_fits": rows(
        message_of(EmailType.REMINDER),
        "A trigger sends a message of a type that doesn't go with what happens: Reminder at Order confirmed.",
        wrong={"type": "campaign"},
        right={"type": "receipt"},
    ),
    "trigger_message_is_written": rows(
        message_of(EmailType.REMINDER),
        "A trigger sends a message without a subject or texts in the default language: Reminder.",
        wrong={"blocks": []},
        right={"blocks": [BLOCK, {"type": "divider"}]},
    ),
    "trigger_message_can_be_made": rows(
        message_of(EmailType.REMINDER),
        "A trigger sends nothing, because its message can't be made: Reminder (blocks.0: This is no block).",
        wrong={"blocks": [{"type": "button", "label": both("Pay")}]},
        right={"blocks": [{"type": "button", "label": both("Pay"), "url": both("https://ours.example/")}]},
    ),
    "trigger_is_active": rows(
        triggers,
        "Switched off: Reminder at Order confirmed.",
        wrong={"is_active": False},
        right={"is_active": True},
    ),
    "terms_are_required": terms(
        "No published terms must be accepted to buy here.",
        wrong={"required": False},
        right={"required": True},
    ),
    "marketing_is_optional": extra(
        marketing,
        "Customers can't buy without agreeing to marketing: News. Consent that is forced is void.",
        then=lambda consent: rewrite_consent(consent, required=False),
    ),
    "consent_is_published": terms(
        "Enabled and not published, so that nobody is asked: Terms.",
        wrong={"published": False, "published_date": None},
        right={"enabled": False},
    ),
    "consent_is_translated": terms(
        "Customers are asked without a text or document in their language: Terms (Danish).",
        wrong={"consent_text": {"en": "I accept."}},
        right={"document_url": {"da": "https://ours.example/da"}},
    ),
    "meta_title_is_set": settings(
        "The page has no title in the default language.",
        wrong={"meta_title": {"da": "Sommer"}},
        right={"meta_title": both("Summer")},
    ),
    "meta_description_is_set": settings(
        "The page has no description in the default language.",
        wrong={"meta_description": {}},
        right={"meta_description": both("Tents.")},
    ),
    "meta_image_is_set": referring(
        "meta_image", "The page has no image, so that links to it look bare where they are shared."
    ),
    "meta_texts_are_short": settings(
        "Search engines cut off the title and description.",
        wrong={"meta_title": both("x" * 71), "meta_description": both("x" * 201)},
        right={"meta_title": {"en": "x" * 70}, "meta_description": {"en": "x" * 200}},
    ),
    "meta_title_is_translated": settings(
        "The page's title is missing in Danish and Polish.",
        wrong={"meta_title": {"en": "Summer"}, "enabled_languages": ["en", "da", "pl"]},
        right={"meta_title": both("Summer") | {"pl": "Lato"}},
    ),
    "meta_description_is_translated": settings(
        "The page's description is missing in Danish.",
        wrong={"meta_description": {"en": "Tents", "da": ""}},
        right={"enabled_languages": ["en"]},
    ),
    "product_is_translated": rows(
        tent,
        "A translation of the description is missing: Tent (Danish).",
        wrong={"description": {"en": "Dry."}},
        right={"description": both("Dry.")},
    ),
    "message_is_translated": rows(
        message_of(EmailType.REMINDER),
        "A message is not translated: Reminder (Danish).",
        wrong={"subject": {"en": "Soon"}},
        right={"subject": both("Soon")},
    ),
}
