"""What the triggers of the audit trail call: functions of the database, made by a migration.

They run as the owner of the tables (see preo/firm_triggers.py) and nobody else may call them, so that the application
can neither write an event nor change one.
"""

TOOLS = """
    CREATE FUNCTION audit_acting() RETURNS jsonb LANGUAGE sql STABLE AS $$
        SELECT coalesce(nullif(current_setting('preo.acting', true), ''), '{}')::jsonb
    $$;

    CREATE FUNCTION audit_is_seen_by(_organization uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
        SELECT coalesce(audit_acting() -> 'organizations' ? _organization::text, true)
    $$;

    -- A UUID of version 7: the milliseconds first, so that events sort as they came.
    CREATE FUNCTION audit_new_id() RETURNS uuid LANGUAGE sql VOLATILE AS $$
        SELECT encode(
            set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING
                substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                FROM 1 FOR 6), 52, 1), 53, 1),
            'hex')::uuid
    $$;

    CREATE FUNCTION audit_came_now(_object uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
        BEGIN
            RETURN EXISTS (
                SELECT FROM audit_auditevent WHERE object_uuid = _object AND action = 'insert'
                AND transaction_number = pg_current_xact_id()::text::bigint
            );
        END
    $$;

    CREATE FUNCTION audit_masked(_value jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
        SELECT CASE WHEN coalesce(_value, 'null') IN ('null', '""', '{}', '[]') THEN _value ELSE '"•••"' END
    $$;

    -- In PL/pgSQL, which keeps its plan: of every row ever changed this is what takes longest.
    CREATE FUNCTION audit_differences(_before jsonb, _after jsonb, _secret text[], _left_out text[])
    RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
        BEGIN
            RETURN (
                SELECT coalesce(jsonb_object_agg(name, CASE
                    WHEN name = ANY(_secret) THEN jsonb_build_array(audit_masked(was), audit_masked(became))
                    ELSE jsonb_build_array(was, became)
                END), '{}')
                FROM (
                    SELECT name, _before -> name AS was, _after -> name AS became
                    FROM jsonb_object_keys(_before || _after) AS name
                ) columns
                WHERE coalesce(was, 'null') <> coalesce(became, 'null') AND name <> ALL(_left_out)
            );
        END
    $$;

"""

RECORD = """
    CREATE OR REPLACE FUNCTION audit_record(
        _action text, _kind text, _organization uuid, _edition uuid, _object uuid, _customer uuid,
        _before jsonb, _after jsonb, _secret text[], _personal text[], _left_out text[], _is_told boolean,
        _acting jsonb DEFAULT audit_acting(), _at timestamptz DEFAULT clock_timestamp(),
        _number bigint DEFAULT pg_current_xact_id()::text::bigint
    ) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
            _id uuid := audit_new_id();
            _changes jsonb;
            _kept jsonb;
        BEGIN
            -- A note adds to what the columns say, and never takes their place.
            _changes := coalesce(CASE WHEN _is_told THEN _acting -> 'notes' -> _object::text END, '{}');
            IF _before <> _after THEN
                _changes := _changes || audit_differences(_before, _after, _secret, _left_out);
            END IF;
            IF _action = 'update' AND _changes = '{}' THEN
                RETURN;
            END IF;
            IF _customer IS NOT NULL AND _changes ?| _personal THEN
                SELECT jsonb_object_agg(key, value) FILTER (WHERE key = ANY(_personal)),
                    jsonb_object_agg(key, CASE WHEN key = ANY(_personal) THEN 'null' ELSE value END)
                INTO _kept, _changes FROM jsonb_each(_changes);
                INSERT INTO audit_personaldetail (event_id, organization_id, customer_id, changes)
                VALUES (_id, _organization, _customer, _kept);
            END IF;
            INSERT INTO audit_auditevent (
                id, created, transaction_number, organization_id, edition_id, object_type, object_uuid, action,
                changes, operation, actor_type, staff_user_id, token_id, application_id, process, request_id, reason
            )
            SELECT _id, _at, _number, _organization, _edition, _kind, _object, _action,
                _changes,
                coalesce(_told ->> 'operation', ''),
                CASE
                    WHEN NOT _is_told THEN 'undisclosed'
                    WHEN _acting ? 'token' THEN 'service_token'
                    WHEN _acting ? 'application' THEN 'oauth_application'
                    WHEN _acting ? 'staff_user' THEN 'staff_user'
                    WHEN _acting ? 'command' THEN 'command'
                    WHEN _acting ? 'job' THEN 'job'
                    WHEN _acting <> '{}' THEN 'system'
                    ELSE 'database'
                END,
                (_told ->> 'staff_user')::uuid,
                (_told ->> 'token')::uuid,
                coalesce(_told ->> 'application', ''),
                CASE
                    WHEN NOT _is_told THEN ''
                    WHEN _acting = '{}' THEN
                        left(session_user || ' (' || current_setting('application_name') || ')', 200)
                    ELSE coalesce(_acting ->> 'command', _acting ->> 'job', '')
                END,
                coalesce(_told ->> 'request_id', ''),
                coalesce(_told ->> 'reason', '')
            FROM (SELECT CASE WHEN _is_told THEN _acting ELSE '{}' END AS _told) told;
        END
    $$;

    REVOKE EXECUTE ON FUNCTION audit_record FROM PUBLIC;
"""

FUNCTIONS = TOOLS + RECORD

NO_FUNCTIONS = """
    DROP FUNCTION audit_record;
    DROP FUNCTION audit_differences;
    DROP FUNCTION audit_masked;
    DROP FUNCTION audit_came_now;
    DROP FUNCTION audit_new_id;
    DROP FUNCTION audit_is_seen_by;
    DROP FUNCTION audit_acting;
"""
