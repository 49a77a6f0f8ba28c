"""One form for each tab of an edition's page; together they hold every setting of an edition."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Q

from editions.admin.edition_page.choosing import add_url, may_add, offer
from editions.admin.edition_page.fields import LocalMomentField, ObjectField
from editions.admin.edition_page.grouping import Group, GroupedForm
from editions.admin.edition_page.words import words_of
from editions.admin.edition_page.zones import timezone_choices
from editions.choices import CountryCode, Language, SmsSenderName, TaxType
from editions.models import Edition, EmailMessage, FeeRule, MerchantAccount
from editions.operations.soundness import EMAIL_TYPES
from preo.backoffice.forms import RateField, TranslatedField
from preo.files.forms import ImageChoiceField
from preo.money import Currency


class SettingsForm(GroupedForm):
    """Some settings of one edition, under the names of its columns."""

    def __init__(self, edition: Edition, *, user: Any, now: datetime, data: Any = None, files: Any = None) -> None:
        self.edition, self.user, self.now = edition, user, now
        super().__init__(data, files, initial=self.current())
        self.prepare()

    def current(self) -> dict[str, Any]:
        """The values of the columns; of another row its id."""
        columns = {field.name: field.attname for field in Edition._meta.concrete_fields}
        return {name: getattr(self.edition, columns[name]) for name in self.base_fields}

    def prepare(self) -> None:
        """The override point for choices and fields that depend on the edition."""

    def changes(self) -> dict[str, Any]:
        """What is new, by the names of the columns. Needs a valid form."""
        return {name: self.cleaned_data[name] for name in self.changed_data}

    def links_of(self, group: Group) -> list[tuple[str, str]]:
        return [
            (f"Add {name}", add_url(model, self.edition))
            for name, model in group.kinds.items()
            if may_add(self.user, model, self.edition)
        ]

    def words(self) -> Iterator[tuple[Group, list[tuple[str, str]]]]:
        """What the form would show, for those who can't change it: labels and values, in groups."""
        for group, fields, _ in self.shown_groups():
            yield group, [(str(bound.label), words_of(bound, bound.initial)) for bound in fields]


class GeneralForm(SettingsForm):
    groups = (
        Group("Name and country", ("name", "default_country_code")),
        Group("For other systems", ("metadata",), about="A JSON object of your own. Nothing here reads it."),
    )
    name = forms.CharField(max_length=200, help_text="Customers read it behind the name of the event.")
    default_country_code = forms.ChoiceField(
        label="Country", choices=CountryCode.choices, help_text="Customers' phone numbers start with its prefix."
    )
    metadata = ObjectField(label="Metadata")


class DatesForm(SettingsForm):
    groups = (
        Group("When it takes place", ("start_date", "end_date"), is_row=True),
        Group("Where it takes place", ("timezone",)),
    )
    start_date = LocalMomentField(label="Starts")
    end_date = LocalMomentField(label="Ends")
    timezone = forms.ChoiceField(help_text="The dates above are what clocks show there.")

    def prepare(self) -> None:
        fields: Any = self.fields
        fields["timezone"].choices = timezone_choices(self.now, chosen=self.edition.timezone)
        fields["start_date"].zone = fields["end_date"].zone = ZoneInfo(self.edition.timezone)

    def changes(self) -> dict[str, Any]:
        """In another timezone the same time of day is another moment, so the dates come along."""
        changed = super().changes()
        if "timezone" in changed:
            changed |= {name: self.cleaned_data[name] for name in ("start_date", "end_date")}
        return changed


class LanguagesForm(SettingsForm):
    groups = (Group("Languages", ("enabled_languages", "default_language")),)
    enabled_languages = forms.MultipleChoiceField(
        choices=Language.choices, widget=forms.CheckboxSelectMultiple, help_text="What customers can choose from."
    )
    default_language = forms.ChoiceField(
        choices=Language.choices, help_text="Shown to customers who choose none, and wherever a translation is missing."
    )


class MoneyForm(SettingsForm):
    groups = (
        Group(
            "Payments",
            ("currency", "merchant_account", "fee_rule"),
            kinds={"merchant account": MerchantAccount, "fee rule": FeeRule},
        ),
        Group("Taxes", ("tax_type",), about="Prices include tax."),
        Group(
            "Usual tax rates",
            ("default_price_tax_rate", "default_deposit_tax_rate", "default_packaging_deposit_tax_rate"),
            about="In percent. A product can have rates of its own.",
            is_row=True,
        ),
        Group(
            "For the payment provider",
            ("merchant_account_extra_parameters", "merchant_id"),
            about="Only what the provider has asked for.",
        ),
    )
    currency = forms.ChoiceField(choices=Currency.choices, help_text="It stays once something has been ordered.")
    merchant_account = forms.ModelChoiceField(
        queryset=MerchantAccount.objects.none(),
        required=False,
        empty_label="None yet",
        help_text="Where the money goes. It must take the currency.",
    )
    fee_rule = forms.ModelChoiceField(
        queryset=FeeRule.objects.none(),
        required=False,
        empty_label="No fees",
        help_text="What comes on top of each unit and each payment.",
    )
    tax_type = forms.ChoiceField(label="Kind of tax", choices=TaxType.choices)
    default_price_tax_rate = RateField(label="On prices")
    default_deposit_tax_rate = RateField(label="On deposits")
    default_packaging_deposit_tax_rate = RateField(label="On packaging deposits")
    merchant_account_extra_parameters = ObjectField(
        label="Extra parameters", help_text="A JSON object that goes along with every payment."
    )
    merchant_id = ObjectField(label="Merchant ids", help_text="A JSON object: ids for split payments, by provider.")

    def prepare(self) -> None:
        ours = Q(organization_id=self.edition.organization_id)
        for name in ("merchant_account", "fee_rule"):
            offer(self, name, edition=self.edition, user=self.user, suitable=ours)


class TextsForm(SettingsForm):
    groups = (
        Group(
            "The edition's page",
            ("meta_title", "meta_description", "meta_image"),
            about="What search engines and shared links show.",
        ),
    )
    meta_title = TranslatedField(label="Title", max_length=200, required=False)
    meta_description = TranslatedField(label="Description", max_length=1000, rows=4, required=False)
    meta_image = ImageChoiceField(label="Image", required=False)

    def current(self) -> dict[str, Any]:
        """Without the image, of which its own field knows."""
        return {name: value for name, value in super().current().items() if name != "meta_image"}

    def prepare(self) -> None:
        fields: Any = self.fields
        leading = self.edition.default_language
        codes = sorted(self.edition.enabled_languages, key=lambda code: code != leading)
        for name in ("meta_title", "meta_description"):
            fields[name].offer([(code, Language(code).label) for code in codes])
        image = self.edition.meta_image
        fields["meta_image"].offer(self.edition.organization, chosen=[image] if image else [])

    def changes(self) -> dict[str, Any]:
        """Stores a new image; call it once, outside of transactions."""
        changed = super().changes()
        if "meta_image" in changed:
            stored = changed["meta_image"].stored(self.edition.organization, by=self.user, now=self.now)
            changed["meta_image"] = next(iter(stored), None)
        return changed


class MessagesForm(SettingsForm):
    groups = (
        Group("Sender", ("email_sender_name", "email_sender_address", "email_reply_to", "sms_sender_name")),
        Group(
            "Messages",
            ("transaction_receipt_email", "refund_confirmation_email"),
            kinds={"e-mail message": EmailMessage},
        ),
    )
    email_sender_name = forms.CharField(required=False, max_length=50, label="Name of the sender")
    email_sender_address = forms.EmailField(
        required=False,
        max_length=254,
        label="Address of the sender",
        help_text="On a domain of yours that was verified. Without one, e-mail comes from the platform's address.",
    )
    email_reply_to = forms.EmailField(
        required=False, max_length=254, label="Answers go to", help_text="Where customers' replies arrive."
    )
    sms_sender_name = forms.ChoiceField(label="SMS come from", choices=SmsSenderName.choices)
    transaction_receipt_email = forms.ModelChoiceField(
        label="Receipt", queryset=EmailMessage.objects.none(), required=False, empty_label="None yet"
    )
    refund_confirmation_email = forms.ModelChoiceField(
        label="Refund confirmation", queryset=EmailMessage.objects.none(), required=False, empty_label="None yet"
    )

    def prepare(self) -> None:
        whose = Q(organization_id=self.edition.organization_id) | Q(organization_id=None)
        where = Q(edition_id=self.edition.pk) | Q(edition_id=None)
        for name, types in EMAIL_TYPES.items():
            offer(self, name, edition=self.edition, user=self.user, suitable=whose & where & Q(type__in=types))
