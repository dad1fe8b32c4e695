-- Risk profiles: whose they are, what may not change, and the partitions of known values.
DO $$
DECLARE
    organisation CONSTANT text := 'organisation_id = (SELECT vedette_scope())';
    about CONSTANT text := ' AND theme = ANY ((SELECT vedette_themes())::text[])'
        ' AND purpose = ANY ((SELECT vedette_purposes())::text[])';
    one record;
BEGIN
    FOR one IN SELECT * FROM (VALUES
        ('profiles_profile', ''),
        ('profiles_version', about),
        ('profiles_versionevent', ' AND ((SELECT vedette_whole()) OR EXISTS
            (SELECT FROM profiles_version v WHERE v.id = version_id))'),
        ('profiles_codelist', ''),
        ('profiles_profilestate', ''),
        ('profiles_shadowfire', ' AND ((SELECT vedette_whole()) OR EXISTS
            (SELECT FROM intake_journey j WHERE j.id = journey_id))'),
        ('profiles_backtest', ' AND (version_id IS NULL OR (SELECT vedette_whole()) OR EXISTS
            (SELECT FROM profiles_version v WHERE v.id = version_id))'),
        ('profiles_drawday', ''),
        ('profiles_drawlane', '')
    ) t (name, narrowed) LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', one.name);
        EXECUTE format('CREATE POLICY scope ON %I TO vedette_web USING (%s) WITH CHECK (%s)',
                       one.name, organisation || one.narrowed, organisation || one.narrowed);
    END LOOP;
END
$$;

-- What a version says is fixed once a second person was asked. The rows themselves are asked, no
-- session setting.
CREATE FUNCTION vedette_version_fixed() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.state = 'draft' AND OLD.active_from IS NULL THEN
            RETURN OLD;
        END IF;
    ELSIF OLD.state = 'draft' OR (
        (OLD.organisation_id, OLD.profile_id, OLD.number, OLD.title, OLD.expression,
         OLD.parameters, OLD.weight, OLD.theme, OLD.purpose, OLD.basis, OLD.source, OLD.indicators,
         OLD.justification, OLD.note_for, OLD.note_against, OLD.floor, OLD.months, OLD.author_id,
         OLD.content_hash)
        IS NOT DISTINCT FROM
        (NEW.organisation_id, NEW.profile_id, NEW.number, NEW.title, NEW.expression,
         NEW.parameters, NEW.weight, NEW.theme, NEW.purpose, NEW.basis, NEW.source, NEW.indicators,
         NEW.justification, NEW.note_for, NEW.note_against, NEW.floor, NEW.months, NEW.author_id,
         NEW.content_hash)
        -- Back to the draft only from asking: what was active stays what it was.
        AND (NEW.state <> 'draft' OR OLD.state = 'asked'))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a version of a profile does not change once it was submitted'
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER fixed BEFORE UPDATE OR DELETE ON profiles_version
    FOR EACH ROW EXECUTE FUNCTION vedette_version_fixed();
-- Active only by a second person: never its author.
ALTER TABLE profiles_version ADD CONSTRAINT approved_by_another
    CHECK (state <> 'active' OR (approved_by_id IS NOT NULL AND approved_by_id <> author_id
                                 AND active_until IS NOT NULL));
REVOKE UPDATE, DELETE, TRUNCATE ON profiles_versionevent FROM vedette_web, vedette_intake;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON profiles_versionevent
    FOR EACH ROW EXECUTE FUNCTION vedette_append_only();

-- The draw: a promise is made once; only the key that it promises can be revealed, by the workers.
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON profiles_drawday FROM vedette_web;
REVOKE DELETE, TRUNCATE ON profiles_drawday FROM vedette_intake;
REVOKE ALL ON profiles_firstseen FROM vedette_web;
CREATE FUNCTION vedette_draw_promise() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.revealed = ''
       AND (OLD.organisation_id, OLD.day, OLD.promise)
           IS NOT DISTINCT FROM (NEW.organisation_id, NEW.day, NEW.promise)
       AND encode(sha256(decode(NEW.revealed, 'hex')), 'hex') = OLD.promise
       AND OLD.day < (clock_timestamp() AT TIME ZONE 'UTC')::date
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a promise of the random control is kept as it was made'
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER promise BEFORE UPDATE OR DELETE ON profiles_drawday
    FOR EACH ROW EXECUTE FUNCTION vedette_draw_promise();

-- Values as they were known, by retention class and month like the side tables. Workers alone read
-- them: pages show counts, and a sample of journeys that row-level security lets the reader see.
CREATE TABLE profiles_known (
    block uuid NOT NULL,
    "column" text NOT NULL,
    retention_class text NOT NULL,
    month date NOT NULL,
    organisation_id uuid NOT NULL,
    kind text NOT NULL,
    day date NOT NULL,
    rows integer NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (block, "column", retention_class, month)
) PARTITION BY LIST (retention_class);
CREATE INDEX profiles_known_day ON profiles_known (organisation_id, kind, "column", day);
-- Arrow's own compression has been at it.
ALTER TABLE profiles_known ALTER COLUMN data SET STORAGE EXTERNAL;
REVOKE ALL ON profiles_known FROM vedette_web;

CREATE OR REPLACE FUNCTION vedette_side_tables() RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT ARRAY['intake_journeyclear', 'intake_bookingclear', 'targeting_reasonclear',
                 'targeting_textclear', 'profiles_known'] $$;
DO $$
DECLARE
    class text;
BEGIN
    FOR class IN SELECT DISTINCT substr(c.relname, length('intake_journeyclear_') + 1)
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'intake_journeyclear'::regclass
    LOOP
        PERFORM vedette_make_partitions(class, (now() - interval '1 month')::date, 25);
    END LOOP;
END
$$;

-- Who is deleted goes from the known values too: a worker writes their blocks anew (`known.forget`).
CREATE TABLE profiles_toforget (
    journey_id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL,
    retention_class text NOT NULL,
    month date NOT NULL
);
REVOKE ALL ON profiles_toforget FROM vedette_web;
CREATE FUNCTION vedette_forget_known() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO profiles_toforget (journey_id, organisation_id, retention_class, month)
    SELECT o.id, o.organisation_id, o.retention_class, o.month FROM old_rows o
    WHERE (o.retention_class, o.month) IN (
        SELECT m.retention_class, m.month
        FROM (SELECT DISTINCT retention_class, month FROM old_rows) m
        WHERE EXISTS (SELECT FROM profiles_known k
                      WHERE k.retention_class = m.retention_class AND k.month = m.month))
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER forget_known AFTER DELETE ON intake_journey REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION vedette_forget_known();

-- The known values of a class and month end with its masking: they are not brought to the vault.
CREATE FUNCTION vedette_drop_known(class text, first date) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    leaf text := 'profiles_known_' || class || to_char(first, '_YYYY_MM');
    gone bigint;
BEGIN
    IF class !~ '^[a-z][a-z0-9_]{0,19}$' OR to_regclass(leaf) IS NULL THEN
        RETURN 0;
    END IF;
    EXECUTE format('SELECT coalesce(sum(rows) FILTER (WHERE "column" IN ('''', ''_low'')), 0) FROM %I', leaf)
        INTO gone;
    EXECUTE format('DROP TABLE %I', leaf);
    RETURN gone;
END
$$;
REVOKE ALL ON FUNCTION vedette_drop_known(text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_drop_known(text, date) TO vedette_intake;
REVOKE INSERT, UPDATE, TRUNCATE ON profiles_toforget FROM vedette_intake;

-- What hangs on a journey goes with it, whoever deletes: retention, erasure, joining.
SELECT vedette_cascade('profiles_shadowfire', 'intake_journey');
SELECT vedette_cascade('profiles_shadowfire', 'profiles_version');
REVOKE ALL ON FUNCTION vedette_version_fixed(), vedette_draw_promise(), vedette_forget_known() FROM PUBLIC;
