"""Orders with everything that belongs to them; apart from the order's own module, which the others build on."""

from django.db.models import Prefetch, QuerySet

from editions.models import ProductImage
from orders.models.carts import CartItem
from orders.models.orders import Order
from orders.models.payments import Purchase, Transaction

GALLERY = Prefetch("product__gallery", ProductImage.objects.select_related("file"))


def whole_orders(orders: QuerySet[Order]) -> QuerySet[Order]:
    """With edition, customer, cart, payments and purchases: six queries, however much there is."""
    items = CartItem.objects.select_related("product", "location").prefetch_related(GALLERY).order_by("id")
    return orders.select_related("organization", "edition__event", "customer", "cart").prefetch_related(
        Prefetch("cart__items", items),
        Prefetch("transactions", Transaction.objects.select_related("merchant_account")),
        Prefetch("purchases", whole_purchases(Purchase.objects.all())),
    )


def whole_purchases(purchases: QuerySet[Purchase]) -> QuerySet[Purchase]:
    """With order, payment, customer, product and images: two queries."""
    joined = purchases.select_related("order", "transaction__merchant_account", "customer", "product", "location")
    return joined.prefetch_related(GALLERY)
