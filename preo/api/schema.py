"""The OpenAPI description: our operations as drf-spectacular reads them, and the problems each can answer."""

from typing import Any

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from preo.api.conditional import WRITES, ValidatedAnswers
from preo.api.errors import PROBLEM_JSON
from preo.api.idempotency import HEADER, PATTERN, REPLAYED, SafeRetries
from preo.api.reasons import HEADER as REASON_HEADER
from preo.idempotency.models import LONGEST_KEY
from preo.recording import LONGEST_REASON

documentation = csp_update({"style-src": [SELF, UNSAFE_INLINE], "worker-src": [SELF, "blob:"]})
"""For the pages of documentation: both write styles of their own, and Redoc searches in a worker that it makes."""


IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", str, OpenApiParameter.HEADER, description="The `ETag` of an earlier answer; 304 if it still holds."
)
IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="The `ETag` that was read; 412 if it no longer holds."
)
ETAG = OpenApiParameter(
    "ETag", str, OpenApiParameter.HEADER, response=[200], description="Changes whenever the answer does."
)
IS_REPLAYED = OpenApiParameter(
    REPLAYED,
    str,
    OpenApiParameter.HEADER,
    response=[200, 201, 202, 204, 409],
    enum=["true"],
    description="Only where the answer is the one that this key got first.",
)

REASON = OpenApiParameter(
    REASON_HEADER,
    {"type": "string", "minLength": 1, "maxLength": LONGEST_REASON},
    OpenApiParameter.HEADER,
    description="Why this is done, in printable characters of UTF-8, for the audit trail. "
    "A `reason` in the body counts before it.",
)


def idempotency_key(*, is_required_of_tokens: bool) -> OpenApiParameter:
    """The document can't say for whom a header is required; the description does."""
    needed = " Required of every credential but a person's own sign-in." if is_required_of_tokens else ""
    return OpenApiParameter(
        HEADER,
        {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": PATTERN},
        OpenApiParameter.HEADER,
        description="Makes it safe to send the request again: for 24 hours the same key gets the first answer, "
        f"and nothing more is done. It is a 409 while the first one runs, and a 422 for any other request.{needed}",
    )


class ProblemErrorOut(serializers.Serializer[Any]):
    """One bad field or parameter."""

    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemOut(serializers.Serializer[Any]):
    """Why a request was refused (RFC 9457); `code` is permanent and meant for programs."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = ProblemErrorOut(many=True)  # type: ignore[assignment]  # a member of that name


class Schema(AutoSchema):
    """Adds the problem documents, which no view needs to name."""

    global_params: list[Any] = []

    def get_override_parameters(self) -> list[Any]:
        parameters: list[Any] = [*super().get_override_parameters()]
        if self._has_etag():
            parameters += [IF_NONE_MATCH, ETAG]
        if self.method != "GET" and self.get_auth():
            parameters.append(REASON)
        if self.method in WRITES:
            parameters.append(IF_MATCH)
        if isinstance(self.view, SafeRetries) and self.method == "POST":
            needed = getattr(self.view, "action", None) in self.view.requires_idempotency_key
            parameters += [idempotency_key(is_required_of_tokens=needed), IS_REPLAYED]
        return parameters

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        responses = super()._get_response_bodies(direction)
        for status in self._problem_statuses():
            body = self._get_response_for_code(  # type: ignore[no-untyped-call]  # the library's own hook
                OpenApiResponse(ProblemOut), status, media_types=[PROBLEM_JSON]
            )
            responses.setdefault(status, {**body, "description": PROBLEMS[status]})
        if self._has_etag():
            responses["304"] = {"description": "Nothing has changed since the answer that `If-None-Match` names."}
        return responses

    def _has_etag(self) -> bool:
        if not isinstance(self.view, ValidatedAnswers) or self.method != "GET":
            return False
        return getattr(self.view, "action", None) not in ("list", *self.view.streams)

    def _problem_statuses(self) -> list[str]:
        is_write, is_open = self.method in ("POST", "PATCH", "PUT"), not self.get_auth()
        statuses = ["400", "401"]
        if not is_open:
            statuses.append("403")
        # Members of a body name rows as well.
        if "{" in self.path or self._is_list_view() or self._names_rows() or (is_write and not is_open):
            statuses.append("404")
        if is_write:
            statuses += ["413", "415"] if is_open else ["409", "413", "415"]
        if self.method == "DELETE":
            statuses.append("409")
        if self.method in WRITES:
            statuses.append("412")
        if isinstance(self.view, SafeRetries) and self.method == "POST":
            statuses.append("422")
        if self.view.get_throttles():
            statuses.append("429")
        return statuses

    def _names_rows(self) -> bool:
        parameters = getattr(self.view, "action_parameters", {}).get(getattr(self.view, "action", None), ())
        return any(name.endswith("_id") for name in parameters)


PROBLEMS = {
    "400": "A parameter or member is unknown, malformed or invalid; `errors` names each.",
    "401": "No valid credential was given.",
    "403": "The role or the scopes of the credential don't suffice.",
    "404": "There is nothing with this id that the credential can reach, or the list has no such page.",
    "409": "A rule refuses it; `code` names the rule.",
    "412": "The row has changed since the answer that `If-Match` names.",
    "413": "The body is too large.",
    "415": "The body must be application/json.",
    "422": "The `Idempotency-Key` came first with another request.",
    "429": "Too many tries; `Retry-After` says when the next one is heard.",
}
