"""Conditional requests (RFC 9110, section 13): 304 for a reader who has the answer, 412 for a writer who hasn't."""

import hashlib
from collections.abc import Collection
from copy import copy
from http import HTTPStatus
from typing import Any, ClassVar

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models import Model
from django.http import HttpResponseBase, HttpResponseNotModified
from django.utils.http import parse_etags, quote_etag
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from preo.api.json import dumps

READS = ("GET", "HEAD")
WRITES = ("PATCH", "DELETE")


class Stale(APIException):
    status_code = HTTPStatus.PRECONDITION_FAILED
    default_detail = "This has changed since; read it again."
    default_code = "stale"


def etag_of(body: bytes) -> str:
    """A strong validator: the same for the same bytes and no others."""
    return quote_etag(hashlib.sha256(body).hexdigest()[:32])


class ValidatedAnswers(APIView):
    """Every answer about one resource carries an ETag; `If-None-Match` on a read is a 304."""

    streams: ClassVar[Collection[str]] = ()
    """The actions whose answer is sent while it is read, and so can't carry one."""

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        if self._is_about_one(request) and response.status_code == HTTPStatus.OK:
            response.add_post_render_callback(lambda rendered: _validated(request, rendered))
        return response

    def _is_about_one(self, request: Request) -> bool:
        return request.method in (*READS, "PATCH") and getattr(self, "action", None) not in ("list", *self.streams)


class ConditionalWrites(ValidatedAnswers, GenericViewSet[Any]):
    """`If-Match` on a write is a 412 unless it names what a GET would answer now.

    The row is locked before it is compared and until the write is done, so that of two writers who read the same
    state only one gets through.
    """

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if request.method not in WRITES or "If-Match" not in request.headers:
            return super().dispatch(request, *args, **kwargs)
        with transaction.atomic():
            return super().dispatch(request, *args, **kwargs)

    def get_object(self) -> Any:
        row = super().get_object()
        if self.request.method in WRITES and (wanted := self.request.headers.get("If-Match")) is not None:
            self._require_unchanged(row, parse_etags(wanted))
        return row

    def _require_unchanged(self, row: Model, tags: list[str]) -> None:
        try:
            self.hold(row)
        except ObjectDoesNotExist:
            # Somebody deleted it since it was loaded.
            raise Stale from None
        if tags != ["*"] and etag_of(self._body_of_a_read(row)) not in tags:
            raise Stale
        row.refresh_from_db()

    def hold(self, row: Model) -> None:
        """Lock the row. The override point for views whose operations lock another row before this one."""
        type(row)._base_manager.select_for_update(of=("self",)).get(pk=row.pk)

    def _body_of_a_read(self, row: Model) -> bytes:
        reader: Any = copy(self)
        reader.action = "retrieve"
        return dumps(reader.get_serializer(reader.get_queryset().get(pk=row.pk)).data)


def _validated(request: Request, response: Response) -> HttpResponseBase:
    etag = etag_of(response.rendered_content)
    response.headers["ETag"] = etag
    response.headers.setdefault("Cache-Control", "private, no-cache")
    tags = parse_etags(request.headers.get("If-None-Match", "")) if request.method in READS else []
    # Weak comparison, as section 13.1.2 has it for reads.
    if tags != ["*"] and etag not in [tag.removeprefix("W/") for tag in tags]:
        return response
    answer = HttpResponseNotModified()
    for name in {"ETag", "Cache-Control", "Vary"} & response.headers.keys():
        answer.headers[name] = response.headers[name]
    return answer
