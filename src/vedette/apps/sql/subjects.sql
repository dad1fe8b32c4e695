-- What a person may ask about the data held of them. Restricted rows are seen by nobody but who
-- answers such requests (`accounts/scope.py` sets it for the transaction); workers neither screen them
-- nor lose them.
CREATE FUNCTION vedette_sees_restricted() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(current_setting('vedette.restricted', true) = 'yes', false) $$;

ALTER TABLE subjects_subjectrequest ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON subjects_subjectrequest TO vedette_web
    USING (organisation_id = (SELECT vedette_scope()))
    WITH CHECK (organisation_id = (SELECT vedette_scope()));
REVOKE DELETE, TRUNCATE ON subjects_subjectrequest FROM vedette_web, vedette_intake;

DO $$
DECLARE
    organisation CONSTANT text := 'organisation_id = (SELECT vedette_scope())';
    seen CONSTANT text := ' AND (NOT restricted OR (SELECT vedette_sees_restricted()))';
    name text;
    one record;
BEGIN
    FOREACH name IN ARRAY vedette_side_tables() LOOP
        EXECUTE format('ALTER TABLE %I ADD COLUMN restricted boolean NOT NULL DEFAULT false', name);
    END LOOP;
    FOR one IN SELECT * FROM (VALUES
        ('intake_journeyclear', ' AND ((SELECT vedette_whole()) OR EXISTS
            (SELECT FROM intake_journey j WHERE j.id = journey_id))'),
        ('intake_bookingclear', ' AND ((SELECT vedette_whole()) OR EXISTS
            (SELECT FROM intake_journey j WHERE j.booking_id = intake_bookingclear.booking_id
             AND j.flight_id = intake_bookingclear.flight_id))'),
        ('targeting_reasonclear', ' AND ((SELECT vedette_whole()) OR EXISTS
            (SELECT FROM targeting_reason r WHERE r.id = reason_id))'),
        -- What a traveller had rectified belongs to the journey itself.
        ('targeting_textclear', ' AND ((SELECT vedette_whole())
            OR EXISTS (SELECT FROM targeting_decision d WHERE d.id = subject_id)
            OR EXISTS (SELECT FROM intake_journey j WHERE j.id = subject_id)
            OR EXISTS (SELECT FROM targeting_event e WHERE e.params ? ''text''
                       AND e.params ->> ''text'' = subject_id::text))')
    ) t (name, narrowed) LOOP
        EXECUTE format('DROP POLICY scope ON %I', one.name);
        EXECUTE format('CREATE POLICY scope ON %I TO vedette_web USING (%s)',
                       one.name, organisation || seen || one.narrowed);
    END LOOP;
END
$$;
-- An unmasking that was allowed before does not open what is restricted since.
DROP POLICY asker ON retention_unmasked;
CREATE POLICY asker ON retention_unmasked FOR SELECT TO vedette_web
    USING (organisation_id = (SELECT vedette_scope()) AND user_id = (SELECT vedette_user())
           AND expires_at > clock_timestamp()
           AND ((SELECT vedette_sees_restricted()) OR NOT EXISTS
                (SELECT FROM intake_journey j WHERE j.id = journey_id AND j.restricted)));

CREATE OR REPLACE FUNCTION vedette_search_names(beginning text, at_most integer)
RETURNS TABLE (journey_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT f.journey_id FROM (
        SELECT c.journey_id FROM intake_journeyclear c
        WHERE c.organisation_id = vedette_scope()
          AND (NOT c.restricted OR vedette_sees_restricted())
          AND c.name_key LIKE replace(replace(replace(beginning, '\', '\\'), '%', '\%'), '_', '\_') || '%'
        OFFSET 0
    ) f
    WHERE (SELECT vedette_whole()) OR EXISTS (
        SELECT FROM intake_journey j
        WHERE j.id = f.journey_id
          AND ((SELECT vedette_every_unit()) OR j.unit_id = (SELECT vedette_unit()))
          AND j.theme = ANY ((SELECT vedette_themes())::text[])
          AND j.purpose = ANY ((SELECT vedette_purposes())::text[]))
    ORDER BY f.journey_id DESC
    LIMIT at_most
$$;

-- Restricts journeys with all that is clear of them, or ends that. A booking's row stays restricted as
-- long as one of its travellers on that flight is. Runs with the rights and the scope of who asks.
CREATE FUNCTION vedette_restrict(journeys uuid[], restrict_them boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE intake_journey SET restricted = restrict_them,
           screen_again = screen_again OR NOT restrict_them
    WHERE id = ANY (journeys);
    UPDATE intake_journeyclear SET restricted = restrict_them WHERE journey_id = ANY (journeys);
    UPDATE intake_bookingclear b SET restricted = EXISTS (
        SELECT FROM intake_journey j WHERE j.booking_id = b.booking_id
        AND j.flight_id = b.flight_id AND j.restricted)
    WHERE b.booking_id IN (SELECT booking_id FROM intake_journey WHERE id = ANY (journeys));
    UPDATE targeting_reasonclear SET restricted = restrict_them WHERE reason_id IN
        (SELECT r.id FROM targeting_reason r JOIN targeting_hit h ON h.id = r.hit_id
         WHERE h.journey_id = ANY (journeys));
    UPDATE targeting_textclear SET restricted = restrict_them
    WHERE subject_id = ANY (journeys) OR subject_id IN
        (SELECT d.id FROM targeting_decision d JOIN targeting_hit h ON h.id = d.hit_id
         WHERE h.journey_id = ANY (journeys)
         UNION SELECT (e.params ->> 'text')::uuid FROM targeting_event e
         JOIN targeting_hit h ON h.id = e.hit_id
         WHERE h.journey_id = ANY (journeys) AND e.params ? 'text');
END
$$;
REVOKE ALL ON FUNCTION vedette_restrict(uuid[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_restrict(uuid[], boolean) TO vedette_web;

-- Who was under 18 when travelling, of what is clear; what is masked already has no birth date to go by.
UPDATE intake_journey j SET minor = true FROM intake_journeyclear c, intake_flight f
WHERE c.journey_id = j.id AND f.id = j.flight_id AND c.date_of_birth <= f.departs_on
  AND c.date_of_birth + interval '18 years' > f.departs_on;
UPDATE intake_journey SET minor = true WHERE infant AND NOT minor;

-- Days after which the hit of a minor without an objective link ends: half of what any traveller's
-- clear values live.
CREATE FUNCTION vedette_minor_days(class text, on_day date) RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS
$$ SELECT mask_after / 2 FROM vedette_periods(class, on_day) $$;
REVOKE ALL ON FUNCTION vedette_minor_days(text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_minor_days(text, date) TO vedette_web, vedette_intake;

-- A decision goes when the law's time is over (retention_rules.sql); a release of a minor's hit sooner;
-- any of a person whose erasure one person asked for and another allowed. Rows are asked, no setting.
CREATE OR REPLACE FUNCTION vedette_decision_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM targeting_hit h, vedette_periods(h.retention_class, current_date) p
        WHERE h.id = OLD.hit_id AND CASE
            WHEN h.retention_class = 'linked' THEN h.month + p.keep_after <= current_date
            ELSE OLD.choice = 'release' AND h.month + p.delete_after <= current_date END)
    THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'DELETE' AND OLD.choice = 'release' AND EXISTS (
        SELECT FROM targeting_hit h JOIN intake_journey j ON j.id = h.journey_id
        WHERE h.id = OLD.hit_id AND j.minor AND h.retention_class <> 'linked'
          AND h.opened_at::date + vedette_minor_days(h.retention_class, current_date) <= current_date)
    THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM targeting_hit h
        JOIN subjects_subjectrequest s ON h.journey_id = ANY (s.journeys) AND s.kind = 'erasure'
        JOIN accounts_approval a ON a.subject = s.id::text AND a.kind = 'delete' AND a.state = 'done'
        WHERE h.id = OLD.hit_id AND a.decided_by_id <> a.asked_by_id
          AND a.organisation_id = h.organisation_id)
    THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;

-- Erases what an allowed request names, with all that hangs on it; gives the counts that stay. Looks at
-- the approval itself: whoever calls it decides nothing.
CREATE FUNCTION vedette_erase(approval uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    request uuid;
    asked uuid[];
    hits uuid[];
    words uuid[];
    reasons uuid[];
    travellers uuid[];
    bookings uuid[];
    marks bytea[];
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
    SELECT array_agg(id ORDER BY id), array_agg(DISTINCT traveller_id),
           array_agg(DISTINCT booking_id) FILTER (WHERE booking_id IS NOT NULL),
           array_agg(DISTINCT fingerprint) FILTER (WHERE fingerprint IS NOT NULL)
    INTO asked, travellers, bookings, marks
    FROM intake_journey WHERE id = ANY (asked) AND organisation_id = vedette_scope();
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
        AND organisation_id = vedette_scope()
        AND NOT EXISTS (SELECT FROM intake_journey j WHERE j.fingerprint = p.fingerprint);
    -- A booking goes when its last traveller went; of one shared with others, what it states stays.
    SELECT array_agg(b) INTO bookings FROM unnest(bookings) b
    WHERE NOT EXISTS (SELECT FROM intake_journey j WHERE j.booking_id = b)
      AND NOT EXISTS (SELECT FROM intake_traveller t WHERE t.booking_id = b);
    DELETE FROM intake_bookingclear WHERE booking_id = ANY (bookings);
    DELETE FROM retention_vault WHERE subject = ANY (bookings);
    DELETE FROM intake_bookinglocator WHERE booking_id = ANY (bookings);
    DELETE FROM intake_booking WHERE id = ANY (bookings);
    UPDATE subjects_subjectrequest SET journeys = '{}', counts = told
    WHERE id = request;
    RETURN told;
END
$$;
REVOKE ALL ON FUNCTION vedette_erase(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_erase(uuid) TO vedette_web;
