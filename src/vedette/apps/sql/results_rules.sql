-- What a control brought is written once. Confirmed journeys are written by triggers alone
-- (`hit_outcome.sql`).
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
