-- Active only by a second person: none of those who drafted or changed the version, be it long ago. The
-- constraint `approved_by_another` knows the last of them alone. Events are never changed.
CREATE OR REPLACE FUNCTION vedette_second_person() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM profiles_versionevent e
               WHERE e.version_id = NEW.id AND e.kind IN ('drafted', 'changed')
                 AND e.by_id = NEW.approved_by_id)
    THEN
        RAISE EXCEPTION 'who wrote a version of a profile does not approve it'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER second_person BEFORE UPDATE OF state, approved_by_id ON profiles_version
    FOR EACH ROW WHEN (NEW.state = 'active' AND (OLD.state <> 'active'
                       OR NEW.approved_by_id IS DISTINCT FROM OLD.approved_by_id))
    EXECUTE FUNCTION vedette_second_person();
REVOKE ALL ON FUNCTION vedette_second_person() FROM PUBLIC;
