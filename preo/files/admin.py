"""Stored images for staff: see them, bring new ones, describe them, and see where each is used."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import display
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from preo.accounts.models import Organization
from preo.api.fields import image_urls
from preo.backoffice.editable_admin import EditableAdmin
from preo.backoffice.editable_form import EditableForm
from preo.backoffice.scoped_admin import ReachableFilter
from preo.errors import InvalidField
from preo.files.forms import MOST_UPLOADS, UploadField
from preo.files.images import MOST_BYTES
from preo.files.models import StoredFile
from preo.files.operations import clean_tags, delete_file, describe_file, store_picture
from preo.files.uses import Use, uses_of

SHOWN_USES = 50


class TagsField(forms.CharField):
    """Words or phrases separated by commas; its value is a list."""

    def to_python(self, value: Any) -> Any:
        return [tag for part in str(value or "").split(",") if (tag := " ".join(part.split()))]

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def validate(self, value: Any) -> None:
        try:
            clean_tags(value)
        except InvalidField as problem:
            raise forms.ValidationError(problem.detail, code=problem.code) from None

    def run_validators(self, value: Any) -> None:
        """A list has no characters to count."""


class DescribeForm(EditableForm):
    """What people and search engines are told of an image."""

    tags = TagsField(required=False, help_text="Separated by commas. Staff find the image by them.")

    class Meta:
        model = StoredFile
        fields = ("image_alt_text", "caption", "copyright", "tags")
        help_texts = {"image_alt_text": "What the image shows, for those who can't see it."}


class UploadForm(forms.Form):
    images = UploadField(
        label="Images",
        help_text=f"JPEG, PNG, WebP or GIF, up to {MOST_BYTES // 1024**2} MB each and {MOST_UPLOADS} at once. "
        "Where and with what they were taken is removed.",
    )


@admin.register(StoredFile)
class StoredFileAdmin(EditableAdmin[StoredFile]):
    form = DescribeForm
    owner_field = "organization"
    related = ("organization",)
    upload_template = "admin/files/storedfile/upload.html"
    delete_confirmation_template = "admin/files/storedfile/remove.html"
    list_display = ("thumbnail", "file_name", "owner", "measures", "tag_list", "created")
    list_display_links = ("file_name",)
    list_filter = (("organization", ReachableFilter),)
    search_fields = ("file_name", "image_alt_text", "caption", "tags")
    search_help_text = "Part of a name, an alternative text, a caption or a tag."
    ordering = ("-created", "-id")
    fieldsets = (
        ("Image", {"fields": ("picture", "file_name", "owner", "measures", "addresses")}),
        ("In words", {"fields": DescribeForm.Meta.fields}),
        ("Used by", {"fields": ("used_by",)}),
    )
    readonly_fields = ("picture", "file_name", "owner", "measures", "addresses", "used_by")

    @display(description="Image")
    def thumbnail(self, file: StoredFile) -> SafeString:
        address = image_urls(file.key, None)["thumbnail"]
        return format_html('<img class="thumbnail" src="{}" alt="" width="64" height="64" loading="lazy">', address)

    @display(description="Preview")
    def picture(self, file: StoredFile) -> SafeString:
        address = image_urls(file.key, None)["optimized"]
        return format_html('<img class="preview" src="{}" alt="{}">', address, file.image_alt_text)

    @display(description="Organization")
    def owner(self, file: StoredFile) -> str:
        """By name alone: the organization's own page is for superusers."""
        return file.organization.name

    @display(description="Size", ordering="size")
    def measures(self, file: StoredFile) -> str:
        pixels = f"{file.width} \N{MULTIPLICATION SIGN} {file.height} pixels, " if file.width else ""
        return pixels + filesizeformat(file.size)

    @display(description="Tags")
    def tag_list(self, file: StoredFile) -> str:
        return ", ".join(file.tags)

    @display(description="Open as")
    def addresses(self, file: StoredFile) -> SafeString:
        links = ((address, size) for size, address in image_urls(file.key, None).items())
        return format_html_join(" \N{MIDDLE DOT} ", '<a href="{}">{}</a>', links)

    @display(description="Where")
    def used_by(self, file: StoredFile) -> str | SafeString:
        uses = list(islice(uses_of(file), SHOWN_USES + 1))
        more = format_html("<li>and more</li>") if len(uses) > SHOWN_USES else ""
        named = format_html_join("", "<li>{}</li>", ((self._named(use),) for use in uses[:SHOWN_USES]))
        return format_html('<ul class="uses">{}{}</ul>', named, more) if uses else "Nowhere; it can be deleted."

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Several at once, which a form of one row could not take."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        organization = self.chosen_owner(request)
        if organization is None:
            return self.page(request, self.choose_template, title="Upload images", **self.offer(request))
        form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
        if form.is_valid():
            return self._keep(request, organization, form.cleaned_data["images"])
        return self.page(request, self.upload_template, title="Upload images", form=form, organization=organization)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Without a button for adding another one, which this form can't."""
        alone = {"show_save_and_add_another": False}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **alone})

    def write(self, request: HttpRequest, row: StoredFile, changes: Mapping[str, Any]) -> None:
        user: Any = request.user
        describe_file(row, changes=changes, by=user, now=timezone.now())

    def remove(self, request: HttpRequest, row: StoredFile) -> None:
        user: Any = request.user
        delete_file(row, by=user, now=timezone.now())

    def _keep(self, request: HttpRequest, organization: Organization, uploads: list[Any]) -> HttpResponse:
        user: Any = request.user
        for upload in uploads:
            store_picture(organization, file_name=upload.file_name, picture=upload.picture, by=user, now=timezone.now())
        messages.success(request, f"{len(uploads)} image{'s' * (len(uploads) != 1)} uploaded.")
        return redirect("admin:files_storedfile_changelist")

    def _named(self, use: Use) -> str | SafeString:
        """With a link where the row has a page here."""
        options = use.row._meta
        if type(use.row) not in self.admin_site._registry:
            return capfirst(str(use))
        page = reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[use.row.pk])
        return format_html('{} <a href="{}">{}</a>', capfirst(use.kind), page, use.row)
