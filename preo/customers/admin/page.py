"""Everything about one customer, gathered for its page, as far as it is in reach."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from preo.accounts.models import Customer, CustomerExport, Erasure
from preo.api.roles import Role
from preo.audit.trail import Entry
from preo.backoffice.words import words_of
from preo.customers.admin.answering import AnswerForm
from preo.customers.admin.buying import Bought, bought_by
from preo.customers.admin.consents import Agreed, agreed_by
from preo.customers.admin.deciders import deciders_on
from preo.customers.admin.editing import may_edit
from preo.customers.admin.known import Known, known_within, rows_within
from preo.customers.admin.languages import language_name
from preo.customers.admin.trail import Merge, merges_of, trail_within

MOST_EXPORTS = 20


@dataclass(frozen=True, slots=True)
class WaitingErasure:
    """One that waits for a decision, who can carry it out, and whether the user may open its page."""

    erasure: Erasure
    deciders: Sequence[str]
    may_open: bool


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """What the template shows. An erased customer is the nameless one to whom the bookkeeping refers."""

    customer: Customer
    language: str
    metadata: Sequence[tuple[str, str]]
    is_erased: bool
    may_edit: bool
    known: Sequence[Known]
    bought: Bought
    agreed: Agreed
    answer_form: AnswerForm | None
    erasures: Sequence[WaitingErasure]
    exports: Sequence[CustomerExport]
    merges: Sequence[Merge]
    trail: Sequence[Entry]

    @property
    def to_be_erased_at(self) -> set[str]:
        """Where nothing is merged, and no second erasure asked for, until the first is decided."""
        return {waiting.erasure.organization_id for waiting in self.erasures}


def customer_page(customer: Customer, user: Any) -> CustomerPage:
    """A number of queries that doesn't grow with the customer."""
    rows = rows_within(customer, user)
    is_erased = any(row.erased_at for row in rows)
    erasures = list(_of(Erasure, customer, user).waiting().select_related("organization", "asked_by"))
    exports = list(_of(CustomerExport, customer, user).select_related("organization", "exported_by")[:MOST_EXPORTS])
    agreed = agreed_by(customer, user)
    may_answer = bool(agreed.askable) and not is_erased
    return CustomerPage(
        customer=customer,
        language=language_name(customer.locale),
        metadata=_metadata(customer.metadata),
        is_erased=is_erased,
        may_edit=not is_erased and may_edit(customer, user),
        known=known_within(customer, user),
        bought=bought_by(customer, user),
        agreed=agreed,
        answer_form=AnswerForm(askable=agreed.askable, customer=customer) if may_answer else None,
        erasures=_with_deciders(erasures, user),
        exports=exports,
        merges=[] if is_erased else merges_of([row for row in rows if row.merged_from_id]),
        # That of an erased customer would lead from who stands in for them to the erasure, which has the id.
        trail=[] if is_erased else trail_within([customer, *rows, *erasures, *exports], user=user),
    )


def _of(model: Any, customer: Customer, user: Any) -> Any:
    return model.objects.visible_to(user, role=Role.STAFF).filter(customer_id=customer.pk)


def _with_deciders(erasures: Sequence[Erasure], user: Any) -> list[WaitingErasure]:
    deciders, managed = deciders_on(erasures), user.reach.organizations_at_least(Role.MANAGER)
    return [
        WaitingErasure(erasure, deciders[erasure.pk], may_open=erasure.organization_id in managed)
        for erasure in erasures
    ]


def _metadata(metadata: Mapping[str, Any]) -> list[tuple[str, str]]:
    field = Customer._meta.get_field("metadata")
    return [(name, words_of(field, value)) for name, value in sorted(metadata.items())]
