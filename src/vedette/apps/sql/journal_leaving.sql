-- A decision that the law makes go leaves a note with a proof (`apps/journal/leaving.py`), once, in the
-- transaction that deletes it; the sealer believes no other note. Who writes a false one here has not
-- the key, and puts it in the place of none.
CREATE FUNCTION vedette_let_go(decisions uuid[], proofs bytea[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE journal_pending p SET proof = t.proof
    FROM unnest(decisions, proofs) t (id, proof)
    WHERE p.kind = 'decision' AND p.row_id = t.id::text AND p.gone AND p.proof IS NULL
$$;
REVOKE ALL ON FUNCTION vedette_let_go(uuid[], bytea[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_let_go(uuid[], bytea[]) TO vedette_web, vedette_intake;

-- The decisions that an allowed erasure takes with it, whatever of them the asker sees. Their hits are
-- locked: none gets another decision before it is gone.
CREATE FUNCTION vedette_decisions_to_erase(approval uuid) RETURNS SETOF uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    hits uuid[];
BEGIN
    SELECT array_agg(one.id) INTO hits FROM (
        SELECT h.id FROM accounts_approval a
        JOIN subjects_subjectrequest s ON s.id::text = a.subject
        JOIN targeting_hit h ON h.journey_id = ANY (s.journeys)
        WHERE a.id = approval AND a.kind = 'delete' AND a.state = 'done' AND s.kind = 'erasure'
          AND a.decided_by_id <> a.asked_by_id AND a.organisation_id = vedette_scope()
          AND s.organisation_id = a.organisation_id AND h.organisation_id = a.organisation_id
        ORDER BY h.id FOR UPDATE OF h) one;
    RETURN QUERY SELECT d.id FROM targeting_decision d WHERE d.hit_id = ANY (hits);
END
$$;
REVOKE ALL ON FUNCTION vedette_decisions_to_erase(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_decisions_to_erase(uuid) TO vedette_web;
