-- Pre-export notices between two organisations of the installation. The notice and its events are visible to
-- both and to nobody else; each has its own copy of the personal data, under its own retention.

CREATE TABLE goods_noticeclear (
    copy_id uuid NOT NULL,
    part uuid NOT NULL,
    retention_class text NOT NULL,
    month date NOT NULL,
    organisation_id uuid NOT NULL,
    content jsonb NOT NULL,
    restricted boolean NOT NULL DEFAULT false,
    PRIMARY KEY (copy_id, part, retention_class, month)
) PARTITION BY LIST (retention_class);
CREATE INDEX goods_noticecopy_consignors ON goods_noticecopy USING gin (consignors);

SELECT vedette_policy('goods_noticedesk', true);
SELECT vedette_policy('goods_noticecopy', true, 'about');
SELECT vedette_policy('goods_noticeclear', true, 'shown', '(SELECT vedette_whole())
    OR EXISTS (SELECT FROM goods_noticecopy c WHERE c.id = copy_id)');

-- The importer's authority sees a notice from its sending on. A draft does not exist for it.
ALTER TABLE goods_exportnotice ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON goods_exportnotice FOR SELECT TO vedette_web
    USING ((organisation_id = (SELECT vedette_scope())
            OR addressee_id = (SELECT vedette_scope()) AND sent_at IS NOT NULL)
           AND theme = ANY ((SELECT vedette_themes())::text[])
           AND purpose = ANY ((SELECT vedette_purposes())::text[]));
CREATE POLICY scope_write ON goods_exportnotice FOR INSERT TO vedette_web
    WITH CHECK (organisation_id = (SELECT vedette_scope()) AND sent_at IS NULL
                AND theme = ANY ((SELECT vedette_themes())::text[]));
CREATE POLICY scope_change ON goods_exportnotice FOR UPDATE TO vedette_web
    USING ((organisation_id = (SELECT vedette_scope())
            OR addressee_id = (SELECT vedette_scope()) AND sent_at IS NOT NULL)
           AND theme = ANY ((SELECT vedette_themes())::text[])
           AND purpose = ANY ((SELECT vedette_purposes())::text[]));
REVOKE DELETE, TRUNCATE ON goods_exportnotice FROM vedette_web;
-- What was sent does not change. Neither authority writes the facts of the other, or a state that only the other
-- authority or a worker brings about.
CREATE FUNCTION vedette_notice_fixed() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.organisation_id <> OLD.organisation_id OR NEW.number <> OLD.number OR NEW.key <> OLD.key
       OR (NEW.theme, NEW.purpose, NEW.created_at, NEW.created_by_id)
          IS DISTINCT FROM (OLD.theme, OLD.purpose, OLD.created_at, OLD.created_by_id)
       OR OLD.sent_at IS NOT NULL AND (NEW.addressee_id, NEW.substance, NEW.quantity, NEW.unit,
            NEW.consent_basis, NEW.consent_on, NEW.sent_at)
          IS DISTINCT FROM (OLD.addressee_id, OLD.substance, OLD.quantity, OLD.unit,
            OLD.consent_basis, OLD.consent_on, OLD.sent_at) THEN
        RAISE EXCEPTION 'a notice that was sent does not change' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF current_user = 'vedette_web' AND NEW.state <> OLD.state AND NOT NEW.state = ANY (
        CASE WHEN OLD.organisation_id = vedette_scope() THEN ARRAY['sent', 'answered', 'withdrawn', 'closed']
             ELSE ARRAY['acknowledged', 'objected', 'question'] END) THEN
        RAISE EXCEPTION 'the other authority decides on this state' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION vedette_notice_fixed() FROM PUBLIC;
CREATE TRIGGER fixed BEFORE UPDATE ON goods_exportnotice
    FOR EACH ROW EXECUTE FUNCTION vedette_notice_fixed();

ALTER TABLE goods_noticeevent ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON goods_noticeevent FOR SELECT TO vedette_web
    USING ((SELECT vedette_scope()) IS NOT NULL
           AND EXISTS (SELECT FROM goods_exportnotice n WHERE n.id = notice_id));
CREATE POLICY scope_write ON goods_noticeevent FOR INSERT TO vedette_web
    WITH CHECK (organisation_id = (SELECT vedette_scope())
                AND EXISTS (SELECT FROM goods_exportnotice n WHERE n.id = notice_id));
REVOKE UPDATE, DELETE, TRUNCATE ON goods_noticeevent FROM vedette_web;

-- Makes the copy of the importer's authority from that of the exporter's authority, which is in scope. It is made
-- once, before the event of the sending: a copy that the importer's authority has deleted is not made again.
CREATE FUNCTION vedette_send_notice(one uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    made uuid := gen_random_uuid();
BEGIN
    INSERT INTO goods_noticecopy (id, organisation_id, theme, purpose, retention_class, month, received_at,
                                  notice_id, consignors, consignees, applied)
    SELECT made, n.addressee_id, c.theme, c.purpose, 'goods', date_trunc('month', vedette_now())::date,
           vedette_now(), n.id, c.consignors, c.consignees, 0
    FROM goods_exportnotice n JOIN goods_noticecopy c
      ON c.notice_id = n.id AND c.organisation_id = n.organisation_id
    WHERE n.id = one AND n.organisation_id = vedette_scope() AND n.sent_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM goods_noticeevent e WHERE e.notice_id = n.id);
    INSERT INTO goods_noticeclear (copy_id, part, retention_class, month, organisation_id, content)
    SELECT made, t.part, m.retention_class, m.month, m.organisation_id, t.content
    FROM goods_noticecopy m
    JOIN goods_noticecopy c ON c.notice_id = m.notice_id AND c.organisation_id = vedette_scope()
    JOIN goods_noticeclear t ON t.copy_id = c.id AND t.part = one
    WHERE m.id = made;
END
$$;
-- Adds the text of an event to the copies of both authorities. The event must be stored before, by the same user of
-- the organisation in scope.
CREATE FUNCTION vedette_notice_text(one uuid, event uuid, said jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO goods_noticeclear (copy_id, part, retention_class, month, organisation_id, content, restricted)
    SELECT c.id, event, c.retention_class, c.month, c.organisation_id, said,
           EXISTS (SELECT FROM goods_noticeclear t WHERE t.copy_id = c.id AND t.restricted)
    FROM goods_noticecopy c JOIN goods_exportnotice n ON n.id = c.notice_id
    WHERE n.id = one AND vedette_scope() IN (n.organisation_id, n.addressee_id) AND n.sent_at IS NOT NULL
      AND EXISTS (SELECT FROM goods_noticeevent e
                  WHERE e.id = event AND e.notice_id = n.id AND e.text
                    AND e.organisation_id = vedette_scope() AND e.by_id = vedette_user())
$$;
-- The organisations that take part in pre-export notices, and those with which the organisation in scope shares
-- a notice.
CREATE FUNCTION vedette_authorities() RETURNS TABLE (id uuid, name text, country text, open boolean, hours integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT o.id, o.name, o.country, coalesce(d.open, false), coalesce(d.hours, 0)
    FROM accounts_organisation o LEFT JOIN goods_noticedesk d ON d.organisation_id = o.id
    WHERE vedette_scope() IS NOT NULL AND (d.open OR o.id IN (
        SELECT addressee_id FROM goods_exportnotice WHERE organisation_id = vedette_scope()
        UNION SELECT organisation_id FROM goods_exportnotice
        WHERE addressee_id = vedette_scope() AND sent_at IS NOT NULL
        UNION SELECT vedette_scope()))
    ORDER BY o.name, o.id
$$;
REVOKE ALL ON FUNCTION vedette_send_notice(uuid), vedette_notice_text(uuid, uuid, jsonb), vedette_authorities()
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_send_notice(uuid), vedette_notice_text(uuid, uuid, jsonb),
    vedette_authorities() TO vedette_web, vedette_intake;
