"""Writing a message: its page, what its buttons do, and taking it away."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from editions.admin.email_messages.blocks import FORMS, ImageForm
from editions.admin.email_messages.copies import AdoptForm, organizations_of
from editions.admin.email_messages.editor import Editor, languages_for
from editions.choices import EmailType
from editions.messages.uses import uses_of
from editions.messages.variables import VARIABLES
from editions.models import EmailMessage
from editions.operations.email_messages import delete_email_message, lock_email_message, update_email_message
from preo.audit.trail import trail_of
from preo.backoffice.editable_form import CHANGED_SINCE, state_of
from preo.errors import DomainError, InvalidField, Problem

PAGE = "admin/editions/emailmessage/page.html"
REMOVE = "admin/editions/emailmessage/remove.html"
CHANGE = "admin:editions_emailmessage_change"
CHANGELIST = "admin:editions_emailmessage_changelist"
SAVE = "save"
UNSAVED = "Save your changes first: this goes by what is saved. All that you typed is still below."


def edit_view(page: Any, request: HttpRequest, message: EmailMessage) -> HttpResponse:
    """The page of a message. Any button but the one that saves changes the page alone."""
    why_not = page.why_not_edit(request.user, message)
    editor = Editor.stored(message) if request.method != "POST" else Editor.sent(message, request.POST, request.FILES)
    if request.method == "POST":
        if why_not:
            raise PermissionDenied
        answer = _pressed(request, editor)
        if isinstance(answer, HttpResponse):
            return answer
        editor = answer
    return _shown(page, request, editor, why_not=why_not)


def unsaved_view(page: Any, request: HttpRequest, message: EmailMessage) -> HttpResponse | None:
    """The page as it was typed, with the request to save it first; None if what was sent is what is stored."""
    if "block_count" not in request.POST or page.why_not_edit(request.user, message):
        return None
    editor = Editor.sent(message, request.POST, request.FILES)
    if editor.is_as_stored():
        return None
    user: Any = request.user
    editor.store_images(by=user, now=timezone.now())
    editor.is_valid()
    editor.refuse(Problem("", "unsaved", UNSAVED))
    return _shown(page, request, editor, why_not=None)


def remove_view(page: Any, request: HttpRequest, message: EmailMessage) -> HttpResponse:
    """Asks first; one that is in use says where and stays."""
    if page.why_not_edit(request.user, message):
        raise PermissionDenied
    user: Any = request.user
    uses = uses_of(message)
    if request.method == "POST" and not uses:
        try:
            delete_email_message(message, by=user, now=timezone.now())
        except DomainError as refusal:
            messages.error(request, refusal.detail)
            return redirect(CHANGE, message.pk)
        messages.success(request, f"The message {message.title} was deleted.")
        return redirect(CHANGELIST)
    response: HttpResponse = page.page(request, REMOVE, title=f"Delete {message.title}", message=message, uses=uses)
    return response


def _shown(page: Any, request: HttpRequest, editor: Editor, *, why_not: str | None) -> HttpResponse:
    shown = _context(request, editor) | {"why_not": why_not}
    response: HttpResponse = page.page(request, PAGE, title=editor.message.title, **shown)
    return response


def _context(request: HttpRequest, editor: Editor) -> dict[str, Any]:
    user: Any = request.user
    message = editor.message
    return {
        "message": message,
        "editor": editor,
        # The platform has no images of its own.
        "kinds": [kind for kind in FORMS.values() if message.organization or kind is not ImageForm],
        "languages": languages_for(message),
        "variables": VARIABLES[EmailType(message.type)],
        "adopt": AdoptForm(message, user, initial=request.POST.dict()),
        "organizations": () if message.organization else organizations_of(user),
        "trail": trail_of([message], currency="", in_full=True),
        "history_url": reverse("admin:editions_emailmessage_history", args=[message.pk]),
    }


def _pressed(request: HttpRequest, editor: Editor) -> Editor | HttpResponse:
    """What the button leads to: the page again, or having saved."""
    user: Any = request.user
    editor.store_images(by=user, now=timezone.now())
    if not editor.is_valid():
        return editor
    button = request.POST.get("do", SAVE)
    if button != SAVE:
        return editor.after(button)
    problems = _save(editor, user)
    for problem in problems:
        editor.refuse(problem)
    if problems:
        return editor
    messages.success(request, "Saved.")
    return redirect(CHANGE, editor.message.pk)


def _save(editor: Editor, user: Any) -> list[Problem]:
    """What stood in the way; nothing was written then."""
    try:
        with transaction.atomic():
            if state_of(lock_email_message(editor.message)) != editor.opened_state:
                return [Problem("", "stale", CHANGED_SINCE)]
            update_email_message(editor.message, changes=editor.values(), by=user, now=timezone.now())
    except InvalidField as problem:
        return [Problem(problem.field, problem.code, problem.detail)]
    except DomainError as refusal:
        return [Problem(refusal.field or "", refusal.code, refusal.detail), *_above(refusal)]
    return []


def _above(refusal: DomainError) -> list[Problem]:
    """Each use that stands in the way, told above the form: no field here is about it."""
    return [Problem("", found.code, found.detail) for found in refusal.problems]
