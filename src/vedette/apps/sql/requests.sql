-- Requests of persons: restriction, erasure, and the list of what was carried out. Only those who answer
-- such requests see restricted rows (scope.sql); workers neither screen nor lose them.
REVOKE DELETE, TRUNCATE ON requests_subjectrequest FROM vedette_web, vedette_intake;

-- What was carried out, before it is written to the list outside the database (`requests/ledger.py`): the
-- restore of an older backup carries it out again. Ids only; the web role inserts, a worker removes.
REVOKE ALL ON requests_carried FROM vedette_web, vedette_intake;
GRANT INSERT ON requests_carried TO vedette_web;
GRANT SELECT, DELETE ON requests_carried TO vedette_intake;

-- Restricts subjects with all their clear values, or ends the restriction. The row of a booking stays
-- restricted as long as one of its travellers on that flight is. Runs with the rights and the scope of the
-- caller.
CREATE FUNCTION vedette_restrict(journeys uuid[], restrict_them boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE subjects_subject SET restricted = restrict_them,
           screen_again = screen_again OR NOT restrict_them
    WHERE id = ANY (journeys);
    UPDATE travellers_journeyclear SET restricted = restrict_them WHERE journey_id = ANY (journeys);
    UPDATE travellers_bookingclear b SET restricted = EXISTS (
        SELECT FROM travellers_journey j JOIN subjects_subject s ON s.id = j.id
        WHERE j.booking_id = b.booking_id AND j.flight_id = b.flight_id AND s.restricted)
    WHERE b.booking_id IN (SELECT booking_id FROM travellers_journey WHERE id = ANY (journeys));
    UPDATE hits_reasonclear SET restricted = restrict_them WHERE reason_id IN
        (SELECT r.id FROM hits_reason r JOIN hits_hit h ON h.id = r.hit_id
         WHERE h.subject_id = ANY (journeys));
    UPDATE hits_textclear SET restricted = restrict_them
    WHERE owner_id = ANY (journeys) OR owner_id IN
        (SELECT d.id FROM hits_decision d JOIN hits_hit h ON h.id = d.hit_id
         WHERE h.subject_id = ANY (journeys)
         UNION SELECT (e.params ->> 'text')::uuid FROM hits_event e
         JOIN hits_hit h ON h.id = e.hit_id
         WHERE h.subject_id = ANY (journeys) AND e.params ? 'text');
END
$$;
REVOKE ALL ON FUNCTION vedette_restrict(uuid[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_restrict(uuid[], boolean) TO vedette_web;

-- Deletes journeys with everything that belongs to them; returns the counts that are kept. For
-- `vedette_erase`, and for the owner of the database who restores an older backup: nobody else may call it.
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
    SELECT array_agg(id ORDER BY id), array_agg(DISTINCT organisation_id),
           array_agg(DISTINCT fingerprint) FILTER (WHERE fingerprint IS NOT NULL)
    INTO asked, homes, marks FROM subjects_subject WHERE id = ANY (asked);
    SELECT array_agg(DISTINCT traveller_id),
           array_agg(DISTINCT booking_id) FILTER (WHERE booking_id IS NOT NULL)
    INTO travellers, bookings FROM travellers_journey WHERE id = ANY (asked);
    SELECT array_agg(id) INTO hits FROM hits_hit WHERE subject_id = ANY (asked);
    SELECT jsonb_build_object('journeys', coalesce(cardinality(asked), 0),
                              'hits', coalesce(cardinality(hits), 0))
        || coalesce((SELECT jsonb_object_agg(choice, n) FROM (
            SELECT choice, count(*) AS n FROM hits_decision
            WHERE hit_id = ANY (hits) GROUP BY choice) c), '{}')
    INTO told;
    SELECT array_agg(id) INTO reasons FROM hits_reason WHERE hit_id = ANY (hits);
    SELECT array_agg(id) INTO words FROM (
        SELECT id FROM hits_decision WHERE hit_id = ANY (hits)
        UNION SELECT (params ->> 'text')::uuid FROM hits_event
        WHERE hit_id = ANY (hits) AND params ? 'text') w;
    DELETE FROM hits_textclear WHERE owner_id = ANY (words || asked);
    DELETE FROM hits_reasonclear WHERE reason_id = ANY (reasons);
    DELETE FROM travellers_journeyclear WHERE journey_id = ANY (asked);
    DELETE FROM retention_unmasked WHERE subject_id = ANY (asked);
    DELETE FROM retention_vault WHERE owner = ANY (asked || words || reasons);
    DELETE FROM hits_decision WHERE hit_id = ANY (hits);
    DELETE FROM hits_event WHERE hit_id = ANY (hits);
    DELETE FROM hits_reason WHERE hit_id = ANY (hits);
    DELETE FROM hits_hit WHERE id = ANY (hits);
    DELETE FROM subjects_identifier WHERE subject_id = ANY (asked);
    DELETE FROM subjects_subject WHERE id = ANY (asked);
    DELETE FROM travellers_traveller t WHERE id = ANY (travellers)
        AND NOT EXISTS (SELECT FROM travellers_journey j WHERE j.traveller_id = t.id);
    DELETE FROM hits_clearedpair p WHERE fingerprint = ANY (marks)
        AND organisation_id = ANY (homes)
        AND NOT EXISTS (SELECT FROM subjects_subject s WHERE s.fingerprint = p.fingerprint);
    -- A booking is deleted with its last traveller; one that is shared with others stays.
    SELECT array_agg(b) INTO bookings FROM unnest(bookings) b
    WHERE NOT EXISTS (SELECT FROM travellers_journey j WHERE j.booking_id = b)
      AND NOT EXISTS (SELECT FROM travellers_traveller t WHERE t.booking_id = b);
    DELETE FROM travellers_bookingclear WHERE booking_id = ANY (bookings);
    DELETE FROM retention_vault WHERE owner = ANY (bookings);
    DELETE FROM travellers_bookinglocator WHERE booking_id = ANY (bookings);
    DELETE FROM travellers_booking WHERE id = ANY (bookings);
    RETURN told;
END
$$;
REVOKE ALL ON FUNCTION vedette_erase_journeys(uuid[]) FROM PUBLIC;

-- Erases what an allowed request names; returns the counts that are kept. It checks the approval itself:
-- the caller decides nothing.
CREATE FUNCTION vedette_erase(approval uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    request uuid;
    asked uuid[];
    told jsonb;
BEGIN
    SELECT s.id, s.journeys INTO request, asked
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
    told := vedette_erase_journeys(asked);
    UPDATE requests_subjectrequest SET journeys = '{}', counts = told
    WHERE id = request;
    RETURN told;
END
$$;
REVOKE ALL ON FUNCTION vedette_erase(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_erase(uuid) TO vedette_web;

-- The decisions that an allowed erasure deletes, whichever of them the caller sees. Their hits are locked,
-- so that no decision is added before they are deleted.
CREATE FUNCTION vedette_decisions_to_erase(approval uuid) RETURNS SETOF uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    hits uuid[];
BEGIN
    SELECT array_agg(one.id) INTO hits FROM (
        SELECT h.id FROM accounts_approval a
        JOIN requests_subjectrequest s ON s.id::text = a.subject
        JOIN hits_hit h ON h.subject_id = ANY (s.journeys)
        WHERE a.id = approval AND a.kind = 'delete' AND a.state = 'done' AND s.kind = 'erasure'
          AND a.decided_by_id <> a.asked_by_id AND a.organisation_id = vedette_scope()
          AND s.organisation_id = a.organisation_id AND h.organisation_id = a.organisation_id
        ORDER BY h.id FOR UPDATE OF h) one;
    RETURN QUERY SELECT d.id FROM hits_decision d WHERE d.hit_id = ANY (hits);
END
$$;
REVOKE ALL ON FUNCTION vedette_decisions_to_erase(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_decisions_to_erase(uuid) TO vedette_web;

-- What was asked of a carrier is written once.
REVOKE UPDATE, DELETE, TRUNCATE ON travellers_resendasked FROM vedette_web;
