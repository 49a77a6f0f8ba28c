"""What a check looks at: one edition with everything that is set up for it, read without a query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from editions.choices import Language
from editions.models import (
    Coupon,
    Edition,
    EmailMessage,
    Location,
    Option,
    Product,
    Trigger,
    Variant,
    VendorParticipation,
)


@dataclass(frozen=True)
class Setup:
    """An edition from `with_setup()`, as of `now`."""

    edition: Edition
    now: datetime

    @cached_property
    def products(self) -> Sequence[Product]:
        """Drafts too."""
        return list(_loaded(self.edition).products.all())

    @cached_property
    def on_sale(self) -> Sequence[Product]:
        return [product for product in self.products if not product.is_draft]

    @cached_property
    def pickup_points(self) -> Sequence[Location]:
        """Drafts too."""
        return list(_loaded(self.edition).locations.all())

    @cached_property
    def open_pickup_points(self) -> Sequence[Location]:
        return [point for point in self.pickup_points if not point.is_draft]

    @cached_property
    def vendors(self) -> Sequence[VendorParticipation]:
        return list(_loaded(self.edition).vendors.all())

    @cached_property
    def coupons(self) -> Sequence[Coupon]:
        return list(_loaded(self.edition).coupons.all())

    @cached_property
    def triggers(self) -> Sequence[Trigger]:
        """Those that are switched off too."""
        return list(_loaded(self.edition).triggers.all())

    @cached_property
    def active_triggers(self) -> Sequence[Trigger]:
        return [trigger for trigger in self.triggers if trigger.is_active]

    @cached_property
    def messages(self) -> Sequence[EmailMessage]:
        """What customers of the edition are sent, each message once."""
        chosen = [self.edition.transaction_receipt_email, self.edition.refund_confirmation_email]
        sent = [*chosen, *(trigger.email_message for trigger in self.active_triggers)]
        return list({message.pk: message for message in sent if message}.values())

    @property
    def verified_domains(self) -> Sequence[str]:
        """Of the organization, in lower case."""
        return [domain.lower() for domain in _loaded(self.edition).verified_domains]

    @property
    def default_language(self) -> Language:
        return Language(self.edition.default_language)

    @property
    def other_languages(self) -> Sequence[Language]:
        """Enabled beside the default one."""
        enabled = map(Language, self.edition.enabled_languages)
        return [language for language in enabled if language != self.default_language]

    def variants_of(self, product: Product) -> Sequence[Variant]:
        return list(_loaded(product).variant_list)

    def options_of(self, product: Product) -> Sequence[Option]:
        return list(_loaded(product).option_list)

    def prices_of(self, product: Product) -> Sequence[int]:
        """What it can cost without options, in minor units: one amount a variant, or its own."""
        own = [variant.price_minor for variant in self.variants_of(product)] or [None]
        return [product.price_minor if price is None else price for price in own]

    def deposits_of(self, product: Product) -> Sequence[int]:
        """Like its prices."""
        own = [variant.deposit_minor for variant in self.variants_of(product)] or [None]
        return [product.deposit_minor if deposit is None else deposit for deposit in own]

    def costs_something(self, product: Product) -> bool:
        """In any form, or with an option."""
        options = self.options_of(product)
        added = (amount for option in options for amount in (option.price_mod_minor, option.deposit_mod_minor))
        return any(amount > 0 for amount in (*self.prices_of(product), *self.deposits_of(product), *added))

    def is_in_stock(self, product: Product) -> bool:
        """Whether any can be had, of any variant; no number is no limit."""
        variants = self.variants_of(product)
        return product.stock != 0 and (not variants or any(variant.stock != 0 for variant in variants))

    def has_image(self, product: Product) -> bool:
        return bool(_loaded(product).has_image)

    def pickup_point_ids_of(self, product: Product) -> Sequence[str]:
        """Where it can be collected; drafts too."""
        return list(_loaded(product).pickup_point_ids)


def _loaded(row: Edition | Product) -> Any:
    """With the relations and annotations of `with_setup`, which types can't show."""
    return row
