-- Requests of persons: restriction, erasure, and the list of acts that were carried out. Only users who
-- answer such requests see restricted rows (scope.sql). Workers do not screen restricted rows and do not lose
-- them.
REVOKE DELETE, TRUNCATE ON requests_subjectrequest FROM vedette_web, vedette_intake;

-- Acts that were carried out and are not yet written to the list outside the database (`requests/ledger.py`).
-- The restore of an older backup repeats the acts of that list. Rows contain only ids. The web role inserts
-- them, and a worker removes them.
REVOKE ALL ON requests_carried FROM vedette_web, vedette_intake;
GRANT INSERT ON requests_carried TO vedette_web;
GRANT SELECT, DELETE ON requests_carried TO vedette_intake;

-- Deletes subjects with everything that belongs to them; returns the counts that are kept. Only
-- `vedette_erase` calls it, and the owner of the database when an older backup is restored.
-- `vedette_delete_clear` and `vedette_delete_spine` are generated (subjects/tables.py).
CREATE FUNCTION vedette_erase_subjects(asked uuid[]) RETURNS jsonb
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    hits CONSTANT uuid[] := (SELECT array_agg(id) FROM hits_hit WHERE subject_id = ANY (asked));
    homes uuid[];
    marks bytea[];
    told jsonb;
BEGIN
    SELECT array_agg(id ORDER BY id), array_agg(DISTINCT organisation_id),
           array_agg(DISTINCT fingerprint) FILTER (WHERE fingerprint IS NOT NULL)
    INTO asked, homes, marks FROM subjects_subject WHERE id = ANY (asked);
    SELECT jsonb_build_object('subjects', coalesce(cardinality(asked), 0),
                              'hits', coalesce(cardinality(hits), 0))
        || coalesce((SELECT jsonb_object_agg(choice, n) FROM (
            SELECT choice, count(*) AS n FROM hits_decision
            WHERE hit_id = ANY (hits) GROUP BY choice) c), '{}')
    INTO told;
    PERFORM vedette_delete_clear(asked);
    DELETE FROM hits_decision WHERE hit_id = ANY (hits);
    PERFORM vedette_delete_spine(asked);
    DELETE FROM hits_clearedpair p WHERE fingerprint = ANY (marks)
        AND organisation_id = ANY (homes)
        AND NOT EXISTS (SELECT FROM subjects_subject s WHERE s.fingerprint = p.fingerprint);
    RETURN told;
END
$$;
REVOKE ALL ON FUNCTION vedette_erase_subjects(uuid[]) FROM PUBLIC;

-- Erases the subjects of an allowed request; returns the counts that are kept. It checks the approval itself,
-- so it does not rely on the caller.
CREATE FUNCTION vedette_erase(approval uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    request uuid;
    asked uuid[];
    told jsonb;
BEGIN
    SELECT s.id, s.subjects INTO request, asked
    FROM accounts_approval a JOIN requests_subjectrequest s ON s.id::text = a.subject
    WHERE a.id = approval AND a.kind = 'delete' AND a.state = 'done' AND s.kind = 'erasure'
      AND a.decided_by_id <> a.asked_by_id AND a.organisation_id = vedette_scope()
      AND s.organisation_id = a.organisation_id
    FOR UPDATE OF s;
    IF request IS NULL THEN
        RAISE EXCEPTION 'no allowed erasure' USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT array_agg(id) INTO asked
    FROM subjects_subject WHERE id = ANY (asked) AND organisation_id = vedette_scope();
    told := vedette_erase_subjects(asked);
    UPDATE requests_subjectrequest SET subjects = '{}', counts = told
    WHERE id = request;
    RETURN told;
END
$$;
REVOKE ALL ON FUNCTION vedette_erase(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_erase(uuid) TO vedette_web;

-- Returns the decisions that an allowed erasure deletes, including those that the caller does not see. Their
-- hits are locked, so that no decision is added before they are deleted.
CREATE FUNCTION vedette_decisions_to_erase(approval uuid) RETURNS SETOF uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    hits uuid[];
BEGIN
    SELECT array_agg(one.id) INTO hits FROM (
        SELECT h.id FROM accounts_approval a
        JOIN requests_subjectrequest s ON s.id::text = a.subject
        JOIN hits_hit h ON h.subject_id = ANY (s.subjects)
        WHERE a.id = approval AND a.kind = 'delete' AND a.state = 'done' AND s.kind = 'erasure'
          AND a.decided_by_id <> a.asked_by_id AND a.organisation_id = vedette_scope()
          AND s.organisation_id = a.organisation_id AND h.organisation_id = a.organisation_id
        ORDER BY h.id FOR UPDATE OF h) one;
    RETURN QUERY SELECT d.id FROM hits_decision d WHERE d.hit_id = ANY (hits);
END
$$;
REVOKE ALL ON FUNCTION vedette_decisions_to_erase(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_decisions_to_erase(uuid) TO vedette_web;
