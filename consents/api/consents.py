"""Consents over REST."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from consents import operations
from consents.api.parts import ArrangementIn, ArrangementOut, ConsentChangeIn, ConsentIn, ConsentOut
from consents.api.targets import TARGETS, with_rows
from consents.choices import ConsentScope, ConsentType
from consents.models import Consent
from editions.models import Edition
from preo.accounts.models import Organization
from preo.api.access import OrganizationAccessMixin
from preo.api.fields import StrictSerializer
from preo.api.filters import BooleanFilter, VisibleRowFilter
from preo.api.roles import Role
from preo.api.scopes import Scope

TAG = "Consents"


class ConsentFilter(django_filters.FilterSet):
    edition_id = VisibleRowFilter(rows=Edition.objects.all, field_name="edition_id", help_text="`edt_…`")
    enabled = BooleanFilter(help_text="Only enabled consents, or only others.")
    published = BooleanFilter(help_text="Only published consents, or only drafts.")
    scope = django_filters.ChoiceFilter(
        choices=ConsentScope.choices, method="filter_scope", help_text="Whom they are asked of."
    )
    type = django_filters.ChoiceFilter(choices=ConsentType.choices)

    def filter_scope(self, queryset: Any, name: str, value: str) -> QuerySet[Any]:
        return queryset.of_scope(value)  # type: ignore[no-any-return]  # of the model's own class


@extend_schema_view(
    list=extend_schema(summary="List consents", tags=[TAG], responses=ConsentOut),
    retrieve=extend_schema(summary="Retrieve consent", tags=[TAG], responses=ConsentOut),
)
class ConsentViewSet(ListModelMixin, RetrieveModelMixin, OrganizationAccessMixin):
    """Consents of the organizations, or single editions, that the caller has a role on."""

    queryset = Consent.objects.all()
    serializer_class = ConsentOut
    edition_filter_field = "edition_id"
    min_roles = dict.fromkeys(("create", "partial_update", "destroy", "versions", "arrange"), Role.MANAGER)
    scopes = {
        "list": Scope.CONSENTS_READ,
        "retrieve": Scope.CONSENTS_READ,
        **dict.fromkeys(("create", "partial_update", "destroy", "versions", "arrange"), Scope.CONSENTS_WRITE),
    }
    filterset_class = ConsentFilter
    ordering_columns = {name: name for name in ("created", "modified", "order", "title")}
    default_ordering = "order"

    def rows(self) -> QuerySet[Any]:
        return Consent.objects.with_product_ids().with_later()

    @extend_schema(summary="Create consent", tags=[TAG], request=ConsentIn, responses={201: ConsentOut})
    def create(self, request: Request) -> Response:
        """Write a new consent. Needs the role manager on the organization, or on the edition that it is for.

        Publishing one without a text or a document in the default language is a 409 (`consent_unreadable`).
        """
        asked = self.read(ConsentIn)
        organization = self.visible(Organization.objects.all(), asked.pop("organization_id"), member="organization_id")
        publish = asked.pop("published", False)
        values = with_rows(asked, organization_id=organization.pk, user=self.staff_user)
        self.require_role(organization.pk, _edition_id(values), role=Role.MANAGER)
        made = operations.create_consent(
            organization, values=values, publish=publish, by=self.staff_user, now=timezone.now()
        )
        return self.answer(made, status=201)

    @extend_schema(summary="Update consent", tags=[TAG], request=ConsentChangeIn, responses=ConsentOut)
    def partial_update(self, request: Request, **_: str) -> Response:
        """Change a draft, publish it, or enable and disable a consent. Needs the role manager on whom it is asked of.

        What is published stays as it is (409, `consent_published`): make a new version of it.
        """
        consent = self.get_object()
        asked = self.read(ConsentChangeIn)
        publish = asked.pop("published", None)
        changes = with_rows(asked, organization_id=consent.organization_id, user=self.staff_user)
        if TARGETS & asked.keys():
            edition_id = _edition_id(changes) if "edition" in changes else consent.edition_id
            self.require_role(consent.organization_id, edition_id, role=Role.MANAGER)
        changed = operations.change_consent(
            consent, changes=changes, publish=publish, by=self.staff_user, now=timezone.now()
        )
        return self.answer(changed)

    @extend_schema(summary="Delete consent", tags=[TAG])
    def destroy(self, request: Request, **_: str) -> Response:
        """Take a draft away, or a published consent of which nobody has answered any version.

        Once any version was answered, every published one stays (409, `consent_answered`) and can be disabled; one
        that a later version follows stays too (`consent_has_later_version`).
        """
        operations.remove_consent(self.get_object(), by=self.staff_user, now=timezone.now())
        return Response(status=204)

    @extend_schema(summary="Create version of consent", tags=[TAG], request=None, responses={201: ConsentOut})
    @action(detail=True, methods=["post"])
    def versions(self, request: Request, **_: str) -> Response:
        """Start the next version of a published consent: a draft with the same content, to be changed and published.

        It takes the place of this one once it is published. There is one draft at a time (409,
        `version_in_preparation`), and it follows the newest version (`consent_superseded`).
        """
        consent = self.get_object()
        self.read(StrictSerializer)
        return self.answer(
            operations.create_version(consent, by=self.staff_user, now=timezone.now()),
            status=201,
        )

    @extend_schema(
        summary="Rearrange consents", tags=[TAG], filters=False, request=ArrangementIn, responses=ArrangementOut
    )
    @action(detail=False, methods=["post"], url_path="order")
    def arrange(self, request: Request) -> Response:
        """Put consents of an organization into this order. Needs the role manager on the organization.

        Those not named follow as they stood; versions of the same consent stand together.
        """
        asked = self.read(ArrangementIn)
        organization = self.visible(Organization.objects.all(), asked["organization_id"], member="organization_id")
        self.require_role(organization.pk, None, role=Role.MANAGER)
        arranged = operations.arrange_consents(
            organization, order=asked["consent_ids"], by=self.staff_user, now=timezone.now()
        )
        ids = [consent.pk for consent in arranged]
        found = {consent.pk: consent for consent in self.rows().filter(pk__in=ids)}
        return Response(ArrangementOut({"results": [found[pk] for pk in ids]}).data)

    def hold(self, row: Any) -> None:
        """Its editions first, as the operations do."""
        operations.hold_consent(row)

    def answer(self, consent: Consent, *, status: int = 200) -> Response:
        """The consent as it is in the database now."""
        return Response(self.get_serializer(self.rows().get(pk=consent.pk)).data, status=status)


def _edition_id(values: dict[str, Any]) -> str | None:
    edition: Edition | None = values.get("edition")
    return edition.pk if edition else None
