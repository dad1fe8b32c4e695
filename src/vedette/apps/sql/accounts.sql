-- Accounts: rules for approvals and emergency accesses that also hold for raw SQL, and queries across
-- organisations.

-- An approval is requested, then decided once, by another person. The content of the request does not change,
-- and its period can only become shorter. Nobody deletes an approval.
CREATE FUNCTION vedette_approval_kept() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    asked CONSTANT jsonb := to_jsonb(NEW) - '{why,state,decided_by_id,decided_at,expires_at,glass_id}'::text[];
    decided CONSTANT text[] := '{allowed,done,refused}';
    kept boolean;
BEGIN
    IF TG_OP = 'INSERT' THEN
        kept := current_user <> 'vedette_web' OR (
            NEW.state = 'asked' AND NEW.decided_by_id IS NULL AND NEW.decided_at IS NULL
            AND NEW.glass_id IS NULL
            AND NEW.asked_by_id = coalesce(vedette_user(), NEW.asked_by_id));
    ELSIF TG_OP = 'UPDATE' THEN
        kept := asked = to_jsonb(OLD) - '{why,state,decided_by_id,decided_at,expires_at,glass_id}'::text[]
            AND (NEW.why = OLD.why OR NEW.why = '');
        IF OLD.state = 'asked' AND NEW.state = ANY (decided) THEN
            kept := kept AND OLD.expires_at >= now() AND NEW.decided_by_id IS NOT NULL
                AND NEW.expires_at <= greatest(OLD.expires_at, clock_timestamp() + interval '24 hours')
                AND (current_user <> 'vedette_web'
                     OR NEW.decided_by_id = coalesce(vedette_user(), NEW.decided_by_id))
                AND EXISTS (SELECT FROM accounts_user u WHERE u.id = NEW.decided_by_id
                    AND u.organisation_id = NEW.organisation_id AND u.is_active
                    AND u.suspended_at IS NULL)
                AND (NEW.glass_id IS NULL OR EXISTS (SELECT FROM accounts_breakglass g
                    WHERE g.id = NEW.glass_id AND g.user_id = NEW.decided_by_id
                    AND g.organisation_id = NEW.organisation_id AND g.ends_at > now()))
                -- A change of an operation is allowed by its second person, during the membership.
                AND (NEW.kind <> 'operation' OR NEW.state = 'refused' OR vedette_operation_member(
                     CASE WHEN NEW.kind = 'operation' THEN NEW.subject::uuid END, NEW.decided_by_id, '{second}',
                     '{preparing,live,followup,debrief}'))
                -- A release is allowed by its second person, who did not write its text.
                AND (NEW.kind <> 'release' OR NEW.state = 'refused' OR vedette_release_second(
                     CASE WHEN NEW.kind = 'release' THEN NEW.subject::uuid END, NEW.organisation_id,
                     NEW.decided_by_id)
                     AND NOT coalesce(NEW.detail -> 'writers' ? NEW.decided_by_id::text, false));
        ELSE
            kept := kept AND NEW.expires_at <= OLD.expires_at
                AND NEW.decided_by_id IS NOT DISTINCT FROM OLD.decided_by_id
                AND NEW.decided_at IS NOT DISTINCT FROM OLD.decided_at
                AND NEW.glass_id IS NOT DISTINCT FROM OLD.glass_id
                AND (NEW.state = OLD.state
                     OR OLD.state IN ('asked', 'allowed') AND NEW.state = 'expired'
                     OR OLD.state = 'allowed' AND NEW.state = 'done');
        END IF;
    END IF;
    IF kept IS NOT TRUE THEN
        RAISE EXCEPTION 'this is not how an approval goes' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER kept BEFORE INSERT OR UPDATE OR DELETE ON accounts_approval
    FOR EACH ROW EXECUTE FUNCTION vedette_approval_kept();

-- An emergency access (broken glass) lasts at most an hour, may end earlier, and is reviewed once.
CREATE FUNCTION vedette_glass_kept() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    kept boolean;
BEGIN
    IF TG_OP = 'INSERT' THEN
        kept := NEW.ends_at <= NEW.started_at + interval '1 hour' AND (
            current_user <> 'vedette_web' OR (
                NEW.started_at BETWEEN now() - interval '5 minutes' AND clock_timestamp() + interval '1 minute'
                AND NEW.reviewed_at IS NULL AND NEW.reviewed_by_id IS NULL
                AND NEW.user_id = coalesce(vedette_user(), NEW.user_id)));
    ELSIF TG_OP = 'UPDATE' THEN
        kept := to_jsonb(NEW) - '{ends_at,reviewed_at,reviewed_by_id,finding}'::text[]
              = to_jsonb(OLD) - '{ends_at,reviewed_at,reviewed_by_id,finding}'::text[]
            AND NEW.ends_at <= OLD.ends_at
            AND (OLD.reviewed_at IS NULL
                 OR (OLD.reviewed_at, OLD.reviewed_by_id, OLD.finding)
                    IS NOT DISTINCT FROM (NEW.reviewed_at, NEW.reviewed_by_id, NEW.finding));
    END IF;
    IF kept IS NOT TRUE THEN
        RAISE EXCEPTION 'this is not how broken glass goes' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER kept BEFORE INSERT OR UPDATE OR DELETE ON accounts_breakglass
    FOR EACH ROW EXECUTE FUNCTION vedette_glass_kept();
REVOKE ALL ON FUNCTION vedette_approval_kept(), vedette_glass_kept() FROM PUBLIC;

-- Whether a user of any organisation has that user name.
CREATE FUNCTION vedette_name_taken(name text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT EXISTS (SELECT FROM accounts_user WHERE upper(username) = upper(name)) $$;
REVOKE ALL ON FUNCTION vedette_name_taken(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_name_taken(text) TO vedette_web;

-- Whether an act is a refusal.
CREATE FUNCTION vedette_is_refusal(act text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT act IN ('account.sign_in_failed', 'account.locked_out', 'account.factor_refused',
                   'account.password_refused', 'token.refused', 'rate.exceeded')
        OR act LIKE 'account.oidc\_%'
$$;

-- For the list of users who saw a record, and for the journal's page of one subject.
CREATE INDEX act_subject ON accounts_act (organisation_id, subject, id) WHERE subject <> '';
