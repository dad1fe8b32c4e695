-- Words move beside the spine: partitions for every month there is, reasons and bases of decisions,
-- notes. What a reason was found by stands in the list entry it names, not in the reason.
DO $$
DECLARE
    start date;
BEGIN
    FOR start IN SELECT DISTINCT month FROM targeting_hit WHERE retention_class = 'passenger' LOOP
        PERFORM vedette_make_partitions('passenger', start, 1);
    END LOOP;
END
$$;
INSERT INTO targeting_textclear (subject_id, kind, retention_class, month, organisation_id, text)
SELECT d.id, t.kind, h.retention_class, h.month, d.organisation_id, t.text
FROM targeting_decision d JOIN targeting_hit h ON h.id = d.hit_id,
     LATERAL (VALUES ('why', d.why), ('basis', d.basis)) t (kind, text)
WHERE t.text <> '';
UPDATE targeting_event SET params = params || jsonb_build_object('text', gen_random_uuid())
WHERE text <> '';
INSERT INTO targeting_textclear (subject_id, kind, retention_class, month, organisation_id, text)
SELECT (e.params ->> 'text')::uuid, 'note', h.retention_class, h.month, e.organisation_id, e.text
FROM targeting_event e JOIN targeting_hit h ON h.id = e.hit_id WHERE e.text <> '';
UPDATE targeting_reason SET params = params - 'entry_name' WHERE params ? 'entry_name';
