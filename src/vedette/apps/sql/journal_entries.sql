-- An entry is what a version of its list brought. It ends once, is marked as asked about, and stays; an
-- entry of a lookout begins again while nobody ended that, and loses its words after its end.
REVOKE DELETE, TRUNCATE ON knowledge_listentry FROM vedette_web, vedette_intake;

CREATE FUNCTION vedette_entry_kept() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    kept boolean := false;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        kept := (NEW.id, NEW.organisation_id, NEW.watchlist_id, NEW.ref, NEW.content_hash, NEW.since)
              = (OLD.id, OLD.organisation_id, OLD.watchlist_id, OLD.ref, OLD.content_hash, OLD.since);
        IF (NEW.content, NEW.name_key) IS DISTINCT FROM (OLD.content, OLD.name_key) THEN
            kept := kept AND OLD.until IS NOT NULL AND NEW.name_key = ''
                AND NEW.content = jsonb_build_object('ref', OLD.ref)
                AND EXISTS (SELECT FROM knowledge_lookout l WHERE l.entry_id = OLD.id
                            AND coalesce(l.ended_at, l.expires_at) < now());
        END IF;
        IF OLD.until IS NOT NULL AND NEW.until IS DISTINCT FROM OLD.until THEN
            kept := kept AND NEW.until IS NULL
                AND EXISTS (SELECT FROM knowledge_lookout l WHERE l.entry_id = OLD.id
                            AND l.ended_at IS NULL);
        END IF;
    END IF;
    IF NOT kept THEN
        RAISE EXCEPTION 'an entry is what its version brought' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION vedette_entry_kept() FROM PUBLIC;
CREATE TRIGGER kept BEFORE DELETE OR UPDATE OF
    id, organisation_id, watchlist_id, ref, content_hash, content, name_key, since, until
    ON knowledge_listentry FOR EACH ROW EXECUTE FUNCTION vedette_entry_kept();
