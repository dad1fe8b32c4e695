-- Hits: outcomes, controls, confirmed subjects, texts, counts of floods.

-- Gives a foreign key of Django ON DELETE CASCADE in the database. Rows that belong to a subject, a hit or a
-- version are then deleted with it, whether by retention, by erasure or when two subjects are joined.
CREATE FUNCTION vedette_cascade(child text, parent text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT conname, pg_get_constraintdef(oid) AS def FROM pg_constraint
        WHERE contype = 'f' AND conrelid = child::regclass AND confrelid = parent::regclass
    LOOP
        EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I', child, one.conname);
        EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I %s', child, one.conname,
                       replace(one.def, ' DEFERRABLE', ' ON DELETE CASCADE DEFERRABLE'));
    END LOOP;
END
$$;
REVOKE ALL ON FUNCTION vedette_cascade(text, text) FROM PUBLIC;
SELECT vedette_cascade('hits_result', 'hits_hit');
SELECT vedette_cascade('hits_confirmed', 'subjects_subject');

-- A hit belongs to the organisation and to the group of its subject. Each subject has one hit. A hit of
-- another organisation would take its place, and row-level security would hide it from the organisation that
-- has the subject.
CREATE FUNCTION vedette_hit_organisation() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM subjects_subject s
                   WHERE s.id = NEW.subject_id AND s.organisation_id = NEW.organisation_id
                     AND s.group_id IS NOT DISTINCT FROM NEW.group_id) THEN
        RAISE EXCEPTION 'the subject of hit % belongs to another organisation or group', NEW.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION vedette_hit_organisation() FROM PUBLIC;
CREATE TRIGGER same_organisation BEFORE INSERT OR UPDATE OF organisation_id, subject_id, group_id
    ON hits_hit FOR EACH ROW EXECUTE FUNCTION vedette_hit_organisation();

-- The result of a control is written once; `vedette_take_back_result` deletes it within ten minutes. Only triggers write confirmed subjects, and only workers write the
-- counts of floods.
REVOKE UPDATE, DELETE, TRUNCATE ON hits_result FROM vedette_web;
REVOKE UPDATE, TRUNCATE ON hits_result FROM vedette_intake;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON hits_confirmed, hits_floodcount FROM vedette_web;
CREATE TRIGGER append_only BEFORE UPDATE ON hits_result
    FOR EACH ROW EXECUTE FUNCTION vedette_append_only();

-- The bit of a theme and a purpose in a set of pairs, as in `columns.pairs_of`.
CREATE FUNCTION vedette_pair(theme text, purpose text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT 1 << (3 * (array_position('{passengers,global_shield,strategic,small_arms,cash,shield_strategic,shield_arms,strategic_arms,trade}'::text[], theme) - 1)
                + array_position('{terrorism,serious_crime,border}'::text[], purpose) - 1) $$;

-- The hits as the reader sees them (`models.SeenHit`). A hit whose reasons have several themes or purposes has
-- other values for readers who see only some of these. To workers, every reason is visible.
-- `is_open` and `is_alone` are single conditions: the planner takes one condition of this form as true for every second
-- row, and reads an index in order. With several comparisons of these columns it expects one row, and sorts all.
CREATE VIEW hits_seen WITH (security_invoker = true) AS
SELECT id, organisation_id, theme, purpose, retention_class, month, received_at, subject_id, group_id, unit_id,
       reason_count, due_at,
       CASE WHEN partly THEN (part ->> 'state')::varchar(10) ELSE state END AS state,
       CASE WHEN partly THEN (part ->> 'priority')::smallint ELSE priority END AS priority,
       CASE WHEN partly THEN (part -> 'favour') ELSE favour END AS favour,
       CASE WHEN partly THEN (part ->> 'opened_at')::timestamptz ELSE opened_at END AS opened_at,
       CASE WHEN partly THEN (part ->> 'changed_at')::timestamptz ELSE changed_at END AS changed_at,
       CASE WHEN partly THEN (part ->> 'claimed_by_id')::uuid ELSE claimed_by_id END AS claimed_by_id,
       CASE WHEN partly THEN (part ->> 'claimed_at')::timestamptz ELSE claimed_at END AS claimed_at,
       CASE WHEN partly THEN (part ->> 'decided_at')::timestamptz ELSE decided_at END AS decided_at,
       CASE WHEN partly THEN (part ->> 'flood_id')::uuid ELSE flood_id END AS flood_id,
       CASE WHEN partly THEN (part ->> 'flood_profile_id')::uuid ELSE flood_profile_id END AS flood_profile_id,
       CASE WHEN partly THEN part ->> 'state' IN ('new', 'reopened')
            ELSE state IN ('new', 'reopened') END AS is_open,
       CASE WHEN partly THEN part ->> 'state' IN ('new', 'reopened')
                AND part ->> 'flood_id' IS NULL AND part ->> 'flood_profile_id' IS NULL
            ELSE state IN ('new', 'reopened') AND flood_id IS NULL AND flood_profile_id IS NULL
       END AS is_alone,
       state AS full_state, opened_at AS full_opened_at, changed_at AS full_changed_at,
       flood_id AS full_flood_id, flood_profile_id AS full_flood_profile_id,
       parts <> '{}' AS in_parts, coalesce(pairs & (SELECT vedette_pairs()), pairs) AS seen,
       coalesce(open_pairs & (SELECT vedette_pairs()), open_pairs) AS seen_open
FROM (SELECT h.*, pairs & (SELECT vedette_pairs()) <> pairs AS partly,
             h.parts -> (h.pairs & (SELECT vedette_pairs()))::text AS part
      FROM hits_hit h) h;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON hits_seen FROM vedette_web, vedette_intake;
-- Officers lock the hits that they read (SELECT FOR UPDATE). The view itself cannot be written.
GRANT SELECT, UPDATE ON hits_seen TO vedette_web;
GRANT SELECT ON hits_seen TO vedette_intake;

-- Three views contain the outcome of a hit. Every count, history feature, page and retention rule that needs
-- an outcome reads them. They show only rows that the reader may see (security_invoker): a reason that
-- row-level security hides confirms nothing for that reader.

-- The meaning of one decision by itself, whatever happened afterwards. `identified`: the decision is to
-- refer, hold or refuse. `false_match`: the decision is to release, and the answer to every reason is
-- "another".
CREATE VIEW decision_outcome WITH (security_invoker = true) AS
SELECT d.id AS decision_id, d.hit_id, d.organisation_id, d.at, d.answers,
       d.choice <> 'release' AS identified,
       d.choice = 'release' AND d.answers <> '{}'::jsonb AND NOT EXISTS (
           SELECT FROM jsonb_each_text(d.answers) a WHERE a.value <> 'another'
             AND ((SELECT vedette_pairs()) IS NULL OR (SELECT vedette_whole())
                  OR EXISTS (SELECT FROM hits_reason r WHERE r.id = a.key::uuid))) AS false_match
FROM hits_decision d;

-- How a reason was answered. `open`: not yet. `another`, `unsure`, `same`: the answer to "same person?"; a
-- clearing in force is "another". `other`: the reason needs no answer, or does not apply any more.
CREATE VIEW reason_answer WITH (security_invoker = true) AS
SELECT r.id AS reason_id, r.hit_id, r.organisation_id, r.entry_id, r.created_at,
       CASE WHEN r.state = 'open' THEN 'open' WHEN r.outcome <> '' THEN r.outcome
            WHEN r.state = 'cleared' THEN 'another' ELSE 'other' END AS answer
FROM hits_reason r;

-- One row for each hit. The outcome is the first of these that applies:
--   confirmed      the latest result of a control is a confirmed one, whatever was decided afterwards;
--   open           the hit waits for a decision (new or reopened);
--   void           its reasons ceased to apply before a decision;
--   nothing_found  the control after the last decision found nothing;
--   confirmed      a reason is answered "same" (also if the decision is a release), or the last decision to
--                  refer, hold or refuse answered "same" to a reason that does not apply any more;
--   pending        the decision is to refer, hold or refuse, and no result of a control is recorded yet;
--   cleared        the decision is to release.
-- `ground` is the kind of row that determines the outcome (result, decision or hit), `ground_id` is the id of
-- this row, and `since` its time. `objective_link`: a person once decided to refer, hold or refuse (a later
-- release does not change that), or a reason is answered "same".
CREATE VIEW hit_outcome WITH (security_invoker = true) AS
SELECT h.id AS hit_id, h.organisation_id, h.subject_id,
       CASE g.ground
           WHEN 'result' THEN CASE r.outcome WHEN 'confirmed' THEN 'confirmed' ELSE 'nothing_found' END
           WHEN 'decision' THEN CASE
               WHEN same.said THEN 'confirmed'
               WHEN NOT d.identified THEN 'cleared'
               ELSE 'pending' END
           ELSE CASE h.state WHEN 'void' THEN 'void' ELSE 'open' END
       END AS outcome,
       CASE g.ground
           WHEN 'result' THEN r.at
           WHEN 'decision' THEN coalesce(d.at, h.decided_at, h.changed_at)
           ELSE CASE h.state WHEN 'void' THEN h.changed_at ELSE h.opened_at END
       END AS since,
       g.ground,
       CASE g.ground WHEN 'result' THEN r.id WHEN 'decision' THEN d.decision_id ELSE h.id END AS ground_id,
       EXISTS (SELECT FROM decision_outcome o WHERE o.hit_id = h.id AND o.identified)
           OR EXISTS (SELECT FROM hits_reason s WHERE s.hit_id = h.id AND s.outcome = 'same')
           AS objective_link
FROM hits_seen h
LEFT JOIN LATERAL (
    SELECT s.id, s.at, s.outcome FROM hits_result s
    WHERE s.hit_id = h.id ORDER BY s.at DESC LIMIT 1) r ON true
LEFT JOIN LATERAL (
    SELECT o.decision_id, o.at, o.answers, o.identified FROM decision_outcome o
    WHERE o.hit_id = h.id AND h.state = 'decided' ORDER BY o.at DESC LIMIT 1) d ON true
LEFT JOIN LATERAL (
    SELECT true AS said FROM hits_reason s
    WHERE s.hit_id = h.id AND h.state = 'decided'
      AND (s.state = 'answered' AND s.outcome = 'same'
           OR d.identified AND d.answers ->> s.id::text = 'same') LIMIT 1) same ON true
CROSS JOIN LATERAL (
    SELECT CASE WHEN r.outcome = 'confirmed' THEN 'result'
                WHEN h.state <> 'decided' THEN 'hit'
                WHEN r.id IS NULL OR r.at < d.at THEN 'decision'
                ELSE 'result' END AS ground) g;
GRANT SELECT ON decision_outcome, reason_answer, hit_outcome TO vedette_web, vedette_intake;

-- Whether a hit led to a release, as those see it who see the reasons with the pairs `seen`. NULL if they see
-- no hit. Workers use it for facts that they store beside the reasons with these pairs.
CREATE FUNCTION vedette_released(hit uuid, seen integer) RETURNS boolean LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
SELECT CASE
    WHEN h.pairs & seen = h.pairs THEN (SELECT o.outcome = 'cleared' FROM hit_outcome o WHERE o.hit_id = h.id)
    WHEN h.parts ? (h.pairs & seen)::text THEN
        h.parts -> (h.pairs & seen)::text ->> 'state' = 'decided'
        AND coalesce((SELECT d.choice = 'release' FROM hits_decision d
                      WHERE d.hit_id = h.id AND d.answers ?| reasons.ids ORDER BY d.at DESC LIMIT 1), false)
        AND NOT reasons.same
        AND NOT EXISTS (SELECT FROM hits_result r JOIN hits_decision d ON d.id = r.decision_id
                        WHERE r.hit_id = h.id AND r.outcome = 'confirmed' AND d.answers ?| reasons.ids)
    END
FROM hits_hit h
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(r.id::text), '{}') AS ids,
           coalesce(bool_or(r.state = 'answered' AND r.outcome = 'same'), false) AS same
    FROM hits_reason r WHERE r.hit_id = h.id AND vedette_pair(r.theme, r.purpose) & seen <> 0) reasons
WHERE h.id = hit
$$;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON decision_outcome, reason_answer, hit_outcome
    FROM vedette_web, vedette_intake;

-- Queries as of an earlier time (history features) read `hits_confirmed`. It contains the periods in which
-- the view showed the outcome "confirmed" for a subject's hit. Only these triggers write it.
CREATE FUNCTION vedette_keep_confirmed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    hit uuid;
    became hit_outcome;
BEGIN
    IF TG_TABLE_NAME = 'hits_hit' THEN
        hit := NEW.id;
    ELSIF TG_OP = 'DELETE' THEN
        hit := OLD.hit_id;
    ELSE
        hit := NEW.hit_id;
    END IF;
    SELECT * INTO became FROM hit_outcome o WHERE o.hit_id = hit;
    IF became.outcome = 'confirmed' THEN
        INSERT INTO hits_confirmed AS c (subject_id, organisation_id, since)
        VALUES (became.subject_id, became.organisation_id, became.since)
        ON CONFLICT (subject_id) DO UPDATE
            SET until = NULL, since = greatest(EXCLUDED.since, c.until) WHERE c.until IS NOT NULL;
    ELSE
        -- A finding of a random control without a hit stays confirmed (enforcement.sql).
        UPDATE hits_confirmed SET until = clock_timestamp()
        WHERE subject_id = became.subject_id AND until IS NULL AND NOT EXISTS (
            SELECT FROM enforcement_controlorder o WHERE o.subject_id = became.subject_id
              AND o.hit_id IS NULL AND o.finding = 'found');
    END IF;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION vedette_keep_confirmed() FROM PUBLIC;
CREATE TRIGGER keep_confirmed AFTER UPDATE ON hits_hit FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state OR OLD.subject_id IS DISTINCT FROM NEW.subject_id)
    EXECUTE FUNCTION vedette_keep_confirmed();
CREATE TRIGGER keep_confirmed AFTER INSERT OR DELETE ON hits_result FOR EACH ROW
    EXECUTE FUNCTION vedette_keep_confirmed();
-- A reason answered "same" moves to another hit if two subjects turn out to be one.
CREATE TRIGGER keep_confirmed AFTER UPDATE ON hits_reason FOR EACH ROW
    WHEN ((OLD.outcome = 'same' OR NEW.outcome = 'same')
          AND (OLD.hit_id, OLD.state, OLD.outcome) IS DISTINCT FROM (NEW.hit_id, NEW.state, NEW.outcome))
    EXECUTE FUNCTION vedette_keep_confirmed();

-- Texts that people wrote about a subject are written once. The web role hides and shows them (restriction),
-- and adds rows to the statements of a person (`rectified`). Only masking, retention and erasure remove them.
REVOKE UPDATE, DELETE, TRUNCATE ON hits_textclear FROM vedette_web;
GRANT UPDATE (organisation_id, text, restricted) ON hits_textclear TO vedette_web;
CREATE FUNCTION vedette_words_kept() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    free CONSTANT text[] := CASE WHEN OLD.kind = 'rectified' THEN '{restricted,text}' ELSE '{restricted}' END;
BEGIN
    IF to_jsonb(NEW) - free <> to_jsonb(OLD) - free THEN
        RAISE EXCEPTION 'words are written once' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION vedette_words_kept() FROM PUBLIC;
CREATE TRIGGER kept BEFORE UPDATE ON hits_textclear
    FOR EACH ROW EXECUTE FUNCTION vedette_words_kept();

-- Indexes for the event of a text, and for the decisions and hits of a day.
CREATE INDEX hits_event_text ON hits_event ((params ->> 'text')) WHERE params ? 'text';
CREATE INDEX decision_day ON hits_decision (organisation_id, at);
CREATE INDEX hit_opened ON hits_hit (organisation_id, opened_at);
