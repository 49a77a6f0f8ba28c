"""The words that customers read of a consent, for who records an answer and for who looks at one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from consents.admin.reading import Reading
from consents.answers import answers_of
from consents.evidence import shown, text_sha256
from consents.models import Consent, ConsentAnswer
from editions.choices import Language
from preo.accounts.models import Customer
from preo.api.roles import Role
from preo.public_ids import NotAPublicId, parse

TEMPLATE = "admin/accounts/customer/words.html"


@dataclass(frozen=True, slots=True)
class Version:
    """What customers read of one version, in each language that it is written in."""

    consent: Consent
    name: str
    reading: Sequence[Reading]
    is_open: bool


def version_of(consent: Consent, *, name: str, is_open: bool) -> Version:
    """No query."""
    reading = [reading_in(consent, language=code) for code in Language.values]
    return Version(consent, name, [part for part in reading if part.text or part.document], is_open)


def reading_in(consent: Consent, *, language: str) -> Reading:
    """Both the text and the document can be empty."""
    name = dict(Language.choices).get(language, language)
    return Reading(language, str(name), *shown(consent, language=language))


def words_view(page: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """What was shown to the customer before an answer; the address names it."""
    customer = page.get_object(request, object_id)
    if customer is None:
        nowhere: HttpResponse = page.nothing_there(request, object_id)
        return nowhere
    answer = _answer_of(customer, request)
    response: HttpResponse = page.page(
        request,
        TEMPLATE,
        title="What was shown",
        customer=customer,
        answer=answer,
        part=reading_in(answer.consent, language=answer.language),
        is_as_recorded=text_sha256(answer.consent, language=answer.language) == answer.text_sha256,
    )
    return response


def _answer_of(customer: Customer, request: HttpRequest) -> ConsentAnswer:
    """Raises Http404."""
    asked = request.GET.get("answer", "")
    try:
        parse("ans", asked)
    except NotAPublicId:
        raise Http404 from None
    answers = answers_of(customer.pk).visible_to(request.user, role=Role.STAFF).filter(pk=asked)
    answer = answers.select_related("consent__organization", "recorded_by").first()
    if answer is None:
        raise Http404
    return answer
