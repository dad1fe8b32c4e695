-- Control orders, what was entered during a control, seizures and detentions (`apps/enforcement`).

-- The texts and photographs of every record of a control, beside the subject (side_tables.sql).
CREATE TABLE enforcement_clear (
    subject_id uuid NOT NULL,
    record uuid NOT NULL,
    retention_class text NOT NULL,
    month date NOT NULL,
    organisation_id uuid NOT NULL,
    hit_id uuid,
    decision_id uuid,
    texts jsonb NOT NULL DEFAULT '{}',
    picture bytea,
    restricted boolean NOT NULL DEFAULT false,
    PRIMARY KEY (subject_id, record, retention_class, month)
) PARTITION BY LIST (retention_class);
-- Compression does not make encrypted pictures smaller.
ALTER TABLE enforcement_clear ALTER COLUMN picture SET STORAGE EXTERNAL;

-- A record is deleted with its subject, and a dependent row with its record.
SELECT vedette_cascade(child, parent) FROM (VALUES
    ('enforcement_controlorder', 'subjects_subject'), ('enforcement_photo', 'subjects_subject'),
    ('enforcement_seizure', 'subjects_subject'), ('enforcement_entry', 'enforcement_controlorder'),
    ('enforcement_seizureversion', 'enforcement_seizure'), ('enforcement_step', 'enforcement_seizure'),
    ('enforcement_seizureitem', 'enforcement_seizureversion')) t (child, parent);

-- A reader sees a record if he sees its subject, its hit and its decision.
SELECT vedette_policy(name, true, 'of_subject', 'of_control')
    FROM unnest(ARRAY['enforcement_controlorder', 'enforcement_photo', 'enforcement_seizure']) name;
SELECT vedette_policy('enforcement_clear', true, 'shown', 'of_subject', 'of_control');
SELECT vedette_policy(child, true, format('(SELECT vedette_whole())
    OR EXISTS (SELECT FROM %I p WHERE p.id = %I OFFSET 0)', parent, link)) FROM (VALUES
    ('enforcement_entry', 'enforcement_controlorder', 'order_id'),
    ('enforcement_seizureversion', 'enforcement_seizure', 'seizure_id'),
    ('enforcement_step', 'enforcement_seizure', 'seizure_id'),
    ('enforcement_seizureitem', 'enforcement_seizureversion', 'version_id')) t (child, parent, link);

-- Records are not deleted by the web role, and what was entered is not changed. An entry and a picture can be
-- struck out.
REVOKE DELETE, TRUNCATE ON enforcement_controlorder, enforcement_photo, enforcement_seizure,
    enforcement_entry, enforcement_seizureversion, enforcement_step, enforcement_seizureitem,
    enforcement_clear FROM vedette_web;
REVOKE UPDATE ON enforcement_entry, enforcement_photo, enforcement_seizureversion, enforcement_step,
    enforcement_seizureitem, enforcement_clear FROM vedette_web;
GRANT UPDATE (struck_at) ON enforcement_entry, enforcement_photo TO vedette_web;
GRANT UPDATE (restricted) ON enforcement_clear TO vedette_web;

-- Takes back the result "nothing found" that the end of a control recorded, within ten minutes. Results are
-- otherwise append-only. The order is open again. Returns whether the result was taken back.
CREATE FUNCTION vedette_take_back_result(control uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    done enforcement_controlorder;
BEGIN
    SELECT * INTO done FROM enforcement_controlorder
    WHERE id = control AND organisation_id = vedette_scope() AND state = 'done' AND finding = 'nothing'
      AND ended_at > vedette_now() - interval '10 minutes'
    FOR UPDATE;
    IF done.id IS NULL THEN
        RETURN false;
    END IF;
    UPDATE enforcement_controlorder SET state = 'begun', finding = '', ended_by_id = NULL, ended_at = NULL,
           result_id = NULL
    WHERE id = control;
    -- The web role may write `result_id` of an order. The result of another hit or decision is not deleted.
    DELETE FROM hits_result
    WHERE id = done.result_id AND organisation_id = done.organisation_id AND outcome = 'nothing'
      AND hit_id = done.hit_id AND decision_id = done.decision_id;
    RETURN true;
END
$$;
REVOKE ALL ON FUNCTION vedette_take_back_result(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_take_back_result(uuid) TO vedette_web;

-- Questions to experts. The texts and copies of photographs of a question are in a table of their own, because
-- an expert sees them without seeing the hit.
CREATE TABLE enforcement_asked (
    subject_id uuid NOT NULL,
    record uuid NOT NULL,
    question_id uuid NOT NULL,
    retention_class text NOT NULL,
    month date NOT NULL,
    organisation_id uuid NOT NULL,
    texts jsonb NOT NULL DEFAULT '{}',
    picture bytea,
    restricted boolean NOT NULL DEFAULT false,
    PRIMARY KEY (subject_id, record, retention_class, month)
) PARTITION BY LIST (retention_class);
CREATE INDEX enforcement_asked_question ON enforcement_asked (question_id);
ALTER TABLE enforcement_asked ALTER COLUMN picture SET STORAGE EXTERNAL;
SELECT vedette_cascade(child, parent) FROM (VALUES
    ('enforcement_question', 'subjects_subject'), ('enforcement_questionmessage', 'enforcement_question'),
    ('enforcement_expert', 'accounts_user')) t (child, parent);
SELECT vedette_policy('enforcement_expert', true);
-- A reader of the theme sees a question if he is one of its experts, or if he sees the record about which it was
-- asked, with all reasons of the hit that the person who asked saw.
SELECT vedette_policy('enforcement_question', true, $$(SELECT vedette_whole())
    OR theme = ANY ((SELECT vedette_themes())::text[])$$, $$(SELECT vedette_whole())
    OR EXISTS (SELECT FROM subjects_subject s WHERE s.id = subject_id)
       AND (hit_id IS NULL OR pairs & (SELECT vedette_pairs()) = pairs
                              AND EXISTS (SELECT FROM hits_hit h WHERE h.id = hit_id))
       AND (decision_id IS NULL OR EXISTS (SELECT FROM hits_decision d WHERE d.id = decision_id OFFSET 0))
    OR EXISTS (SELECT FROM enforcement_expert e
                   WHERE e.user_id = (SELECT vedette_user()) AND e.theme = enforcement_question.theme)$$);
SELECT vedette_policy('enforcement_questionmessage', true, '(SELECT vedette_whole())
    OR EXISTS (SELECT FROM enforcement_question q WHERE q.id = question_id OFFSET 0)');
SELECT vedette_policy('enforcement_asked', true, 'shown', '(SELECT vedette_whole())
    OR EXISTS (SELECT FROM enforcement_question q WHERE q.id = question_id OFFSET 0)');
REVOKE DELETE, TRUNCATE ON enforcement_question, enforcement_questionmessage, enforcement_asked
    FROM vedette_web;
REVOKE UPDATE ON enforcement_questionmessage, enforcement_asked FROM vedette_web;
GRANT UPDATE (restricted) ON enforcement_asked TO vedette_web;
-- Stores the text of a message of a question. An expert writes it without seeing the subject. The message must be
-- stored before, by the same user: its policy ensures that the user sees the question. Returns false, and stores
-- nothing, if there is no such message, or if the processing of the subject is restricted.
CREATE FUNCTION vedette_question_text(one uuid, message uuid, said jsonb) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH made AS (
        INSERT INTO enforcement_asked (subject_id, record, question_id, retention_class, month, organisation_id,
                                       texts)
        SELECT s.id, message, q.id, s.retention_class, s.month, s.organisation_id, said
        FROM enforcement_question q JOIN subjects_subject s ON s.id = q.subject_id AND NOT s.restricted
        WHERE q.id = one AND q.organisation_id = vedette_scope()
          AND EXISTS (SELECT FROM enforcement_questionmessage m
                      WHERE m.id = message AND m.question_id = q.id AND m.by_id = vedette_user())
        FOR SHARE OF s
        RETURNING record)
    SELECT EXISTS (SELECT FROM made)
$$;
REVOKE ALL ON FUNCTION vedette_question_text(uuid, uuid, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_question_text(uuid, uuid, jsonb) TO vedette_web;
-- The finding of a random control of a subject without a hit confirms the subject. With a hit, the result of
-- the hit does (hits.sql).
CREATE FUNCTION vedette_keep_found() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO hits_confirmed AS c (subject_id, organisation_id, since)
    VALUES (NEW.subject_id, NEW.organisation_id, NEW.ended_at)
    ON CONFLICT (subject_id) DO UPDATE
        SET until = NULL, since = greatest(EXCLUDED.since, c.until) WHERE c.until IS NOT NULL;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION vedette_keep_found() FROM PUBLIC;
CREATE TRIGGER keep_found AFTER UPDATE OF finding ON enforcement_controlorder FOR EACH ROW
    WHEN (NEW.hit_id IS NULL AND NEW.finding = 'found' AND OLD.finding <> 'found')
    EXECUTE FUNCTION vedette_keep_found();
