"""What an edition's e-mail messages hold, and the mails that are made of them."""

from editions.messages.trials import trial_letter

__all__ = ["trial_letter"]
