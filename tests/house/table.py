"""The one table that a new route must be entered in before the house tests pass: what it takes to try the route."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from editions.models import Category, Edition, EmailMessage, ProductImage
from editions.operations.catalog import add_row
from orders.models import CartItem, Order, Purchase
from preo.accounts.models import StaffUser
from preo.api.roles import Role
from preo.audit.models import AuditEvent
from preo.files.models import StoredFile
from preo.public_ids import new, parse
from refunds.models import RefundBatch, RefundRequest
from refunds.operations.batches import approve_batch, pause_batch, plan_batch, work_on_batch
from refunds.states import RefundReason
from tests.factories import NOON, make_email_message, make_order, make_product, make_refund, make_staff
from tests.house.consent_rows import a_consent, a_consent_with_outdated_answers, a_published_consent, an_answer
from tests.house.customer_rows import a_customer, a_customer_with_a_duplicate, the_duplicate
from tests.house.refund_rows import a_failed_refund, a_refund_by_hand

OPEN = {
    "POST /v1/auth/token": "where one signs in",
    "POST /v1/auth/token/refresh": "the refresh token is the credential",
    "POST /v1/auth/token/revoke": "the refresh token is the credential",
    "POST /v1/providers/{provider}/events": "the provider's signature is the credential",
    "GET /v1/schema": "public documentation",
    "GET /v1/docs": "public documentation",
    "GET /v1/redoc": "public documentation",
}
"""Routes without a credential, and why."""

Query = Callable[[Any], dict[str, str]]
Body = Callable[[Any], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Needs:
    """How to make the row that a route is about, in an edition and with so many children; what to send with it."""

    row: Callable[[Edition, int], Model] | None = None
    query: Query = lambda _: {}
    body: Body | None = None
    status: int = 200
    is_for_organization: bool = False
    """Whether a role on the edition alone is not enough."""
    is_body_optional: bool = False


def an_edition(edition: Edition, children: int = 1) -> Edition:
    for _ in range(children):
        make_product(edition)
    return edition


def an_order(edition: Edition, children: int = 1) -> Order:
    """Each unit, and each line of the cart, is of a product of its own, with an image."""
    order = make_order(edition, units=children, product=_pictured(edition))
    line = CartItem.objects.get(cart=order.cart)
    for purchase in order.purchases.all()[1:]:
        product = _pictured(edition)
        Purchase.objects.filter(pk=purchase.pk).update(product=product)
        line.pk, line.product = new("itm"), product
        line.save(force_insert=True)
    return order


def an_audit_event(edition: Edition, children: int = 1) -> AuditEvent:
    """That somebody changed a category of the edition."""
    category = add_row(Category(edition=edition, name="Tents"), by=_asker(edition), now=NOON)
    return AuditEvent.objects.get(object_uuid=parse("cat", category.pk))


def a_purchase(edition: Edition, children: int = 1) -> Purchase:
    """Its product has several images."""
    return make_order(edition, product=_pictured(edition, images=children)).purchases.get()


def an_email_message(edition: Edition, children: int = 1) -> EmailMessage:
    """Of the edition, with so many images."""
    image = {"type": "image", "image_id": _image(edition).pk, "alt": {"en": "A tent"}}
    return make_email_message(edition.organization, edition=edition, blocks=[image] * children)


def a_refund(edition: Edition, children: int = 1) -> RefundRequest:
    return make_refund(a_purchase(edition, children), by=_asker(edition))


def a_batch(edition: Edition, children: int = 1) -> RefundBatch:
    """Planned by somebody of the edition, with so many lines."""
    batch = plan_batch(
        edition,
        reason=RefundReason.EVENT_CANCELLED,
        scope=None,
        selection={"order_ids": [a_purchase(edition).order_id for _ in range(children)]},
        comment="",
        concurrency=1,
        by=_asker(edition),
        now=NOON,
    )
    work_on_batch(batch.pk, now=NOON)
    return batch


def a_running_batch(edition: Edition, children: int = 1) -> RefundBatch:
    return approve_batch(a_batch(edition, children), edition_name=edition.full_name, by=_approver(edition), now=NOON)


def a_paused_batch(edition: Edition, children: int = 1) -> RefundBatch:
    return pause_batch(a_running_batch(edition, children), by=_approver(edition), now=NOON)


def _pictured(edition: Edition, *, images: int = 1) -> Any:
    product = make_product(edition)
    for _ in range(images):
        ProductImage.objects.create(product=product, file=_image(edition))
    return product


def _image(edition: Edition) -> StoredFile:
    return StoredFile.objects.create(organization=edition.organization, file_name="tent.jpg", key=new("fil"), size=1)


def _asker(edition: Edition) -> StaffUser:
    return _member(edition, "asker", role=Role.STAFF)


def _approver(edition: Edition) -> StaffUser:
    return _member(edition, "approver", role=Role.MANAGER)


def _member(edition: Edition, name: str, *, role: Role) -> StaffUser:
    email = f"{name}@{edition.organization.slug}.example"
    known = StaffUser.objects.filter(email=email).first()
    return known or make_staff(email, organization=edition.organization, role=role)


def of_organization(row: Any) -> dict[str, str]:
    return {"organization_id": row.organization_id}


TABLE: dict[str, Needs] = {
    "GET /v1/audit-events": Needs(an_audit_event, query=lambda _: {"object_type": "editions.category"}),
    "GET /v1/audit-events/export": Needs(an_audit_event),
    "GET /v1/audit-events/{id}": Needs(an_audit_event),
    "GET /v1/auth/user": Needs(),
    "GET /v1/consents": Needs(a_consent),
    "POST /v1/consents": Needs(
        an_edition,
        body=lambda row: {"organization_id": row.organization_id, "edition_id": row.pk, "title": "Terms"},
        status=201,
    ),
    "POST /v1/consents/order": Needs(
        a_consent, body=lambda row: {"organization_id": row.organization_id, "consent_ids": [row.pk]}
    ),
    "GET /v1/consents/{id}": Needs(a_consent),
    "PATCH /v1/consents/{id}": Needs(a_consent, body=lambda _: {"title": "House rules"}),
    "DELETE /v1/consents/{id}": Needs(a_consent, status=204),
    "GET /v1/consents/{id}/outdated": Needs(a_consent_with_outdated_answers),
    "POST /v1/consents/{id}/versions": Needs(a_published_consent, status=201),
    "GET /v1/editions": Needs(an_edition),
    "POST /v1/editions": Needs(
        an_edition,
        body=lambda row: {"organization_id": row.organization_id, "event_id": row.event_id, "name": "Camp 2027"},
        status=201,
        is_for_organization=True,
    ),
    "GET /v1/editions/_meta": Needs(an_edition),
    "GET /v1/editions/{id}": Needs(an_edition),
    "PATCH /v1/editions/{id}": Needs(an_edition, body=lambda _: {"name": "Camp 2027"}),
    "GET /v1/editions/{id}/healthcheck": Needs(an_edition),
    "POST /v1/editions/{id}/duplicate": Needs(
        an_edition, body=lambda _: {"name": "Camp 2027"}, status=201, is_for_organization=True
    ),
    "GET /v1/email-messages": Needs(an_email_message),
    "POST /v1/email-messages": Needs(
        an_email_message,
        body=lambda row: {
            "organization_id": row.organization_id,
            "edition_id": row.edition_id,
            "title": "Last call",
            "type": "reminder",
        },
        status=201,
    ),
    "GET /v1/email-messages/_variables": Needs(an_email_message),
    "GET /v1/email-messages/{id}": Needs(an_email_message),
    "PATCH /v1/email-messages/{id}": Needs(an_email_message, body=lambda _: {"title": "Last call"}),
    "DELETE /v1/email-messages/{id}": Needs(an_email_message, status=204),
    "POST /v1/email-messages/{id}/adopt": Needs(
        an_email_message, body=lambda row: {"edition_id": row.edition_id}, status=201
    ),
    "POST /v1/email-messages/{id}/duplicate": Needs(an_email_message, status=201),
    "POST /v1/email-messages/{id}/preview": Needs(an_email_message),
    "POST /v1/email-messages/{id}/send-test": Needs(
        an_email_message,
        body=lambda row: {"to_address": _asker(row.edition).email},
        status=202,
        is_body_optional=True,
    ),
    "GET /v1/orders": Needs(an_order, query=of_organization),
    "GET /v1/orders/{id}": Needs(an_order),
    "GET /v1/purchases/{id}": Needs(a_purchase),
    "POST /v1/purchases/{id}/refund": Needs(a_purchase, body=lambda _: {"reason": "customer_request"}, status=201),
    "GET /v1/refunds": Needs(a_refund),
    "POST /v1/refunds": Needs(
        a_purchase, body=lambda row: {"purchase_id": row.pk, "reason": "customer_request"}, status=201
    ),
    "GET /v1/refunds/export": Needs(a_refund),
    "GET /v1/refunds/{id}": Needs(a_refund),
    "POST /v1/refunds/{id}/approve": Needs(a_refund),
    "POST /v1/refunds/{id}/cancel": Needs(a_refund_by_hand, status=202),
    "POST /v1/refunds/{id}/confirm": Needs(a_refund_by_hand, body=lambda _: {"reference": "Receipt 17"}),
    "POST /v1/refunds/{id}/reject": Needs(a_refund, body=lambda _: {"reason": "No receipt"}),
    "POST /v1/refunds/{id}/retry": Needs(a_failed_refund),
    "GET /v1/refund-batches": Needs(a_batch),
    "POST /v1/refund-batches": Needs(
        an_edition, body=lambda row: {"edition_id": row.pk, "reason": "event_cancelled"}, status=201
    ),
    "GET /v1/refund-batches/{id}": Needs(a_batch),
    "GET /v1/refund-batches/{id}/items": Needs(a_batch),
    "GET /v1/refund-batches/{id}/report": Needs(a_batch),
    "POST /v1/refund-batches/{id}/approve": Needs(a_batch, body=lambda row: {"edition_name": row.edition.full_name}),
    "POST /v1/refund-batches/{id}/pause": Needs(a_running_batch),
    "POST /v1/refund-batches/{id}/resume": Needs(a_paused_batch),
    "POST /v1/refund-batches/{id}/cancel": Needs(a_batch),
    "GET /v1/users": Needs(a_customer),
    "GET /v1/users/{id}": Needs(a_customer),
    "GET /v1/users/{id}/consents": Needs(a_customer),
    "POST /v1/users/{id}/consents": Needs(a_customer, body=an_answer, status=201),
    "POST /v1/users/{id}/merge": Needs(a_customer_with_a_duplicate, body=the_duplicate, is_for_organization=True),
    "PATCH /v1/users/{id}": Needs(a_customer, body=lambda _: {"full_name": "Ada Byron", "metadata": {"size": "L"}}),
}
