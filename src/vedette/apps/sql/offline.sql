-- Entries that devices make without a network (`apps/offline`). A person sees the entries that he made, delivered or
-- accepted. Those who read the national record see all of the organisation.
SELECT vedette_policy('offline_entry', true, $$(SELECT vedette_user()) IN (author_id, delivered_by_id, accepted_by_id)
    OR (SELECT vedette_reads_national())$$);
SELECT vedette_policy('offline_part', true, 'author_id = (SELECT vedette_user())');
-- Who only handed an entry in does not see its photographs. Nobody sees those of an entry that was discarded or
-- replaced: a worker deletes them.
SELECT vedette_policy('offline_photograph', true, $$EXISTS (SELECT FROM offline_entry e WHERE e.id = entry_id
    AND e.state NOT IN ('discarded', 'replaced') AND ((SELECT vedette_user()) IN (e.author_id, e.accepted_by_id) OR (SELECT vedette_reads_national())))$$);
REVOKE UPDATE, DELETE, TRUNCATE ON offline_entry FROM vedette_web;
REVOKE UPDATE, DELETE, TRUNCATE ON offline_photograph FROM vedette_web;
REVOKE UPDATE, TRUNCATE ON offline_part FROM vedette_web;
GRANT UPDATE (state, code, problems, content, sealed, kind, amends, result, accepted_by_id, accepted_at, sent_at,
              delete_at) ON offline_entry TO vedette_web;

-- Who makes an entry, and who accepts one of another person, holds for raw SQL too. The worker that takes entries has
-- the role of the web server and the scope of the person in whose name it acts, so that it is bound by the same rules.
--   A new entry waits for the worker if its author delivers it, and for a person otherwise.
--   An entry that waits for a person goes on only by its author, if another person handed it in, or by a person with
--   the right `field.accept`, who is named in it. It is then stored in the name of this person.
CREATE FUNCTION vedette_entry_by() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF current_user <> 'vedette_web' THEN RETURN NEW; END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.delivered_by_id IS DISTINCT FROM vedette_user() OR NEW.accepted_by_id IS NOT NULL
           OR NEW.accepted_at IS NOT NULL OR NEW.result IS NOT NULL OR NEW.content IS NOT NULL
           OR NEW.state || NEW.code <> (CASE WHEN NEW.author_id = NEW.delivered_by_id
               THEN 'waiting' ELSE 'heldother' END) THEN
            RAISE EXCEPTION 'entry: author' USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.accepted_by_id, NEW.accepted_at) IS DISTINCT FROM (OLD.accepted_by_id, OLD.accepted_at)
       AND NOT (OLD.state = 'held' AND NEW.state = 'waiting' AND NEW.accepted_by_id = vedette_user())
       OR OLD.state <> 'waiting' AND NEW.state = 'waiting' AND NOT (
           OLD.state = 'held' AND (
               OLD.author_id = vedette_user() AND OLD.code = 'other'
               OR NEW.accepted_by_id = vedette_user() AND OLD.content IS NOT NULL
                  AND vedette_account_role() IN ('supervisor', 'contact'))) THEN
        RAISE EXCEPTION 'entry: acceptance' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION vedette_entry_by() FROM PUBLIC;
CREATE TRIGGER by_person BEFORE INSERT OR UPDATE ON offline_entry FOR EACH ROW EXECUTE FUNCTION vedette_entry_by();
