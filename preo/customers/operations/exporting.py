"""Taking a customer's data out: an archive of all that one organization holds, and the record that it was taken."""

from datetime import datetime
from typing import IO

from preo.accounts.models import Customer, CustomerExport, Organization, OrganizationCustomer, StaffUser
from preo.customers.archive import write_files
from preo.customers.refusals import CustomerUnknown
from preo.recording import durable_operation


def write_archive(
    customer: Customer, *, organization: Organization, to: IO[bytes], by: StaffUser | None, now: datetime
) -> CustomerExport:
    """Write a ZIP of JSON files with all that the organization holds about the customer, and nothing of another's.

    It is written while it is read, and `to` needs no seeking. That data is taken out is recorded before the first byte
    is, and stays so whatever happens then; the SHA-256 of the archive is added once it is whole. That `by` may export
    is the caller's check. Not within a transaction. Raises CustomerUnknown.
    Rule: "Exports of a customer" in docs/rules.md.
    """
    export = _begin_export(customer, organization=organization, by=by, now=now)
    sha256 = write_files(customer, organization=organization, to=to, by=by, now=now)
    return _complete_export(export, sha256=sha256, by=by, now=now)


@durable_operation
def _begin_export(
    customer: Customer, *, organization: Organization, by: StaffUser | None, now: datetime
) -> CustomerExport:
    rows = OrganizationCustomer.objects.filter(organization=organization, customer=customer, merged_from=None)
    if not rows.exists():
        raise CustomerUnknown(f"The organization knows no customer {customer.pk}.")
    return CustomerExport.objects.create(
        organization=organization, customer_id=customer.pk, exported_by=by, created=now, modified=now
    )


@durable_operation
def _complete_export(export: CustomerExport, *, sha256: str, by: StaffUser | None, now: datetime) -> CustomerExport:
    export.sha256, export.modified = sha256, now
    export.save(update_fields=["sha256", "modified"])
    return export
