"""Signing in, who I am, and how organizations and people look inside other answers."""

from typing import Any

from django.db import transaction
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView
from rest_framework_simplejwt.serializers import (
    TokenBlacklistSerializer,
    TokenObtainPairSerializer,
    TokenRefreshSerializer,
)
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
from rest_framework_simplejwt.views import TokenBlacklistView, TokenObtainPairView, TokenRefreshView

from preo.accounts.models import Organization, StaffUser
from preo.accounts.sign_in import JwtAuthentication
from preo.api.conditional import ValidatedAnswers
from preo.api.fields import ImageField, MomentField, StrictMembers, image_urls
from preo.api.parameters import refuse_unknown
from preo.api.roles import Role
from preo.api.scopes import Scope


class OrganizationOut(serializers.Serializer[Any]):
    """An organization inside other answers."""

    id = serializers.CharField()
    name = serializers.CharField()
    slug = serializers.CharField()
    avatar = ImageField(source="avatar_key", allow_null=True)


class StaffUserOut(serializers.Serializer[Any]):
    """A staff user inside other answers."""

    id = serializers.CharField()
    email = serializers.EmailField()
    full_name = serializers.CharField()
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    phone_number = serializers.CharField()
    avatar = serializers.SerializerMethodField()
    has_custom_avatar = serializers.SerializerMethodField()

    def get_avatar(self, staff_user: StaffUser) -> str | None:
        key = staff_user.avatar_key
        return image_urls(key, self.context.get("request"))["thumbnail"] if key else None

    def get_has_custom_avatar(self, staff_user: StaffUser) -> bool:
        return bool(staff_user.avatar_key)


class CustomerLightOut(serializers.Serializer[Any]):
    """A customer inside a purchase or refund."""

    api_id = serializers.CharField(source="id")
    full_name = serializers.CharField()
    email = serializers.CharField()


class CustomerOut(CustomerLightOut):
    """A customer with everything that an order shows."""

    phone_number = serializers.CharField()
    date_joined = MomentField()
    last_seen = MomentField(allow_null=True)
    metadata = serializers.JSONField()


class OrganizationRoleOut(serializers.Serializer[Any]):
    """A role on an organization."""

    organization = OrganizationOut()
    role = serializers.ChoiceField(Role.choices)


class EditionRoleOut(serializers.Serializer[Any]):
    """A role on one edition."""

    edition_id = serializers.CharField()
    organization_id = serializers.CharField()
    role = serializers.ChoiceField(Role.choices)


class WhoAmIOut(StaffUserOut):
    """The staff user behind a credential, and what that credential reaches."""

    organizations = OrganizationRoleOut(many=True)
    editions = EditionRoleOut(many=True)
    scopes = serializers.ListField(child=serializers.ChoiceField(Scope.choices))


class WhoAmI(ValidatedAnswers):
    """The caller."""

    @extend_schema(operation_id="auth_user", summary="Who am I", tags=["Auth"], responses=WhoAmIOut)
    def get(self, request: Request) -> Response:
        """The staff user that the credential belongs to, with organizations, single editions, roles and scopes."""
        refuse_unknown(request, ())
        context = {"request": request}
        roles = WhoAmIOut(_Caller(request.user), context=context)  # type: ignore[arg-type]  # authenticated
        return Response(roles.data)


class _Caller:
    """A staff user with its reach spelled out."""

    def __init__(self, staff_user: StaffUser) -> None:
        reach = staff_user.reach
        self.staff_user = staff_user
        self.scopes = sorted(staff_user.scopes)
        self.organizations = [
            {"organization": organization, "role": reach.organizations[organization.pk]}
            for organization in Organization.objects.filter(pk__in=reach.organizations)
        ]
        self.editions = [
            {"edition_id": edition, "organization_id": held.organization_id, "role": held.role}
            for edition, held in sorted(reach.editions.items())
        ]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.staff_user, name)


class WithoutParameters(APIView):
    """For views of the library: query parameters are unknown here, and so refused."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_unknown(request, ())


class SignInIn(StrictMembers, TokenObtainPairSerializer):
    """E-mail address and password."""


class RefreshIn(StrictMembers, TokenRefreshSerializer):
    """A refresh token, good for one use."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, str]:
        # The library asks for the account alone, and fails where that was deleted.
        token = self.token_class(attrs["refresh"])
        JwtAuthentication().get_user(token)
        with transaction.atomic():
            # The library looks whether the token was used and then marks it; only one may be between the two.
            OutstandingToken.objects.select_for_update(of=("self",)).filter(jti=token["jti"]).first()
            return super().validate(attrs)


class SignOutIn(StrictMembers, TokenBlacklistSerializer):
    """The refresh token to close."""


class TokensOut(serializers.Serializer[Any]):
    """A short-lived access token and the refresh token that gets the next one, once."""

    access = serializers.CharField()
    refresh = serializers.CharField()


@extend_schema_view(
    post=extend_schema(operation_id="auth_token", summary="Sign in", tags=["Auth"], responses=TokensOut)
)
class SignIn(WithoutParameters, TokenObtainPairView):
    """E-mail address and password for an access token and a refresh token."""

    serializer_class = SignInIn
    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "sign_in"


@extend_schema_view(
    post=extend_schema(
        operation_id="auth_token_refresh", summary="Refresh the access token", tags=["Auth"], responses=TokensOut
    )
)
class Refresh(WithoutParameters, TokenRefreshView):
    """A new pair of tokens for a refresh token, which ends with that."""

    serializer_class = RefreshIn


@extend_schema_view(
    post=extend_schema(
        operation_id="auth_token_revoke", summary="Sign out", tags=["Auth"], responses=OpenApiTypes.OBJECT
    )
)
class SignOut(WithoutParameters, TokenBlacklistView):
    """Ends a refresh token."""

    serializer_class = SignOutIn
