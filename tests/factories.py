"""Rows for tests: plain functions, believable defaults, no surprises. Amounts are minor units."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from editions.choices import EmailScope, EmailType
from editions.models import (
    Edition,
    EditionMembership,
    EmailMessage,
    Event,
    Location,
    Product,
    Variant,
    VendorParticipation,
)
from orders.models import Cart, CartItem, Order, Purchase, Transaction
from orders.search import text_of
from orders.states import CartStatus, OrderStatus, OrderType, PurchaseStatus, TransactionStatus
from preo.accounts.models import Customer, Membership, Organization, OrganizationCustomer, StaffUser
from preo.accounts.operations import issue_service_token
from preo.api.roles import Role
from preo.api.scopes import ALL_SCOPES
from preo.public_ids import new
from refunds.models import RefundRequest
from refunds.operations import request_refund
from refunds.states import RefundReason

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
PASSWORD = "correct-horse-battery"
_numbers = count(1)


def make_organization(slug: str, **others: Any) -> Organization:
    return Organization.objects.create(name=slug.title(), slug=slug, **others)


def make_staff(email: str, *, organization: Organization | None = None, role: Role | None = None) -> StaffUser:
    """Someone who can sign in with PASSWORD; a member where an organization and a role are given."""
    person = StaffUser(email=email, first_name=email.partition("@")[0].title(), last_name="Holm")
    person.set_password(PASSWORD)
    person.save()
    if organization and role:
        Membership.objects.create(organization=organization, staff_user=person, role=role)
    return person


def make_edition_member(email: str, *, edition: Edition, role: Role) -> StaffUser:
    person = make_staff(email)
    EditionMembership.objects.create(edition=edition, staff_user=person, role=role)
    return person


def make_token(organization: Organization, *, role: Role = Role.ADMIN, scopes: Any = ALL_SCOPES, **others: Any) -> str:
    """A service token's text; it expires long after today unless `expires_at` says otherwise."""
    times = {"expires_at": datetime(2100, 1, 1, tzinfo=UTC), "now": NOON} | others
    return issue_service_token(organization, name="ERP", role=role, scopes=scopes, **times)


def make_edition(organization: Organization, *, name: str = "Camp 2026", **others: Any) -> Edition:
    event = Event.objects.create(organization=organization, name="Summer Days")
    defaults = {"slug": f"edition-{next(_numbers)}", "is_draft": False, "published_at": NOON, "currency": "dkk"}
    return Edition.objects.create(organization=organization, event=event, name=name, **(defaults | others))


def make_email_message(
    organization: Organization | None, *, edition: Edition | None = None, **others: Any
) -> EmailMessage:
    """A reminder: of the edition where one is given, a template otherwise; the platform's without an organization."""
    scope = EmailScope.EDITION if edition else EmailScope.TEMPLATE if organization else EmailScope.PLATFORM
    defaults = {
        "title": "Reminder",
        "subject": {"en": "See you soon"},
        "type": EmailType.REMINDER,
        "blocks": [{"type": "heading", "text": {"en": "Hello {{ customer.first_name }}"}}],
        "scope": scope,
        "created": NOON,
        "modified": NOON,
    }
    return EmailMessage.objects.create(organization=organization, edition=edition, **(defaults | others))


def make_location(edition: Edition, *, name: str = "North gate") -> Location:
    return Location.objects.create(edition=edition, name=name, is_draft=False)


def make_vendor(edition: Edition, organization: Organization, *, code: str = "BAR1") -> VendorParticipation:
    return VendorParticipation.objects.create(edition=edition, organization=organization, vendor_code=code)


def make_product(edition: Edition, *, name: str = "Tent", **others: Any) -> Product:
    defaults = {"price_minor": 400_00, "deposit_minor": 100_00, "is_draft": False}
    return Product.objects.create(edition=edition, name=name, **(defaults | others))


def make_customer(organization: Organization, *, email: str = "", **others: Any) -> Customer:
    number = next(_numbers)
    defaults = {"full_name": "Søren Kjær", "phone_number": f"+45{20000000 + number}", "last_seen": NOON}
    customer = Customer.objects.create(email=email or f"customer{number}@example.org", **(defaults | others))
    OrganizationCustomer.objects.create(organization=organization, customer=customer)
    return customer


def make_order(
    edition: Edition,
    *,
    customer: Customer | None = None,
    units: int = 1,
    price_minor: int = 400_00,
    deposit_minor: int = 100_00,
    handling_fee_minor: int = 5_00,
    service_fee_minor: int = 10_00,
    service: str = "sandbox",
    product: Product | None = None,
    transaction_status: TransactionStatus = TransactionStatus.COMPLETED,
    **others: Any,
) -> Order:
    """A paid order of `units` equal purchases with a cart and one transaction; sums agree."""
    customer = customer or make_customer(edition.organization)
    product = product or make_product(edition)
    unit_minor = price_minor + deposit_minor + handling_fee_minor
    total_minor = units * unit_minor + service_fee_minor
    cart = Cart.objects.create(
        edition=edition,
        customer=customer,
        status=CartStatus.ORDERED,
        currency=edition.currency,
        subtotal_minor=units * price_minor,
        deposit_minor=units * deposit_minor,
        handling_fee_minor=units * handling_fee_minor,
        service_fee_minor=service_fee_minor,
        total_minor=total_minor,
    )
    order_id, number = new("ord"), f"P{next(_numbers):06}"
    defaults = {
        "order_number": number,
        "type": OrderType.ONLINE,
        "status": OrderStatus.COMPLETED,
        "created": NOON,
        "modified": NOON,
    }
    order = Order.objects.create(
        id=order_id,
        organization=edition.organization,
        edition=edition,
        customer=customer,
        cart=cart,
        amount_minor=total_minor,
        currency=edition.currency,
        items_count=units,
        **(defaults | others),
    )
    paid = Transaction.objects.create(
        order=order,
        status=transaction_status,
        service=service,
        provider_reference=f"pay-{order_id}",
        currency=edition.currency,
        amount_minor=total_minor,
        handling_fee_minor=units * handling_fee_minor,
        service_fee_minor=service_fee_minor,
    )
    location, variant = make_location(edition), Variant.objects.create(product=product, name="Large")
    snapshot = {
        "product": product,
        "product_name": product.name,
        "variant": variant,
        "variant_name": variant.name,
        "location": location,
        "location_name": location.name,
        "options": [{"api_id": new("opt"), "name": "Pitched", "price_mod_minor": 50_00, "deposit_mod_minor": 0}],
    }
    CartItem.objects.create(
        cart=cart,
        quantity=units,
        price_with_options_minor=price_minor,
        deposit_with_options_minor=deposit_minor,
        handling_fee_minor=handling_fee_minor,
        **snapshot,
    )
    for _ in range(units):
        Purchase.objects.create(
            order=order,
            transaction=paid,
            customer=customer,
            status=PurchaseStatus.PAID,
            vendor_code="BAR1",
            price_minor=price_minor,
            deposit_minor=deposit_minor,
            handling_fee_minor=handling_fee_minor,
            **snapshot,
        )
    order.search_text = text_of(
        order_id=order.pk,
        order_number=order.order_number,
        customer_name=customer.full_name,
        customer_email=customer.email,
        customer_phone=customer.phone_number,
        transaction_ids=[paid.pk],
    )
    order.save(update_fields=["search_text"])
    return order


def make_purchase(edition: Edition, **others: Any) -> Purchase:
    """The only purchase of a new order."""
    return make_order(edition, **others).purchases.get()


def make_refund(purchase: Purchase, *, by: StaffUser, of_transaction: bool = False, **others: Any) -> RefundRequest:
    """A request by `by`, for the purchase's price unless told otherwise."""
    defaults: dict[str, Any] = {
        "purchase": None if of_transaction else purchase,
        "reason": RefundReason.CUSTOMER_REQUEST,
        "scope": None,
        "amount_minor": None,
        "comment": "",
        "pickup_point": None,
        "now": NOON,
    }
    assert purchase.transaction
    return request_refund(purchase.transaction, by=by, **(defaults | others))
