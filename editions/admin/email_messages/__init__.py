"""The admin of e-mail messages; the app of orders registers it, with previews of real orders."""

from editions.admin.email_messages.pages import EmailMessageAdmin

__all__ = ["EmailMessageAdmin"]
