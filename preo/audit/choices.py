"""The words of the audit trail."""

from django.db import models


class Action(models.TextChoices):
    """What was done to a row."""

    INSERT = "insert", "Created"
    UPDATE = "update", "Changed"
    DELETE = "delete", "Deleted"


class ActorType(models.TextChoices):
    """Who acted: a person, another system's credential, the product itself, or someone at the database's own door.

    Of a row that organizations share, who acted may be for one of them to know; the others are told no more than that.
    """

    STAFF_USER = "staff_user", "Staff user"
    SERVICE_TOKEN = "service_token", "Service token"  # a kind of actor
    OAUTH_APPLICATION = "oauth_application", "OAuth application"
    COMMAND = "command", "Command"
    JOB = "job", "Job"
    SYSTEM = "system", "The system"
    DATABASE = "database", "Database session"
    UNDISCLOSED = "undisclosed", "Not disclosed"
