-- What was carried out for persons, on its way into the list that stands outside the database
-- (`subjects/ledger.py`): a restore of an older backup does it again. Ids alone; who carries it out writes,
-- a worker takes.
REVOKE ALL ON subjects_carried FROM vedette_web, vedette_intake;
GRANT INSERT ON subjects_carried TO vedette_web;
GRANT SELECT, DELETE ON subjects_carried TO vedette_intake;

-- Erases journeys with all that hangs on them; gives the counts that stay. For `vedette_erase` and for the
-- owner of the database, who restores a backup from before: nobody else may call it.
CREATE FUNCTION vedette_erase_journeys(asked uuid[]) RETURNS jsonb
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    homes uuid[];
    hits uuid[];
    words uuid[];
    reasons uuid[];
    travellers uuid[];
    bookings uuid[];
    marks bytea[];
    told jsonb;
BEGIN
    SELECT array_agg(id ORDER BY id), array_agg(DISTINCT organisation_id), array_agg(DISTINCT traveller_id),
           array_agg(DISTINCT booking_id) FILTER (WHERE booking_id IS NOT NULL),
           array_agg(DISTINCT fingerprint) FILTER (WHERE fingerprint IS NOT NULL)
    INTO asked, homes, travellers, bookings, marks
    FROM intake_journey WHERE id = ANY (asked);
    SELECT array_agg(id) INTO hits FROM targeting_hit WHERE journey_id = ANY (asked);
    SELECT jsonb_build_object('journeys', coalesce(cardinality(asked), 0),
                              'hits', coalesce(cardinality(hits), 0))
        || coalesce((SELECT jsonb_object_agg(choice, n) FROM (
            SELECT choice, count(*) AS n FROM targeting_decision
            WHERE hit_id = ANY (hits) GROUP BY choice) c), '{}')
    INTO told;
    SELECT array_agg(id) INTO reasons FROM targeting_reason WHERE hit_id = ANY (hits);
    SELECT array_agg(id) INTO words FROM (
        SELECT id FROM targeting_decision WHERE hit_id = ANY (hits)
        UNION SELECT (params ->> 'text')::uuid FROM targeting_event
        WHERE hit_id = ANY (hits) AND params ? 'text') w;
    DELETE FROM targeting_textclear WHERE subject_id = ANY (words || asked);
    DELETE FROM targeting_reasonclear WHERE reason_id = ANY (reasons);
    DELETE FROM intake_journeyclear WHERE journey_id = ANY (asked);
    DELETE FROM retention_unmasked WHERE journey_id = ANY (asked);
    DELETE FROM retention_vault WHERE subject = ANY (asked || words || reasons);
    DELETE FROM targeting_decision WHERE hit_id = ANY (hits);
    DELETE FROM targeting_event WHERE hit_id = ANY (hits);
    DELETE FROM targeting_reason WHERE hit_id = ANY (hits);
    DELETE FROM targeting_hit WHERE id = ANY (hits);
    DELETE FROM intake_identifier WHERE journey_id = ANY (asked);
    DELETE FROM intake_journey WHERE id = ANY (asked);
    DELETE FROM intake_traveller t WHERE id = ANY (travellers)
        AND NOT EXISTS (SELECT FROM intake_journey j WHERE j.traveller_id = t.id);
    DELETE FROM targeting_clearedpair p WHERE fingerprint = ANY (marks)
        AND organisation_id = ANY (homes)
        AND NOT EXISTS (SELECT FROM intake_journey j WHERE j.fingerprint = p.fingerprint);
    -- A booking goes when its last traveller went; of one shared with others, what it states stays.
    SELECT array_agg(b) INTO bookings FROM unnest(bookings) b
    WHERE NOT EXISTS (SELECT FROM intake_journey j WHERE j.booking_id = b)
      AND NOT EXISTS (SELECT FROM intake_traveller t WHERE t.booking_id = b);
    DELETE FROM intake_bookingclear WHERE booking_id = ANY (bookings);
    DELETE FROM retention_vault WHERE subject = ANY (bookings);
    DELETE FROM intake_bookinglocator WHERE booking_id = ANY (bookings);
    DELETE FROM intake_booking WHERE id = ANY (bookings);
    RETURN told;
END
$$;
REVOKE ALL ON FUNCTION vedette_erase_journeys(uuid[]) FROM PUBLIC;

-- As before (subjects.sql): looks at the approval itself, whoever calls it decides nothing.
CREATE OR REPLACE FUNCTION vedette_erase(approval uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    request uuid;
    asked uuid[];
    told jsonb;
BEGIN
    SELECT s.id, s.journeys INTO request, asked
    FROM accounts_approval a JOIN subjects_subjectrequest s ON s.id::text = a.subject
    WHERE a.id = approval AND a.kind = 'delete' AND a.state = 'done' AND s.kind = 'erasure'
      AND a.decided_by_id <> a.asked_by_id AND a.organisation_id = vedette_scope()
      AND s.organisation_id = a.organisation_id
    FOR UPDATE OF s;
    IF request IS NULL THEN
        RAISE EXCEPTION 'no allowed erasure' USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT array_agg(id) INTO asked
    FROM intake_journey WHERE id = ANY (asked) AND organisation_id = vedette_scope();
    told := vedette_erase_journeys(asked);
    UPDATE subjects_subjectrequest SET journeys = '{}', counts = told
    WHERE id = request;
    RETURN told;
END
$$;
