"""Every write to organizations, people and credentials."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from preo.accounts.models import Organization, ServiceToken, StaffUser
from preo.api.roles import Role
from preo.api.scopes import ALL_SCOPES
from preo.errors import InvalidField
from preo.recording import operation

TOKEN_PREFIX = "preo_"  # noqa: S105  # marks our tokens for secret scanners; it is no secret
USED_RESOLUTION = timedelta(minutes=1)


@operation
def issue_service_token(
    organization: Organization, *, name: str, role: Role, scopes: Collection[str], expires_at: datetime, now: datetime
) -> str:
    """Create a credential of another system and return its text, which nothing can show again.

    All tokens of an organization act as one robot, so that two of them are never the two persons a refund needs.
    Raises InvalidField.
    """
    if unknown := sorted(set(scopes) - ALL_SCOPES):
        raise InvalidField("scopes", "unknown_scope", f"There is no scope {', '.join(unknown)}.")
    if not scopes:
        raise InvalidField("scopes", "required", "A token needs at least one scope.")
    if expires_at <= now:
        raise InvalidField("expires_at", "in_the_past", "A token must expire in the future.")
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    ServiceToken.objects.create(
        organization=organization,
        staff_user=_robot_of(organization, now=now),
        name=name,
        digest=digest_of(token),
        role=role,
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
        created=now,
        modified=now,
    )
    return token


@operation
def revoke_service_token(token: ServiceToken, *, now: datetime) -> None:
    """Close a credential at once. Closing it again changes nothing."""
    ServiceToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now, modified=now)


def note_use(token: ServiceToken, *, now: datetime) -> None:
    """Remember when the token was last used, to the minute: a write on every request would be one too many."""
    if token.last_used_at is None or now - token.last_used_at >= USED_RESOLUTION:
        ServiceToken.objects.filter(pk=token.pk).update(last_used_at=now)


def digest_of(token: str) -> str:
    """What is stored of a token. It has 256 random bits, so a fast hash without salt is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def _robot_of(organization: Organization, *, now: datetime) -> StaffUser:
    robot, is_new = StaffUser.objects.get_or_create(
        robot_of=organization,
        defaults={
            "email": f"{organization.pk}@robots.invalid",
            "first_name": organization.name[:100],
            "last_name": "(service token)",
            "is_staff": False,
            "created": now,
            "modified": now,
        },
    )
    if is_new:
        robot.set_unusable_password()
        robot.save(update_fields=["password"])
    return robot
