-- Risk profiles: versions, the second person, code lists, the random control, known values.

-- A version does not change once it was submitted for approval. The rule reads the rows themselves, no
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
         OLD.content_hash, OLD.lane, OLD.share)
        IS NOT DISTINCT FROM
        (NEW.organisation_id, NEW.profile_id, NEW.number, NEW.title, NEW.expression,
         NEW.parameters, NEW.weight, NEW.theme, NEW.purpose, NEW.basis, NEW.source, NEW.indicators,
         NEW.justification, NEW.note_for, NEW.note_against, NEW.floor, NEW.months, NEW.author_id,
         NEW.content_hash, NEW.lane, NEW.share)
        -- Only a version that awaits approval becomes a draft again. A version that was active does not
        -- change.
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

-- A version becomes active only with a second person. This person may be neither its author (the constraint)
-- nor anybody who drafted or changed it at any time (the trigger; events are never changed).
ALTER TABLE profiles_version ADD CONSTRAINT approved_by_another
    CHECK (state <> 'active' OR (approved_by_id IS NOT NULL AND approved_by_id <> author_id
                                 AND active_until IS NOT NULL));
CREATE FUNCTION vedette_second_person() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM profiles_versionevent e
               WHERE e.version_id = NEW.id AND e.kind IN ('drafted', 'changed')
                 AND e.by_id = NEW.approved_by_id)
    THEN
        RAISE EXCEPTION 'who wrote a version of a profile does not approve it'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER second_person BEFORE UPDATE OF state, approved_by_id ON profiles_version
    FOR EACH ROW WHEN (NEW.state = 'active' AND (OLD.state <> 'active'
                       OR NEW.approved_by_id IS DISTINCT FROM OLD.approved_by_id))
    EXECUTE FUNCTION vedette_second_person();

-- Returns the versions that name a code list, whatever purposes the reader has, because a list belongs to the
-- organisation.
CREATE FUNCTION vedette_list_versions(list text, home uuid) RETURNS SETOF profiles_version
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT v.* FROM profiles_version v
    WHERE v.organisation_id = home AND v.state <> 'ended' AND v.expression ~* '\mlist\M'
      AND position(quote_literal(list) IN v.expression) > 0
$$;
REVOKE ALL ON FUNCTION vedette_list_versions(text, uuid) FROM PUBLIC;
-- Returns how many versions depend on the present content of the list: active versions, versions that await
-- approval, and drafts on which the data-protection officer was consulted.
CREATE FUNCTION vedette_list_stands(list text) RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT count(*)::integer FROM vedette_list_versions(list, vedette_scope()) v
    WHERE v.state IN ('active', 'asked') OR EXISTS (
        SELECT FROM profiles_versionevent e WHERE e.version_id = v.id AND e.kind = 'heard')
$$;
-- Records in the history of every version that names the list that the list was changed.
CREATE FUNCTION vedette_list_changed(list text, who uuid, params jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO profiles_versionevent (organisation_id, version_id, at, by_id, kind, params)
    SELECT v.organisation_id, v.id, clock_timestamp(), who, 'list_changed', params
    FROM vedette_list_versions(list, vedette_scope()) v
$$;
REVOKE ALL ON FUNCTION vedette_list_stands(text), vedette_list_changed(text, uuid, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_list_stands(text), vedette_list_changed(text, uuid, jsonb)
    TO vedette_web;

-- The random control. The hash of a key is published once, and only a worker reveals the key. Workers make
-- the draws, and nobody changes them.
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON profiles_drawday, profiles_drawn FROM vedette_web;
REVOKE DELETE, TRUNCATE ON profiles_drawday FROM vedette_intake;
REVOKE UPDATE, TRUNCATE ON profiles_drawn FROM vedette_intake;
REVOKE ALL ON profiles_firstseen FROM vedette_web;
CREATE FUNCTION vedette_draw_promise() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.revealed = ''
       AND (OLD.organisation_id, OLD.day, OLD.promise)
           IS NOT DISTINCT FROM (NEW.organisation_id, NEW.day, NEW.promise)
       AND encode(sha256(decode(NEW.revealed, 'hex')), 'hex') = OLD.promise
       AND OLD.day < (vedette_now() AT TIME ZONE 'UTC')::date
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a promise of the random control is kept as it was made'
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER promise BEFORE UPDATE OR DELETE ON profiles_drawday
    FOR EACH ROW EXECUTE FUNCTION vedette_draw_promise();

-- Deleted subjects are also removed from the known values: a worker rewrites their blocks (`known.forget`).
CREATE TABLE profiles_toforget (
    subject_id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL,
    retention_class text NOT NULL,
    month date NOT NULL
);
REVOKE ALL ON profiles_toforget FROM vedette_web;
REVOKE INSERT, UPDATE, TRUNCATE ON profiles_toforget FROM vedette_intake;
CREATE FUNCTION vedette_forget_known() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO profiles_toforget (subject_id, organisation_id, retention_class, month)
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
CREATE TRIGGER forget_known AFTER DELETE ON subjects_subject REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION vedette_forget_known();
REVOKE ALL ON FUNCTION vedette_version_fixed(), vedette_second_person(), vedette_draw_promise(),
    vedette_forget_known() FROM PUBLIC;

SELECT vedette_cascade('profiles_shadowfire', 'subjects_subject');
SELECT vedette_cascade('profiles_shadowfire', 'profiles_version');
SELECT vedette_cascade('profiles_drawn', 'subjects_subject');
