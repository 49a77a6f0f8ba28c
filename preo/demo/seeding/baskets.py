"""What one order is made of: lines, single units, what they cost, and the payments for them."""

from dataclasses import dataclass, replace
from random import Random

from editions.models import Coupon
from editions.models.selling import MerchantAccountType
from orders.states import OrderStatus, OrderType, TransactionStatus
from preo.demo.seeding.copying import NULL
from preo.demo.seeding.moments import MINUTE, SECOND
from preo.demo.seeding.random_ids import Ids
from preo.demo.seeding.scripts import Script
from preo.demo.seeding.shops import Offer, Shop
from preo.money import apply_rate, split_minor

_UNITS = (1, 2, 3, 4, 5, 6)
_UNIT_SHARES = (30, 60, 78, 90, 96, 100)
_COUPON_CHANCE = 0.08
_NO_COUPON = f"{NULL}\t"

SANDBOX, MANUAL = MerchantAccountType.SANDBOX.value, MerchantAccountType.MANUAL.value


@dataclass(frozen=True, slots=True)
class Placement:
    """Who orders where and when; `number` counts all orders of the seed, `person` those of the batch."""

    number: int
    shop: Shop
    script: Script
    moment: int
    person: int


@dataclass(frozen=True, slots=True)
class Line:
    """`place` is the pickup point, written for COPY."""

    id: str
    offer: Offer
    quantity: int
    place: str


@dataclass(frozen=True, slots=True)
class Unit:
    """One bought unit; `price` is what is left of the offer's after the coupon."""

    id: str
    offer: Offer
    place: str
    price: int
    is_used: bool


@dataclass(frozen=True, slots=True)
class Payment:
    """`account` is the merchant account, written for COPY."""

    id: str
    moment: int
    status: TransactionStatus
    service: str
    account: str
    reference: str


@dataclass(frozen=True, slots=True)
class Sums:
    """Of a whole order, in minor units; `tax` is contained in the others."""

    subtotal: int
    deposit: int
    handling_fee: int
    service_fee: int
    discount: int
    tax: int

    @property
    def total(self) -> int:
        return self.subtotal + self.deposit + self.handling_fee + self.service_fee - self.discount


@dataclass(frozen=True, slots=True)
class Basket:
    """One order. Without `cart_id` where it was imported; `coupon_text` is written for COPY."""

    placement: Placement
    id: str
    cart_id: str | None
    coupon_text: str
    lines: list[Line]
    units: list[Unit]
    payments: list[Payment]
    sums: Sums

    @property
    def order_number(self) -> str | None:
        """None until it is numbered, which happens when a payment begins."""
        is_numbered = self.payments or self.placement.script.status == OrderStatus.CANCELLED
        return f"{self.placement.shop.house.company.code}-{100_000 + self.placement.number}" if is_numbered else None

    @property
    def modified(self) -> int:
        return self.payments[-1].moment + 5 * SECOND if self.payments else self.placement.moment


def basket(random: Random, ids: Ids, placement: Placement) -> Basket:
    moment, shop, script = placement.moment, placement.shop, placement.script
    has_cart = script.type != OrderType.IMPORTED
    cart_id = ids.hex(moment - MINUTE) if has_cart else None
    order_id = ids.hex(moment)
    lines = _lines(random, ids, placement)
    prices = [line.offer.price for line in lines for _ in range(line.quantity)]
    coupon, coupon_text = _coupon(random, shop) if has_cart else (None, _NO_COUPON)
    discount = _discount(coupon, sum(prices))
    if discount:
        prices = [price - off for price, off in zip(prices, split_minor(discount, prices), strict=True)]
    return Basket(
        placement=placement,
        id=order_id,
        cart_id=cart_id,
        coupon_text=coupon_text,
        lines=lines,
        units=_units(random, ids, placement, lines, prices),
        payments=_payments(random, ids, placement),
        sums=_sums(placement, lines, discount),
    )


def _lines(random: Random, ids: Ids, placement: Placement) -> list[Line]:
    shop, moment = placement.shop, placement.moment - MINUTE
    left = random.choices(_UNITS, cum_weights=_UNIT_SHARES)[0]
    lines = []
    while left:
        quantity = 1 if left == 1 or random.random() < 0.55 else 2
        place = shop.places[int(random.random() * len(shop.places))]
        lines.append(Line(ids.hex(moment), shop.offer(random), quantity, place))
        left -= quantity
    if placement.script.rents is not None:
        lines[0] = replace(lines[0], offer=shop.rented[placement.script.rents], quantity=1)
    return lines


def _coupon(random: Random, shop: Shop) -> tuple[Coupon | None, str]:
    return random.choice(shop.coupons) if random.random() < _COUPON_CHANCE else (None, _NO_COUPON)


def _discount(coupon: Coupon | None, subtotal: int) -> int:
    if coupon is None:
        return 0
    if coupon.rate_off is not None:
        return apply_rate(subtotal, coupon.rate_off)
    return min(subtotal, coupon.amount_off_minor or 0)


def _sums(placement: Placement, lines: list[Line], discount: int) -> Sums:
    subtotal = sum(line.offer.price * line.quantity for line in lines)
    fees = placement.shop.fee_rule
    has_service_fee = placement.script.type == OrderType.ONLINE
    service_fee = fees.service_fee_fixed_minor + apply_rate(subtotal - discount, fees.service_fee_rate)
    return Sums(
        subtotal=subtotal,
        deposit=sum(line.offer.deposit * line.quantity for line in lines),
        handling_fee=sum(line.offer.handling_fee * line.quantity for line in lines),
        service_fee=service_fee if has_service_fee else 0,
        discount=discount,
        tax=split_minor(subtotal - discount, placement.shop.tax_weights)[0],
    )


def _units(random: Random, ids: Ids, placement: Placement, lines: list[Line], prices: list[int]) -> list[Unit]:
    moment, used = placement.moment, _chance_of_use(placement)
    bought = (line for line in lines for _ in range(line.quantity))
    return [
        Unit(ids.hex(moment), line.offer, line.place, price, is_used=random.random() < used)
        for line, price in zip(bought, prices, strict=True)
    ]


def _chance_of_use(placement: Placement) -> float:
    if placement.script.status != OrderStatus.COMPLETED or not placement.shop.is_open:
        return 0
    return 0.85 if placement.shop.is_over else 0.4


def _payments(random: Random, ids: Ids, placement: Placement) -> list[Payment]:
    payments = []
    moment = placement.moment
    service, account = _service(random, placement)
    for status in placement.script.payments:
        moment += 20 * SECOND + int(random.random() * 2 * MINUTE)
        reference = _reference(random, placement, service)
        payments.append(Payment(ids.hex(moment), moment, status, service, account, reference))
    return payments


def _service(random: Random, placement: Placement) -> tuple[str, str]:
    """The provider and the merchant account."""
    shop, type_ = placement.shop, placement.script.type
    if type_ == OrderType.IMPORTED:
        return MANUAL, shop.cash or NULL
    if type_ == OrderType.IN_PERSON and shop.cash and random.random() < 0.6:
        return MANUAL, shop.cash
    return SANDBOX, shop.sandbox


def _reference(random: Random, placement: Placement, service: str) -> str:
    return f"sbx_{random.getrandbits(80):020x}" if service == SANDBOX else f"cash-{100_000 + placement.number}"
