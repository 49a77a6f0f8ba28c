"""The preview beside the editor: the rendered message as a page of its own, for a frame without scripts."""

from collections.abc import Callable, Mapping
from typing import Any

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin

from editions.admin.email_messages.editor import Editor
from editions.choices import Language
from editions.messages.content import require_sound_content
from editions.messages.previews import preview
from editions.models import EmailMessage
from preo.errors import InvalidField

WRONG = "admin/editions/emailmessage/not_shown.html"

FindVariables = Callable[[EmailMessage, str, str | None], Mapping[str, Any]]


POLICY = {
    "default-src": [NONE],
    # What a mail shows may come from a bucket or CDN, and its styles stand in it.
    "img-src": [SELF, "data:", "https:"],
    "style-src": [UNSAFE_INLINE],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
}


def framed(show: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """The view, as one that may stand in a frame of ours and do nothing there."""
    return csp(POLICY)(xframe_options_sameorigin(show))


def show_preview(request: HttpRequest, message: EmailMessage, *, variables_of: FindVariables) -> HttpResponse:
    """The message as it is stored, or by POST as it was typed; what keeps it from being shown is said in its place."""
    asked = request.POST if request.method == "POST" else request.GET
    language, order_id = asked.get("preview_language") or None, asked.get("preview_order", "").strip()
    try:
        shown = preview(
            _typed(request, message),
            language=language,
            root=request.build_absolute_uri("/"),
            variables=variables_of(message, order_id, language) if order_id else None,
        )
    except InvalidField as problem:
        return render(request, WRONG, {"place": _words_of(problem.field), "detail": problem.detail}, status=400)
    return HttpResponse(shown.html)


def _typed(request: HttpRequest, message: EmailMessage) -> EmailMessage:
    """Raises InvalidField for what can't be sent like this."""
    if request.method != "POST" or "block_count" not in request.POST:
        return message
    editor = Editor.sent(message, request.POST, request.FILES)
    if not editor.is_valid():
        raise InvalidField("", "invalid", "Something that was typed can't be taken. Save to see what.")
    draft = editor.draft()
    require_sound_content(draft)
    return draft


def _words_of(path: str) -> str:
    """Where in the editor a path such as `blocks.2.text.en` leads."""
    first, *rest = path.split(".")
    languages = dict(Language.choices)
    if first != "blocks" or not rest:
        words = [first.replace("_", " ").capitalize(), *rest]
    else:
        words = [f"Block {int(rest[0]) + 1}" if rest[0].isdecimal() else rest[0], *rest[1:]]
    return ", ".join(str(languages.get(word, word)) for word in words if word)
