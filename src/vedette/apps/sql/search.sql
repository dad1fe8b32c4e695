-- Name search. Row-level security turns text indexes off (measured .03 to 31 ms at 500,000 rows), so
-- this one function applies the scope itself and returns ids only. `beginning` is a folded name
-- (`surname given`); newest journeys first.
CREATE FUNCTION vedette_search_names(beginning text, at_most integer)
RETURNS TABLE (journey_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT c.journey_id FROM intake_journeyclear c
    WHERE c.organisation_id = vedette_scope()
      AND c.name_key LIKE replace(replace(replace(beginning, '\', '\\'), '%', '\%'), '_', '\_') || '%'
    ORDER BY c.journey_id DESC
    LIMIT at_most
$$;
REVOKE ALL ON FUNCTION vedette_search_names(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_search_names(text, integer) TO vedette_web, vedette_intake;
