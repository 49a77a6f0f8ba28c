"""Writing the archive: a ZIP of JSON files, row by row, so that nothing of any size is held in memory."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from preo.accounts.models import Customer, Organization, StaffUser
from preo.api.json import dumps
from preo.customers.archive.buying import carts, orders, refunds
from preo.customers.archive.people import Rows, audit_events, consents, mails, profile

Section = Callable[[Customer, Organization], Rows]

SECTIONS: Mapping[str, tuple[Section, str]] = {
    "profile.json": (profile, "who the customer is, and the duplicates that were merged into them"),
    "orders.json": (orders, "orders with their payments and what was bought"),
    "carts.json": (carts, "carts, also those that were never ordered"),
    "refunds.json": (refunds, "refunds, whatever became of them"),
    "consents.json": (consents, "every answer to a consent, with the words that were answered and where from"),
    "mails.json": (mails, "mails to the customer; what they said was made when they were sent and is not kept"),
    "audit_events.json": (audit_events, "what was done with what is known of the customer"),
}


@dataclass(frozen=True, slots=True)
class Archived:
    """A file of the archive; `sha256` is of its content, `rows` None for one that is no list."""

    name: str
    rows: int | None
    bytes: int
    sha256: str


class HashedFile:
    """Passes on what is written, and knows its SHA-256 and its length."""

    def __init__(self, to: IO[bytes]) -> None:
        self._to = to
        self._sum = hashlib.sha256()
        self.length = 0

    def write(self, data: bytes) -> int:
        self._to.write(data)
        self._sum.update(data)
        self.length += len(data)
        return len(data)

    def flush(self) -> None:
        self._to.flush()

    @property
    def sha256(self) -> str:
        return self._sum.hexdigest()


def write_files(
    customer: Customer, *, organization: Organization, to: IO[bytes], by: StaffUser | None, now: datetime
) -> str:
    """Write the whole archive, which needs no seeking; answers the SHA-256 of all its bytes."""
    whole: Any = HashedFile(to)
    with ZipFile(whole, "w", ZIP_DEFLATED) as archive:
        written = [
            _write(archive, name, _array(section(customer, organization)), now=now)
            for name, (section, _) in SECTIONS.items()
        ]
        readme = _readme(customer, organization, now=now).encode()
        written.append(_write(archive, "README.txt", [(readme, 0)], now=now, has_rows=False))
        manifest = dumps(_manifest(customer, organization, written, by=by, now=now))
        _write(archive, "manifest.json", [(manifest, 0)], now=now, has_rows=False)
    return str(whole.sha256)


def _array(rows: Rows) -> Iterator[tuple[bytes, int]]:
    """A JSON array in pieces, a row a line, each with how many rows it is."""
    opening = b"["
    for row in rows:
        yield opening + b"\n" + dumps(row), 1
        opening = b","
    yield (b"[]\n" if opening == b"[" else b"\n]\n"), 0


def _write(
    archive: ZipFile, name: str, pieces: Iterable[tuple[bytes, int]], *, now: datetime, has_rows: bool = True
) -> Archived:
    entry = ZipInfo(name, date_time=now.timetuple()[:6])
    entry.compress_type = ZIP_DEFLATED
    rows = 0
    # How large it becomes is not known before.
    with archive.open(entry, "w", force_zip64=True) as file:
        hashed = HashedFile(file)
        for piece, number in pieces:
            hashed.write(piece)
            rows += number
    return Archived(name, rows if has_rows else None, hashed.length, hashed.sha256)


def _manifest(
    customer: Customer,
    organization: Organization,
    written: Sequence[Archived],
    *,
    by: StaffUser | None,
    now: datetime,
) -> Mapping[str, Any]:
    return {
        "customer_id": customer.pk,
        "organization": {"id": organization.pk, "name": organization.name},
        "written_at": now,
        "written_by": by.email if by else None,
        "files": [
            {"name": each.name, "rows": each.rows, "bytes": each.bytes, "sha256": each.sha256} for each in written
        ],
    }


def _readme(customer: Customer, organization: Organization, *, now: datetime) -> str:
    files = "\n".join(f"  {name}: {told}." for name, (_, told) in SECTIONS.items())
    return (
        f"This is what {organization.name} holds about the customer {customer.pk} as of {now:%Y-%m-%d %H:%M} UTC.\n\n"
        f"{files}\n"
        "  manifest.json: how many rows each file has, and its SHA-256, which tells whether it was changed since.\n\n"
        "The files are JSON in UTF-8. Amounts are in the currency named beside them, with two decimals, and moments\n"
        "in UTC, as in 2026-06-01T12:00:00Z. Rows refer to each other by their ids, such as ord_… for an order.\n"
    )
