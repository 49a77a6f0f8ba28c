"""What answers to consents look like over REST."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers

from consents.choices import AnswerChannel, AnswerState, ConsentType
from consents.models import Consent
from consents.operations.answering import LONGEST_AGENT, SKEW
from editions.choices import Language
from preo.accounts.api import CustomerLightOut, StaffUserOut
from preo.api.fields import MomentField, MomentInField, StrictSerializer
from preo.api.filters import BooleanFilter, MomentFilter, VisibleRowFilter

LONGEST_HEADER = 8_000
"""Characters, which is more than servers take."""


class LineFilter(VisibleRowFilter):
    """Answers to any version of a consent."""

    def narrow(self, queryset: QuerySet[Any], row: Consent) -> QuerySet[Any]:
        return queryset.filter(line=row.line_id)


class AnswerFilter(django_filters.FilterSet):
    answered_after = MomentFilter("answered_at", "gte", help_text="Answered at or after this moment.")
    answered_before = MomentFilter("answered_at", "lt", help_text="Answered before this moment.")
    channel = django_filters.ChoiceFilter(choices=AnswerChannel.choices)
    consent_id = LineFilter(rows=Consent.objects.all, help_text="`cns_…`: answers to any version of this consent.")
    current = BooleanFilter(
        method="by_current", help_text="Only the newest answer to each consent, which holds; or only what came before."
    )
    language = django_filters.ChoiceFilter(choices=Language.choices)
    state = django_filters.ChoiceFilter(choices=AnswerState.choices)

    def by_current(self, queryset: Any, name: str, value: bool) -> QuerySet[Any]:
        return queryset.that_hold() if value else queryset.overtaken()  # type: ignore[no-any-return]  # of the model's own class


class AnswerOut(serializers.Serializer[Any]):
    """That a customer agreed to a consent or withdrew, and what they were shown."""

    id = serializers.CharField()
    customer_id = serializers.CharField(source="known.customer_id")
    organization_id = serializers.CharField(source="consent.organization_id")
    edition_id = serializers.CharField(source="consent.edition_id", allow_null=True)
    consent_id = serializers.CharField(help_text="The version that was answered.")
    title = serializers.CharField(source="consent.title")
    type = serializers.ChoiceField(ConsentType.choices, source="consent.type")
    version = serializers.IntegerField()
    state = serializers.ChoiceField(AnswerState.choices)
    text_sha256 = serializers.CharField(
        help_text="Of the text, a zero byte and the document's address in the language of the answer, in UTF-8."
    )
    language = serializers.ChoiceField(Language.choices)
    channel = serializers.ChoiceField(AnswerChannel.choices)
    answered_at = MomentField()
    recorded_by = StaffUserOut(allow_null=True)
    ip_address = serializers.SerializerMethodField(help_text="Null where it isn't known, and once it was erased.")
    user_agent = serializers.SerializerMethodField()
    created = MomentField(help_text="When it was recorded.")

    def get_ip_address(self, answer: Any) -> str | None:
        origin = getattr(answer, "origin", None)
        return origin.ip_address if origin else None

    def get_user_agent(self, answer: Any) -> str:
        origin = getattr(answer, "origin", None)
        return origin.user_agent if origin else ""


class AnswerIn(StrictSerializer):
    """What a customer answered, wherever they did."""

    consent_id = serializers.CharField(max_length=100, help_text="The version that was shown.")
    state = serializers.ChoiceField(AnswerState.choices)
    language = serializers.ChoiceField(Language.choices, help_text="The one it was shown in.")
    channel = serializers.ChoiceField(AnswerChannel.choices)
    answered_at = MomentInField(
        required=False,
        help_text=f"With its offset from UTC; now unless given. Up to {SKEW.seconds} s ahead of us it counts as now.",
    )
    ip_address = serializers.IPAddressField(required=False, allow_null=True, help_text="The customer's, not yours.")
    user_agent = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=LONGEST_HEADER,
        help_text=f"The customer's; its first {LONGEST_AGENT} characters are kept.",
    )


class OutdatedOut(serializers.Serializer[Any]):
    """A customer who agreed to an earlier version, and is to be asked again."""

    customer = CustomerLightOut(source="known.customer")
    answer_id = serializers.CharField(source="id")
    consent_id = serializers.CharField(help_text="The version that they agreed to.")
    version = serializers.IntegerField()
    language = serializers.ChoiceField(Language.choices)
    channel = serializers.ChoiceField(AnswerChannel.choices)
    answered_at = MomentField()
