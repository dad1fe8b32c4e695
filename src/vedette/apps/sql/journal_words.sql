-- What people wrote about a traveller is written once: web hides and shows it again (restriction), and adds
-- to the statements of a person (`rectified`). It goes by masking, by retention and by an erasure alone.
REVOKE UPDATE, DELETE, TRUNCATE ON targeting_textclear FROM vedette_web;
GRANT UPDATE (organisation_id, text, restricted) ON targeting_textclear TO vedette_web;

CREATE FUNCTION vedette_words_kept() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    free CONSTANT text[] := CASE WHEN OLD.kind = 'rectified' THEN '{restricted,text}' ELSE '{restricted}' END;
BEGIN
    IF to_jsonb(NEW) - free <> to_jsonb(OLD) - free THEN
        RAISE EXCEPTION 'words are written once' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION vedette_words_kept() FROM PUBLIC;
CREATE TRIGGER kept BEFORE UPDATE ON targeting_textclear
    FOR EACH ROW EXECUTE FUNCTION vedette_words_kept();
