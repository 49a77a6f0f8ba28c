"""Of long values, what differs is told."""

import pytest

from preo.audit.excerpts import LONGEST, WHOLE, excerpts, whole

LONG = "word " * 400


def test_excerpts_of_short_values_are_the_values() -> None:
    assert excerpts("one", "two" * 100) == ("one", "two" * 100)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (LONG + "OLD END", LONG + "NEW END"),
        ("Old " + LONG, "New " + LONG),
        (LONG + "old " + LONG, LONG + "new " + LONG),
        (LONG + "old " + LONG + "end", LONG + "new " + LONG + "END"),
        ("x" * 600, "x" * 601),
        ("", LONG),
        (LONG, LONG + LONG),
    ],
)
def test_excerpts_of_values_that_differ_differ(before: str, after: str) -> None:
    was, became = excerpts(before, after)

    assert was != became
    assert max(len(was), len(became)) <= LONGEST + 10


def test_excerpts_show_the_words_around_and_mark_what_is_left_out() -> None:
    around = ("word " * 12).strip()

    assert excerpts(f"{LONG}old {LONG}", f"{LONG}new {LONG}") == (
        f"\u2026{around[5:]} old {around[5:]}\u2026",
        f"\u2026{around[5:]} new {around[5:]}\u2026",
    )


def test_whole_marks_where_it_ends() -> None:
    assert whole("x" * WHOLE) == "x" * WHOLE
    assert whole("x" * (WHOLE + 1)) == "x" * WHOLE + "\u2026"
