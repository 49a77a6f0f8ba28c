"""Merging a duplicate over REST, and looking at what would move."""

from contextlib import suppress
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from consents.choices import AnswerState
from preo.accounts.access import CustomerAccessMixin
from preo.accounts.models import Customer, Organization
from preo.api.errors import ParameterNotFound
from preo.api.fields import StrictSerializer
from preo.api.parameters import is_true
from preo.api.roles import Role
from preo.customers.api.parts import SpentOut
from preo.customers.operations.merging import merge_customers, preview_merge, require_not_merged
from preo.errors import InvalidField
from preo.public_ids import NotAPublicId

DRY_RUN = "dry_run"
UNANSWERED = ("", "Not answered")


class UserMergeIn(StrictSerializer):
    """Who is the same person, where, and why that is sure."""

    duplicate_id = serializers.CharField(max_length=100, help_text="The customer to merge into this one (`usr_…`).")
    organization_id = serializers.CharField(
        required=False, max_length=100, help_text="Needed where several of yours know the customer."
    )
    reason = serializers.CharField(max_length=500)


class DifferenceOut(serializers.Serializer[Any]):
    """A member of the profile that the two have differently."""

    name = serializers.CharField()
    kept = serializers.JSONField()
    duplicate = serializers.JSONField()
    becomes = serializers.JSONField(help_text="What the kept customer has then.")
    is_taken_over = serializers.BooleanField(help_text="Whether that comes from the duplicate, of metadata in part.")


class ConsentDifferenceOut(serializers.Serializer[Any]):
    """A consent that the two answered differently."""

    consent_id = serializers.CharField(help_text="Its first version.")
    title = serializers.CharField()
    kept = serializers.ChoiceField([UNANSWERED, *AnswerState.choices], help_text="Empty without an answer.")
    duplicate = serializers.ChoiceField([UNANSWERED, *AnswerState.choices], help_text="Empty without an answer.")
    holds = serializers.ChoiceField(AnswerState.choices, help_text="The newer of the two.")


class UserMergeOut(serializers.Serializer[Any]):
    """What moved, or would move, from the duplicate to the customer in one organization."""

    organization_id = serializers.CharField()
    user_id = serializers.CharField(source="keep_id")
    duplicate_id = serializers.CharField()
    counts = serializers.DictField(child=serializers.IntegerField(min_value=0), help_text="Rows by kind.")
    spent = SpentOut(many=True, help_text="What the duplicate's orders came to.")
    differences = DifferenceOut(many=True)
    consents = ConsentDifferenceOut(many=True)


class MergeUsers(CustomerAccessMixin):
    """Merging, as an action of the customers."""

    @extend_schema(
        summary="Merge users",
        tags=["Users"],
        request=UserMergeIn,
        parameters=[OpenApiParameter(DRY_RUN, bool, description="Write nothing, and answer what would move.")],
        responses=UserMergeOut,
    )
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, **_: str) -> Response:
        """Let all that an organization has of a duplicate be this customer's. There is no way back.

        Orders, payments, refunds, carts and answers to consents move; the organization then no longer knows the
        duplicate, and imports that meet it find this customer. A name, a phone, a language and keys of metadata that
        this customer lacks are taken over; the e-mail address never is. Needs the role manager on the organization.
        Refused (409) for a customer with itself (`same_customer`), one that the organization doesn't know
        (`customer_unknown`), that was merged before (`already_merged`, which says into whom) or erased
        (`customer_erased`), while an erasure is asked for (`erasure_asked`), where the duplicate alone has an e-mail
        address (`other_has_the_address`: merge the other way around), where the metadata of both is above 64 KB
        together (`too_much_metadata`), and where the reason, which stays for good, has the name, e-mail address or
        phone number of either in it (`names_the_customer`).
        """
        keep = self.get_object()
        asked = self.read(UserMergeIn)
        organization = self._organization(keep, asked.get("organization_id"))
        duplicate = self._duplicate(asked["duplicate_id"], organization)
        if is_true(request, DRY_RUN):
            return Response(UserMergeOut(preview_merge(keep, duplicate, organization=organization)).data)
        merged = merge_customers(
            keep,
            duplicate,
            organization=organization,
            by=self.staff_user,
            reason=asked["reason"],
            now=timezone.now(),
        )
        return Response(UserMergeOut(merged).data)

    def _duplicate(self, customer_id: str, organization: Organization) -> Customer:
        """Raises AlreadyMerged for one whom the organization knew until then, ParameterNotFound for any other."""
        try:
            return self.visible(Customer.objects.all(), customer_id, member="duplicate_id")
        except ParameterNotFound:
            with suppress(NotAPublicId):
                require_not_merged(customer_id, organization=organization)
            raise

    def _organization(self, customer: Customer, text: str | None) -> Organization:
        """The one that is named, or else the only one that knows the customer where the caller manages them all."""
        if text:
            organization = self.visible(Organization.objects.all(), text, member="organization_id")
            self.require_role(organization.pk, None, role=Role.MANAGER)
            return organization
        managed = self.reach.organizations_at_least(Role.MANAGER)
        rows = customer.known_by.filter(organization_id__in=managed, merged_from=None).select_related("organization")
        found = [row.organization for row in rows[:2]]
        if not found:
            raise PermissionDenied("This needs the role manager on the organization.", code="role_too_low")
        if len(found) > 1:
            raise InvalidField("organization_id", "required", "Several of your organizations know this customer.")
        return found[0]
