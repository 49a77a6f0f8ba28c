"""What a reason may be wherever one is given for the record."""

from argparse import ArgumentTypeError

from preo.recording import LONGEST_REASON

REFUSAL = f"This must be 1 to {LONGEST_REASON} printable characters in UTF-8."


def can_be_kept(reason: str) -> bool:
    """Whole, and on one line."""
    return len(reason) <= LONGEST_REASON and reason.isprintable()


def reason_argument(text: str) -> str:
    """The `type` of a command's --reason, which is never cut. Whether one is needed is the command's to say."""
    reason = text.strip()
    if not can_be_kept(reason):
        raise ArgumentTypeError(REFUSAL)
    return reason
