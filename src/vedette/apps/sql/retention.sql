-- Retention: the periods in force and what they allow. (Partitions and the vault: side_tables.sql.)

-- All organisations of one installation share the partitions, so the shortest period of a retention class
-- applies to all. Without a profile, the periods of ICAO apply.
CREATE FUNCTION vedette_periods(class text, on_day date)
RETURNS TABLE (mask_after integer, delete_after integer, keep_after integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
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

-- Days after which the hit of a minor without an objective link ends: half of the time after which clear
-- values are masked.
CREATE FUNCTION vedette_minor_days(class text, on_day date) RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT mask_after / 2 FROM vedette_periods(class, on_day) $$;
REVOKE ALL ON FUNCTION vedette_minor_days(text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_minor_days(text, date) TO vedette_web, vedette_intake;

-- Only workers write runs.
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON retention_run, retention_proof, retention_masking
    FROM vedette_web;

-- Periods come only from an approval that one person requested and another allowed, and each approval is used
-- once. They determine when decisions may be deleted.
CREATE FUNCTION vedette_profile_allowed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM accounts_approval a
        WHERE a.id = NEW.approval_id AND a.kind = 'retention' AND a.state IN ('allowed', 'done')
          AND a.organisation_id = NEW.organisation_id AND a.decided_by_id <> a.asked_by_id
          AND a.detail ->> 'mask_after' = NEW.mask_after::text
          AND a.detail ->> 'delete_after' = NEW.delete_after::text
          AND a.detail ->> 'keep_after' = NEW.keep_after::text
          AND a.detail ->> 'active_from' = to_char(NEW.active_from, 'YYYY-MM-DD')
          AND NOT EXISTS (SELECT FROM retention_retentionprofile p WHERE p.approval_id = a.id))
    THEN
        RAISE EXCEPTION 'no second person allowed this' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION vedette_profile_allowed() FROM PUBLIC;
CREATE TRIGGER allowed BEFORE INSERT ON retention_retentionprofile
    FOR EACH ROW EXECUTE FUNCTION vedette_profile_allowed();

-- A decision is never changed. It is deleted with its subject: a decision to release after `delete_after`,
-- any other decision, in class `linked`, after `keep_after`. A release of a minor's hit is deleted earlier, and
-- so is a release of a subject whose own period is over (`vedette_over`, generated in subjects/tables.py).
-- Any decision is deleted if an erasure of its subject was requested by one person and allowed by another.
-- The rule reads the rows themselves, no session setting.
CREATE FUNCTION vedette_decision_kept() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM hits_hit h, vedette_periods(h.retention_class, current_date) p
        WHERE h.id = OLD.hit_id AND CASE
            WHEN h.retention_class = 'linked' THEN h.month + p.keep_after <= current_date
            ELSE OLD.choice = 'release' AND h.month + p.delete_after <= current_date END)
    THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'DELETE' AND OLD.choice = 'release' AND EXISTS (
        SELECT FROM hits_hit h JOIN subjects_subject s ON s.id = h.subject_id
        WHERE h.id = OLD.hit_id AND s.minor AND h.retention_class <> 'linked'
          AND h.opened_at::date + vedette_minor_days(h.retention_class, current_date) <= current_date)
    THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'DELETE' AND OLD.choice = 'release' AND EXISTS (
        SELECT FROM hits_hit h WHERE h.id = OLD.hit_id AND vedette_over(h.subject_id))
    THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM hits_hit h
        JOIN requests_subjectrequest s ON h.subject_id = ANY (s.subjects) AND s.kind = 'erasure'
        JOIN accounts_approval a ON a.subject = s.id::text AND a.kind = 'delete' AND a.state = 'done'
        WHERE h.id = OLD.hit_id AND a.decided_by_id <> a.asked_by_id
          AND a.organisation_id = h.organisation_id)
    THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
REVOKE ALL ON FUNCTION vedette_decision_kept() FROM PUBLIC;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON hits_decision
    FOR EACH ROW EXECUTE FUNCTION vedette_decision_kept();
CREATE FUNCTION vedette_delete_decisions(hits uuid[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    gone bigint;
BEGIN
    DELETE FROM hits_decision WHERE hit_id = ANY (hits);
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$$;
REVOKE ALL ON FUNCTION vedette_delete_decisions(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_delete_decisions(uuid[]) TO vedette_intake;
