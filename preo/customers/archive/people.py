"""Who the customer is, what they agreed to, what they were sent, and what was done with their data."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from django.db.models import Q

from consents.models import ConsentAnswer
from orders.models import Order
from preo.accounts.models import Customer, Organization, OrganizationCustomer
from preo.audit.models import AuditEvent, PersonalDetail
from preo.customers.obstacles import letters_about, pages
from preo.mail.models import OutgoingMail
from preo.money import to_number
from preo.public_ids import decode
from refunds.models import RefundRequest

AT_ONCE = 500
"""How many rows are fetched together, and so held at once."""

Rows = Iterator[Mapping[str, Any]]


def profile(customer: Customer, organization: Organization) -> Rows:
    """The customer, and then each duplicate that the organization merged into them."""
    rows = OrganizationCustomer.objects.filter(organization=organization, customer=customer)
    known = list(rows.select_related("customer", "merged_from").order_by("merged_from_id", "id"))
    known.sort(key=lambda row: (row.merged_from_id is not None, row.pk))
    for row in known:
        person = row.merged_from or row.customer
        yield {
            "id": person.pk,
            "merged_into": customer.pk if row.merged_from_id else None,
            "full_name": person.full_name,
            "email": person.email,
            "phone_number": person.phone_number,
            "locale": person.locale,
            "date_joined": person.date_joined,
            "last_seen": person.last_seen,
            "metadata": person.metadata,
            "external_id": row.external_id,
            "known_since": row.created,
            "order_count": row.order_count,
            "first_order_at": row.first_order_at,
            "last_order_at": row.last_order_at,
            "total_spent": [
                {"currency": currency, "amount": to_number(minor)}
                for currency, minor in sorted(row.total_spent_minor.items())
            ],
        }


def consents(customer: Customer, organization: Organization) -> Rows:
    """Every answer, oldest first, with the words that were answered."""
    answers = ConsentAnswer.objects.filter(known__organization=organization, known__customer=customer)
    rows = answers.select_related("consent", "origin").order_by("answered_at", "id")
    for answer in rows.iterator(chunk_size=AT_ONCE):
        origin, consent = getattr(answer, "origin", None), answer.consent
        yield {
            "id": answer.pk,
            "consent_id": answer.consent_id,
            "title": consent.title,
            "version": answer.version,
            "state": answer.state,
            "language": answer.language,
            "text": consent.consent_text.get(answer.language),
            "document_url": consent.document_url.get(answer.language),
            "text_sha256": answer.text_sha256,
            "channel": answer.channel,
            "answered_at": answer.answered_at,
            "ip_address": origin.ip_address if origin else None,
            "user_agent": origin.user_agent if origin else "",
        }


def mails(customer: Customer, organization: Organization) -> Rows:
    """To the customer, about their orders and refunds."""
    orders = Order.objects.filter(organization=organization, customer=customer).order_by()
    refunds = RefundRequest.objects.filter(order__in=orders.values("pk")).order_by()
    about = [*orders.values_list("pk", flat=True), *refunds.values_list("pk", flat=True)]
    for page in pages(about):
        yield from map(_mail, letters_about(organization, page).order_by("created", "id").iterator(AT_ONCE))


def audit_events(customer: Customer, organization: Organization) -> Rows:
    """What was done with what the organization knows of the customer, oldest first; by what kind of actor, not whom."""
    rows = OrganizationCustomer.objects.filter(organization=organization, customer=customer)
    known = list(rows.values_list("pk", "customer_id", "merged_from_id"))
    ids = {key for row in known for key in row if key}
    people = {key for key in ids if key.startswith("usr_")}
    apart = PersonalDetail.objects.filter(organization_id=organization.pk, customer_id__in=people)
    about = Q(object_uuid__in=[decode(key)[1] for key in ids]) | Q(pk__in=list(apart.values_list("pk", flat=True)))
    events = AuditEvent.objects.filter(about, organization_id=organization.pk).select_related("personal")
    return map(_event, events.order_by("created", "id").iterator(chunk_size=AT_ONCE))


def _mail(mail: OutgoingMail) -> Mapping[str, Any]:
    return {
        "id": mail.pk,
        "kind": mail.kind,
        "about": mail.about,
        "to_address": mail.to_address,
        "subject": mail.subject,
        "language": mail.language,
        "status": mail.status,
        "created": mail.created,
        "sent_at": mail.sent_at,
    }


def _event(event: AuditEvent) -> Mapping[str, Any]:
    apart = getattr(event, "personal", None)
    return {
        "id": event.pk,
        "created": event.created,
        "object_type": event.object_type,
        "object_uuid": event.object_uuid,
        "action": event.action,
        "operation": event.operation,
        "actor_type": event.actor_type,
        "reason": event.reason,
        "changes": dict(chain(event.changes.items(), apart.changes.items() if apart else ())),
    }
