"""What the documents say of the source is there: who holds a rule, and the states of a refund."""

import re
from pathlib import Path

from refunds.states import MOVES, RefundStatus

ROOT = Path(__file__).resolve().parents[2]
RULES = (ROOT / "docs" / "rules.md").read_text()
APPS = ("preo", "editions", "consents", "orders", "refunds")


def holders() -> set[str]:
    """Every name that a rule says it is held by, without its module."""
    held = re.findall(r"\*Held by\* (.*?)\*Source\*", RULES, flags=re.DOTALL)
    names = [name for text in held for name in re.findall(r"`([^`]+)`", text)]
    return {word for name in names if "…" not in name for word in re.findall(r"\w+", name)}


def test_what_holds_a_rule_is_in_the_source() -> None:
    sources = "\n".join(path.read_text() for app in APPS for path in (ROOT / app).rglob("*.py"))

    assert sorted(holders() - {*re.findall(r"\w+", sources)}) == []


def test_the_states_of_a_refund_are_documented_as_they_are() -> None:
    rows = re.findall(r"^\| `(\w+)` \|.*\|([^|]*)\|$", (ROOT / "docs" / "refunds.md").read_text(), flags=re.MULTILINE)
    documented = {RefundStatus(state): {RefundStatus(to) for to in re.findall(r"\w+", then)} for state, then in rows}

    assert documented == MOVES
