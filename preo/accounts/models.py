"""Organizations, the people who work for them, their customers, and service tokens."""

from functools import cached_property
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Now, Upper

from preo.api.roles import EditionRole, Reach, Role
from preo.api.scopes import ALL_SCOPES, Scope
from preo.api.scoping import ScopedQuerySet
from preo.history import keep_history
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


@keep_history()
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


@keep_history(exclude=["password", "last_login"])
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


class CustomerQuerySet(ScopedQuerySet["Customer"]):
    def visible_to(self, user: Any, *, role: Role = Role.GUEST) -> Self:
        """Customers that an organization in reach knows, or who ordered in an edition in reach."""
        known = OrganizationCustomer.objects.filter(organization_id__in=user.reach.organizations_at_least(role))
        within = models.Q(pk__in=known.values("customer_id"))
        if editions := user.reach.editions_at_least(role):
            within |= models.Q(pk__in=self.model._default_manager.filter(orders__edition_id__in=editions).values("pk"))
        return self.filter(within)


@keep_history(exclude=["last_seen"])
class Customer(Row):
    """An end user who buys. Without an e-mail address or phone only where an import knew none."""

    id = PublicIdField(prefix="usr")
    full_name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(max_length=254, blank=True)
    phone_number = models.CharField(max_length=20, blank=True, help_text="E.164.")
    locale = models.CharField(max_length=10, default="en")
    date_joined = models.DateTimeField(db_default=Now())
    last_seen = models.DateTimeField(null=True, blank=True)
    metadata = models.JSONField(default=dict, blank=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ("full_name", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(Upper("email"), condition=~models.Q(email=""), name="customer_email_is_unique"),
        ]
        indexes: ClassVar = [
            GinIndex(
                OpClass(Upper("full_name"), name="gin_trgm_ops"),
                OpClass(Upper("email"), name="gin_trgm_ops"),
                OpClass(Upper("phone_number"), name="gin_trgm_ops"),
                name="customer_contains",
            ),
            models.Index(fields=["full_name", "id"], name="customer_by_name"),
        ]

    def __str__(self) -> str:
        return self.full_name or self.email or self.phone_number or str(self.pk)


class OrganizationCustomer(Row):
    """What one organization knows of one customer; having this row is what lets its staff see the customer.

    `total_spent_minor` maps a currency to minor units.
    """

    id = PublicIdField(prefix="oct")
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="known_customers")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="known_by")
    external_id = models.CharField(
        max_length=100, null=True, blank=True, help_text="In the system it came from."
    )  # null keeps it out of the unique constraint
    first_order_at = models.DateTimeField(null=True, blank=True)
    last_order_at = models.DateTimeField(null=True, blank=True)
    order_count = models.PositiveIntegerField(default=0)
    total_spent_minor = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "customer"], name="one_row_per_organization_and_customer"),
            models.UniqueConstraint(fields=["organization", "external_id"], name="external_customer_is_known_once"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} at {self.organization_id}"


@keep_history(exclude=["digest", "last_used_at"])
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
