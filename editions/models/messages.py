"""What an edition tells its customers, when, and how their passes look."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models.functions import Lower

from editions.choices import EmailScope, EmailType, TriggerEvent
from editions.models.catalog import CatalogQuerySet
from editions.models.editions import OF_EDITION, Edition
from preo.accounts.models import Organization
from preo.api.roles import Role
from preo.api.scoping import ScopedQuerySet
from preo.files.models import StoredFile
from preo.history import Place, keep_history
from preo.public_ids import PublicIdField
from preo.rows import Row


class EmailMessageQuerySet(ScopedQuerySet["EmailMessage"]):
    """The platform's messages belong to no organization, and everybody may read them."""

    edition_field = "edition_id"
    role_on_shared = Role.STAFF


@keep_history(Place(edition="row.edition_id"))
class EmailMessage(Row):
    """An e-mail in blocks; `subject` and the texts within `blocks` are by language."""

    id = PublicIdField(prefix="eml")
    organization = models.ForeignKey(Organization, models.CASCADE, null=True, blank=True, related_name="email_messages")
    edition = models.ForeignKey(Edition, models.CASCADE, null=True, blank=True, related_name="email_messages")
    title = models.CharField(max_length=200)
    subject = models.JSONField(default=dict, blank=True)
    type = models.CharField(max_length=20, choices=EmailType.choices)
    scope = models.CharField(max_length=10, choices=EmailScope.choices)
    template = models.CharField(max_length=20, default="modern")
    blocks = models.JSONField(default=list, blank=True)

    objects = EmailMessageQuerySet.as_manager()

    class Meta:
        ordering = ("title", "id")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(scope=EmailScope.PLATFORM, organization__isnull=True, edition__isnull=True)
                | models.Q(scope=EmailScope.TEMPLATE, organization__isnull=False, edition__isnull=True)
                | models.Q(scope=EmailScope.EDITION, organization__isnull=False, edition__isnull=False),
                name="email_message_scope_says_whose_it_is",
            ),
        ]

    def __str__(self) -> str:
        return self.title


@keep_history(OF_EDITION)
class Trigger(Row):
    """When this happens to an order of the edition, send that e-mail after so long (`delay_minutes`)."""

    id = PublicIdField(prefix="trg")
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="triggers")
    event = models.CharField(max_length=30, choices=TriggerEvent.choices)
    email_message = models.ForeignKey(EmailMessage, models.PROTECT, related_name="triggers")
    delay_minutes = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField("active", default=False)

    objects: ClassVar[Any] = CatalogQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.get_event_display()}: {self.email_message_id}"


@keep_history(OF_EDITION)
class PassDesign(Row):
    """The look of a wallet pass; colors as #rrggbb."""

    id = PublicIdField(prefix="pas")
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="pass_designs")
    name = models.CharField(max_length=200)
    background_color = models.CharField(max_length=7, default="#ffffff")
    foreground_color = models.CharField(max_length=7, default="#000000")
    label_color = models.CharField(max_length=7, default="#666666")
    logo = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    fields = models.JSONField(default=list, blank=True)

    objects: ClassVar[Any] = CatalogQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")

    def __str__(self) -> str:
        return self.name


class SenderDomainQuerySet(ScopedQuerySet["SenderDomain"]):
    def verified(self) -> Self:
        return self.filter(verified_at__isnull=False)

    def naming(self, domain: str) -> Self:
        return self.filter(domain__iexact=domain)


@keep_history()
class SenderDomain(Row):
    """A domain that an organization sends e-mail from, once the platform has seen that it is the organization's."""

    id = PublicIdField(prefix="dom")
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="sender_domains")
    domain = models.CharField(max_length=253)
    verified_at = models.DateTimeField(null=True, blank=True)

    objects = SenderDomainQuerySet.as_manager()

    class Meta:
        ordering = ("domain", "id")
        constraints: ClassVar = [
            models.UniqueConstraint("organization", Lower("domain"), name="sender_domain_is_named_once"),
        ]

    def __str__(self) -> str:
        return self.domain
