"""Where an edition stands, as pills."""

from typing import Any

from django.utils.safestring import SafeString

from editions.choices import DateStatus
from editions.models import Edition
from preo.backoffice.template_tags import pill


def visibility_pill(edition: Edition) -> SafeString:
    """Who can see it: an archived edition is nothing else."""
    name = "archived" if edition.is_archived else "draft" if edition.is_draft else "published"
    return pill(name, name.capitalize())


def date_pill(edition: Any) -> SafeString:
    """Where it stands in time. Needs the annotation of `with_status`."""
    return pill(edition.status, DateStatus(edition.status).label)
