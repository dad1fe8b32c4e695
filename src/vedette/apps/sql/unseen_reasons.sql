-- How many open reasons of a hit the reader does not see, for want of their theme or purpose. A number
-- and nothing else: a decision that answered only some would close the question for the others.
CREATE FUNCTION vedette_unseen_reasons(hit uuid) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN (SELECT count(*) FROM targeting_reason r
            WHERE r.hit_id = hit AND r.state = 'open' AND r.organisation_id = vedette_scope()
              AND NOT (r.theme = ANY (vedette_themes()) AND r.purpose = ANY (vedette_purposes())));
END
$$;
REVOKE ALL ON FUNCTION vedette_unseen_reasons(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_unseen_reasons(uuid) TO vedette_web;
