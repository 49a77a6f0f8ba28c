"""Organizations, the people who work for them, and service tokens."""

from functools import cached_property
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Upper

from preo.api.roles import EditionRole, Reach, Role
from preo.api.scopes import ALL_SCOPES, Scope
from preo.api.scoping import ScopedQuerySet
from preo.history import Place, keep_history
from preo.public_ids import PublicIdField
from preo.rows import Row


class OrganizationQuerySet(ScopedQuerySet["Organization"]):
    organization_field = "id"
    edition_field = "editions__id"

    def visible_to(self, user: Any, *, role: Role = Role.GUEST) -> Self:
        """Organizations with a role on them or on an edition of theirs."""
        return self.filter(pk__in=user.reach.organizations_within(role))


def not_negative(column: str) -> models.Q:
    """A number from 0, or none."""
    return models.Q(**{f"{column}__isnull": True}) | models.Q(**{f"{column}__gte": 0})


@keep_history(Place("row.id"))
class Organization(Row):
    """Who runs events. Refund limits are in minor units of the currency of whatever is refunded."""

    id = PublicIdField(prefix="org")
    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=200, unique=True)
    avatar_key = models.CharField(max_length=300, blank=True, help_text="Where the image is stored.")
    merchant_id = models.JSONField(default=dict, blank=True, help_text="Ids for split payments, by provider.")
    refund_second_approver_above_minor = models.BigIntegerField(
        default=500_00, help_text="Above this a second person must approve, in minor units."
    )
    refund_self_approved_up_to_minor = models.BigIntegerField(
        null=True, blank=True, help_text="Up to this a request is approved as it is made, in minor units."
    )
    refund_staff_ceiling_minor = models.BigIntegerField(
        null=True, blank=True, help_text="The most that staff can ask for at once, in minor units."
    )
    refund_manager_ceiling_minor = models.BigIntegerField(
        null=True, blank=True, help_text="The most that a manager can ask for or approve at once, in minor units."
    )
    refund_admin_ceiling_minor = models.BigIntegerField(
        null=True, blank=True, help_text="The most that an admin can ask for or approve at once, in minor units."
    )
    refund_daily_limit_minor = models.BigIntegerField(
        null=True, blank=True, help_text="The most that one person can ask for in a day, in minor units."
    )
    refund_reasons_with_comment = ArrayField(
        models.CharField(max_length=20), default=list, blank=True, help_text="Reasons that need a comment."
    )

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(refund_second_approver_above_minor__gte=0),
                name="organization_second_approver_limit_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(refund_self_approved_up_to_minor__isnull=True)
                | models.Q(
                    refund_self_approved_up_to_minor__gte=0,
                    refund_self_approved_up_to_minor__lte=models.F("refund_second_approver_above_minor"),
                ),
                name="organization_self_approval_stays_below_second_approver",
            ),
            models.CheckConstraint(
                condition=not_negative("refund_staff_ceiling_minor")
                & not_negative("refund_manager_ceiling_minor")
                & not_negative("refund_admin_ceiling_minor")
                & not_negative("refund_daily_limit_minor"),
                name="organization_refund_limits_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class StaffUserManager(BaseUserManager["StaffUser"]):
    def get_by_natural_key(self, username: str | None) -> "StaffUser":
        return self.get(email__iexact=username)

    def create_superuser(self, email: str, password: str, **others: Any) -> "StaffUser":
        """What `createsuperuser` calls: a platform operator, who sees an organization only as its member."""
        user = self.model(email=email, is_staff=True, is_superuser=True, **others)
        user.set_password(password)
        user.save(using=self._db)
        return user


@keep_history(Place("row.robot_of_id"), secret=("password",), left_out=("last_login",))
class StaffUser(AbstractBaseUser, PermissionsMixin, Row):
    """Someone who works in the back office; or, with `robot_of`, the actor behind an organization's service tokens."""

    id = PublicIdField(prefix="stf")
    email = models.EmailField(max_length=254)
    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    phone_number = models.CharField(max_length=20, blank=True, help_text="E.164.")
    avatar_key = models.CharField(max_length=300, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=True, help_text="May sign in to the admin.")
    robot_of = models.OneToOneField(Organization, models.PROTECT, null=True, blank=True, related_name="robot")

    objects = StaffUserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ("email",)
        constraints: ClassVar = [models.UniqueConstraint(Upper("email"), name="staff_user_email_is_unique")]

    def __str__(self) -> str:
        return self.full_name or self.email

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    token: "ServiceToken | None" = None
    """The service token that this request came with."""

    @property
    def scopes(self) -> frozenset[str]:
        """What the credential in use may do; a person's own sign-in carries every scope."""
        return frozenset(self.token.scopes) if self.token else ALL_SCOPES

    @cached_property
    def reach(self) -> Reach:
        """Roles on organizations and editions; through a service token, the token's alone. Two queries."""
        if self.token:
            return Reach(organizations={self.token.organization_id: Role(self.token.role)})
        on_organizations = self.memberships.values_list("organization_id", "role")
        on_editions = self.edition_memberships.values_list("edition_id", "role", "edition__organization_id")
        return Reach(
            organizations={organization: Role(role) for organization, role in on_organizations},
            editions={edition: EditionRole(Role(role), organization) for edition, role, organization in on_editions},
        )


@keep_history()
class Membership(Row):
    """The role of one staff user on one organization and all its editions."""

    id = PublicIdField(prefix="mbr")
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="memberships")
    staff_user = models.ForeignKey(StaffUser, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "staff_user"], name="one_role_per_organization"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} of {self.organization_id}"


@keep_history(secret=("digest",), left_out=("last_used_at",))
class ServiceToken(Row):
    """A credential of another system: bound to one organization, shown once, stored as a SHA-256 digest."""

    id = PublicIdField(prefix="stk")
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="service_tokens")
    staff_user = models.ForeignKey(StaffUser, models.PROTECT, related_name="service_tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    role = models.CharField(max_length=10, choices=Role.choices)
    scopes = ArrayField(models.CharField(max_length=40, choices=Scope.choices))
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="service_token_role_is_known"),
        ]

    def __str__(self) -> str:
        return self.name
