"""Sending oneself a test of a message, from its page."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from editions.admin.email_messages.copies import CHANGE, chosen_organization
from editions.messages.trials import TrialThrottle
from editions.models import EmailMessage
from editions.operations.email_trials import send_test
from preo.api.roles import Role
from preo.errors import InvalidField


def trial_view(page: Any, request: HttpRequest, message: EmailMessage) -> HttpResponse:
    """Sends the message as it is stored to whoever asks, as often as over REST."""
    throttle: Any = TrialThrottle()
    if throttle.allow_request(request, page):
        _send(request, message)
    else:
        messages.error(request, "These were many tests; wait a while before the next one.")
    return redirect(CHANGE, message.pk)


def _send(request: HttpRequest, message: EmailMessage) -> None:
    user: Any = request.user
    organization = message.organization or chosen_organization(request, role=Role.STAFF)
    language = request.POST.get("language", "")
    try:
        reader = send_test(message, organization=organization, language=language, by=user, now=timezone.now())
    except InvalidField as problem:
        messages.error(request, problem.detail)
    else:
        messages.success(request, f"A test is on its way to {reader.email}.")
