"""What a customer put together before ordering. Amounts are minor units of the cart's currency."""

from typing import ClassVar

from django.db import models

from editions.models import Coupon, Edition, Location, Product, Variant
from editions.models.editions import OF_EDITION
from orders.states import CartStatus
from preo.accounts.models import Customer
from preo.history import Place, keep_history
from preo.money import Currency
from preo.public_ids import PublicIdField
from preo.rows import Row


@keep_history(OF_EDITION, customer="row.customer_id", personal=("customer_id",), inserts_in_full=False)
class Cart(Row):
    """The sums as they were shown at checkout; `tax_minor` is contained in `total_minor`."""

    id = PublicIdField(prefix="crt")
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="carts")
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="carts")
    status = models.CharField(max_length=10, choices=CartStatus.choices, default=CartStatus.CREATED)
    coupon = models.ForeignKey(Coupon, models.SET_NULL, null=True, blank=True, related_name="carts")
    coupon_code = models.CharField(max_length=50, blank=True)
    currency = models.CharField(max_length=3, choices=Currency.choices)
    subtotal_minor = models.BigIntegerField(default=0)
    deposit_minor = models.BigIntegerField(default=0)
    handling_fee_minor = models.BigIntegerField(default=0)
    service_fee_minor = models.BigIntegerField(default=0)
    discount_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    total_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(
                    total_minor=models.F("subtotal_minor")
                    + models.F("deposit_minor")
                    + models.F("handling_fee_minor")
                    + models.F("service_fee_minor")
                    - models.F("discount_minor")
                ),
                name="cart_total_is_the_sum_of_its_parts",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    subtotal_minor__gte=0,
                    deposit_minor__gte=0,
                    handling_fee_minor__gte=0,
                    service_fee_minor__gte=0,
                    discount_minor__gte=0,
                    tax_minor__gte=0,
                    total_minor__gte=0,
                ),
                name="cart_amounts_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


@keep_history(
    Place(
        "edition.organization_id",
        "cart.edition_id",
        "LEFT JOIN orders_cart cart ON cart.id = row.cart_id "
        "LEFT JOIN editions_edition edition ON edition.id = cart.edition_id",
    ),
    inserts_in_full=False,
    made_with="cart_id",
)
class CartItem(Row):
    """One line of a cart, with names and amounts (for one unit) as they were when it was put in.

    `options` is a list of {api_id, name, price_mod_minor, deposit_mod_minor}.
    """

    id = PublicIdField(prefix="itm")
    cart = models.ForeignKey(Cart, models.CASCADE, related_name="items")
    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    product_name = models.CharField(max_length=200)
    variant = models.ForeignKey(Variant, models.PROTECT, null=True, blank=True, related_name="+")
    variant_name = models.CharField(max_length=200, blank=True)
    location = models.ForeignKey(Location, models.PROTECT, null=True, blank=True, related_name="+")
    location_name = models.CharField(max_length=200, blank=True)
    quantity = models.PositiveIntegerField()
    options = models.JSONField(default=list, blank=True)
    price_with_options_minor = models.BigIntegerField()
    deposit_with_options_minor = models.BigIntegerField(default=0)
    handling_fee_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(
                    quantity__gte=1,
                    price_with_options_minor__gte=0,
                    deposit_with_options_minor__gte=0,
                    handling_fee_minor__gte=0,
                ),
                name="cart_item_amounts_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.product_name}"
