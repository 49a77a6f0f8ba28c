"""A customer's data as a file, for whoever asks what is known of them."""

from tempfile import TemporaryFile
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from preo.accounts.models import OrganizationCustomer
from preo.customers.operations.exporting import write_archive
from preo.errors import DomainError


def export_view(page: Any, request: HttpRequest, known: OrganizationCustomer) -> HttpResponseBase:
    """Everything that the organization has of the customer, as a ZIP; that it left is recorded.

    Whoever comes without having pressed anything, such as over the page that signs people in, takes nothing.
    """
    customer = known.customer
    if request.method != "POST":
        messages.warning(request, "Nothing was exported. You may have had to sign in first: press the button again.")
        return redirect("admin:accounts_customer_change", customer.pk)
    user: Any = request.user
    # On the disk, and closed with the answer: an archive may be larger than memory.
    archive = TemporaryFile()  # noqa: SIM115  # the answer closes it
    try:
        write_archive(customer, organization=known.organization, to=archive, by=user, now=timezone.now())
    except DomainError as refusal:
        archive.close()
        messages.error(request, refusal.detail)
        return redirect("admin:accounts_customer_changelist")
    archive.seek(0)
    return FileResponse(archive, as_attachment=True, filename=f"{customer.pk}.zip", content_type="application/zip")
