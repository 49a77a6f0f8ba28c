"""Every write to what is set up for editions: products, pickup points, vendors, coupons, fees and the rest."""

from editions.operations.catalog.products import Parts, save_product
from editions.operations.catalog.rows import StillInUse, add_row, change_row, remove_row

__all__ = ["Parts", "StillInUse", "add_row", "change_row", "remove_row", "save_product"]
