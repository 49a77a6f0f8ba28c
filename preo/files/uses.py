"""Where a file is used: the rows that point to it, and those that name it in a document."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.db.models import PROTECT, Model

from preo.accounts.models import Organization, StaffUser
from preo.files.models import StoredFile

Finder = Callable[[StoredFile], Iterable[Model]]

_finders: list[Finder] = []


@dataclass(frozen=True, slots=True)
class Use:
    """One row that uses a file, and what kind of row it is."""

    kind: str
    row: Model

    def __str__(self) -> str:
        return f"{self.kind} {self.row}"


def finder(find: Finder) -> Finder:
    """Registers a function that finds rows which name a file in a way that no foreign key can see."""
    _finders.append(find)
    return find


def uses_of(file: StoredFile) -> Iterator[Use]:
    """Every use, one query for each kind of row, made only as far as somebody asks."""
    for row in chain(_pointing_to(file), *(find(file) for find in _finders)):
        yield Use(str(row._meta.verbose_name), row)


@finder
def avatars(file: StoredFile) -> Iterator[Model]:
    for model in (Organization, StaffUser):
        yield from model._default_manager.filter(avatar_key=file.key)


def _pointing_to(file: StoredFile) -> Iterator[Model]:
    """Rows that the database protects the file for; of a list of files the row that has the list."""
    relations: list[Any] = [one for one in StoredFile._meta.get_fields(include_hidden=True) if one.auto_created]
    lists = [relation for relation in relations if relation.many_to_many]
    places = {relation.through for relation in lists}
    for relation in relations:
        is_protected = getattr(relation, "on_delete", None) is PROTECT and relation.related_model not in places
        if is_protected or relation in lists:
            yield from relation.related_model._default_manager.filter(**{relation.field.name: file})
