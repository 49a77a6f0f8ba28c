"""The role that the web server and the worker connect as: it writes what the product writes, and never the trail.

Made of SQL alone, since Django knows nothing of roles. Names come from the catalog of the database and are quoted.
"""

from collections.abc import Iterator
from typing import Any

from django.db import connection
from psycopg.sql import SQL, Composable, Identifier, Literal

from preo.audit.models import AuditEvent
from preo.audit.privileges import tables_by_privileges
from preo.errors import DomainError

SCHEMA = "public"
HIDDEN = "•••"


class NotTheOwner(DomainError):
    code = "not_the_owner"


class RoleMissing(DomainError):
    code = "role_missing"


class RoleTooMighty(DomainError):
    code = "role_too_mighty"


def role_exists(role: str) -> bool:
    return bool(_rows("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]))


def statements(role: str, *, creates: bool, password: str = "") -> Iterator[Composable]:
    """All that gives the role its rights and takes any others away; the same statements however often they are sent.

    `password` is what the database is told, which is not the password itself: see digest_of_password. Raises
    NotTheOwner when who is connected has no such rights to give.
    """
    _require_owner()
    name = Identifier(role)
    if creates:
        secret = SQL(" PASSWORD {}").format(Literal(password)) if password else SQL("")
        yield SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION").format(name) + secret
    yield from _of_surroundings(name)
    yield from _of_tables(name)
    yield from _of_functions(name)


def _require_owner() -> None:
    """Raises NotTheOwner."""
    if AuditEvent._meta.db_table not in {table for (table,) in _rows(_RELATIONS, [["r", "p"]])}:
        ((connected,),) = _rows("SELECT current_user", [])
        raise NotTheOwner(
            f"{connected} doesn't own the audit trail. Run this as the owner of the tables, once they are migrated."
        )


def digest_of_password(password: str, *, role: str) -> str:
    """What the server keeps of a password (SCRAM), so that neither a statement nor a log ever shows it."""
    connection.ensure_connection()
    algorithm = b"scram-sha-256"
    return str(connection.connection.pgconn.encrypt_password(password.encode(), role.encode(), algorithm).decode())


def grant(role: str, *, creates: bool, password: str = "") -> None:
    """Send the statements, in the caller's transaction.

    Raises NotTheOwner; RoleMissing; RoleTooMighty, which undoes nothing.
    """
    if not creates and not role_exists(role):
        raise RoleMissing(f"There is no role {role}; --create makes it.")
    with connection.cursor() as cursor:
        for statement in statements(role, creates=creates, password=password):
            cursor.execute(statement)
    if powers := powers_over_trail(role):
        raise RoleTooMighty(f"{role} could alter the audit trail all the same: it {', '.join(powers)}.")


def powers_over_trail(role: str) -> list[str]:
    """What lets the role, named as in "it …", alter the audit trail. Empty for the application's. One query."""
    found = _rows(_POWERS, {"role": role})
    return [power for (power,) in found]


def _of_surroundings(name: Composable) -> Iterator[Composable]:
    """Temporary tables could stand in for ours where a trigger looks something up, and nothing of ours makes any."""
    ((database,),) = _rows("SELECT current_database()", [])
    place = {"role": name, "database": Identifier(database), "schema": Identifier(SCHEMA)}
    yield SQL("REVOKE TEMPORARY, CREATE ON DATABASE {database} FROM PUBLIC, {role}").format(**place)
    yield SQL("GRANT CONNECT ON DATABASE {database} TO {role}").format(**place)
    yield SQL("REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC, {role}").format(**place)
    yield SQL("GRANT USAGE ON SCHEMA {schema} TO {role}").format(**place)


def _of_tables(name: Composable) -> Iterator[Composable]:
    existing = {table for (table,) in _rows(_RELATIONS, [["r", "p"]])}
    for privileges, tables in tables_by_privileges(existing).items():
        listed = SQL(", ").join(Identifier(SCHEMA, table) for table in tables)
        yield SQL("REVOKE ALL ON TABLE {} FROM PUBLIC, {}").format(listed, name)
        may = SQL(", ").join(map(SQL, privileges))
        yield SQL("GRANT {} ON TABLE {} TO {}").format(may, listed, name)
    sequences = [Identifier(SCHEMA, sequence) for (sequence,) in _rows(_RELATIONS, [["S"]])]
    yield SQL("GRANT USAGE ON SEQUENCE {} TO {}").format(SQL(", ").join(sequences), name)


def _of_functions(name: Composable) -> Iterator[Composable]:
    """Who may execute a function that triggers call could make a trigger of it, on a table of any shape."""
    functions = _rows(_FUNCTIONS, [])
    every = SQL(", ").join(SQL(signature) for signature, _ in functions)
    callable_ones = SQL(", ").join(SQL(signature) for signature, is_callable in functions if is_callable)
    yield SQL("ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC")
    yield SQL("REVOKE EXECUTE ON FUNCTION {} FROM PUBLIC, {}").format(every, name)
    yield SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(callable_ones, name)


def _rows(query: str, parameters: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())


# What lies in our schema, can be granted by who is connected, and is no part of an extension.
_RELATIONS = """
    SELECT relname FROM pg_class WHERE relkind::text = ANY(%s)
        AND relnamespace = 'public'::regnamespace AND pg_has_role(relowner, 'USAGE')
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
    ORDER BY relname
"""
_FUNCTIONS = """
    SELECT oid::regprocedure::text,
        prorettype <> 'trigger'::regtype AND NOT prosecdef AND NOT starts_with(proname, 'audit_')
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND pg_has_role(proowner, 'USAGE')
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
    ORDER BY 1
"""
_POWERS = """
    WITH role AS (SELECT oid, rolsuper, rolcreaterole FROM pg_roles WHERE rolname = %(role)s),
    trail AS (
        SELECT to_regclass('public.' || name) AS oid, name, privilege FROM (VALUES
            ('audit_auditevent', ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']),
            ('audit_auditretention', ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']),
            ('audit_personaldetail', ARRAY['INSERT', 'UPDATE', 'TRUNCATE', 'TRIGGER'])
        ) withheld (name, privileges), unnest(privileges) privilege
    )
    SELECT 'is a superuser' FROM role WHERE rolsuper
    UNION ALL SELECT power FROM (
        SELECT 'may give itself other roles' AS power FROM role WHERE rolcreaterole
        UNION
        SELECT 'is or may become the owner of ' || relname FROM role, trail JOIN pg_class USING (oid)
            WHERE pg_has_role(role.oid, relowner, 'MEMBER')
        UNION
        SELECT 'may ' || privilege || ' on ' || name FROM role, trail
            WHERE has_table_privilege(role.oid, trail.oid, privilege) OR (
                privilege IN ('INSERT', 'UPDATE') AND has_any_column_privilege(role.oid, trail.oid, privilege))
        UNION
        SELECT 'may execute ' || proname FROM role, pg_proc
            WHERE pronamespace = 'public'::regnamespace AND has_function_privilege(role.oid, pg_proc.oid, 'EXECUTE')
            AND (prosecdef AND starts_with(proname, 'pgtrigger_') OR proname = 'audit_record')
        UNION
        SELECT 'is or may become the owner of the schema' FROM role, pg_namespace
            WHERE nspname = 'public' AND pg_has_role(role.oid, nspowner, 'MEMBER')
        UNION
        SELECT 'may create in the schema' FROM role WHERE has_schema_privilege(role.oid, 'public', 'CREATE')
        UNION
        SELECT 'may set session_replication_role' FROM role
            WHERE has_parameter_privilege(role.oid, 'session_replication_role', 'SET')
        UNION
        SELECT 'may act as ' || rolname FROM role, pg_roles WHERE pg_has_role(role.oid, pg_roles.oid, 'MEMBER')
            AND rolname IN ('pg_execute_server_program', 'pg_write_server_files')
        ORDER BY 1
    ) powers WHERE NOT (SELECT rolsuper FROM role)
"""
