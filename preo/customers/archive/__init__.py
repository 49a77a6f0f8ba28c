"""The archive of a customer's data, as one organization has it: what is in it, and how it is written."""

from preo.customers.archive.writing import Archived, write_files

__all__ = ["Archived", "write_files"]
