-- What raw SQL by a working login must not do, whatever was left open before.

-- A temporary table stands before the tables of `public` unless `pg_temp` is named last: a login that may
-- make one (intake) could give a function of the owner another table to read than it means.
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT p.oid::regprocedure AS name FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace
          AND (p.prosecdef OR p.prorettype = 'trigger'::regtype)
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = public, pg_temp', one.name);
    END LOOP;
    -- Who may execute a trigger's function may hang it on a temporary table of their own, and so write
    -- notes for the sealer and rows of the history of settings.
    FOR one IN SELECT p.oid::regprocedure AS name FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace AND p.prorettype = 'trigger'::regtype
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', one.name);
    END LOOP;
END
$$;

-- An approval is asked, then decided once, by another; what was asked stays what it was, and its time
-- only gets shorter. Nobody removes one.
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
                    AND g.organisation_id = NEW.organisation_id AND g.ends_at > now()));
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

-- Broken glass lasts an hour at most, ends sooner at most, and is reviewed once.
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

-- Periods are those that one person asked for and another allowed, each approval once: on them hangs
-- when decisions may go (retention_rules.sql).
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
CREATE TRIGGER allowed BEFORE INSERT ON retention_retentionprofile
    FOR EACH ROW EXECUTE FUNCTION vedette_profile_allowed();

DO $$
DECLARE
    one text;
BEGIN
    FOREACH one IN ARRAY ARRAY['accounts_approval', 'accounts_breakglass', 'retention_retentionprofile'] LOOP
        EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %I
            FOR EACH STATEMENT EXECUTE FUNCTION vedette_no_truncate()', one);
    END LOOP;
    REVOKE ALL ON FUNCTION vedette_approval_kept(), vedette_glass_kept(), vedette_profile_allowed()
        FROM PUBLIC;
    -- What the framework keeps of itself is the owner's to change.
    REVOKE INSERT, UPDATE, DELETE ON django_migrations, django_content_type, auth_permission, auth_group,
        auth_group_permissions FROM vedette_web, vedette_intake;
END
$$;

-- Signing in looks before there is a scope; within one, sessions, second factors and linked identities
-- are those of its users, and the organisation is one's own.
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT * FROM (VALUES
        ('accounts_session', 'user_id IS NULL OR EXISTS (SELECT FROM accounts_user u WHERE u.id = user_id)'),
        ('mfa_authenticator', 'EXISTS (SELECT FROM accounts_user u WHERE u.id = user_id)'),
        ('socialaccount_socialaccount', 'EXISTS (SELECT FROM accounts_user u WHERE u.id = user_id)'),
        ('accounts_organisation', 'id = (SELECT vedette_scope())')
    ) t (name, rule) LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', one.name);
        EXECUTE format('CREATE POLICY scope ON %I TO vedette_web
            USING ((SELECT vedette_scope()) IS NULL OR %s)', one.name, one.rule);
    END LOOP;
END
$$;
