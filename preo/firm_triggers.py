"""Triggers that no session can tell to look away, unlike the library's own."""

from typing import Any

import pgtrigger
from pgtrigger import compiler


class FirmSql(compiler.UpsertTriggerSql):
    """The trigger without the question whether to ignore it."""

    def get_template(self) -> str:
        return """
            CREATE OR REPLACE FUNCTION {pgid}() RETURNS TRIGGER LANGUAGE plpgsql
            AS $$ {declare} BEGIN {func} END; $$;
            DROP TRIGGER IF EXISTS {pgid} ON {table};
            CREATE TRIGGER {pgid} {when} {operation} ON {table} {referencing}
                FOR EACH {level} {condition} EXECUTE FUNCTION {execute};
            COMMENT ON TRIGGER {pgid} ON {table} IS '{hash}';
        """


class OwnersSql(compiler.UpsertTriggerSql):
    """Also, it acts as the owner of the tables, and so may write where the application may not."""

    def get_template(self) -> str:
        return """
            CREATE OR REPLACE FUNCTION {pgid}() RETURNS TRIGGER
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
            AS $$ {declare} BEGIN {func} END; $$;
            DROP TRIGGER IF EXISTS {pgid} ON {table};
            CREATE TRIGGER {pgid} {when} {operation} ON {table} {referencing}
                FOR EACH {level} {condition} EXECUTE FUNCTION {execute};
            COMMENT ON TRIGGER {pgid} ON {table} IS '{hash}';
        """


class AtCommitSql(compiler.UpsertTriggerSql):
    """The same of a constraint trigger, which can wait for the end of the transaction."""

    def get_template(self) -> str:
        return """
            CREATE OR REPLACE FUNCTION {pgid}() RETURNS TRIGGER LANGUAGE plpgsql
            AS $$ {declare} BEGIN {func} END; $$;
            DROP TRIGGER IF EXISTS {pgid} ON {table};
            CREATE CONSTRAINT TRIGGER {pgid} {when} {operation} ON {table} {timing}
                FOR EACH {level} {condition} EXECUTE FUNCTION {execute};
            COMMENT ON TRIGGER {pgid} ON {table} IS '{hash}';
        """


class FirmTrigger(pgtrigger.Trigger):
    """A trigger that runs whatever the session says."""

    sql: type[compiler.UpsertTriggerSql] = FirmSql

    def compile(self, model: Any) -> compiler.Trigger:
        plain: Any = super().compile(model)
        words = {name: word for name, word in plain.sql.kwargs.items() if name != "ignore_func_name"}
        return compiler.Trigger(name=self.name, sql=self.sql(**words))


class OwnersTrigger(FirmTrigger):
    """One that also sees and does what the owner may, by the names of the owner's tables and no others."""

    sql = OwnersSql


class AtCommitTrigger(FirmTrigger):
    """One that looks at what has become of it all when the transaction ends.

    Its condition is asked at once; its function sees the rows as they are by then, but for OLD and NEW.
    """

    sql = AtCommitSql
    when = pgtrigger.After
    timing = pgtrigger.Deferred


class NeverChanged(FirmTrigger):
    """One that refuses its operations whatever is in the row: nobody needs the right to them."""


def never_emptied(name: str) -> FirmTrigger:
    """Refuses to truncate the table."""
    return FirmTrigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        level=pgtrigger.Statement,
        func="RAISE EXCEPTION 'This table is never emptied';",
    )


def never_changed(name: str, operation: Any) -> NeverChanged:
    """Refuses to update rows, to delete them, or both, as `operation` says."""
    return NeverChanged(
        name=name,
        when=pgtrigger.Before,
        operation=operation,
        func="RAISE EXCEPTION 'The rows of this table stay as they are';",
    )
