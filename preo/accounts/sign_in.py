"""How a request says who it comes from: e-mail and password, JWT, or service token."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.utils import timezone
from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication

from preo.accounts.models import ServiceToken, StaffUser
from preo.accounts.operations import TOKEN_PREFIX, digest_of, note_use


class EmailBackend(ModelBackend):
    """Password sign-in by e-mail address, in any case; Django's own, with our manager's look-up."""


class JwtAuthentication(JWTAuthentication):
    """Bearer access tokens; leaves service tokens alone."""

    def get_raw_token(self, header: bytes) -> bytes | None:
        raw = super().get_raw_token(header)
        return None if raw is not None and raw.startswith(TOKEN_PREFIX.encode()) else raw


class ServiceTokenAuthentication(BaseAuthentication):
    """Bearer tokens of other systems; the user is the organization's robot, with the token's role and scopes."""

    def authenticate(self, request: Request) -> tuple[StaffUser, ServiceToken] | None:
        scheme, _, text = get_authorization_header(request).decode("latin-1").partition(" ")
        text = text.strip()
        if scheme.lower() != "bearer" or not text.startswith(TOKEN_PREFIX):
            return None
        now = timezone.now()
        token = (
            ServiceToken.objects.select_related("staff_user")
            .filter(digest=digest_of(text), revoked_at=None, expires_at__gt=now, staff_user__is_active=True)
            .first()
        )
        if token is None:
            raise AuthenticationFailed("This service token is unknown, expired or revoked.", code="bad_token")
        note_use(token, now=now)
        token.staff_user.token = token
        return token.staff_user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class JwtScheme(SimpleJWTScheme):  # type: ignore[no-untyped-call]  # its registration hook is untyped
    """For the OpenAPI description."""

    target_class = "preo.accounts.sign_in.JwtAuthentication"
    name = "jwt"


class ServiceTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # see above
    """For the OpenAPI description."""

    target_class = "preo.accounts.sign_in.ServiceTokenAuthentication"
    name = "service_token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A service token: `preo_…`."}
