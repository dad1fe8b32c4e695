-- Search by name. Row-level security turns text indexes off (measured: 31 ms instead of 0.03 ms at
-- 500,000 rows), so this one function applies the scope itself and returns ids of subjects only. `beginning` is a
-- folded name (`surname given`); the newest come first. OFFSET 0 makes PostgreSQL use the index
-- by name, whatever its statistics say, instead of reading the ids in order.
CREATE FUNCTION vedette_search_names(beginning text, at_most integer)
RETURNS TABLE (subject_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT f.journey_id FROM (
        SELECT c.journey_id FROM travellers_journeyclear c
        WHERE c.organisation_id = vedette_scope()
          AND (NOT c.restricted OR vedette_sees_restricted())
          AND c.name_key LIKE replace(replace(replace(beginning, '\', '\\'), '%', '\%'), '_', '\_') || '%'
        OFFSET 0
    ) f
    WHERE (SELECT vedette_whole()) OR EXISTS (
        SELECT FROM subjects_subject s
        WHERE s.id = f.journey_id
          AND ((SELECT vedette_every_unit()) OR s.unit_id = (SELECT vedette_unit()))
          AND s.theme = ANY ((SELECT vedette_themes())::text[])
          AND s.purpose = ANY ((SELECT vedette_purposes())::text[]))
    ORDER BY f.journey_id DESC
    LIMIT at_most
$$;
REVOKE ALL ON FUNCTION vedette_search_names(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_search_names(text, integer) TO vedette_web, vedette_intake;
