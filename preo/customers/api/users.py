"""Customers over REST: find them, see what they have here, correct what is known of them."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from editions.models import Edition
from preo.accounts.models import Customer
from preo.api.roles import Role
from preo.api.scopes import Scope
from preo.customers.api.filters import UserFilter
from preo.customers.api.merging import DRY_RUN, MergeUsers
from preo.customers.api.parts import UserChangeIn, UserListOut, UserOut
from preo.customers.operations.changing import change_customer

TAG = "Users"


@extend_schema_view(
    list=extend_schema(summary="List users", tags=[TAG], responses=UserListOut),
    retrieve=extend_schema(summary="Retrieve user details", tags=[TAG], responses=UserOut),
)
class UserViewSet(ListModelMixin, RetrieveModelMixin, MergeUsers):
    """Customers whom an organization, or a single edition, that the caller has a role on knows."""

    queryset = Customer.objects.all()
    min_roles = {"partial_update": Role.MANAGER, "merge": Role.MANAGER}
    scopes = {
        "list": Scope.CUSTOMERS_READ,
        "retrieve": Scope.CUSTOMERS_READ,
        "partial_update": Scope.CUSTOMERS_WRITE,
        "merge": Scope.CUSTOMERS_WRITE,
    }
    action_parameters = {"merge": {DRY_RUN}}
    filterset_class = UserFilter
    ordering_columns = {
        name: name for name in ("created", "modified", "date_joined", "last_seen", "full_name", "email", "phone_number")
    }

    def rows(self) -> QuerySet[Any]:
        listed = Customer.objects.without_stand_ins().defer("metadata")
        return listed if self.action == "list" else Customer.objects.all()

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return UserListOut if self.action == "list" else UserOut

    @extend_schema(summary="Partially update user", tags=[TAG], request=UserChangeIn, responses=UserOut)
    def partial_update(self, request: Request, **_: str) -> Response:
        """Correct name, e-mail, phone, language or metadata. Needs the role manager.

        The profile is one for all organizations that know the customer. An address that another customer has whom
        the caller can see is a 409 (`email_taken`); merge the two. One that can't be used otherwise is a 409 too
        (`email_not_available`), and so is any change of an erased customer (`customer_erased`).
        """
        customer = self.get_object()
        changes = self.read(UserChangeIn)
        named = changes.pop("edition_id", None)
        edition = self.visible(Edition.objects.all(), named, member="edition_id") if named else None
        changed = change_customer(customer, changes=changes, edition=edition, by=self.staff_user, now=timezone.now())
        return Response(self.get_serializer(self.rows().get(pk=changed.pk)).data)
