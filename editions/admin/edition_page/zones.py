"""The timezones of the IANA database, as a choice by region."""

from collections import defaultdict
from datetime import datetime
from zoneinfo import ZoneInfo

from editions.operations.soundness import timezones

Choices = list[tuple[str, str] | tuple[str, list[tuple[str, str]]]]


def timezone_choices(now: datetime, *, chosen: str) -> Choices:
    """By region and then by city, each with its offset of now; with what is `chosen`, if only an import could."""
    regions: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name in timezones():
        region, _, city = name.partition("/")
        if city:
            regions[region].append((name, f"{city.replace('_', ' ')} ({_offset(name, now)})"))
    alone = dict.fromkeys(("UTC", *(() if chosen in timezones() else (chosen,))))
    return [*((name, name) for name in alone), *regions.items()]


def _offset(name: str, now: datetime) -> str:
    text = f"{now.astimezone(ZoneInfo(name)):%z}"
    return f"UTC{text[:3]}:{text[3:5]}"
