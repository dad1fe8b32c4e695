-- The directory of contacts (`apps/cooperation`). Every signed-in user of an organisation reads it. Each organisation
-- writes its own entries, by its coordinators and contact points.
ALTER TABLE cooperation_contact ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON cooperation_contact FOR SELECT TO vedette_web USING ((SELECT vedette_scope()) IS NOT NULL);
CREATE POLICY scope_write ON cooperation_contact FOR INSERT TO vedette_web
    WITH CHECK (organisation_id = (SELECT vedette_scope())
                AND (SELECT vedette_account_role()) IN ('coordinator', 'contact'));
CREATE POLICY scope_change ON cooperation_contact FOR UPDATE TO vedette_web
    USING (organisation_id = (SELECT vedette_scope())
           AND (SELECT vedette_account_role()) IN ('coordinator', 'contact'))
    WITH CHECK (organisation_id = (SELECT vedette_scope()));
CREATE POLICY scope_delete ON cooperation_contact FOR DELETE TO vedette_web
    USING (organisation_id = (SELECT vedette_scope())
           AND (SELECT vedette_account_role()) IN ('coordinator', 'contact'));
REVOKE TRUNCATE ON cooperation_contact FROM vedette_web;
-- A zone that the database does not know would break the search for every organisation: the insertion raises.
ALTER TABLE cooperation_contact ADD CONSTRAINT contact_zone
    CHECK ((timestamp '2026-01-01' AT TIME ZONE zone) IS NOT NULL);

-- Whether a contact answers at a time: one of its days, within its hours, in its time zone. Hours that end before
-- they begin end on the next day; equal hours are the whole day.
CREATE FUNCTION vedette_answers(days smallint[], opens time, closes time, zone text, at timestamptz) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN opens < closes THEN today = ANY (days) AND clock >= opens AND clock < closes
                ELSE today = ANY (days) AND clock >= opens
                     OR (today + 5) % 7 + 1 = ANY (days) AND clock < closes END
    FROM (SELECT extract(isodow FROM at AT TIME ZONE zone)::smallint AS today,
                 (at AT TIME ZONE zone)::time AS clock) local
$$;

-- Mutual assistance between administrations. A request, and each answer, goes by name to officials that the other
-- administration designated for the agreement, or to the author of the request. These triggers check it for every
-- way in which a copy can be made.

-- The agreements under which the reader is an official.
CREATE FUNCTION vedette_officiates() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT array(SELECT agreement FROM cooperation_official
                 WHERE user_id = vedette_user() AND organisation_id = vedette_scope() AND ended_at IS NULL
                   AND vedette_account_role() IS NOT NULL)
$$;
-- Whether a person is an official of an organisation under an agreement, with an active account.
CREATE FUNCTION vedette_official(root uuid, home uuid, person uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT vedette_scope() IS NOT NULL AND EXISTS (
        SELECT FROM cooperation_official o JOIN accounts_user u ON u.id = o.user_id
        WHERE o.agreement = root AND o.organisation_id = home AND o.user_id = person AND o.ended_at IS NULL
          AND u.organisation_id = home AND u.is_active AND u.suspended_at IS NULL
          AND u.role IN ('officer', 'supervisor', 'contact'))
$$;

-- The officials of an agreement are read by its parties. Contact points and data-protection officers designate those
-- of their own organisation, and end a designation. Nobody designates himself.
ALTER TABLE cooperation_official ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON cooperation_official FOR SELECT TO vedette_web
    USING (organisation_id = (SELECT vedette_scope())
           OR EXISTS (SELECT FROM release_agreement a WHERE a.root = agreement AND a.state = 'approved'));
CREATE POLICY scope_write ON cooperation_official FOR INSERT TO vedette_web
    WITH CHECK (organisation_id = (SELECT vedette_scope()) AND by_id = (SELECT vedette_user())
                AND (SELECT vedette_account_role()) IN ('contact', 'dpo') AND ended_at IS NULL
                AND EXISTS (SELECT FROM accounts_user u WHERE u.id = user_id AND u.organisation_id = (SELECT vedette_scope())
                            AND u.is_active AND u.role IN ('officer', 'supervisor', 'contact'))
                AND EXISTS (SELECT FROM release_agreement a WHERE a.root = agreement AND a.state = 'approved'
                            AND (SELECT vedette_scope()) = ANY (a.parties)));
CREATE POLICY scope_change ON cooperation_official FOR UPDATE TO vedette_web
    USING (organisation_id = (SELECT vedette_scope()) AND ended_at IS NULL
           AND (SELECT vedette_account_role()) IN ('contact', 'dpo'))
    WITH CHECK (organisation_id = (SELECT vedette_scope()) AND ended_by_id = (SELECT vedette_user()));
REVOKE UPDATE, DELETE, TRUNCATE ON cooperation_official FROM vedette_web;
GRANT UPDATE (ended_by_id, ended_at) ON cooperation_official TO vedette_web;

-- A request is read by its author, by the supervisors and the data-protection officer of both administrations, by the
-- officials of the own administration, and from the sending on by its addressees.
ALTER TABLE cooperation_mutualrequest ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON cooperation_mutualrequest FOR SELECT TO vedette_web
    USING (organisation_id = (SELECT vedette_scope())
               AND (by_id = (SELECT vedette_user())
                    OR (SELECT vedette_account_role()) IN ('supervisor', 'dpo')
                    OR agreement = ANY ((SELECT vedette_officiates())::uuid[]))
           OR requested_id = (SELECT vedette_scope()) AND state <> 'draft'
               AND ((SELECT vedette_user()) = ANY (addressees)
                    OR (SELECT vedette_account_role()) IN ('supervisor', 'dpo')));
CREATE POLICY scope_write ON cooperation_mutualrequest FOR INSERT TO vedette_web
    WITH CHECK (organisation_id = (SELECT vedette_scope()) AND by_id = (SELECT vedette_user()) AND state = 'draft'
                AND (SELECT vedette_account_role()) IN ('officer', 'supervisor', 'contact')
                AND sent_at IS NULL AND acknowledged_at IS NULL AND first_answer_at IS NULL AND closed_at IS NULL);
CREATE POLICY scope_change ON cooperation_mutualrequest FOR UPDATE TO vedette_web
    USING (organisation_id = (SELECT vedette_scope()) AND state = 'draft')
    WITH CHECK (organisation_id = (SELECT vedette_scope()) AND state = 'draft');
CREATE POLICY scope_delete ON cooperation_mutualrequest FOR DELETE TO vedette_web
    USING (organisation_id = (SELECT vedette_scope()) AND state = 'draft');
REVOKE UPDATE, TRUNCATE ON cooperation_mutualrequest FROM vedette_web;
GRANT UPDATE (addressees, assistance, due_at, oral_at) ON cooperation_mutualrequest TO vedette_web;

-- A draft is read in the organisation that writes it, by those who read the request.
SELECT vedette_policy('cooperation_mutualdraft', true,
    'EXISTS (SELECT FROM cooperation_mutualrequest r WHERE r.id = request_id)');
REVOKE TRUNCATE ON cooperation_mutualdraft FROM vedette_web;

-- Events are read with their request, and are never changed.
ALTER TABLE cooperation_mutualevent ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON cooperation_mutualevent FOR SELECT TO vedette_web
    USING (EXISTS (SELECT FROM cooperation_mutualrequest r WHERE r.id = request_id));
CREATE POLICY scope_write ON cooperation_mutualevent FOR INSERT TO vedette_web
    WITH CHECK (organisation_id = (SELECT vedette_scope()) AND by_id = (SELECT vedette_user()) AND NOT told
                AND EXISTS (SELECT FROM cooperation_mutualrequest r WHERE r.id = request_id));
REVOKE UPDATE, DELETE, TRUNCATE ON cooperation_mutualevent FROM vedette_web;

CREATE FUNCTION vedette_mutual_refuse(why text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'mutual: %', why USING ERRCODE = 'insufficient_privilege';
END
$$;
-- Checks an event and changes the state of the request. The addressees answer, as long as they are officials; the
-- requesting administration sends, reminds after the deadline, and withdraws.
CREATE FUNCTION vedette_mutual_happens() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    one cooperation_mutualrequest%ROWTYPE;
    moment CONSTANT timestamptz := vedette_now();
    waits boolean;
    asks boolean;
BEGIN
    SELECT * INTO one FROM cooperation_mutualrequest r WHERE r.id = NEW.request_id FOR UPDATE;
    IF NOT FOUND OR NEW.organisation_id NOT IN (one.organisation_id, one.requested_id) THEN
        PERFORM vedette_mutual_refuse('state');
    END IF;
    asks := NEW.organisation_id = one.organisation_id;
    waits := one.state IN ('sent', 'acknowledged', 'partial') AND one.closed_at IS NULL;
    IF NOT (CASE NEW.what
        WHEN 'sent' THEN asks AND one.state = 'draft'
        WHEN 'withdrawn' THEN asks AND waits
        WHEN 'reminded' THEN asks AND waits AND one.due_at < moment AND NOT EXISTS (
            SELECT FROM cooperation_mutualevent e WHERE e.request_id = one.id AND e.what = 'reminded'
            AND e.at > moment - interval '1 day')
        WHEN 'acknowledged' THEN NOT asks AND one.state = 'sent'
        ELSE NOT asks AND waits AND NOT one.spontaneous END) THEN
        PERFORM vedette_mutual_refuse('state');
    END IF;
    IF NOT asks AND NOT (NEW.by_id = ANY (one.addressees)
                         AND vedette_official(one.agreement, NEW.organisation_id, NEW.by_id)) THEN
        PERFORM vedette_mutual_refuse('addressee');
    END IF;
    IF NEW.what = 'refused' AND NOT EXISTS (
        SELECT FROM release_agreement a WHERE a.root = one.agreement AND a.state = 'approved'
        AND (a.refusals = '{}' OR NEW.ground = ANY (a.refusals))
        AND a.number = (SELECT max(b.number) FROM release_agreement b WHERE b.root = a.root AND b.state = 'approved')) THEN
        PERFORM vedette_mutual_refuse('ground');
    END IF;
    NEW.at := moment;
    UPDATE cooperation_mutualrequest r SET
        state = CASE NEW.what WHEN 'complete' THEN 'answered' WHEN 'reminded' THEN r.state ELSE NEW.what END,
        sent_at = CASE NEW.what WHEN 'sent' THEN moment ELSE r.sent_at END,
        acknowledged_at = CASE WHEN asks THEN r.acknowledged_at ELSE coalesce(r.acknowledged_at, moment) END,
        first_answer_at = CASE WHEN NEW.what IN ('partial', 'complete', 'refused')
                               THEN coalesce(r.first_answer_at, moment) ELSE r.first_answer_at END,
        closed_at = CASE WHEN NEW.what IN ('complete', 'refused', 'withdrawn')
                              OR NEW.what = 'acknowledged' AND r.spontaneous THEN moment END
    WHERE r.id = one.id;
    RETURN NEW;
END
$$;
CREATE TRIGGER happens BEFORE INSERT ON cooperation_mutualevent
    FOR EACH ROW EXECUTE FUNCTION vedette_mutual_happens();
-- At the end of the transaction, the text of a sending or of an answer was released to the other administration.
CREATE FUNCTION vedette_mutual_released() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM release_release l JOIN release_item i ON i.id = l.item_id
                   JOIN cooperation_mutualrequest r ON r.id = NEW.request_id
                   WHERE l.object = coalesce(NEW.object, NEW.request_id) AND l.organisation_id = NEW.organisation_id
                     AND l.recipient_id IN (r.organisation_id, r.requested_id)
                     AND i.type = CASE NEW.what WHEN 'sent' THEN 'assistance_request' ELSE 'assistance_answer' END) THEN
        PERFORM vedette_mutual_refuse('text');
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER released AFTER INSERT ON cooperation_mutualevent DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.what IN ('sent', 'partial', 'complete', 'refused'))
    EXECUTE FUNCTION vedette_mutual_released();

-- A copy of a request or of an answer is made for a person only: a request for an official who is an addressee, an
-- answer for the author of the request or for an official of his administration. Both administrations are parties to
-- the agreement in force, and it covers the purpose with the legal basis. Names need its instrument and the approval
-- of a second person. A marking above TLP:GREEN to an administration that received nothing under the agreement yet
-- needs this approval, too. The approval is valid for this version and this recipient, for the person who requested
-- it, and for one day. Nobody passes a copy on.
CREATE FUNCTION vedette_mutual_copy() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    sent release_item%ROWTYPE;
    agreed release_agreement%ROWTYPE;
    one cooperation_mutualrequest%ROWTYPE;
    names boolean;
BEGIN
    SELECT * INTO sent FROM release_item i WHERE i.id = NEW.item_id;
    IF sent.type NOT IN ('assistance_request', 'assistance_answer') THEN
        RETURN NEW;
    END IF;
    IF sent.agreement IS NULL OR NEW.person_id IS NULL OR NEW.operation IS NOT NULL OR NEW.sender_id <> NEW.owner_id THEN
        PERFORM vedette_mutual_refuse('official');
    END IF;
    SELECT * INTO agreed FROM release_agreement a WHERE a.root = sent.agreement AND a.state = 'approved'
    ORDER BY a.number DESC LIMIT 1;
    IF NOT FOUND OR NOT agreed.parties @> ARRAY[NEW.owner_id, NEW.organisation_id]
       OR agreed.starts_at > vedette_now() OR agreed.until <= vedette_now()
       OR NOT agreed.purposes @> jsonb_build_array(jsonb_build_object(
           'purpose', sent.purpose, 'legal_basis', sent.legal_basis)) THEN
        PERFORM vedette_mutual_refuse('instrument');
    END IF;
    -- The content decides, not only the statement of the version.
    names := sent.nominal OR EXISTS (SELECT FROM release_content c WHERE c.of = sent.id AND c.data ? 'nominal');
    IF names AND NOT (agreed.nominal_instrument <> '' AND NEW.organisation_id = ANY (agreed.designated)) THEN
        PERFORM vedette_mutual_refuse('nobody');
    END IF;
    IF (names OR sent.marking[1] NOT IN ('TLP:CLEAR', 'TLP:GREEN') AND NOT EXISTS (
            SELECT FROM release_release l JOIN release_item i ON i.id = l.item_id
            WHERE l.recipient_id = NEW.organisation_id AND NEW.sender_id IN (l.organisation_id, l.owner_id)
              AND l.operation IS NULL AND l.exercise = sent.exercise AND i.agreement = sent.agreement))
       AND NOT EXISTS (
            SELECT FROM accounts_approval a
            WHERE a.kind = 'release' AND a.subject = sent.id::text AND a.organisation_id = NEW.owner_id
              AND a.state = 'allowed' AND a.expires_at > vedette_now()
              AND a.asked_by_id = vedette_user() AND a.decided_by_id <> a.asked_by_id
              AND a.detail ->> 'hash' = sent.hash
              AND a.detail -> 'recipients' ? (NEW.organisation_id || ' ' || NEW.person_id)) THEN
        PERFORM vedette_mutual_refuse('nobody');
    END IF;
    IF sent.type = 'assistance_request' THEN
        SELECT * INTO one FROM cooperation_mutualrequest r
        WHERE r.id = NEW.object AND r.organisation_id = NEW.owner_id AND r.agreement = sent.agreement
          AND r.requested_id = NEW.organisation_id AND r.state = 'draft' AND NEW.person_id = ANY (r.addressees);
    ELSE
        SELECT r.* INTO one FROM cooperation_mutualevent e JOIN cooperation_mutualrequest r ON r.id = e.request_id
        WHERE e.object = NEW.object AND e.organisation_id = NEW.owner_id AND r.agreement = sent.agreement
          AND r.organisation_id = NEW.organisation_id;
    END IF;
    IF NOT FOUND OR NOT (vedette_official(sent.agreement, NEW.organisation_id, NEW.person_id)
                         OR sent.type = 'assistance_answer' AND NEW.person_id = one.by_id) THEN
        PERFORM vedette_mutual_refuse('official');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER mutual BEFORE INSERT ON release_copy FOR EACH ROW EXECUTE FUNCTION vedette_mutual_copy();

-- Whether the reader reads the text of a request or of an answer; NULL for any other object. In the organisation that
-- wrote it: the writer, the supervisors, and the officials. In the other one: the person who received it.
CREATE FUNCTION vedette_mutual_reads(item uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN i.type IN ('assistance_request', 'assistance_answer') THEN
        vedette_sees_restricted()
        OR i.organisation_id = vedette_scope()
           AND (i.created_by_id = vedette_user() OR vedette_account_role() = 'supervisor'
                OR i.agreement = ANY (vedette_officiates()))
        OR EXISTS (SELECT FROM release_copy c WHERE c.item_id = i.id AND c.organisation_id = vedette_scope()
                   AND c.person_id = vedette_user())
        END
    FROM release_item i WHERE i.id = item
$$;
-- What was released outside an operation: coordinators and contact points read only the requests and the answers that
-- they write or receive.
CREATE POLICY of_request ON release_copy AS RESTRICTIVE FOR SELECT TO vedette_web USING (
    operation IS NOT NULL OR person_id = (SELECT vedette_user())
    OR (SELECT vedette_account_role()) NOT IN ('coordinator', 'contact'));
CREATE POLICY of_request ON release_content AS RESTRICTIVE FOR SELECT TO vedette_web USING (
    CASE WHEN operation IS NOT NULL THEN true
    ELSE coalesce(vedette_mutual_reads(item_id), (SELECT vedette_account_role()) NOT IN ('coordinator', 'contact')) END);
-- The row of a release, the version and the recall show that there is a request: the same persons read them as read
-- the text. Only releases to a person outside an operation can be those of a request.
CREATE POLICY of_request ON release_release AS RESTRICTIVE FOR SELECT TO vedette_web USING (
    operation IS NOT NULL OR (SELECT vedette_user()) IN (by_id, person_id)
    OR CASE WHEN person_id IS NULL THEN (SELECT vedette_account_role()) NOT IN ('coordinator', 'contact')
       ELSE coalesce(vedette_mutual_reads(item_id),
                     (SELECT vedette_account_role()) NOT IN ('coordinator', 'contact')) END);
CREATE POLICY of_request ON release_item AS RESTRICTIVE FOR SELECT TO vedette_web USING (
    type NOT IN ('assistance_request', 'assistance_answer') OR created_by_id = (SELECT vedette_user())
    OR vedette_mutual_reads(id));
CREATE POLICY of_request ON release_recall AS RESTRICTIVE FOR INSERT TO vedette_web WITH CHECK (
    EXISTS (SELECT FROM release_item i WHERE i.object = release_recall.object));

REVOKE ALL ON FUNCTION vedette_officiates(), vedette_official(uuid, uuid, uuid), vedette_mutual_reads(uuid),
    vedette_mutual_refuse(text), vedette_mutual_happens(), vedette_mutual_released(), vedette_mutual_copy() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_officiates(), vedette_official(uuid, uuid, uuid), vedette_mutual_reads(uuid)
    TO vedette_web;
