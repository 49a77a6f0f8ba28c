"""What consents look like in answers and bodies."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from consents.choices import ConsentScope, ConsentType
from consents.models import Consent
from consents.operations.ordering import MOST_AT_ONCE
from consents.operations.soundness import LONGEST_TEXT
from editions.api.editions import TranslatedOut
from preo.api.fields import MomentField, StrictSerializer, TextField, TranslatedField

MOST_PRODUCTS = 500
LONGEST_TITLE = 250
ENABLED = "Is consent visible to new users?"
PUBLISHED = "Is consent applicable to new and existing users? Note, that published consents can't be edited."
REQUIRED = "Is consent required for new and existing users?"


class ConsentOut(serializers.Serializer[Any]):
    """One version of a consent."""

    id = serializers.CharField()
    organization_id = serializers.CharField(allow_null=True)
    title = serializers.CharField(max_length=LONGEST_TITLE)
    type = serializers.ChoiceField(ConsentType.choices)
    scope = serializers.SerializerMethodField(help_text="Follows from whom it is asked of.")
    enabled = serializers.BooleanField(help_text=ENABLED)
    published = serializers.BooleanField(help_text=PUBLISHED)
    published_date = MomentField(allow_null=True)
    required = serializers.BooleanField(help_text=REQUIRED)  # type: ignore[assignment]  # a member, not DRF's option
    edition_id = serializers.CharField(allow_null=True)
    vendor_org_id = serializers.CharField(allow_null=True)
    product_ids = serializers.ListField(child=serializers.CharField())
    consent_text = TranslatedOut()
    document_url = TranslatedOut()
    order = serializers.IntegerField()
    created = MomentField()
    modified = MomentField()
    version = serializers.IntegerField(help_text="1 for the first one.")
    supersedes_id = serializers.CharField(allow_null=True, help_text="The version before this one.")
    superseded_by_id = serializers.SerializerMethodField(
        help_text="The version that has taken its place; null while that is a draft."
    )

    @extend_schema_field(serializers.ChoiceField(ConsentScope.choices))
    def get_scope(self, consent: Any) -> str:
        if consent.edition_id:
            return ConsentScope.EDITION
        if consent.vendor_org_id:
            return ConsentScope.VENDOR
        return ConsentScope.PRODUCT if consent.product_ids else ConsentScope.ORGANIZATION

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_superseded_by_id(self, consent: Consent) -> str | None:
        later: Consent | None = getattr(consent, "superseded_by", None)
        return later.pk if later and later.published else None


class TextsField(TranslatedField):
    """What customers read, by language."""

    child = TextField(allow_blank=True, max_length=LONGEST_TEXT)


class ConsentChangeIn(StrictSerializer):
    """What to change of a consent; what is left out stays. Texts and addresses replace all that were there."""

    title = TextField(required=False, max_length=LONGEST_TITLE)
    type = serializers.ChoiceField(ConsentType.choices, required=False)
    enabled = serializers.BooleanField(required=False, help_text=ENABLED)
    published = serializers.BooleanField(required=False, help_text=PUBLISHED)
    required = serializers.BooleanField(required=False, help_text=REQUIRED)  # type: ignore[assignment]  # as above
    consent_text = TextsField(required=False, help_text="Text by language.")
    document_url = TranslatedField(required=False, help_text="Complete address by language, with https://.")
    edition_id = serializers.CharField(required=False, allow_null=True, max_length=100)
    vendor_org_id = serializers.CharField(required=False, allow_null=True, max_length=100)
    product_ids = serializers.ListField(
        child=serializers.CharField(max_length=100),
        required=False,
        max_length=MOST_PRODUCTS,
        help_text="Products of one edition.",
    )


class ConsentIn(ConsentChangeIn):
    """A new consent, of everybody unless one of edition, vendor and products is given; a draft unless published."""

    organization_id = serializers.CharField(max_length=100)
    title = TextField(max_length=LONGEST_TITLE)


class ArrangementIn(StrictSerializer):
    """The consents of an organization in their new order; those left out follow as they stood."""

    organization_id = serializers.CharField(max_length=100)
    consent_ids = serializers.ListField(
        child=serializers.CharField(max_length=100), allow_empty=False, max_length=MOST_AT_ONCE
    )


class ArrangementOut(serializers.Serializer[Any]):
    """The consents that were named, in their order."""

    results = ConsentOut(many=True)
