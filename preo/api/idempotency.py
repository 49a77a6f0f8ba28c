"""`Idempotency-Key`: a POST that is sent again, because nobody heard what became of it, has its effect once."""

import hashlib
import re
from collections.abc import Callable, Collection
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar

from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from preo.api.errors import HeaderRefused
from preo.api.json import BodyTooLarge
from preo.api.roles import Role
from preo.errors import DomainError
from preo.idempotency import operations
from preo.idempotency.models import LONGEST_KEY, Attempt, KeptAnswer

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
PATTERN = "^[!-~]+$"
_ACCEPTABLE = re.compile(f"[!-~]{{1,{LONGEST_KEY}}}")


class KeyRefused(HeaderRefused):
    header = HEADER


class KeyRequired(KeyRefused):
    default_detail = "Send this header, with a key of its own for each thing that is to be done."
    default_code = "idempotency_key_required"


class KeyInvalid(KeyRefused):
    default_detail = f"This must be 1 to {LONGEST_KEY} visible ASCII characters."
    default_code = "idempotency_key_invalid"


class KeyInUse(KeyRefused):
    status_code = HTTPStatus.CONFLICT
    default_detail = "The first request with this key is still running."
    default_code = "idempotency_key_in_use"
    wait = 1
    """Seconds, for `Retry-After`."""


class KeyReused(KeyRefused):
    status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    default_detail = "This key came first with another request; take a new one."
    default_code = "idempotency_key_reused"


class SafeRetries(APIView):
    """Every POST takes an `Idempotency-Key`.

    The handler runs within a transaction that holds the key and ends with recording the answer, so that effect and
    answer are there together or not at all. What is checked before the handler is checked again on each try.
    Rule: "Safe retries" in docs/rules.md.
    """

    requires_idempotency_key: ClassVar[Collection[str]] = ()
    """The actions for which every credential but a person's own sign-in has to send one."""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        handler = getattr(self, "post", None)
        if request.method == "POST" and handler is not None:
            # This is where REST framework looks for the handler, once it knows the caller and what that may do.
            vars(self)["post"] = partial(self._post, handler)
        return super().dispatch(request, *args, **kwargs)

    def _post(self, handler: Callable[..., Any], request: Request, *args: Any, **kwargs: Any) -> Any:
        key = self._key_of(request)
        if key is None:
            return handler(request, *args, **kwargs)
        attempt = Attempt(str(request.user.pk), _credential_of(request), key, _fingerprint_of(request))
        return self._once(attempt, partial(handler, request, *args, **kwargs), now=timezone.now())

    def _key_of(self, request: Request) -> str | None:
        """Raises KeyInvalid and KeyRequired."""
        key = request.headers.get(HEADER)
        if key is None:
            if getattr(self, "action", None) in self.requires_idempotency_key and _credential_of(request):
                raise KeyRequired
        elif not _ACCEPTABLE.fullmatch(key):
            raise KeyInvalid
        return key

    @transaction.atomic
    def _once(self, attempt: Attempt, handle: Callable[[], Any], *, now: datetime) -> Any:
        if not operations.hold(attempt):
            raise KeyInUse
        if kept := operations.find(attempt, now=now):
            return _again(kept, attempt, self.request.user)
        answer = self._decided(handle)
        operations.keep(
            attempt,
            rights=_rights_of(self.request.user),
            status=answer.status_code,
            headers=dict(answer.headers),
            body=answer.content,
            now=now,
        )
        return answer

    def _decided(self, handle: Callable[[], Any]) -> Any:
        """What was done, or which rule said no. Any other refusal is raised, and leaves the key as if never sent."""
        try:
            with transaction.atomic():
                answer = handle()
        except DomainError as refusal:
            answer = self.handle_exception(refusal)
        answer = self.finalize_response(self.request, answer, *self.args, **self.kwargs)
        return answer.render() if isinstance(answer, Response) else answer


def _again(kept: KeptAnswer, attempt: Attempt, user: Any) -> HttpResponse:
    """The first answer. Raises KeyReused; PermissionDenied for who can do less than when it was given."""
    if kept.fingerprint != attempt.fingerprint:
        raise KeyReused
    if not _has_still(user, kept.rights):
        raise PermissionDenied("This credential can do less than when it first sent this key.", code="rights_lost")
    answer = HttpResponse(bytes(kept.body), status=kept.status, headers=kept.headers)
    if "Content-Type" not in kept.headers:
        del answer.headers["Content-Type"]
    answer.headers[REPLAYED] = "true"
    return answer


def _credential_of(request: Request) -> str:
    """What acts in place of a person, of whom no two share an answer; empty for a person's own sign-in."""
    user: Any = request.user
    return user.token.pk if user.token else ""


def _fingerprint_of(request: Request) -> str:
    try:
        body = request._request.body
    except RequestDataTooBig:
        raise BodyTooLarge from None
    content_type = request.headers.get("Content-Type", "")
    asked = "\0".join((str(request.method), request.get_full_path(), content_type, ""))
    return hashlib.sha256(asked.encode() + body).hexdigest()


def _rights_of(user: Any) -> dict[str, Any]:
    reach = user.reach
    return {
        "scopes": sorted(user.scopes),
        "organizations": dict(reach.organizations),
        "editions": {edition: [held.organization_id, held.role] for edition, held in reach.editions.items()},
    }


def _has_still(user: Any, rights: dict[str, Any]) -> bool:
    held = [(organization, None, role) for organization, role in rights["organizations"].items()]
    held += [(organization, edition, role) for edition, (organization, role) in rights["editions"].items()]
    now = [(user.reach.role_on(organization_id=org, edition_id=edition), Role(role)) for org, edition, role in held]
    return user.scopes >= set(rights["scopes"]) and all(role and role.includes(needed) for role, needed in now)
