-- The chain of the journal. Whatever commits a chained row leaves a note for the sealer in the same
-- transaction; nobody but the owner's function may write notes, and only the workers take them away.
INSERT INTO journal_installation (id) VALUES (gen_random_uuid());
REVOKE ALL ON journal_pending, journal_seal FROM vedette_web, vedette_intake;
REVOKE ALL ON SEQUENCE journal_pending_id_seq FROM vedette_web, vedette_intake;
REVOKE INSERT, UPDATE, DELETE ON journal_installation FROM vedette_web, vedette_intake;
GRANT SELECT, DELETE ON journal_pending TO vedette_intake;
GRANT SELECT, INSERT ON journal_seal TO vedette_intake;
-- The page tells how far the chain goes: numbers and times, nothing of what is sealed.
GRANT SELECT ON journal_pending, journal_seal TO vedette_web;
-- It fills and empties every second.
ALTER TABLE journal_pending SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

CREATE FUNCTION vedette_to_seal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO journal_pending (kind, row_id, gone) SELECT TG_ARGV[0], id::text, false FROM fresh;
    RETURN NULL;
END
$$;
CREATE FUNCTION vedette_gone_to_seal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO journal_pending (kind, row_id, gone) SELECT TG_ARGV[0], id::text, true FROM old_rows;
    RETURN NULL;
END
$$;
CREATE FUNCTION vedette_no_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;

DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT * FROM (VALUES
        ('accounts_act', 'act'), ('targeting_decision', 'decision'),
        ('knowledge_listversion', 'list_version'), ('journal_setting', 'setting')
    ) t (name, kind) LOOP
        EXECUTE format('INSERT INTO journal_pending (kind, row_id, gone)
            SELECT %L, id::text, false FROM %I ORDER BY id', one.kind, one.name);
        EXECUTE format('CREATE TRIGGER to_seal AFTER INSERT ON %I REFERENCING NEW TABLE AS fresh
            FOR EACH STATEMENT EXECUTE FUNCTION vedette_to_seal(%L)', one.name, one.kind);
        EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %I
            FOR EACH STATEMENT EXECUTE FUNCTION vedette_no_truncate()', one.name);
    END LOOP;
    -- A decision goes when the law's time is over (retention_rules.sql): that is chained too.
    CREATE TRIGGER gone_to_seal AFTER DELETE ON targeting_decision REFERENCING OLD TABLE AS old_rows
        FOR EACH STATEMENT EXECUTE FUNCTION vedette_gone_to_seal('decision');
    CREATE TRIGGER no_truncate BEFORE TRUNCATE ON journal_seal
        FOR EACH STATEMENT EXECUTE FUNCTION vedette_no_truncate();
    CREATE TRIGGER no_truncate BEFORE TRUNCATE ON journal_installation
        FOR EACH STATEMENT EXECUTE FUNCTION vedette_no_truncate();
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON journal_seal
        FOR EACH ROW EXECUTE FUNCTION vedette_append_only();
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON journal_setting
        FOR EACH ROW EXECUTE FUNCTION vedette_append_only();
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON journal_installation
        FOR EACH ROW EXECUTE FUNCTION vedette_append_only();
END
$$;

-- The history of settings. The columns of each table that are settings; the rest (password, last
-- sign-in, the reader's own theme) is not kept.
CREATE FUNCTION vedette_setting_columns(thing text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE thing
        WHEN 'user' THEN ARRAY['username', 'first_name', 'last_name', 'email', 'role', 'unit_id', 'themes',
                               'purposes', 'is_active', 'suspended_at', 'organisation_id']
        WHEN 'unit' THEN ARRAY['name', 'airports', 'organisation_id']
        WHEN 'organisation' THEN ARRAY['name', 'kind', 'country', 'synthetic']
        WHEN 'watchlist' THEN ARRAY['name', 'theme', 'purpose', 'basis', 'owner', 'expires_on', 'weight',
                                    'organisation_id']
    END
$$;
CREATE FUNCTION vedette_setting() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    was jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) ELSE '{}' END;
    now_is jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) ELSE '{}' END;
    before jsonb;
    after jsonb;
BEGIN
    SELECT coalesce(jsonb_object_agg(c, was -> c) FILTER (WHERE was ? c), '{}'),
           coalesce(jsonb_object_agg(c, now_is -> c) FILTER (WHERE now_is ? c), '{}')
    INTO before, after
    FROM unnest(vedette_setting_columns(TG_ARGV[0])) c WHERE was -> c IS DISTINCT FROM now_is -> c;
    IF before = after THEN
        RETURN NULL;
    END IF;
    INSERT INTO journal_setting (organisation_id, user_id, thing, row_id, deed, before, after)
    VALUES (
        (CASE WHEN TG_ARGV[0] = 'organisation' THEN coalesce(now_is ->> 'id', was ->> 'id')
              ELSE coalesce(now_is ->> 'organisation_id', was ->> 'organisation_id') END)::uuid,
        nullif(current_setting('vedette.user', true), '')::uuid,
        TG_ARGV[0], coalesce(now_is ->> 'id', was ->> 'id'), TG_OP, before, after);
    RETURN NULL;
END
$$;
CREATE TRIGGER setting AFTER INSERT OR UPDATE OR DELETE ON accounts_user
    FOR EACH ROW EXECUTE FUNCTION vedette_setting('user');
CREATE TRIGGER setting AFTER INSERT OR UPDATE OR DELETE ON accounts_unit
    FOR EACH ROW EXECUTE FUNCTION vedette_setting('unit');
CREATE TRIGGER setting AFTER INSERT OR UPDATE OR DELETE ON accounts_organisation
    FOR EACH ROW EXECUTE FUNCTION vedette_setting('organisation');
CREATE TRIGGER setting AFTER INSERT OR UPDATE OR DELETE ON knowledge_watchlist
    FOR EACH ROW EXECUTE FUNCTION vedette_setting('watchlist');
REVOKE ALL ON journal_setting FROM vedette_web, vedette_intake;
REVOKE ALL ON SEQUENCE journal_setting_id_seq FROM vedette_web, vedette_intake;
GRANT SELECT ON journal_setting TO vedette_web, vedette_intake;
ALTER TABLE journal_setting ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON journal_setting TO vedette_web
    USING (organisation_id = (SELECT vedette_scope()));
