"""Whatever is in the file, every line of it is accounted for once."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from orders.models import Order, Purchase
from preo.imports.mapping import load_mapping
from preo.imports.operations import import_orders
from preo.imports.report import Report
from tests.factories import NOON, make_edition, make_organization
from tests.imports.conftest import HEADER, MAPPING

cells: dict[str, st.SearchStrategy[str]] = {
    "order": st.sampled_from(["1", "2", "3", "C1", "", "12345678901234567"]),
    "code": st.sampled_from(["A", "B", ""]),
    "name": st.sampled_from(["Tent", "", '"a\nb"', '"a,b"', '"open', "x\0", "x" * 201]),
    "quantity": st.sampled_from(["1", "2", "-1", "x", "10001"]),
    "date": st.sampled_from(["12/1/10 8:26", "12/2/10 8:26", "never"]),
    "price": st.sampled_from(["2.50", "0", "-1", "1e400", "0.01"]),
    "customer": st.sampled_from(["17850", "17850", "2", ""]),
}
# Mostly good ones, so that orders come about.
good = st.builds("{},A,Tent,2,12/1/10 8:26,2.50,17850,UK".format, st.sampled_from(["1", "2", "3", "4"]))
any_line = st.tuples(*cells.values()).map(lambda values: ",".join([*values, "UK"]))
lines = st.lists(good | good | any_line | st.sampled_from(["", "1", '"']), max_size=12)


class EveryLine(TestCase):
    def run_import(self, text: str, **options: Any) -> Report:
        with TemporaryDirectory() as folder:
            source = Path(folder) / "orders.csv"
            source.write_text(f"{HEADER}\n{text}")
            return import_orders(
                source,
                edition=self.edition,
                mapping=load_mapping(MAPPING),
                rejects=None,
                now=NOON,
                progress=lambda _: None,
                **options,
            )

    @settings(max_examples=60, deadline=None)
    @given(lines)
    def test_lines_add_up_and_a_second_run_agrees(self, of_file: list[str]) -> None:
        self.edition = make_edition(make_organization("shop"), currency="gbp")
        text = "\n".join([*of_file, "1"])

        foreseen = self.run_import(text, dry_run=True).as_object()
        first = self.run_import(text, dry_run=False)
        second = self.run_import(text, dry_run=False)

        assert foreseen | {"is_dry_run": False} == first.as_object()
        assert (
            first.lines_read == first.lines_imported + first.lines_rejected == 1 + sum(map(bool, of_file))
            or '"' in text
        )
        assert sum(first.reasons.values()) == first.lines_rejected
        assert (second.lines_already_there, second.reasons) == (first.lines_imported, first.reasons)
        assert (second.orders_created, second.purchases_created, second.products_created) == (0, 0, 0)
        assert Purchase.objects.count() == first.purchases_created
        assert sum(Order.objects.values_list("amount_minor", flat=True)) == first.amount_minor
