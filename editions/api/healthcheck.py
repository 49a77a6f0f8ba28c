"""The healthcheck of an edition over REST."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from editions.choices import HealthStatus, Severity
from editions.healthcheck import Category, Result, examine
from preo.api.access import OrganizationAccessMixin


class FailuresOut(serializers.Serializer[Any]):
    """How many checks failed, by severity."""

    critical = serializers.IntegerField()
    warning = serializers.IntegerField()
    info = serializers.IntegerField()


class RelatedObjectOut(serializers.Serializer[Any]):
    """A row that a check is about."""

    id = serializers.CharField()
    name = serializers.CharField()


class CheckOut(serializers.Serializer[Any]):
    """What one check found. The suggestion is empty where it passed."""

    category = serializers.ChoiceField(Category.choices)
    check_id = serializers.CharField(help_text="Permanent.")
    severity = serializers.ChoiceField(Severity.choices)
    passed = serializers.BooleanField()
    message = serializers.CharField()
    suggestion = serializers.CharField()
    related_objects = RelatedObjectOut(many=True, source="related", help_text="The first 20 rows concerned.")
    admin_url = serializers.SerializerMethodField(help_text="The page of the admin on which it can be mended.")

    def get_admin_url(self, result: Result) -> str:
        return self.context["request"].build_absolute_uri(result.admin_path)  # type: ignore[no-any-return]  # a context holds anything


class HealthcheckOut(serializers.Serializer[Any]):
    """Every check of an edition. It can be published when no critical one fails."""

    edition_id = serializers.CharField(source="edition.id")
    edition_name = serializers.CharField(source="edition.full_name")
    status = serializers.ChoiceField(HealthStatus.choices)
    can_publish = serializers.BooleanField()
    summary = FailuresOut()
    checks = CheckOut(many=True, source="results")


class EditionHealthcheck(OrganizationAccessMixin):
    """The healthcheck as an action on an edition, whose `rows` are then those of `with_setup`."""

    @extend_schema(summary="Run edition healthcheck", tags=["Editions"], responses=HealthcheckOut)
    @action(detail=True)
    def healthcheck(self, request: Request, **_: str) -> Response:
        """Say what is wrong with how the edition is set up, and how to mend it, without changing anything."""
        report = examine(self.get_object(), now=timezone.now())
        return Response(HealthcheckOut(report, context=self.get_serializer_context()).data)
