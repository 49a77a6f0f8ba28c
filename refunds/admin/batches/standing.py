"""How far mass refunds are, for a whole list of them at once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from preo.money import Money
from refunds.models import RefundBatch, RefundBatchItem
from refunds.models.batches import Progress, progress_of
from refunds.states import ItemState


@dataclass(frozen=True, slots=True)
class Standing:
    """What the plan comes to, a sum for each currency, and how far it is."""

    planned: Sequence[Money]
    progress: Progress


def standings(batches: Sequence[RefundBatch]) -> Mapping[str, Standing]:
    """By the id of the mass refund; one query for all."""
    lines: dict[str, list[tuple[str, str | None, int]]] = defaultdict(list)
    sums: dict[str, dict[str, Money]] = defaultdict(dict)
    for row in RefundBatchItem.objects.filter(batch__in=[batch.pk for batch in batches]).summed():
        key, currency = row["batch_id"], row["currency"]
        lines[key].append((row["state"], row["refund__status"], row["count"]))
        if row["state"] != ItemState.NOT_POSSIBLE:
            sums[key][currency] = sums[key].get(currency, Money(0, currency)) + Money(row["total_minor"], currency)
    return {
        batch.pk: Standing([sums[batch.pk][code] for code in sorted(sums[batch.pk])], progress_of(lines[batch.pk]))
        for batch in batches
    }
