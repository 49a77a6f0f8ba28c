"""What a customer agreed to, as far as it is in reach: what holds now, and every answer that led there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from consents.answers import answers_of
from consents.choices import AnswerState
from consents.models import Consent, ConsentAnswer
from preo.accounts.models import Customer, OrganizationCustomer
from preo.api.roles import Role

MOST_ANSWERS = 100
"""How many answers the page tells of, the newest; all of them are in the customer's archive."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The answer that holds, and the version that customers are asked now, if they are."""

    answer: ConsentAnswer
    asked: Consent | None

    @property
    def may_record(self) -> bool:
        """Whether there is something to say: a version that is asked, or an answer to withdraw."""
        return self.asked is not None or self.answer.state == AnswerState.GIVEN

    @property
    def is_outdated(self) -> bool:
        """Whether they agreed to an earlier version than the one that is asked now."""
        is_given = self.answer.state == AnswerState.GIVEN
        return is_given and self.asked is not None and self.asked.version > self.answer.version


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the page shows of it. `askable` are the versions to which staff may record an answer."""

    standings: Sequence[Standing]
    history: Sequence[ConsentAnswer]
    has_more: bool
    askable: Sequence[Consent]

    @property
    def is_of_several(self) -> bool:
        """Whether several organizations asked."""
        return len({standing.answer.consent.organization_id for standing in self.standings}) > 1


def agreed_by(customer: Customer, user: Any) -> Agreed:
    """Four queries, however much there is."""
    answers = answers_of(customer.pk).visible_to(user, role=Role.STAFF)
    answers = answers.select_related("consent__organization", "known", "recorded_by")
    held = list(answers.that_hold().order_by("consent__order", "consent__title", "line_id"))
    asked = _asked(customer, user)
    by_line = {consent.line_id: consent for consent in asked}
    history = list(answers.order_by("-answered_at", "-id")[: MOST_ANSWERS + 1])
    return Agreed(
        standings=[Standing(answer, by_line.get(str(answer.line_id))) for answer in held],
        history=history[:MOST_ANSWERS],
        has_more=len(history) > MOST_ANSWERS,
        askable=[*asked, *_no_longer_asked(held, by_line)],
    )


def known_to(customer: Customer, consent: Consent) -> OrganizationCustomer | None:
    """The customer at the organization whose consent it is; none where they were erased meanwhile."""
    return customer.known_by.filter(organization_id=consent.organization_id, merged_from=None).first()


def _asked(customer: Customer, user: Any) -> list[Consent]:
    """Those in force of the organizations in reach that know the customer, and of single editions they ordered in."""
    reach = user.reach
    within = reach.organizations_at_least(Role.STAFF)
    knowing = customer.known_by.filter(organization_id__in=within, erased_at=None)
    ordered = customer.orders.filter(edition_id__in=reach.editions_at_least(Role.STAFF)).order_by()
    asked = Q(organization__in=knowing.values("organization_id")) | Q(edition__in=ordered.values("edition_id"))
    rows = Consent.objects.in_force().filter(asked).select_related("organization", "edition__event")
    return list(rows.order_by("organization__name", "order", "title", "id"))


def _no_longer_asked(held: Sequence[ConsentAnswer], by_line: Mapping[str, Consent]) -> list[Consent]:
    """What nobody is asked any more can still be withdrawn, unless whoever gave it was erased."""
    given = [answer for answer in held if answer.state == AnswerState.GIVEN and not answer.known.erased_at]
    return [answer.consent for answer in given if answer.line_id not in by_line]
