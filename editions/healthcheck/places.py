"""Where in the admin something is mended."""

from collections.abc import Callable, Sequence
from urllib.parse import urlencode

from django.db.models import Model
from django.urls import reverse

from editions.models import Edition

Place = Callable[[Edition, Sequence[Model]], str]
"""The path for an edition and the rows concerned."""


def tab(name: str) -> Place:
    """A tab of the edition's own page."""

    def path(edition: Edition, rows: Sequence[Model]) -> str:
        return f"{_page_of(edition)}?{urlencode({'tab': name})}"

    return path


def rows_of(model: type[Model], *, within: str = "edition") -> Place:
    """The page of the row, where one alone is concerned; otherwise the list of its kind.

    The list is narrowed to the edition, or to what else of an edition `within` names, such as its organization.
    """

    def path(edition: Edition, rows: Sequence[Model]) -> str:
        if len(rows) == 1 and isinstance(rows[0], model):
            return _page_of(rows[0])
        value = edition.pk if within == "edition" else getattr(edition, f"{within}_id")
        return f"{_list_of(model)}?{urlencode({f'{within}__id__exact': value})}"

    return path


def _list_of(model: type[Model]) -> str:
    return f"{reverse('admin:index')}{model._meta.app_label}/{model._meta.model_name}/"


def _page_of(row: Model) -> str:
    return f"{_list_of(type(row))}{row.pk}/change/"
