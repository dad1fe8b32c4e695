-- Lists: which columns of an entry may change, and the files of lookouts. (Versions are append-only:
-- journal.sql.)

-- An entry comes from a version of its list. It ends once, is marked (`asked`) when subjects were compared
-- with it, and is not deleted. The entry of a lookout may become valid again as long as nobody ended the
-- lookout. After the end of the lookout, its texts are removed.
REVOKE DELETE, TRUNCATE ON lists_listentry FROM vedette_web, vedette_intake;
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
                AND EXISTS (SELECT FROM lists_lookout l WHERE l.entry_id = OLD.id
                            AND coalesce(l.ended_at, l.expires_at) < now());
        END IF;
        IF OLD.until IS NOT NULL AND NEW.until IS DISTINCT FROM OLD.until THEN
            kept := kept AND NEW.until IS NULL
                AND EXISTS (SELECT FROM lists_lookout l WHERE l.entry_id = OLD.id
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
    ON lists_listentry FOR EACH ROW EXECUTE FUNCTION vedette_entry_kept();

-- Rewrites the tables of lookouts, so that removed texts also leave the data files. Readers must wait
-- meanwhile, so a large table of entries is not rewritten. In such a table, the texts stay in the data files
-- until their pages are used again.
CREATE FUNCTION vedette_rewrite_lookouts() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    CLUSTER lists_lookout USING lists_lookout_pkey;
    IF pg_table_size('lists_listentry') < 64 * 1024 * 1024 THEN
        CLUSTER lists_listentry USING lists_listentry_pkey;
    END IF;
END
$$;
REVOKE ALL ON FUNCTION vedette_rewrite_lookouts() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_rewrite_lookouts() TO vedette_intake;
