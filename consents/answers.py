"""What customers answered, read: what holds now, and what was answered of words that are no longer asked."""

from collections.abc import Sequence

from django.db.models import Q, QuerySet, Subquery

from consents.models import Consent, ConsentAnswer
from consents.models.answers import ConsentAnswerQuerySet


def answers_of(customer_id: str) -> ConsentAnswerQuerySet:
    """All answers of one customer to whatever organization; narrow them to those that the reader may see."""
    return ConsentAnswer.objects.filter(known__customer=customer_id)


def answers_in_force(known_ids: Sequence[str]) -> ConsentAnswerQuerySet:
    """Of these customers, as organizations know them, the one answer to each consent that holds; in its order."""
    held = ConsentAnswer.objects.filter(known__in=known_ids).that_hold().select_related("consent")
    return held.order_by("consent__order", "line_id", "known_id")


def outdated(consent: Consent) -> QuerySet[ConsentAnswer]:
    """The newest answers of customers who agreed to an earlier version than the one in force, which is to be asked.

    `consent` is any version. Nothing where none is in force, and nobody who withdrew. By customer, as the index goes.
    """
    of_line = Q(pk=consent.line_id) | Q(first=consent.line_id)
    asked = Subquery(Consent.objects.in_force().filter(of_line).order_by().values("version"))
    rows = ConsentAnswer.objects.filter(line=consent.line_id, version__lt=asked, known__erased_at=None)
    return rows.given().that_hold().order_by("known_id", "id")
