"""The list of mass refunds, and the ways from it."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.admin import display
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from editions.admin.filters import EditionFilter
from preo.api.roles import Role
from preo.backoffice.scoped_admin import PageAdmin, holds_anywhere
from refunds.admin.batches.filters import BatchFilter
from refunds.admin.batches.lines import lines_view
from refunds.admin.batches.outcome import standing_pill, told
from refunds.admin.batches.page import batch_page
from refunds.admin.batches.planning import plan_view
from refunds.admin.batches.report import report_view
from refunds.admin.batches.standing import standings
from refunds.admin.batches.steps import STEPS, step_view
from refunds.models import RefundBatch

SUM = '<span class="one-sum">{}</span>'
BAR = '<progress max="{}" value="{}" aria-label="Paid back">{}</progress><small>{}</small>'

View = Callable[["BatchAdmin", HttpRequest, RefundBatch], HttpResponseBase]


class BatchList(ChangeList):
    """Its rows know how far they are, from one query for the page."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows: list[Any] = list(self.result_list)
        found = standings(rows)
        for row in rows:
            row.standing = found[row.pk]
        self.result_list = rows


@admin.register(RefundBatch)
class BatchAdmin(PageAdmin[RefundBatch]):
    related = ("organization", "edition__event", "staff_user", "approved_by")
    list_display = ("edition_name", "what_for", "status_pill", "planned", "progress", "asked_by", "asked_at")
    list_filter = (BatchFilter, "reason", ("edition", EditionFilter))
    ordering = ("-created", "-id")
    # Each row counts its lines, of which there may be tens of thousands.
    list_per_page = 20
    page_template = "admin/refunds/refundbatch/page.html"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return BatchList

    def has_add_permission(self, request: HttpRequest) -> bool:
        return holds_anywhere(request.user, Role.STAFF)

    def get_urls(self) -> list[URLPattern]:
        views: dict[str, View] = {name: partial(step_view, step=step) for name, step in STEPS.items()}
        views |= {"lines": lines_view, "report": report_view}
        own = [
            path(f"<path:object_id>/{name}/", self._of_one(view), name=f"refunds_refundbatch_{name}")
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return plan_view(self, request)

    def page_context(self, request: HttpRequest, row: RefundBatch) -> dict[str, Any]:
        user: Any = request.user
        return {"page": batch_page(row, user), "is_still": "still" in request.GET}

    def _of_one(self, view: View) -> Any:
        """A page about one mass refund. One out of reach is as missing as one that isn't there."""

        def opened(request: HttpRequest, object_id: str) -> HttpResponseBase:
            batch = self.get_object(request, object_id) if self.has_view_permission(request) else None
            if batch is None:
                raise Http404
            return view(self, request, batch)

        return self.admin_site.admin_view(opened)

    @display(description="Edition", ordering="edition__name")
    def edition_name(self, batch: RefundBatch) -> str:
        return str(batch.edition)

    @display(description="Reason", ordering="reason")
    def what_for(self, batch: RefundBatch) -> SafeString:
        return format_html("{}<small>{}</small>", batch.get_reason_display(), batch.get_scope_display())

    @display(description="Status", ordering="status")
    def status_pill(self, batch: Any) -> SafeString:
        return standing_pill(batch, batch.standing.progress)

    @display(description="Planned")
    def planned(self, batch: Any) -> SafeString:
        return format_html_join(" ", SUM, ([sum_.formatted()] for sum_ in batch.standing.planned))

    @display(description="Progress")
    def progress(self, batch: Any) -> SafeString | str:
        done = batch.standing.progress
        if batch.approved_at is None:
            return f"{done.total} line{'' if done.total == 1 else 's'}"
        words = told(done)
        return format_html(BAR, done.total, done.processed, words, words)

    @display(description="Asked by")
    def asked_by(self, batch: RefundBatch) -> str:
        return str(batch.staff_user)

    @display(description="Asked", ordering="created")
    def asked_at(self, batch: RefundBatch) -> str:
        return f"{batch.created:%-d %b %Y, %H:%M}"
