-- The anonymised risk information. A form is visible to all users of the organisation who have the theme. Who
-- wrote a version does not confirm it, and a confirmed form does not change.
SELECT vedette_policy(name, true, $$'cash' = ANY ((SELECT vedette_themes())::text[])$$)
    FROM unnest(ARRAY['cash_riskform', 'cash_riskpicture']) name;

CREATE FUNCTION vedette_risk_kept() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    kept boolean;
    -- Workers have no user.
    writer CONSTANT uuid := coalesce(vedette_user(), NEW.writers[cardinality(NEW.writers)]);
BEGIN
    IF TG_OP = 'INSERT' THEN
        kept := NEW.asked_at IS NULL AND NEW.asked_by_id IS NULL AND NEW.confirmed_at IS NULL
            AND NEW.version = 1 AND NEW.writers[cardinality(NEW.writers)] = writer;
    ELSE
        kept := OLD.confirmed_at IS NULL
            AND (NEW.id, NEW.organisation_id, NEW.year, NEW.half, NEW.number, NEW.created_at)
                = (OLD.id, OLD.organisation_id, OLD.year, OLD.half, OLD.number, OLD.created_at);
        IF (NEW.content, NEW.version, NEW.writers) IS DISTINCT FROM (OLD.content, OLD.version, OLD.writers) THEN
            kept := kept AND NEW.version = OLD.version + 1 AND OLD.asked_at IS NULL AND NEW.asked_at IS NULL
                AND NEW.confirmed_at IS NULL AND writer = ANY (NEW.writers) AND NEW.writers @> OLD.writers;
        ELSIF NEW.confirmed_at IS NOT NULL THEN
            kept := kept AND OLD.asked_at IS NOT NULL
                AND (NEW.asked_at, NEW.asked_by_id) = (OLD.asked_at, OLD.asked_by_id)
                AND NEW.confirmed_by_id = coalesce(vedette_user(), NEW.confirmed_by_id)
                AND NEW.confirmed_by_id <> NEW.asked_by_id AND NEW.confirmed_by_id <> ALL (NEW.writers)
                AND EXISTS (SELECT FROM accounts_user u WHERE u.id = NEW.confirmed_by_id
                            AND u.organisation_id = NEW.organisation_id AND u.is_active);
        ELSE
            kept := kept AND (NEW.asked_at IS NULL) = (NEW.asked_by_id IS NULL)
                AND (NEW.asked_by_id IS NULL OR OLD.asked_by_id IS NULL
                     AND NEW.asked_by_id = coalesce(vedette_user(), NEW.asked_by_id));
        END IF;
    END IF;
    IF kept IS NOT TRUE THEN
        RAISE EXCEPTION 'this is not how risk information changes' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION vedette_risk_kept() FROM PUBLIC;
CREATE TRIGGER kept BEFORE INSERT OR UPDATE ON cash_riskform
    FOR EACH ROW EXECUTE FUNCTION vedette_risk_kept();

-- The pictures of a form change only while it is a draft. Row-level security does not hide the form from this
-- function, so that a missing form means that the picture belongs to another organisation.
CREATE FUNCTION vedette_risk_picture_kept() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    picture CONSTANT cash_riskpicture := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    IF NOT EXISTS (SELECT FROM cash_riskform f WHERE f.id = picture.form_id
                   AND f.organisation_id = picture.organisation_id AND f.asked_at IS NULL) THEN
        RAISE EXCEPTION 'this is not how risk information changes' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN picture;
END
$$;
REVOKE ALL ON FUNCTION vedette_risk_picture_kept() FROM PUBLIC;
CREATE TRIGGER kept BEFORE INSERT OR DELETE ON cash_riskpicture
    FOR EACH ROW EXECUTE FUNCTION vedette_risk_picture_kept();
REVOKE DELETE, TRUNCATE ON cash_riskform FROM vedette_web;
REVOKE UPDATE, TRUNCATE ON cash_riskpicture FROM vedette_web;
