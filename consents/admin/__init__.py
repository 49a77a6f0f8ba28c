"""Consents for staff: written with the languages side by side, published, followed by new versions, put in order."""

from consents.admin.pages import ConsentAdmin

__all__ = ["ConsentAdmin"]
