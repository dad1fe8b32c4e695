-- Releases to other organisations: who reads which row, and the functions by which an organisation writes the
-- rows of another one.

-- An agreement is read by its parties from its approval on, and by the organisation that proposed it.
ALTER TABLE release_agreement ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON release_agreement FOR SELECT TO vedette_web
    USING (organisation_id = (SELECT vedette_scope())
           OR state = 'approved' AND (SELECT vedette_scope()) = ANY (parties));
CREATE POLICY scope_write ON release_agreement FOR INSERT TO vedette_web
    WITH CHECK (organisation_id = (SELECT vedette_scope()) AND state = 'proposed');
CREATE POLICY scope_change ON release_agreement FOR UPDATE TO vedette_web
    USING (organisation_id = (SELECT vedette_scope()) AND state = 'proposed')
    WITH CHECK (organisation_id = (SELECT vedette_scope()));
REVOKE UPDATE, DELETE, TRUNCATE ON release_agreement FROM vedette_web;
GRANT UPDATE (state, approved_by_id, approved_at) ON release_agreement TO vedette_web;
-- A version comes into force only by the approval that one person requested and another allowed.
CREATE FUNCTION vedette_agreement_allowed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM accounts_approval a
        WHERE a.kind = 'agreement' AND a.subject = NEW.id::text AND a.organisation_id = NEW.organisation_id
          AND a.state = 'done' AND a.decided_by_id = NEW.approved_by_id AND a.decided_by_id <> a.asked_by_id)
    THEN
        RAISE EXCEPTION 'no second person allowed this' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION vedette_agreement_allowed() FROM PUBLIC;
CREATE TRIGGER allowed BEFORE UPDATE ON release_agreement
    FOR EACH ROW EXECUTE FUNCTION vedette_agreement_allowed();

-- The holder reads the copies of his organisation. A copy that was released to a person by name is read by this
-- person and by those who answer requests of persons.
SELECT vedette_policy('release_copy', false,
    'person_id IS NULL OR person_id = (SELECT vedette_user()) OR (SELECT vedette_sees_restricted())');
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON release_copy FROM vedette_web;
GRANT UPDATE (objection, state, decided_by_id, decided_at) ON release_copy TO vedette_web;

-- The owner reads the versions of its objects; the holder of a copy reads the version of the copy.
ALTER TABLE release_item ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON release_item FOR SELECT TO vedette_web
    USING (organisation_id = (SELECT vedette_scope())
           OR EXISTS (SELECT FROM release_copy c WHERE c.item_id = release_item.id));
CREATE POLICY scope_write ON release_item FOR INSERT TO vedette_web
    WITH CHECK (organisation_id = (SELECT vedette_scope()));
REVOKE UPDATE, DELETE, TRUNCATE ON release_item FROM vedette_web;

-- Content is read with the version of the own object, or with a copy whose content is not sealed. The
-- data-protection officer of the holder reads sealed content, on which he decides.
SELECT vedette_policy('release_content', false, $$
    EXISTS (SELECT FROM release_copy c WHERE c.id = release_content.of
            AND (c.state IN ('active', 'kept') OR c.state = 'sealed' AND (SELECT vedette_sees_restricted())))
    OR EXISTS (SELECT FROM release_item i WHERE i.id = release_content.of
               AND i.organisation_id = (SELECT vedette_scope()))$$);
CREATE POLICY scope_write ON release_content FOR INSERT TO vedette_web
    WITH CHECK (organisation_id = (SELECT vedette_scope()) AND of = item_id
                AND EXISTS (SELECT FROM release_item i WHERE i.id = item_id
                            AND i.organisation_id = (SELECT vedette_scope())));
REVOKE UPDATE, TRUNCATE ON release_content FROM vedette_web;

-- The content of a version is complete before its approval is requested: what the second person read is what is sent.
CREATE FUNCTION vedette_content_before_approval() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM accounts_approval a WHERE a.organisation_id = NEW.organisation_id
               AND a.kind = 'release' AND a.subject = NEW.item_id::text) THEN
        RAISE EXCEPTION 'an approval was requested' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION vedette_content_before_approval() FROM PUBLIC;
CREATE TRIGGER before_approval BEFORE INSERT ON release_content
    FOR EACH ROW WHEN (NEW.of = NEW.item_id) EXECUTE FUNCTION vedette_content_before_approval();

-- Whether a person of an organisation may be the second person of the release of a version. The operation is that of
-- the version. Outside an operation, the second person is a supervisor (`release/deciding.py`).
CREATE FUNCTION vedette_release_second(version uuid, home uuid, person uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    of release_item%ROWTYPE;
BEGIN
    SELECT * INTO of FROM release_item i WHERE i.id = version AND i.organisation_id = home;
    RETURN FOUND AND CASE WHEN of.operation IS NULL
        THEN EXISTS (SELECT FROM accounts_user u
                     WHERE u.id = person AND u.organisation_id = home AND u.role = 'supervisor')
        ELSE vedette_operation_member(of.operation, person, '{second,contact,deputy}',
                                      '{preparing,live,followup,debrief}') END;
END
$$;

-- A release is read by its sender, its recipient and the owner of the object. In the organisation of the
-- recipient, a release to a person by name is read by this person and by those who answer requests of persons.
ALTER TABLE release_release ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON release_release FOR SELECT TO vedette_web
    USING ((SELECT vedette_scope()) IN (organisation_id, owner_id)
           OR recipient_id = (SELECT vedette_scope())
              AND (person_id IS NULL OR person_id = (SELECT vedette_user())
                   OR (SELECT vedette_sees_restricted())));
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON release_release FROM vedette_web;

-- Receipts and sightings return to the owner. Those who read the copy write them, and read them too.
ALTER TABLE release_feedback ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON release_feedback FOR SELECT TO vedette_web
    USING (owner_id = (SELECT vedette_scope())
           OR organisation_id = (SELECT vedette_scope())
              AND EXISTS (SELECT FROM release_copy c WHERE c.id = copy_id));
CREATE POLICY scope_write ON release_feedback FOR INSERT TO vedette_web
    WITH CHECK (organisation_id = (SELECT vedette_scope())
                AND EXISTS (SELECT FROM release_copy c WHERE c.id = copy_id AND c.owner_id = release_feedback.owner_id
                            AND c.object = release_feedback.object AND c.state = 'active'));
REVOKE UPDATE, DELETE, TRUNCATE ON release_feedback FROM vedette_web;

-- A recall is read by the owner, and by those who hold a copy of the object. Only the owner recalls.
ALTER TABLE release_recall ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON release_recall FOR SELECT TO vedette_web
    USING (organisation_id = (SELECT vedette_scope())
           OR EXISTS (SELECT FROM release_copy c WHERE c.object = release_recall.object));
CREATE POLICY scope_write ON release_recall FOR INSERT TO vedette_web
    WITH CHECK (organisation_id = (SELECT vedette_scope()) AND done_at IS NULL
                AND EXISTS (SELECT FROM release_item i WHERE i.object = release_recall.object
                            AND i.organisation_id = (SELECT vedette_scope())));
REVOKE UPDATE, DELETE, TRUNCATE ON release_recall FROM vedette_web;
-- A recall waits for the sendings of the object that have begun, and a sending waits for a recall
-- (`vedette_release_send`). Otherwise a copy that is made at the same moment would escape the recall.
CREATE FUNCTION vedette_recall_alone() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM release_item i WHERE i.object = NEW.object ORDER BY i.id FOR UPDATE;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION vedette_recall_alone() FROM PUBLIC;
CREATE TRIGGER alone BEFORE INSERT ON release_recall FOR EACH ROW EXECUTE FUNCTION vedette_recall_alone();

-- A holder objects before a recall; afterwards the data-protection officer decides about sealed content. Other
-- changes of a copy are made by workers.
CREATE FUNCTION vedette_copy_fixed() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF current_user = 'vedette_web' AND NEW.state <> OLD.state AND NOT (
        OLD.state = 'sealed' AND NEW.state IN ('kept', 'recalled') AND vedette_sees_restricted()) THEN
        RAISE EXCEPTION 'only a recall changes the state of a copy' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION vedette_copy_fixed() FROM PUBLIC;
CREATE TRIGGER fixed BEFORE UPDATE ON release_copy FOR EACH ROW EXECUTE FUNCTION vedette_copy_fixed();

-- The organisations of the installation, and how many persons of each may read releases. The preview names them.
CREATE FUNCTION vedette_release_readers(roles text[])
RETURNS TABLE (id uuid, name text, country text, people bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT o.id, o.name, o.country,
           (SELECT count(*) FROM accounts_user u
            WHERE u.organisation_id = o.id AND u.is_active AND u.suspended_at IS NULL AND u.role = ANY (roles))
    FROM accounts_organisation o WHERE vedette_scope() IS NOT NULL ORDER BY o.name, o.id
$$;

-- The person of another organisation to whom something is released by name, if he is active.
CREATE FUNCTION vedette_release_person(one uuid, organisation uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT vedette_scope() IS NOT NULL AND EXISTS (
        SELECT FROM accounts_user u WHERE u.id = one AND u.organisation_id = organisation
        AND u.is_active AND u.suspended_at IS NULL)
$$;

-- Makes the copy of the recipient from the content of the sender, who is in scope, and records the release. The
-- caller has asked the release function in the same transaction. The function checks again what the database
-- knows: the sender is the owner or holds an active copy with a pass left, and the object was not recalled since.
CREATE FUNCTION vedette_release_send(
    release uuid, item uuid, from_copy uuid, recipient uuid, person uuid, passes integer, facts jsonb)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    sent release_item%ROWTYPE;
    held release_copy%ROWTYPE;
    source uuid := coalesce(from_copy, item);
    made uuid := gen_random_uuid();
BEGIN
    SELECT * INTO sent FROM release_item i WHERE i.id = item FOR SHARE;
    IF from_copy IS NULL THEN
        IF sent.organisation_id IS DISTINCT FROM vedette_scope() THEN
            RAISE EXCEPTION 'not the owner' USING ERRCODE = 'insufficient_privilege';
        END IF;
        IF passes >= sent.passes THEN
            RAISE EXCEPTION 'raised passes' USING ERRCODE = 'insufficient_privilege';
        END IF;
    ELSE
        SELECT * INTO held FROM release_copy c
        WHERE c.id = from_copy AND c.organisation_id = vedette_scope() AND c.item_id = item AND c.state = 'active'
        FOR SHARE;
        IF NOT FOUND OR passes >= held.passes_left THEN
            RAISE EXCEPTION 'no active copy with a pass left' USING ERRCODE = 'insufficient_privilege';
        END IF;
    END IF;
    IF EXISTS (SELECT FROM release_recall r WHERE r.object = sent.object AND r.at >= sent.created_at
               AND NOT recipient = ANY (r.keep)) THEN
        RAISE EXCEPTION 'recalled' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO release_copy AS c (id, organisation_id, item_id, object, owner_id, sender_id, person_id, passes_left,
                                   operation, state, received_at, objection)
    VALUES (made, recipient, item, sent.object, sent.organisation_id, vedette_scope(), person, passes,
            sent.operation, 'active', vedette_now(), '')
    ON CONFLICT ON CONSTRAINT copy_once
    DO UPDATE SET passes_left = greatest(c.passes_left, excluded.passes_left) RETURNING c.id INTO made;
    INSERT INTO release_content (of, organisation_id, item_id, data, operation, delete_at)
    SELECT made, recipient, item, c.data, sent.operation, c.delete_at FROM release_content c WHERE c.of = source
    ON CONFLICT DO NOTHING;
    INSERT INTO release_release (id, organisation_id, item_id, object, owner_id, recipient_id, person_id, copy_id,
        "group", membership, operation, agreement_version, purpose, legal_basis, approval, marking, exercise, nominal,
        fields, hash, by_id, at)
    SELECT release, vedette_scope(), item, sent.object, sent.organisation_id, recipient, person, made,
        f."group", f.membership, f.operation, f.agreement_version, f.purpose, f.legal_basis, f.approval,
        sent.marking[1], sent.exercise, sent.nominal, f.fields, f.hash, vedette_user(), vedette_now()
    FROM jsonb_to_record(facts) AS f ("group" uuid, membership text, operation uuid, agreement_version uuid,
        purpose text, legal_basis text, approval uuid, fields text[], hash text);
    INSERT INTO release_feedback (id, organisation_id, object, owner_id, copy_id, what, role, hash, at)
    VALUES ((facts ->> 'receipt')::uuid, recipient, sent.object, sent.organisation_id, made, 'arrived', '',
            facts ->> 'receipt_hash', vedette_now())
    ON CONFLICT DO NOTHING;
END
$$;
REVOKE ALL ON FUNCTION vedette_release_readers(text[]), vedette_release_person(uuid, uuid),
    vedette_release_second(uuid, uuid, uuid),
    vedette_release_send(uuid, uuid, uuid, uuid, uuid, integer, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_release_second(uuid, uuid, uuid) TO vedette_web, vedette_intake;
GRANT EXECUTE ON FUNCTION vedette_release_readers(text[]), vedette_release_person(uuid, uuid),
    vedette_release_send(uuid, uuid, uuid, uuid, uuid, integer, jsonb) TO vedette_web;
