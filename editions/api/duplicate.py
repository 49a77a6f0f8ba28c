"""Duplicating an edition over REST, and looking at what would be copied."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, PolymorphicProxySerializer, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from editions.choices import EmailTemplateMode
from editions.models import Edition, Event
from editions.operations.duplicate import duplicate_edition, preview_duplicate
from preo.api.access import OrganizationAccessMixin
from preo.api.fields import StrictSerializer
from preo.api.parameters import is_true

DRY_RUN = "dry_run"


class EditionDuplicateIn(StrictSerializer):
    """What the copy is called, where it belongs, and what goes along."""

    name = serializers.CharField(max_length=200)
    slug = serializers.SlugField(required=False, max_length=200, help_text="Made from the name where it is left out.")
    event_id = serializers.CharField(
        required=False, allow_null=True, max_length=100, help_text="Of the same organization (`evt_…`), or none."
    )
    email_template_mode = serializers.ChoiceField(
        EmailTemplateMode.choices,
        default=EmailTemplateMode.COPY,
        help_text="Whether the e-mail messages are copied, or the same ones are used.",
    )
    copy_memberships = serializers.BooleanField(
        default=False, help_text="Whether roles on the single edition go along."
    )


class EditionDuplicatePreviewOut(serializers.Serializer[Any]):
    """How many rows of each kind would be copied."""

    counts = serializers.DictField(child=serializers.IntegerField(min_value=0))


def answers_of_duplicate(edition: type[serializers.Serializer[Any]]) -> dict[int, Any]:
    """The answers as the document has them, given the serializer of a whole edition."""
    # Readers of the published contract take the lowest success for the answer, so that 200 must hold an edition too.
    either = PolymorphicProxySerializer("EditionDuplicateDryRun", [EditionDuplicatePreviewOut, edition], None)
    return {
        200: OpenApiResponse(either, "With `dry_run`, what would be copied; never an edition."),
        201: OpenApiResponse(edition, "The copy."),
    }


class EditionDuplicates(OrganizationAccessMixin):
    """Duplicating, as an action of the editions."""

    @extend_schema(
        summary="Duplicate edition",
        tags=["Editions"],
        request=EditionDuplicateIn,
        parameters=[
            OpenApiParameter(DRY_RUN, bool, description="Write nothing, and answer what would be copied; with 200.")
        ],
    )
    @action(detail=True, methods=["post"])
    def duplicate(self, request: Request, **_: str) -> Response:
        """Copy an edition with all its configuration, as a draft. What was ordered stays behind.

        Products, categories, pickup points, vendors, coupons, pass designs and consents (as drafts) go along, and
        triggers, which stay off until somebody turns them on. Needs the role manager on the organization.
        """
        edition = self.get_object()
        self.require_role(edition.organization_id, None, role=self.role_for_action)
        asked = self.read(EditionDuplicateIn)
        named = {"name": asked["name"], "slug": asked.get("slug", ""), "event": self._event(asked)}
        which = {
            "email_template_mode": EmailTemplateMode(asked["email_template_mode"]),
            "with_memberships": asked["copy_memberships"],
        }
        if is_true(request, DRY_RUN):
            counts = preview_duplicate(edition, **named, **which)
            return Response(EditionDuplicatePreviewOut({"counts": counts}).data)
        copy = duplicate_edition(edition, **named, **which, by=self.staff_user, now=timezone.now())
        return self.answer(copy, status=201)

    def answer(self, edition: Edition, *, status: int = 200) -> Response:
        """The whole edition, as the viewset answers it."""
        raise NotImplementedError

    def _event(self, asked: dict[str, Any]) -> Event | None:
        text = asked.get("event_id")
        return self.visible(Event.objects.all(), text, member="event_id") if text else None
