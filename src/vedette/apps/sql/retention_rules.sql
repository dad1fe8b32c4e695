-- Periods in force, and what they allow. Partitions are shared by the organisations of one
-- installation: the shortest period of a retention class counts for all. Without a profile: ICAO's.
CREATE FUNCTION vedette_periods(class text, on_day date)
RETURNS TABLE (mask_after integer, delete_after integer, keep_after integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT coalesce(min(p.mask_after), 180), coalesce(min(p.delete_after), 1825),
           coalesce(min(p.keep_after), 1825)
    FROM (
        SELECT DISTINCT ON (organisation_id, retention_class) *
        FROM retention_retentionprofile
        WHERE active_from <= on_day AND (retention_class = class OR class = 'linked')
        ORDER BY organisation_id, retention_class, version DESC
    ) p
$$;
REVOKE ALL ON FUNCTION vedette_periods(text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_periods(text, date) TO vedette_web, vedette_intake;

-- Profiles and proofs are written once; runs are the workers'.
REVOKE UPDATE, DELETE, TRUNCATE ON retention_retentionprofile, retention_proof
    FROM vedette_web, vedette_intake;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON retention_run, retention_proof, retention_masking
    FROM vedette_web;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON retention_retentionprofile
    FOR EACH ROW EXECUTE FUNCTION vedette_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON retention_proof
    FOR EACH ROW EXECUTE FUNCTION vedette_append_only();
ALTER TABLE retention_retentionprofile ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON retention_retentionprofile TO vedette_web
    USING (organisation_id = (SELECT vedette_scope()))
    WITH CHECK (organisation_id = (SELECT vedette_scope()));

-- A decision is never changed. It goes with its person when the law's time is over: a decision to
-- release after `delete_after`, any other as `linked` after `keep_after`. The rows themselves are
-- asked, no session setting.
CREATE FUNCTION vedette_decision_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM targeting_hit h, vedette_periods(h.retention_class, current_date) p
        WHERE h.id = OLD.hit_id AND CASE
            WHEN h.retention_class = 'linked' THEN h.month + p.keep_after <= current_date
            ELSE OLD.choice = 'release' AND h.month + p.delete_after <= current_date END)
    THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
DROP TRIGGER append_only ON targeting_decision;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON targeting_decision
    FOR EACH ROW EXECUTE FUNCTION vedette_decision_kept();
CREATE FUNCTION vedette_delete_decisions(hits uuid[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
    gone bigint;
BEGIN
    DELETE FROM targeting_decision WHERE hit_id = ANY (hits);
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$$;
REVOKE ALL ON FUNCTION vedette_delete_decisions(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_delete_decisions(uuid[]) TO vedette_intake;
