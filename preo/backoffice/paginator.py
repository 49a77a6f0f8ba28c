"""Page numbers for lists that may be very long."""

from typing import Any, ClassVar

from django.core.paginator import Paginator
from django.utils.functional import cached_property


class BoundedPaginator(Paginator[Any]):
    """Counts, and leads, only so far; whoever looks for more searches or filters."""

    limit: ClassVar[int] = 10_000

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: self.limit].count())
