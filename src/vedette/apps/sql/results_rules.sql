-- What a control brought is written once. Confirmed journeys are told from decisions and results by
-- one function; nobody writes them by hand.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['targeting_result', 'targeting_confirmed'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    END LOOP;
END
$$;
CREATE POLICY scope ON targeting_result TO vedette_web
    USING (organisation_id = (SELECT vedette_scope()) AND ((SELECT vedette_whole()) OR EXISTS
        (SELECT FROM targeting_hit h WHERE h.id = hit_id)))
    WITH CHECK (organisation_id = (SELECT vedette_scope()) AND ((SELECT vedette_whole()) OR EXISTS
        (SELECT FROM targeting_hit h WHERE h.id = hit_id)));
CREATE POLICY scope ON targeting_confirmed TO vedette_web
    USING (organisation_id = (SELECT vedette_scope()) AND ((SELECT vedette_whole()) OR EXISTS
        (SELECT FROM intake_journey j WHERE j.id = journey_id)));
-- Counts of floods, which workers make: as the hits themselves are seen.
ALTER TABLE targeting_floodcount ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON targeting_floodcount TO vedette_web
    USING (organisation_id = (SELECT vedette_scope())
           AND ((SELECT vedette_every_unit()) OR unit_id = (SELECT vedette_unit()))
           AND theme = ANY ((SELECT vedette_themes())::text[])
           AND purpose = ANY ((SELECT vedette_purposes())::text[]));
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON targeting_floodcount FROM vedette_web;
REVOKE UPDATE, DELETE, TRUNCATE ON targeting_result FROM vedette_web;
REVOKE UPDATE, TRUNCATE ON targeting_result FROM vedette_intake;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON targeting_confirmed FROM vedette_web;
CREATE TRIGGER append_only BEFORE UPDATE ON targeting_result
    FOR EACH ROW EXECUTE FUNCTION vedette_append_only();

-- Confirmed: the latest result says so. One that found nothing counts for the decision it followed; without
-- one since the last decision: with the hit decided, a reason was answered "the same", or was so answered by
-- that decision to refer, hold or refuse though it fell away since.
CREATE FUNCTION vedette_is_confirmed(one uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT CASE WHEN outcome = 'confirmed' THEN true
                     WHEN NOT EXISTS (SELECT FROM targeting_decision d
                                      WHERE d.hit_id = one AND d.at > r.at) THEN false END
         FROM targeting_result r WHERE hit_id = one ORDER BY at DESC LIMIT 1),
        EXISTS (
            SELECT FROM targeting_hit h JOIN targeting_reason r ON r.hit_id = h.id
            LEFT JOIN LATERAL (SELECT d.choice, d.answers FROM targeting_decision d
                               WHERE d.hit_id = h.id ORDER BY d.at DESC LIMIT 1) last ON true
            WHERE h.id = one AND h.state = 'decided'
              AND (r.state = 'answered' AND r.outcome = 'same'
                   OR last.choice IN ('refer', 'hold', 'refuse')
                      AND last.answers ->> r.id::text = 'same')))
$$;
CREATE FUNCTION vedette_confirm(one uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    hit targeting_hit;
    so boolean;
BEGIN
    SELECT * INTO hit FROM targeting_hit h
    WHERE h.id = one AND (vedette_scope() IS NULL OR h.organisation_id = vedette_scope());
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    so := vedette_is_confirmed(one);
    IF so THEN
        INSERT INTO targeting_confirmed (journey_id, organisation_id, since)
        VALUES (hit.journey_id, hit.organisation_id, clock_timestamp())
        ON CONFLICT (journey_id) DO UPDATE SET until = NULL,
            since = CASE WHEN targeting_confirmed.until IS NULL THEN targeting_confirmed.since
                         ELSE EXCLUDED.since END;
    ELSE
        UPDATE targeting_confirmed SET until = clock_timestamp()
        WHERE journey_id = hit.journey_id AND until IS NULL;
    END IF;
    RETURN so;
END
$$;
REVOKE ALL ON FUNCTION vedette_confirm(uuid), vedette_is_confirmed(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_confirm(uuid) TO vedette_web, vedette_intake;
INSERT INTO targeting_confirmed (journey_id, organisation_id, since)
SELECT journey_id, organisation_id, coalesce(decided_at, changed_at) FROM targeting_hit
WHERE state = 'decided' AND vedette_is_confirmed(id);

-- What hangs on a hit or a journey goes with it, whoever deletes: retention, erasure, joining.
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
SELECT vedette_cascade('targeting_result', 'targeting_hit');
SELECT vedette_cascade('targeting_confirmed', 'intake_journey');
