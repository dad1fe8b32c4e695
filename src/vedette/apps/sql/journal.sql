-- The journal. The transaction that writes a chained row also writes a note for the sealer into
-- `journal_pending`. Only the functions below write notes, and only the workers remove them. PUBLIC may not
-- execute the functions of triggers. Otherwise a login that may make temporary tables could attach them to a
-- temporary table, and thereby write notes or the history of settings. `search_path` names `pg_temp` last in
-- each of these functions and in each function of the owner. Otherwise a temporary table would hide the table
-- that the function means.
INSERT INTO journal_installation (id) VALUES (gen_random_uuid());
REVOKE ALL ON journal_pending, journal_seal FROM vedette_web, vedette_intake;
REVOKE ALL ON SEQUENCE journal_pending_id_seq FROM vedette_web, vedette_intake;
REVOKE INSERT, UPDATE, DELETE ON journal_installation FROM vedette_web, vedette_intake;
GRANT SELECT, DELETE ON journal_pending TO vedette_intake;
GRANT SELECT, INSERT ON journal_seal TO vedette_intake;
-- The page shows how far the chain is sealed: numbers and times, and no sealed content.
GRANT SELECT ON journal_pending, journal_seal TO vedette_web;
-- Rows are inserted and deleted every second.
ALTER TABLE journal_pending SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- Rows of append-only tables are written once. The grants prevent changes by the two working roles. These
-- triggers, which read no session setting, prevent changes by other roles.
CREATE FUNCTION vedette_append_only() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE FUNCTION vedette_no_truncate() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
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
REVOKE ALL ON FUNCTION vedette_append_only(), vedette_no_truncate(), vedette_to_seal(),
    vedette_gone_to_seal() FROM PUBLIC;

DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT * FROM (VALUES
        ('accounts_act', 'act'), ('hits_decision', 'decision'),
        ('lists_listversion', 'list_version'), ('journal_setting', 'setting')
    ) t (name, kind) LOOP
        EXECUTE format('CREATE TRIGGER to_seal AFTER INSERT ON %I REFERENCING NEW TABLE AS fresh
            FOR EACH STATEMENT EXECUTE FUNCTION vedette_to_seal(%L)', one.name, one.kind);
    END LOOP;
    -- Decisions are append-only too, but the rules of retention (retention.sql) delete them.
    FOR one IN SELECT unnest(ARRAY[
        'accounts_act', 'lists_listversion', 'journal_setting', 'journal_seal', 'journal_installation',
        'retention_retentionprofile', 'retention_proof', 'oversight_noted', 'oversight_transfer',
        'profiles_versionevent', 'profiles_drawrate'
    ]) AS name LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I
            FOR EACH ROW EXECUTE FUNCTION vedette_append_only()', one.name);
    END LOOP;
    FOR one IN SELECT unnest(ARRAY[
        'accounts_act', 'hits_decision', 'lists_listversion', 'journal_setting', 'journal_seal',
        'journal_installation', 'oversight_noted', 'oversight_transfer', 'accounts_approval',
        'accounts_breakglass', 'retention_retentionprofile'
    ]) AS name LOOP
        EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %I
            FOR EACH STATEMENT EXECUTE FUNCTION vedette_no_truncate()', one.name);
    END LOOP;
END
$$;
-- The deletion of a decision is chained too.
CREATE TRIGGER gone_to_seal AFTER DELETE ON hits_decision REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION vedette_gone_to_seal('decision');
REVOKE UPDATE, DELETE, TRUNCATE ON accounts_act, lists_listversion, hits_decision, retention_retentionprofile,
    retention_proof, oversight_noted, oversight_transfer, profiles_versionevent, profiles_drawrate
    FROM vedette_web, vedette_intake;

-- When the law requires the deletion of a decision, the transaction that deletes it adds a proof to its note
-- once (`apps/journal/canonical.py`). The sealer accepts no such note without a valid proof. A caller who
-- writes a false proof does not have the key, and cannot replace a proof that exists.
CREATE FUNCTION vedette_let_go(decisions uuid[], proofs bytea[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE journal_pending p SET proof = t.proof
    FROM unnest(decisions, proofs) t (id, proof)
    WHERE p.kind = 'decision' AND p.row_id = t.id::text AND p.gone AND p.proof IS NULL
$$;
REVOKE ALL ON FUNCTION vedette_let_go(uuid[], bytea[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_let_go(uuid[], bytea[]) TO vedette_web, vedette_intake;

-- The history of settings: for each table, the columns that are settings. Other columns (password, last
-- sign-in, the colours that a user chose) are not recorded.
CREATE FUNCTION vedette_setting_columns(thing text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE thing
        WHEN 'user' THEN ARRAY['username', 'first_name', 'last_name', 'email', 'role', 'unit_id', 'themes',
                               'purposes', 'is_active', 'suspended_at', 'organisation_id']
        WHEN 'unit' THEN ARRAY['name', 'airports', 'offices', 'organisation_id']
        WHEN 'organisation' THEN ARRAY['name', 'kind', 'country', 'synthetic']
        WHEN 'watchlist' THEN ARRAY['name', 'themes', 'purpose', 'basis', 'owner', 'expires_on', 'weight',
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
REVOKE ALL ON FUNCTION vedette_setting() FROM PUBLIC;
CREATE TRIGGER setting AFTER INSERT OR UPDATE OR DELETE ON accounts_user
    FOR EACH ROW EXECUTE FUNCTION vedette_setting('user');
CREATE TRIGGER setting AFTER INSERT OR UPDATE OR DELETE ON accounts_unit
    FOR EACH ROW EXECUTE FUNCTION vedette_setting('unit');
CREATE TRIGGER setting AFTER INSERT OR UPDATE OR DELETE ON accounts_organisation
    FOR EACH ROW EXECUTE FUNCTION vedette_setting('organisation');
CREATE TRIGGER setting AFTER INSERT OR UPDATE OR DELETE ON lists_watchlist
    FOR EACH ROW EXECUTE FUNCTION vedette_setting('watchlist');
REVOKE ALL ON journal_setting FROM vedette_web, vedette_intake;
REVOKE ALL ON SEQUENCE journal_setting_id_seq FROM vedette_web, vedette_intake;
GRANT SELECT ON journal_setting TO vedette_web, vedette_intake;
