"""What two long values differ in, with some of what stayed around it."""

from itertools import takewhile

LONGEST = 500
"""Characters of a value that are told without a cut."""

AROUND = 60
"""Characters that are told of what stayed, on either side of a difference."""

WHOLE = 20_000
"""Characters of a value that are told at all, as long as the text of a consent may be."""

CUT = "\u2026"


def excerpts(before: str, after: str) -> tuple[str, str]:
    """Both as they are where they are short; else from where they begin to differ to where they end to.

    Whatever is left out is marked. Two values that differ have excerpts that differ.
    """
    if max(len(before), len(after)) <= LONGEST:
        return before, after
    head = _shared(before, after)
    tail = _shared(before[head:][::-1], after[head:][::-1])
    start, stays = _start(before, head), _stays(before, tail)
    return _between(before, start, stays), _between(after, start, stays)


def whole(value: str) -> str:
    """All of it; of one that no page should hold, the beginning."""
    return value if len(value) <= WHOLE else value[:WHOLE] + CUT


def _shared(before: str, after: str) -> int:
    """How many characters are the same from the beginning on."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))


def _start(value: str, head: int) -> int:
    """Where the excerpt begins: a word or so before the difference."""
    if head <= AROUND:
        return 0
    blank = value.find(" ", head - AROUND, head)
    return blank + 1 if blank >= 0 else head - AROUND


def _stays(value: str, tail: int) -> int:
    """Characters at the end that are left out."""
    if tail <= AROUND:
        return 0
    blank = value.rfind(" ", len(value) - tail, len(value) - tail + AROUND)
    return len(value) - blank if blank >= 0 else tail - AROUND


def _between(value: str, start: int, stays: int) -> str:
    """What is too long still is told by its ends, which are where the difference begins and ends."""
    middle = value[start : len(value) - stays]
    if len(middle) > LONGEST:
        middle = f"{middle[: LONGEST // 2].rstrip()} {CUT} {middle[-LONGEST // 2 :].lstrip()}"
    return (CUT if start else "") + middle + (CUT if stays else "")
