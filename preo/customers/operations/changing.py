"""Changing what is known of a person: the profile that all organizations share which know them."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from editions.choices import Language
from editions.models import Edition
from editions.operations.slugs import violated
from orders.models import Order
from orders.operations.searching import refresh_search_text
from preo.accounts.models import Customer, OrganizationCustomer, StaffUser
from preo.api.roles import Role
from preo.customers.events import tell
from preo.customers.refusals import CustomerErased, CustomerUnknown, EmailNotAvailable, EmailTaken
from preo.errors import InvalidField
from preo.phones import CountryMissing, NotAPhoneNumber, e164
from preo.recording import operation, seen_only_by

CONTACT = frozenset({"email", "phone_number"})
SEARCHED = frozenset({"full_name", *CONTACT})
"""What orders are found by."""

LARGEST_METADATA = 64 * 1024
"""Characters of JSON."""

UNIQUE_EMAIL = "customer_email_is_unique"


@operation
def change_customer(
    customer: Customer, *, changes: Mapping[str, Any], edition: Edition | None = None, by: StaffUser, now: datetime
) -> Customer:
    """Change the profile by the names of the model's fields; `metadata` is merged, and a null in it removes a key.

    A phone number without a country is read as one of `edition`, or of the edition of the newest order that `by` can
    reach. Values that are there already change nothing. Only organizations through which `by` manages the customer
    learn who it was; each that knows the customer is told that something changed.
    Raises InvalidField, CustomerUnknown, CustomerErased, EmailTaken, EmailNotAvailable. Rule: "Profile" in
    docs/rules.md.
    """
    customer = Customer.objects.select_for_update(of=("self",)).get(pk=customer.pk)
    knowing = organizations_knowing(customer)
    acting = knowing & _organizations_managed(customer, by=by)
    if not acting:
        raise CustomerUnknown("None of your organizations knows this customer any more.")
    values = _clean(customer, changes, edition=edition, by=by)
    changed = [name for name, value in values.items() if getattr(customer, name) != value]
    if not changed:
        return customer
    for name in changed:
        setattr(customer, name, values[name])
    _require_contact(customer, changed)
    if knowing - acting:
        seen_only_by(sorted(acting))
    customer.modified = now
    with _refusing_a_taken_address(customer, by=by):
        customer.save(update_fields=[*changed, "modified"])
    if SEARCHED.intersection(changed):
        refresh_search_text(customer)
    tell(customer, "updated", organization_ids=knowing, now=now, changed=changed)
    return customer


def organizations_knowing(customer: Customer) -> set[str]:
    """Raises CustomerErased, for the nameless customer that stands in for one."""
    rows = OrganizationCustomer.objects.filter(customer=customer).values_list("organization_id", "erased_at")
    if any(erased_at for _, erased_at in rows):
        raise CustomerErased("This customer was erased, and stays without a name.")
    return {organization_id for organization_id, _ in rows}


def _organizations_managed(customer: Customer, *, by: StaffUser) -> set[str]:
    """Those that `by` manages, or of which `by` manages an edition that the customer ordered in."""
    editions = by.reach.editions_at_least(Role.MANAGER)
    ordered = Order.objects.filter(customer=customer, edition_id__in=editions).order_by()
    of_editions = ordered.values_list("organization_id", flat=True).distinct() if editions else ()
    return {*by.reach.organizations_at_least(Role.MANAGER), *of_editions}


def _clean(customer: Customer, changes: Mapping[str, Any], *, edition: Edition | None, by: StaffUser) -> dict[str, Any]:
    """The values as they are stored. Raises InvalidField."""
    values = dict(changes)
    if "full_name" in values:
        values["full_name"] = " ".join(values["full_name"].split())
    if "email" in values:
        values["email"] = _address(values["email"])
    if values.get("phone_number"):
        values["phone_number"] = _phone(customer, values["phone_number"], edition=edition, by=by)
    if values.get("locale", customer.locale) not in {*Language.values, customer.locale}:
        raise InvalidField("locale", "invalid_choice", f"Known are {', '.join(Language.values)}.")
    if "metadata" in values:
        values["metadata"] = _merged(customer.metadata, values["metadata"])
        if len(json.dumps(values["metadata"])) > LARGEST_METADATA:
            raise InvalidField("metadata", "too_large", f"Together this is above {LARGEST_METADATA // 1024} KB.")
    return values


def _address(text: str) -> str:
    """ASCII alone, as with imports: the database and we don't fold the case of every other letter alike."""
    text = text.strip()
    try:
        if text:
            validate_email(text)
    except ValidationError:
        raise InvalidField("email", "invalid", "The e-mail address isn't one.") from None
    if not text.isascii():
        raise InvalidField("email", "invalid", "The e-mail address isn't one.")
    return text


def _phone(customer: Customer, text: str, *, edition: Edition | None, by: StaffUser) -> str:
    try:
        return e164(text, country_code=edition.default_country_code if edition else _home(customer, by=by))
    except CountryMissing:
        detail = "Write the country's code in front, or name an edition in edition_id."
        raise InvalidField("phone_number", "country_missing", detail) from None
    except NotAPhoneNumber as problem:
        raise InvalidField("phone_number", "invalid", str(problem)) from None


def _home(customer: Customer, *, by: StaffUser) -> str | None:
    """The country of the newest order in reach, which says where somebody dials from."""
    orders = Order.objects.visible_to(by).filter(customer=customer).order_by("-created", "-id")
    return orders.values_list("edition__default_country_code", flat=True).first()


def _merged(before: Any, patch: Mapping[str, Any]) -> dict[str, Any]:
    """A merge patch as RFC 7396 has it."""
    result = dict(before) if isinstance(before, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = _merged(result.get(name), value) if isinstance(value, Mapping) else value
    return result


def _require_contact(customer: Customer, changed: list[str]) -> None:
    if CONTACT.intersection(changed) and not (customer.email or customer.phone_number):
        emptied = min(CONTACT.intersection(changed))
        raise InvalidField(emptied, "required", "A customer keeps an e-mail address or a phone number.")


@contextmanager
def _refusing_a_taken_address(customer: Customer, *, by: StaffUser) -> Iterator[None]:
    """The database alone knows: who looked before could be wrong by then."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as problem:
        if violated(problem) != UNIQUE_EMAIL:
            raise
        raise _why_not_available(customer.email, by=by) from None


def _why_not_available(email: str, *, by: StaffUser) -> EmailTaken | EmailNotAvailable:
    """Whoever may not see the other customer isn't told that there is one."""
    other = Customer.objects.visible_to(by, role=Role.STAFF).filter(email__iexact=email).first()
    if other is not None:
        return EmailTaken(f"{other.pk} has this address. Merge the two if they are one person.")
    return EmailNotAvailable("This address can't be used here.")
