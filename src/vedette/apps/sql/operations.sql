-- Joint operations (`apps/operations`). The rows of a group belong to several organisations. A member sees them
-- during the membership, and after the end only if the plan says so. Nobody writes after the end: the functions
-- compare with the clock of the database, and no job is involved. `apps/operations/rights.py` states the same
-- rules; a test compares both.

-- Who may send which kind of message to the group: role in the operation, states, and whether only before the
-- end of the live phase.
CREATE FUNCTION vedette_operation_sending() RETURNS TABLE
    (kind text, roles text[], states text[], until_end boolean) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    VALUES ('warning', '{coordinator,contact,deputy,post}'::text[], '{live}'::text[], true),
           ('request', '{coordinator,contact,deputy,post}', '{live,followup}', false),
           ('control', '{coordinator,contact,deputy,post}', '{live}', true),
           ('seizure', '{coordinator,contact,deputy,post}', '{live}', true),
           ('feedback', '{coordinator,contact,deputy,post}', '{live,followup,debrief}', false),
           ('sitrep', '{coordinator,contact,deputy}', '{live,followup,debrief}', false),
           ('broadcast', '{coordinator}', '{preparing,live,followup,debrief}', false),
           ('help', '{coordinator,contact,deputy,post}', '{live,followup}', false),
           ('test', '{coordinator}', '{preparing,live}', false)
$$;
-- The states that may follow each state.
CREATE FUNCTION vedette_operation_next() RETURNS TABLE (before text, following text[])
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    VALUES ('draft', '{proposed,abandoned}'::text[]), ('proposed', '{draft,called,abandoned}'),
           ('called', '{preparing,abandoned}'), ('preparing', '{live,abandoned}'),
           ('live', '{followup,abandoned}'), ('followup', '{debrief,abandoned}'), ('debrief', '{closed}'),
           ('closed', '{}'), ('abandoned', '{}')
$$;

-- The role of an account, for the functions below: a signed-in user of the organisation.
CREATE FUNCTION vedette_account_role() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT role FROM accounts_user
    WHERE id = vedette_user() AND organisation_id = vedette_scope() AND is_active AND suspended_at IS NULL
$$;
-- The organisations of this installation, which a coordinator may invite.
CREATE FUNCTION vedette_organisations() RETURNS TABLE (id uuid, name varchar, country varchar, kind varchar)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id, name, country, kind FROM accounts_organisation
    WHERE vedette_account_role() = 'coordinator' ORDER BY name
$$;

-- The operations that the reader reads: operation → the role that reads most, and since when. It is evaluated
-- once per statement. A membership that a person ended reads nothing. After its end by the clock, a membership
-- reads if the plan names its role.
CREATE FUNCTION vedette_operation_readings() RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT coalesce(jsonb_object_agg(operation_id, jsonb_build_object('role', role, 'since', since)), '{}')
    FROM (SELECT DISTINCT ON (m.operation_id) m.operation_id, m.role, m.begins_at AS since
          FROM operations_member m JOIN operations_operation o ON o.id = m.operation_id
          WHERE m.user_id = vedette_user() AND m.organisation_id = vedette_scope()
            AND m.until_version IS NULL AND m.begins_at <= vedette_now()
            AND (m.ends_at > vedette_now() AND o.until > vedette_now() AND o.state <> 'closed'
                 OR m.role = ANY (o.readers_after))
          ORDER BY m.operation_id, array_position(
              '{coordinator,second,contact,deputy,observer,post}'::varchar[], m.role), m.begins_at) best
$$;
-- The operations whose row and plan the reader sees: those that he reads; those of the own organisation, for its
-- coordinators and its data-protection officer; those to which the own organisation is invited, for its contact
-- points.
CREATE FUNCTION vedette_operations_seen() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT array(
        SELECT key::uuid FROM jsonb_object_keys(vedette_operation_readings()) key
        UNION SELECT id FROM operations_operation WHERE organisation_id = vedette_scope()
              AND vedette_account_role() IN ('coordinator', 'dpo')
        UNION SELECT p.operation_id FROM operations_participant p
              JOIN operations_operation o ON o.id = p.operation_id
              WHERE p.organisation_id = vedette_scope() AND p.state IN ('invited', 'accepted')
                AND o.state NOT IN ('draft', 'proposed')
                AND vedette_account_role() IN ('coordinator', 'contact', 'dpo'))
$$;
-- The operations whose name, state, times and forms the reader sees: also those in which he was a member, so that
-- a form that he was filling in at the end is read, and its text is kept in the national record.
CREATE FUNCTION vedette_operations_known() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT vedette_operations_seen() || array(SELECT operation_id FROM operations_member
        WHERE user_id = vedette_user() AND organisation_id = vedette_scope())
$$;
-- The operations whose persons the reader sees: those that he reads, and those of the own organisation for its
-- coordinators and its data-protection officer. Who is invited sees the persons of the own organisation only.
CREATE FUNCTION vedette_operations_grouped() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT array(SELECT key::uuid FROM jsonb_object_keys(vedette_operation_readings()) key
                 UNION SELECT id FROM operations_operation WHERE organisation_id = vedette_scope()
                       AND vedette_account_role() IN ('coordinator', 'dpo'))
$$;
-- The operations in which the reader is a member with one of the roles, now.
CREATE FUNCTION vedette_operations_as(VARIADIC roles text[]) RETURNS uuid[] LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT array(SELECT key::uuid FROM jsonb_each(vedette_operation_readings())
                 WHERE value ->> 'role' = ANY (roles))
$$;
-- Whether the reader reads the whole national record of the organisation. Officers read their own entries.
CREATE FUNCTION vedette_reads_national() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT coalesce(vedette_account_role() IN ('supervisor', 'analyst', 'coordinator', 'contact', 'dpo'), false)
$$;

-- Whether a reader of a group reads a sent message. `reading` is the entry of `vedette_operation_readings`.
-- TLP:RED is for the named recipients. A member reads what was sent after the joining.
CREATE FUNCTION vedette_reads_message(reading jsonb, observed jsonb, home uuid, kind text, marking text,
                                      recipients uuid[], sent_at timestamptz)
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT reading IS NOT NULL AND sent_at >= (reading ->> 'since')::timestamptz AND CASE reading ->> 'role'
        WHEN 'coordinator' THEN marking <> 'red' OR home = ANY (recipients)
        WHEN 'second' THEN marking <> 'red' OR home = ANY (recipients)
        WHEN 'observer' THEN coalesce(observed ? kind, false) AND recipients = '{}' AND marking <> 'red'
        WHEN 'post' THEN home = ANY (recipients) OR kind = 'broadcast' AND recipients = '{}'
        ELSE home = ANY (recipients) OR recipients = '{}' AND marking <> 'red' END
$$;
-- What observers read in each operation that the reader observes: operation → kinds.
CREATE FUNCTION vedette_operations_observed() RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT coalesce(jsonb_object_agg(id, observed), '{}') FROM operations_operation
    WHERE id = ANY (vedette_operations_as('observer'))
$$;

-- Whether a user is a member with one of the roles, in an operation whose group is open, at the time of the
-- database.
CREATE FUNCTION vedette_operation_member(one uuid, who uuid, roles text[], states text[]) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM operations_member m JOIN operations_operation o ON o.id = m.operation_id
        JOIN accounts_user u ON u.id = m.user_id AND u.is_active AND u.suspended_at IS NULL
        WHERE m.operation_id = one AND m.user_id = who AND m.role = ANY (roles) AND m.until_version IS NULL
          AND m.begins_at <= vedette_now() AND m.ends_at > vedette_now()
          AND o.until > vedette_now() AND o.state = ANY (states))
$$;

-- The prerequisites of the live phase that are missing: one row for each participant that accepted and each step.
CREATE FUNCTION vedette_operation_missing(one uuid) RETURNS TABLE (organisation uuid, step text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH now_members AS (
        SELECT organisation_id, role, user_id FROM operations_member
        WHERE operation_id = one AND until_version IS NULL
          AND begins_at <= vedette_now() AND ends_at > vedette_now()
    ), tested AS (
        SELECT r.user_id FROM operations_receipt r JOIN operations_message m ON m.id = r.message_id
        WHERE r.operation_id = one AND r.what = 'answered' AND m.kind = 'test'
    )
    SELECT p.organisation_id, s.step FROM operations_participant p
    CROSS JOIN (VALUES ('contact'), ('deputy'), ('test_contact'), ('test_deputy'), ('plan')) s (step)
    WHERE p.operation_id = one AND p.state = 'accepted' AND CASE s.step
        WHEN 'contact' THEN NOT EXISTS (SELECT FROM now_members m
             WHERE m.organisation_id = p.organisation_id AND m.role = 'contact')
        WHEN 'deputy' THEN NOT EXISTS (SELECT FROM now_members m
             WHERE m.organisation_id = p.organisation_id AND m.role = 'deputy')
        WHEN 'test_contact' THEN NOT EXISTS (SELECT FROM now_members m JOIN tested t USING (user_id)
             WHERE m.organisation_id = p.organisation_id AND m.role = 'contact')
        WHEN 'test_deputy' THEN NOT EXISTS (SELECT FROM now_members m JOIN tested t USING (user_id)
             WHERE m.organisation_id = p.organisation_id AND m.role = 'deputy')
        ELSE NOT EXISTS (SELECT FROM operations_nationalplan n
             WHERE n.operation_id = one AND n.organisation_id = p.organisation_id) END
$$;
-- Whether a second person allowed this change of an operation.
CREATE FUNCTION vedette_operation_allowed(one uuid, change jsonb) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM accounts_approval a
        WHERE a.kind = 'operation' AND a.subject = one::text AND a.state = 'done' AND a.detail @> change
          AND a.decided_by_id <> a.asked_by_id)
$$;

-- The earlier messages that the coordinator named for the reader.
CREATE FUNCTION vedette_operations_shown() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT array(SELECT s.message_id FROM operations_shown s
                 JOIN operations_message m ON m.id = s.message_id AND m.operation_id = s.operation_id
                 WHERE s.user_id = vedette_user() AND vedette_operation_readings() ? s.operation_id::text)
$$;

-- The sets of recipients: who reads rows that were released (`vedette_copy_reaches`). The web role neither reads nor
-- writes them. Nobody changes a set: a row whose recipients change names another set.
ALTER TABLE operations_recipientset ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON operations_recipientset FROM vedette_web, vedette_intake;
GRANT SELECT ON operations_recipientset TO vedette_intake;
-- Returns the set of an operation with these organisations and persons, and stores it if it is new.
CREATE FUNCTION vedette_recipient_set(one uuid, homes uuid[], people uuid[]) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    sorted_homes CONSTANT uuid[] := array(SELECT DISTINCT h FROM unnest(homes) h WHERE h IS NOT NULL ORDER BY h);
    sorted_people CONSTANT uuid[] := array(SELECT DISTINCT p FROM unnest(people) p WHERE p IS NOT NULL ORDER BY p);
    hash CONSTANT bytea := sha256(convert_to(sorted_homes::text || sorted_people::text, 'UTF8'));
    found uuid;
BEGIN
    SELECT s.id INTO found FROM operations_recipientset s WHERE s.operation_id = one AND s.digest = hash;
    IF found IS NULL THEN
        -- Two transactions that store the same new sets in a different order would wait for each other.
        PERFORM pg_advisory_xact_lock(hashtextextended('operations_recipientset', 0));
        INSERT INTO operations_recipientset (id, operation_id, organisations, persons, digest)
        VALUES (gen_random_uuid(), one, sorted_homes, sorted_people, hash)
        ON CONFLICT (operation_id, digest) DO NOTHING;
        SELECT s.id INTO STRICT found FROM operations_recipientset s WHERE s.operation_id = one AND s.digest = hash;
    END IF;
    RETURN found;
END
$$;
REVOKE ALL ON FUNCTION vedette_recipient_set(uuid, uuid[], uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_recipient_set(uuid, uuid[], uuid[]) TO vedette_intake;
CREATE FUNCTION vedette_recipient_set_kept() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM vedette_operation_refuse('fixed');
    RETURN NULL;
END
$$;
CREATE TRIGGER kept BEFORE UPDATE ON operations_recipientset
    FOR EACH ROW EXECUTE FUNCTION vedette_recipient_set_kept();
-- The sets that contain the reader or the organisation of the reader. A user who reads neither the national record
-- nor was ever a member of the operation learns of no set.
CREATE FUNCTION vedette_recipient_sets() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER ROWS 100
SET search_path = public, pg_temp AS $$
    SELECT s.id FROM operations_recipientset s
    WHERE (s.organisations @> ARRAY[vedette_scope()] OR s.persons @> ARRAY[vedette_user()])
      AND ((SELECT vedette_reads_national()) OR s.operation_id IN (SELECT m.operation_id FROM operations_member m
           WHERE m.user_id = vedette_user() AND m.organisation_id = vedette_scope()))
$$;

-- Row-level security. Each condition in parentheses with SELECT is evaluated once per statement. A message, an
-- answer and a report are shown in another organisation only where the release function let them go: the column
-- `recipient_set_id` follows the copies (`vedette_copy_reaches`). The sets that contain the reader are a hashed
-- subplan and not an array: an array would be compared element by element for each row.
DO $$
DECLARE
    one record;
    seen CONSTANT text := '(SELECT vedette_operations_seen())::uuid[]';
    known CONSTANT text := '(SELECT vedette_operations_known())::uuid[]';
    reached CONSTANT text := '(organisation_id = (SELECT vedette_scope())
        OR recipient_set_id IN (SELECT vedette_recipient_sets()))';
BEGIN
    FOR one IN SELECT * FROM (VALUES
        ('operation', 'id = ANY (' || known || ')'),
        ('plan', 'operation_id = ANY (' || seen || ')'),
        ('participant', 'operation_id = ANY (' || seen || ')'),
        ('template', 'operation_id = ANY (' || known || ')'),
        ('member', 'operation_id = ANY ((SELECT vedette_operations_grouped())::uuid[])
            OR organisation_id = (SELECT vedette_scope()) AND operation_id = ANY (' || seen || ')'),
        ('message', $m$organisation_id = (SELECT vedette_scope())
            AND (by_id = (SELECT vedette_user()) OR (SELECT vedette_reads_national()))
            OR sent_at IS NOT NULL AND $m$ || reached || $m$ AND (vedette_reads_message(
                (SELECT vedette_operation_readings()) -> operation_id::text,
                (SELECT vedette_operations_observed()) -> operation_id::text,
                (SELECT vedette_scope()), kind, marking, recipients, sent_at)
                OR id = ANY ((SELECT vedette_operations_shown())::uuid[]))
            OR late_at IS NOT NULL AND marking <> 'red' AND operation_id = ANY (
                (SELECT vedette_operations_as('coordinator'))::uuid[])$m$),
        ('nominal', $m$organisation_id = (SELECT vedette_scope())
            AND EXISTS (SELECT FROM operations_message m WHERE m.id = message_id)$m$),
        ('shown', $m$organisation_id = (SELECT vedette_scope()) OR user_id = (SELECT vedette_user())
            OR operation_id = ANY ((SELECT vedette_operations_as('coordinator'))::uuid[])$m$),
        ('receipt', 'EXISTS (SELECT FROM operations_message m WHERE m.id = message_id)'),
        ('answer', reached || ' AND EXISTS (SELECT FROM operations_message m WHERE m.id = message_id)'),
        ('nationalplan', $m$organisation_id = (SELECT vedette_scope())
            AND operation_id = ANY ((SELECT vedette_operations_seen())::uuid[])
            OR operation_id = ANY ((SELECT vedette_operations_as('coordinator'))::uuid[])$m$),
        ('planreceipt', $m$organisation_id = (SELECT vedette_scope())
            AND operation_id = ANY ((SELECT vedette_operations_seen())::uuid[])$m$),
        ('report', $m$CASE WHEN state = 'sent' THEN $m$ || reached || $m$ AND (operation_id = ANY (
                (SELECT vedette_operations_as('coordinator', 'second', 'contact', 'deputy'))::uuid[])
                OR (operation_id = ANY ((SELECT vedette_operations_as('observer'))::uuid[])
                    AND (SELECT vedette_operations_observed()) -> operation_id::text ? 'sitrep'))
            ELSE organisation_id = (SELECT vedette_scope())
                 AND operation_id = ANY ((SELECT vedette_operations_seen())::uuid[]) END$m$),
        ('publication', $m$organisation_id = (SELECT vedette_scope())
            AND operation_id = ANY ((SELECT vedette_operations_seen())::uuid[])$m$),
        ('comparison', $m$organisation_id = (SELECT vedette_scope())
            AND EXISTS (SELECT FROM operations_message m WHERE m.id = one_id)
            AND EXISTS (SELECT FROM operations_message m WHERE m.id = other_id)$m$),
        ('confirmation', $m$organisation_id = (SELECT vedette_scope())
            AND operation_id = ANY ((SELECT vedette_operations_seen())::uuid[])
            OR operation_id = ANY ((SELECT vedette_operations_as('coordinator', 'second'))::uuid[])$m$),
        -- A draft and an approved final report are read in the coordinating organisation only.
        ('final', $m$CASE WHEN state = 'sent' THEN $m$ || reached || $m$ AND (operation_id = ANY (
                (SELECT vedette_operations_as('coordinator', 'second', 'contact', 'deputy'))::uuid[])
                OR (operation_id = ANY ((SELECT vedette_operations_as('observer'))::uuid[])
                    AND (SELECT vedette_operations_observed()) -> operation_id::text ? 'sitrep'))
            ELSE organisation_id = (SELECT vedette_scope()) AND operation_id = ANY (
                (SELECT vedette_operations_as('coordinator', 'second'))::uuid[]) END$m$)
    ) t (name, rule) LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', 'operations_' || one.name);
        EXECUTE format('CREATE POLICY scope ON %I TO vedette_web USING (%s) WITH CHECK (true)',
                       'operations_' || one.name, one.rule);
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM vedette_web', 'operations_' || one.name);
    END LOOP;
END
$$;
GRANT UPDATE (state, state_at, reason, live_from, live_until, until, marking, readers_after, observed, plan_version,
              name, reference) ON operations_operation TO vedette_web;
GRANT UPDATE (state, plan_version, part, basis, reason, by_id, at) ON operations_participant TO vedette_web;
GRANT UPDATE (until_version, ends_at) ON operations_member TO vedette_web;
GRANT UPDATE (sent_at, late_at, accepted_at, accepted_by_id, deputy_at, unit_at) ON operations_message TO vedette_web;
GRANT UPDATE (confirmed_at, confirmed_by_id) ON operations_planreceipt TO vedette_web;
GRANT UPDATE (state, figures, corrections, late, remark, known_at, at, by_id, by_name) ON operations_report
    TO vedette_web;
GRANT UPDATE (removed_at) ON operations_publication TO vedette_web;
GRANT UPDATE (state, figures, content, summary_en, summary_fr, cutoff_at, known_at, at, by_id, by_name,
              approved_by_name, approved_at) ON operations_final TO vedette_web;

-- Raises the error of a refused write. The code `55000` and the word let the application state what is wrong.
CREATE FUNCTION vedette_operation_refuse(word text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'operation: %', word USING ERRCODE = 'insufficient_privilege';
END
$$;

-- The writer of a row: the user of the web role. Commands, which run with the intake role, state the user in the
-- row; the same rules apply to it.
CREATE FUNCTION vedette_operation_writer(stated uuid) RETURNS uuid LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF current_user = 'vedette_web' THEN
        IF stated IS NOT NULL AND stated IS DISTINCT FROM vedette_user() THEN
            PERFORM vedette_operation_refuse('writer');
        END IF;
        RETURN vedette_user();
    END IF;
    RETURN stated;
END
$$;

-- Rows of a group that a member writes. The arguments are the roles, the states, and the column of the writer.
-- `own` states that the row belongs to the organisation of the writer.
CREATE FUNCTION vedette_operation_row() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
    roles CONSTANT text[] := TG_ARGV[0]::text[];
    states CONSTANT text[] := TG_ARGV[1]::text[];
    stated uuid := CASE WHEN TG_ARGV[2] <> '' THEN (to_jsonb(NEW) ->> TG_ARGV[2])::uuid END;
    who uuid;
BEGIN
    IF current_user NOT IN ('vedette_web', 'vedette_intake') THEN
        RETURN NEW;
    END IF;
    who := vedette_operation_writer(stated);
    IF current_user = 'vedette_web' AND TG_ARGV[3] = 'own' AND NEW.organisation_id <> vedette_scope() THEN
        PERFORM vedette_operation_refuse('organisation');
    END IF;
    IF NOT vedette_operation_member(NEW.operation_id, who, roles, states)
       AND NOT ('invited' = ANY (roles) AND vedette_operation_invited(NEW.operation_id, NEW.organisation_id, states))
       AND NOT ('protection' = ANY (roles) AND vedette_operation_protection(NEW.operation_id, states)) THEN
        PERFORM vedette_operation_refuse('member');
    END IF;
    RETURN NEW;
END
$$;
-- Whether the user is a contact point by the role of the account, and the organisation is the own one and is
-- invited or has accepted.
CREATE FUNCTION vedette_operation_invited(one uuid, organisation uuid, states text[]) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT organisation = vedette_scope() AND vedette_account_role() IN ('contact', 'coordinator')
       AND EXISTS (SELECT FROM operations_participant p JOIN operations_operation o ON o.id = p.operation_id
                   WHERE p.operation_id = one AND p.organisation_id = organisation
                     AND p.state IN ('invited', 'accepted') AND o.until > vedette_now() AND o.state = ANY (states)
                     AND o.state NOT IN ('draft', 'proposed'))
$$;
-- Whether the user is the data-protection officer of the coordinating organisation.
CREATE FUNCTION vedette_operation_protection(one uuid, states text[]) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT vedette_account_role() = 'dpo' AND EXISTS (
        SELECT FROM operations_operation WHERE id = one AND organisation_id = vedette_scope()
        AND until > vedette_now() AND state = ANY (states))
$$;

DO $$
DECLARE
    one record;
    open CONSTANT text := '{draft,proposed,called,preparing,live,followup,debrief}';
BEGIN
    FOR one IN SELECT * FROM (VALUES
        ('plan', 'INSERT', '{coordinator}', '{draft,proposed,called,preparing,live}', 'by_id', 'own'),
        ('template', 'INSERT', '{coordinator,protection}', '{draft,proposed,called,preparing,live}', 'by_id', 'own'),
        ('shown', 'INSERT', '{coordinator}', open, '', 'own'),
        ('nationalplan', 'INSERT', '{contact,deputy}', '{called,preparing,live}', 'by_id', 'own'),
        ('planreceipt', 'INSERT', '{contact,deputy}', '{called,preparing,live}', '', 'own'),
        ('planreceipt', 'UPDATE', '{contact,deputy,post}', '{called,preparing,live}', 'confirmed_by_id', 'own'),
        ('receipt', 'INSERT', '{coordinator,second,contact,deputy,observer,post}',
         '{preparing,live,followup,debrief}', 'user_id', 'own'),
        ('answer', 'INSERT', '{coordinator,contact,deputy,post}', '{live,followup,debrief}', 'by_id', 'own'),
        ('report', 'INSERT OR UPDATE', '{coordinator,contact,deputy}', '{live,followup,debrief}', 'by_id', 'own'),
        ('publication', 'INSERT OR UPDATE', '{coordinator}', '{live,followup,debrief}', '', 'own'),
        ('comparison', 'INSERT', '{coordinator,contact,deputy,post}', '{live,followup,debrief}', 'by_id', 'own'),
        ('confirmation', 'INSERT', '{contact,deputy}', '{followup,debrief}', 'by_id', 'own'),
        ('final', 'INSERT', '{coordinator}', '{followup,debrief}', 'by_id', 'own'),
        ('final', 'UPDATE', '{coordinator,second}', '{followup,debrief}', '', 'own')
    ) t (name, deed, roles, states, writer, own) LOOP
        EXECUTE format('CREATE TRIGGER open_%s BEFORE %s ON operations_%s FOR EACH ROW
                        EXECUTE FUNCTION vedette_operation_row(%L, %L, %L, %L)',
                       lower(split_part(one.deed, ' ', 1)), one.deed, one.name, one.roles, one.states, one.writer,
                       one.own);
    END LOOP;
END
$$;

-- An operation is created by a coordinator, as a draft. Its exercise mark and its owner do not change. It goes
-- through its states, and goes live only if nothing is missing and a second person approved. A live operation is
-- extended, or marked weaker, only after the approval of a second person.
CREATE FUNCTION vedette_operation_kept() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
    markings CONSTANT text[] := '{red,amber_strict,amber,green,clear}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF current_user = 'vedette_web' AND (NEW.created_by_id <> vedette_user()
           OR NEW.organisation_id <> vedette_scope() OR NEW.state <> 'draft' OR NEW.group_version <> 0
           OR vedette_account_role() IS DISTINCT FROM 'coordinator') THEN
            PERFORM vedette_operation_refuse('writer');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.exercise, NEW.organisation_id, NEW.created_by_id, NEW.created_at)
       IS DISTINCT FROM (OLD.exercise, OLD.organisation_id, OLD.created_by_id, OLD.created_at) THEN
        PERFORM vedette_operation_refuse('fixed');
    END IF;
    IF current_user NOT IN ('vedette_web', 'vedette_intake') THEN
        RETURN NEW;
    END IF;
    IF current_user = 'vedette_web' AND NOT vedette_operation_member(NEW.id, vedette_user(),
       '{coordinator,second}', '{draft,proposed,called,preparing,live,followup,debrief}') THEN
        PERFORM vedette_operation_refuse('member');
    END IF;
    IF NEW.state <> OLD.state THEN
        IF NOT EXISTS (SELECT FROM vedette_operation_next() n
                       WHERE n.before = OLD.state AND NEW.state = ANY (n.following)) THEN
            PERFORM vedette_operation_refuse('state');
        END IF;
        IF NEW.state = 'abandoned' AND NEW.reason = '' THEN
            PERFORM vedette_operation_refuse('reason');
        END IF;
        IF NEW.state = 'live' THEN
            IF EXISTS (SELECT FROM vedette_operation_missing(NEW.id)) OR NOT EXISTS (
                SELECT FROM operations_participant p WHERE p.operation_id = NEW.id AND p.state = 'accepted') THEN
                PERFORM vedette_operation_refuse('missing');
            END IF;
            IF NOT vedette_operation_allowed(NEW.id, jsonb_build_object('what', 'live', 'changes', OLD.changes)) THEN
                PERFORM vedette_operation_refuse('second');
            END IF;
        END IF;
        NEW.state_at := vedette_now();
    ELSE
        NEW.state_at := OLD.state_at;
    END IF;
    IF OLD.state NOT IN ('draft', 'proposed', 'called', 'preparing') THEN
        IF (NEW.live_until > OLD.live_until OR NEW.until > OLD.until) AND NOT vedette_operation_allowed(NEW.id,
            jsonb_build_object('what', 'extend', 'changes', OLD.changes, 'live_until', extract(epoch FROM NEW.live_until)::bigint,
                               'group_until', extract(epoch FROM NEW.until)::bigint)) THEN
            PERFORM vedette_operation_refuse('second');
        END IF;
        IF NOT NEW.readers_after <@ OLD.readers_after OR NOT NEW.observed <@ OLD.observed THEN
            PERFORM vedette_operation_refuse('fixed');
        END IF;
        IF array_position(markings, NEW.marking::text) > array_position(markings, OLD.marking::text) AND NOT vedette_operation_allowed(NEW.id,
               jsonb_build_object('what', 'marking', 'changes', OLD.changes, 'marking', NEW.marking::text)) THEN
            PERFORM vedette_operation_refuse('second');
        END IF;
    END IF;
    -- An approval states the number of changes at which it was requested, so that it serves once.
    NEW.changes := OLD.changes + (NEW.state <> OLD.state OR NEW.live_until <> OLD.live_until
                                  OR NEW.until <> OLD.until OR NEW.marking <> OLD.marking)::integer;
    RETURN NEW;
END
$$;
CREATE TRIGGER kept BEFORE INSERT OR UPDATE ON operations_operation
    FOR EACH ROW EXECUTE FUNCTION vedette_operation_kept();

-- A coordinator invites and excludes; a contact point accepts, declines and withdraws, for the own organisation.
-- Who withdrew or was excluded does not return. The persons of a participant that does not take part leave the
-- group at once.
CREATE FUNCTION vedette_participant_kept() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
    open CONSTANT text[] := '{draft,proposed,called,preparing,live,followup,debrief}';
    coordinates boolean;
BEGIN
    -- Workers only record that they notified.
    IF current_user <> 'vedette_web' THEN
        RETURN NEW;
    END IF;
    coordinates := vedette_operation_member(NEW.operation_id, vedette_operation_writer(NULL), '{coordinator}', open);
    IF TG_OP = 'INSERT' THEN
        IF NOT coordinates OR NEW.state <> 'invited' THEN
            PERFORM vedette_operation_refuse('member');
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.state = OLD.state OR OLD.state IN ('withdrawn', 'excluded') THEN
        PERFORM vedette_operation_refuse('participant');
    END IF;
    IF NEW.state = 'excluded' OR (OLD.state = 'declined' AND NEW.state = 'invited') THEN
        IF NOT coordinates THEN
            PERFORM vedette_operation_refuse('member');
        END IF;
    ELSIF NOT ((OLD.state, NEW.state) IN (('invited', 'accepted'), ('invited', 'declined'), ('accepted', 'withdrawn'))
               AND vedette_operation_invited(NEW.operation_id, NEW.organisation_id,
                       CASE NEW.state WHEN 'accepted' THEN '{called,preparing,live}'::text[] ELSE open END)) THEN
        PERFORM vedette_operation_refuse('participant');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER kept BEFORE INSERT OR UPDATE ON operations_participant
    FOR EACH ROW EXECUTE FUNCTION vedette_participant_kept();
CREATE FUNCTION vedette_participant_left() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    version integer;
BEGIN
    UPDATE operations_operation SET group_version = group_version + 1 WHERE id = NEW.operation_id
        RETURNING group_version INTO version;
    UPDATE operations_member SET ends_at = least(ends_at, greatest(begins_at, vedette_now())), until_version = version
    WHERE operation_id = NEW.operation_id AND organisation_id = NEW.organisation_id AND until_version IS NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER leaves AFTER UPDATE OF state ON operations_participant FOR EACH ROW
    WHEN (NEW.state IN ('declined', 'withdrawn', 'excluded')) EXECUTE FUNCTION vedette_participant_left();

-- A member is named by the coordinator (persons of the own organisation), or by a contact point of an organisation
-- that accepted (its own persons). The creator of an operation is its first coordinator. Nobody is a member
-- beyond the end of the group. A membership is ended once, and is not changed otherwise.
CREATE FUNCTION vedette_member_kept() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    open CONSTANT text[] := '{draft,proposed,called,preparing,live,followup,debrief}';
    o operations_operation;
    -- The trigger of a participant that leaves (`vedette_participant_left`) ends memberships by itself.
    web CONSTANT boolean := session_user = 'vedette_web' AND pg_trigger_depth() = 1;
BEGIN
    SELECT * INTO o FROM operations_operation WHERE id = NEW.operation_id FOR UPDATE;
    IF TG_OP = 'INSERT' THEN
        IF web AND (NEW.organisation_id <> vedette_scope() OR o.until <= vedette_now() OR NOT o.state = ANY (open)
           OR NOT (vedette_operation_member(o.id, vedette_user(), '{coordinator}', open)
                   OR o.created_by_id = vedette_user() AND o.group_version = 0 AND NEW.user_id = vedette_user()
                      AND NEW.role = 'coordinator'
                   OR NEW.role NOT IN ('coordinator', 'second') AND EXISTS (
                      SELECT FROM operations_participant p WHERE p.operation_id = o.id
                      AND p.organisation_id = NEW.organisation_id AND p.state = 'accepted')
                      AND vedette_operation_invited(o.id, NEW.organisation_id, open))) THEN
            PERFORM vedette_operation_refuse('member');
        END IF;
        IF NOT EXISTS (SELECT FROM accounts_user u WHERE u.id = NEW.user_id
                       AND u.organisation_id = NEW.organisation_id) THEN
            PERFORM vedette_operation_refuse('person');
        END IF;
        NEW.begins_at := greatest(NEW.begins_at, vedette_now());
        NEW.ends_at := least(NEW.ends_at, o.until);
        UPDATE operations_operation SET group_version = group_version + 1 WHERE id = o.id
            RETURNING group_version INTO NEW.since_version;
        NEW.until_version := NULL;
    ELSE
        IF web AND (OLD.until_version IS NOT NULL OR NOT o.state = ANY (open) OR o.until <= vedette_now()
           OR NOT (vedette_operation_member(o.id, vedette_user(), '{coordinator}', open)
                   OR vedette_operation_invited(o.id, NEW.organisation_id, open))) THEN
            PERFORM vedette_operation_refuse('member');
        END IF;
        IF OLD.until_version IS NULL AND web THEN
            NEW.ends_at := least(OLD.ends_at, greatest(OLD.begins_at, vedette_now()));
            UPDATE operations_operation SET group_version = group_version + 1 WHERE id = o.id
                RETURNING group_version INTO NEW.until_version;
        END IF;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER kept BEFORE INSERT OR UPDATE ON operations_member
    FOR EACH ROW EXECUTE FUNCTION vedette_member_kept();

-- A message. An entry that is not sent belongs to the national record, and any user of the organisation may store
-- it. An entry is sent by its writer, as a member whose role permits the kind, before the end. The database sets
-- the time of sending and the mark of an exercise.
CREATE FUNCTION vedette_message_kept() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
    rule record;
    who uuid;
    first operations_message;
BEGIN
    IF current_user NOT IN ('vedette_web', 'vedette_intake') THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'INSERT' THEN
        who := vedette_operation_writer(NEW.by_id);
        IF NOT EXISTS (SELECT FROM accounts_user u WHERE u.id = who AND u.organisation_id = NEW.organisation_id) THEN
            PERFORM vedette_operation_refuse('organisation');
        END IF;
        SELECT o.exercise, o.group_version INTO NEW.exercise, NEW.group_version
            FROM vedette_operation_head(NEW.operation_id) o;
        IF NEW.version > 1 THEN
            SELECT * INTO first FROM operations_message m WHERE m.id = NEW.root;
            IF first.id IS NULL OR first.organisation_id <> NEW.organisation_id
               OR first.operation_id <> NEW.operation_id OR first.kind <> NEW.kind THEN
                PERFORM vedette_operation_refuse('version');
            END IF;
        ELSIF NEW.root <> NEW.id THEN
            PERFORM vedette_operation_refuse('version');
        END IF;
        -- Only an organisation that had members may offer a late entry to the coordinator.
        IF NEW.late_at IS NOT NULL AND NOT vedette_operation_home(NEW.operation_id, NEW.organisation_id) THEN
            PERFORM vedette_operation_refuse('member');
        END IF;
        IF NEW.accepted_at IS NOT NULL OR NEW.escalated <> -1 THEN
            PERFORM vedette_operation_refuse('fixed');
        END IF;
        -- Only a copy that the release function allowed makes the row visible in another organisation.
        IF current_user = 'vedette_web' THEN
            NEW.recipient_set_id := NULL;
        END IF;
    ELSE
        who := vedette_operation_writer(NULL);
        IF NEW.accepted_at IS DISTINCT FROM OLD.accepted_at THEN
            IF OLD.late_at IS NULL OR OLD.accepted_at IS NOT NULL OR NEW.accepted_by_id <> who
               OR NOT vedette_operation_member(NEW.operation_id, who, '{coordinator}', '{live,followup,debrief}') THEN
                PERFORM vedette_operation_refuse('member');
            END IF;
            NEW.accepted_at := vedette_now();
        END IF;
        IF OLD.sent_at IS NOT NULL AND (NEW.sent_at, NEW.deputy_at, NEW.unit_at)
           IS DISTINCT FROM (OLD.sent_at, OLD.deputy_at, OLD.unit_at) THEN
            PERFORM vedette_operation_refuse('fixed');
        END IF;
        IF current_user = 'vedette_intake' OR NEW.sent_at IS NOT DISTINCT FROM OLD.sent_at THEN
            RETURN NEW;
        END IF;
    END IF;
    IF NEW.sent_at IS NOT NULL THEN
        SELECT * INTO rule FROM vedette_operation_sending() s WHERE s.kind = NEW.kind;
        -- A correction or a withdrawal of a sent message is possible until the end of the group.
        IF first.sent_at IS NOT NULL THEN
            rule.states := '{live,followup,debrief}';
            rule.until_end := false;
        END IF;
        IF rule.kind IS NULL OR NEW.by_id <> who
           OR NOT vedette_operation_member(NEW.operation_id, who, rule.roles, rule.states)
           OR (rule.until_end AND (SELECT live_until FROM vedette_operation_head(NEW.operation_id)) <= vedette_now())
        THEN
            PERFORM vedette_operation_refuse('sending');
        END IF;
        IF NEW.organisation_id = ANY (NEW.recipients) AND NEW.kind = 'warning' THEN
            PERFORM vedette_operation_refuse('itself');
        END IF;
        NEW.sent_at := vedette_now();
    END IF;
    RETURN NEW;
END
$$;
-- Whether the organisation has or had members in the operation. One that withdrew or was excluded has none.
CREATE FUNCTION vedette_operation_home(one uuid, organisation uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM operations_member m WHERE m.operation_id = one AND m.organisation_id = organisation)
       AND NOT EXISTS (SELECT FROM operations_participant p WHERE p.operation_id = one
                       AND p.organisation_id = organisation AND p.state IN ('withdrawn', 'excluded'))
$$;
CREATE FUNCTION vedette_operation_head(one uuid) RETURNS TABLE
    (exercise boolean, group_version integer, live_until timestamptz, until timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT exercise, group_version, live_until, until FROM operations_operation WHERE id = one
$$;
CREATE TRIGGER kept BEFORE INSERT OR UPDATE ON operations_message
    FOR EACH ROW EXECUTE FUNCTION vedette_message_kept();

-- The fields that a message states (`vedette_operation_counted`).
CREATE FUNCTION vedette_message_stated() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    NEW.stated := ',' || coalesce((SELECT string_agg(k, ',' ORDER BY k) FROM jsonb_object_keys(NEW.values) k), '') || ',';
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION vedette_message_stated() FROM PUBLIC;
CREATE TRIGGER stated BEFORE INSERT OR UPDATE OF values, stated ON operations_message
    FOR EACH ROW EXECUTE FUNCTION vedette_message_stated();

-- An answer is to a sent warning of this operation, by a member of the organisation to which it is addressed.
CREATE FUNCTION vedette_answer_kept() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF current_user IN ('vedette_web', 'vedette_intake') THEN
        IF NOT EXISTS (SELECT FROM operations_message m WHERE m.id = NEW.message_id AND m.kind = 'warning'
                       AND m.operation_id = NEW.operation_id AND m.sent_at IS NOT NULL
                       AND NEW.organisation_id = ANY (m.recipients)) THEN
            PERFORM vedette_operation_refuse('warning');
        END IF;
        NEW.at := vedette_now();
        IF current_user = 'vedette_web' THEN
            NEW.recipient_set_id := NULL;
        END IF;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER kept BEFORE INSERT ON operations_answer FOR EACH ROW EXECUTE FUNCTION vedette_answer_kept();
-- A sent report does not change, except for the organisations that it reached.
CREATE FUNCTION vedette_report_kept() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF current_user = 'vedette_web' THEN
            NEW.recipient_set_id := NULL;
        END IF;
    ELSIF OLD.state = 'sent' AND to_jsonb(NEW) - 'recipient_set_id'
          <> to_jsonb(OLD) - 'recipient_set_id' THEN
        PERFORM vedette_operation_refuse('fixed');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER kept BEFORE INSERT OR UPDATE ON operations_report
    FOR EACH ROW EXECUTE FUNCTION vedette_report_kept();
-- The digest of the content of a final report, which an approval names.
CREATE FUNCTION vedette_final_digest(f operations_final) RETURNS text LANGUAGE sql IMMUTABLE
SET search_path = public, pg_temp AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array(f.id, f.figures, f.content, f.summary_en, f.summary_fr,
        extract(epoch FROM f.cutoff_at), extract(epoch FROM f.known_at))::text, 'UTF8')), 'hex')
$$;
-- A final report begins as a draft. It is approved only with the approval of a second person for exactly its
-- content, and is sent only then. From the approval on, its content does not change.
CREATE FUNCTION vedette_final_kept() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
    later CONSTANT text[] := '{state,at,recipient_set_id}';
BEGIN
    IF current_user <> 'vedette_web' THEN
        -- A copy that reached an organisation changes this column only (`vedette_copy_reaches`).
        IF TG_OP = 'UPDATE' AND OLD.state = 'sent' AND to_jsonb(NEW) - 'recipient_set_id'
           <> to_jsonb(OLD) - 'recipient_set_id' THEN
            PERFORM vedette_operation_refuse('fixed');
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' THEN
            PERFORM vedette_operation_refuse('second');
        END IF;
        NEW.recipient_set_id := NULL;
        RETURN NEW;
    END IF;
    IF NEW.state = OLD.state AND OLD.state = 'draft' THEN
        RETURN NEW;
    ELSIF OLD.state = 'draft' AND NEW.state = 'approved' THEN
        IF OLD.by_id = vedette_user() OR vedette_final_digest(NEW) <> vedette_final_digest(OLD) OR NOT vedette_operation_allowed(NEW.operation_id,
            jsonb_build_object('what', 'final', 'final', NEW.id, 'digest', vedette_final_digest(OLD))) THEN
            PERFORM vedette_operation_refuse('second');
        END IF;
        RETURN NEW;
    ELSIF NOT (OLD.state = 'approved' AND NEW.state = 'sent') OR to_jsonb(NEW) - later <> to_jsonb(OLD) - later THEN
        PERFORM vedette_operation_refuse('fixed');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER kept BEFORE INSERT OR UPDATE ON operations_final
    FOR EACH ROW EXECUTE FUNCTION vedette_final_kept();
-- A publication is not changed; it is only taken out, once.
CREATE FUNCTION vedette_publication_kept() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.removed_at IS NOT NULL OR NEW.removed_at IS NULL) THEN
        PERFORM vedette_operation_refuse('fixed');
    END IF;
    IF TG_OP = 'INSERT' AND current_user = 'vedette_web' AND NEW.by_id <> vedette_user() THEN
        PERFORM vedette_operation_refuse('writer');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER kept BEFORE INSERT OR UPDATE ON operations_publication
    FOR EACH ROW EXECUTE FUNCTION vedette_publication_kept();
-- Nominal values belong to an entry of the own organisation, by its writer.
CREATE FUNCTION vedette_nominal_kept() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF current_user = 'vedette_web' AND NOT EXISTS (SELECT FROM operations_message m WHERE m.id = NEW.message_id
        AND m.organisation_id = NEW.organisation_id AND m.organisation_id = vedette_scope()
        AND m.by_id = vedette_user()) THEN
        PERFORM vedette_operation_refuse('writer');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER kept BEFORE INSERT ON operations_nominal FOR EACH ROW EXECUTE FUNCTION vedette_nominal_kept();

-- The data-protection officer erases the nominal values of all versions of an entry of the own organisation. Returns
-- how many versions had some.
CREATE FUNCTION vedette_operation_erase(one uuid, ground text) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    erased integer;
BEGIN
    IF vedette_account_role() IS DISTINCT FROM 'dpo' THEN
        PERFORM vedette_operation_refuse('erase');
    END IF;
    UPDATE operations_nominal n SET values = '{}', erased_at = vedette_now(), erased_why = left(ground, 500)
    FROM operations_message m
    WHERE m.id = n.message_id AND m.root = one AND n.organisation_id = vedette_scope()
      AND m.organisation_id = vedette_scope() AND n.erased_at IS NULL;
    GET DIAGNOSTICS erased = ROW_COUNT;
    IF erased > 0 THEN
        -- A worker writes the row to the ledger, so that a restored backup erases the names again.
        INSERT INTO requests_carried (id, kind, subjects, at)
            VALUES (gen_random_uuid(), 'names_erased', ARRAY[one], vedette_now());
    END IF;
    RETURN erased;
END
$$;
-- Erases the nominal values of entries again, in a restored database. Returns the entries of each organisation.
CREATE FUNCTION vedette_operation_erase_again(roots uuid[]) RETURNS TABLE (organisation uuid, entries bigint)
LANGUAGE sql SET search_path = public, pg_temp AS $$
    WITH gone AS (
        UPDATE operations_nominal n SET values = '{}', erased_at = vedette_now(), erased_why = ''
        FROM operations_message m WHERE m.id = n.message_id AND m.root = ANY (roots) AND n.erased_at IS NULL
        RETURNING n.organisation_id, m.root
    )
    SELECT organisation_id, count(DISTINCT root) FROM gone GROUP BY 1 ORDER BY 1
$$;
REVOKE ALL ON FUNCTION vedette_operation_erase_again(uuid[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION vedette_operation_erase(uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_operation_erase(uuid, text) TO vedette_web;

-- A copy of a message, an answer or a report makes the row visible in the organisation that received it, or to the
-- person who received it by name. A recall, or a sealing, takes it away again. The row is one of the owner of the
-- object, in its operation: an id that the owner chose makes no row of another organisation visible. The trigger is
-- deferred to the commit: no other transaction sees the copies before, and a release to 90 organisations stores one
-- set and not a set for each of its 90 copies.
CREATE FUNCTION vedette_copy_reaches() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    one text;
    target uuid;
    before uuid;
    readers uuid;
    there boolean;
BEGIN
    FOREACH one IN ARRAY '{message,answer,report,final}'::text[] LOOP
        -- Each version of a message is a row. A report or an answer is one row, the object.
        target := CASE one WHEN 'message' THEN NEW.item_id ELSE NEW.object END;
        -- The lock makes two transactions that change copies of the same row wait for each other.
        EXECUTE format('SELECT true, recipient_set_id FROM operations_%s
                        WHERE id = $1 AND organisation_id = $2 AND operation_id = $3 FOR UPDATE', one)
        INTO there, before USING target, NEW.owner_id, NEW.operation;
        CONTINUE WHEN there IS NOT TRUE;
        -- A statement of its own: it sees what was committed while the previous one waited for the lock.
        SELECT vedette_recipient_set(NEW.operation,
                   array_agg(c.organisation_id) FILTER (WHERE c.person_id IS NULL) || NEW.owner_id,
                   array_agg(c.person_id) FILTER (WHERE c.person_id IS NOT NULL)) INTO readers
        FROM release_copy c
        WHERE CASE one WHEN 'message' THEN c.item_id ELSE c.object END = target
          AND c.object = NEW.object AND c.owner_id = NEW.owner_id AND c.operation = NEW.operation
          AND c.state IN ('active', 'kept');
        IF readers IS DISTINCT FROM before THEN
            EXECUTE format('UPDATE operations_%s SET recipient_set_id = $1 WHERE id = $2', one)
            USING readers, target;
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER reaches AFTER INSERT OR UPDATE OF state ON release_copy
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.operation IS NOT NULL) EXECUTE FUNCTION vedette_copy_reaches();
-- In an organisation, the copies of an operation are read by the members of its closed group, and their content by
-- those who read the message, the answer or the report. The data-protection officer reads both. `cooperation.sql`
-- states who reads what was released outside an operation.
CREATE POLICY of_operation ON release_copy AS RESTRICTIVE FOR SELECT TO vedette_web USING (
    operation IS NULL OR (SELECT vedette_operation_readings()) ? operation::text OR (SELECT vedette_sees_restricted()));
CREATE POLICY of_operation ON release_content AS RESTRICTIVE FOR SELECT TO vedette_web USING (
    CASE WHEN operation IS NULL THEN true
    ELSE (SELECT vedette_sees_restricted()) OR EXISTS (SELECT FROM operations_message m WHERE m.id = item_id)
         OR EXISTS (SELECT FROM operations_answer a WHERE a.id = item_id)
         OR EXISTS (SELECT FROM release_item i JOIN operations_report r ON r.id = i.object WHERE i.id = item_id)
         OR EXISTS (SELECT FROM release_item i JOIN operations_final f ON f.id = i.object WHERE i.id = item_id)
         OR (SELECT vedette_scope()) = organisation_id AND of = item_id END);

REVOKE ALL ON FUNCTION vedette_copy_reaches() FROM PUBLIC;
REVOKE ALL ON FUNCTION vedette_account_role(), vedette_organisations(), vedette_operation_readings(),
    vedette_operations_seen(), vedette_operations_grouped(), vedette_operations_as(text[]), vedette_reads_national(),
    vedette_recipient_sets(), vedette_operations_observed(),
    vedette_operation_member(uuid, uuid, text[], text[]), vedette_operation_missing(uuid),
    vedette_operation_allowed(uuid, jsonb), vedette_operations_shown(), vedette_operation_invited(uuid, uuid, text[]),
    vedette_operation_protection(uuid, text[]), vedette_operation_head(uuid), vedette_operation_home(uuid, uuid), vedette_operations_known(),
    vedette_operation_row(), vedette_operation_kept(), vedette_recipient_set_kept(),
    vedette_participant_kept(), vedette_participant_left(), vedette_member_kept(), vedette_message_kept(),
    vedette_answer_kept(), vedette_report_kept(), vedette_final_kept(), vedette_publication_kept(),
    vedette_nominal_kept() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_account_role(), vedette_organisations(), vedette_operation_readings(),
    vedette_operations_seen(), vedette_operations_grouped(), vedette_operations_as(text[]), vedette_reads_national(),
    vedette_recipient_sets(), vedette_operations_observed(),
    vedette_operation_member(uuid, uuid, text[], text[]), vedette_operation_missing(uuid),
    vedette_operation_allowed(uuid, jsonb), vedette_operations_shown(), vedette_operation_invited(uuid, uuid, text[]),
    vedette_operation_protection(uuid, text[]), vedette_operation_head(uuid), vedette_operation_home(uuid, uuid),
    vedette_operations_known() TO vedette_web, vedette_intake;

-- The records that a situation report counts, as they were known at a time: the latest version of each, not
-- withdrawn, that happened before the cut-off. Late entries count from their acceptance on. `unseen` counts those
-- that the reader may not see; `stated` counts for each of `fields` those that state it. The table is read once,
-- and the membership of the reader is checked once. Workers and commands (intake) see all.
CREATE FUNCTION vedette_operation_counted(one uuid, known timestamptz, cutoff timestamptz, fields text[] DEFAULT '{}')
RETURNS TABLE (kind varchar, organisation uuid, category varchar, base varchar, target boolean, found boolean,
               records bigint, controls bigint, amount numeric, unseen bigint, stated bigint[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    reading jsonb := vedette_operation_readings() -> one::text;
    all_rows boolean := session_user <> 'vedette_web';
    role text := reading ->> 'role';
    home uuid := vedette_scope();
    -- The conditions are those of the policy of messages and of `vedette_reads_message`. Those that are the same
    -- for each row are decided here.
    addressed CONSTANT text := '$5 = ANY (l.recipients)';
    open CONSTANT text := 'l.marking <> ''red''';
    reads text;
    own text;
    counts text;
BEGIN
    IF role IS NULL AND NOT all_rows THEN
        RETURN;
    END IF;
    reads := CASE
        WHEN role IN ('coordinator', 'second') THEN format('(%s OR %s)', open, addressed)
        WHEN role = 'observer' THEN format('(l.recipients = ''{}'' AND %s AND l.kind = ANY ($8))', open)
        WHEN role = 'post' THEN addressed
        ELSE format('(%s OR l.recipients = ''{}'' AND %s)', addressed, open) END;
    own := CASE WHEN vedette_reads_national() THEN 'true' ELSE 'l.by_id = $6' END;
    SELECT coalesce(string_agg(format('coalesce(sum(a.records) FILTER (WHERE strpos(a.stated, %L) > 0), 0)',
                                      ',' || f || ','), ', ' ORDER BY n), '') INTO counts
        FROM unnest(fields) WITH ORDINALITY t (f, n);
    -- Records that the figures do not distinguish are counted together first: the fields that they state and the
    -- sets that contain the reader are then looked up for each group and not for each record.
    RETURN QUERY EXECUTE format($q$
        WITH alike AS MATERIALIZED (
            SELECT l.kind, l.organisation_id, l.category, l.base, l.target, l.found, l.recipient_set_id,
                   %s AS stated, %s AS own, %s AS reads,
                   count(*) AS records, sum(l.controls) AS controls, sum(l.amount) AS amount
            FROM operations_message l
            WHERE l.operation_id = $1 AND l.kind IN ('control', 'seizure')
              AND coalesce(l.sent_at, l.accepted_at) <= $2 AND NOT l.withdraws AND l.happened_at < $3
              AND NOT EXISTS (SELECT FROM operations_message n WHERE n.root = l.root AND n.version > l.version
                              AND n.version > 1 AND coalesce(n.sent_at, n.accepted_at) <= $2)
            GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
        SELECT a.kind, a.organisation_id, a.category, a.base, a.target, a.found, sum(a.records)::bigint,
               sum(a.controls)::bigint, sum(a.amount), %s, ARRAY[%s]::bigint[]
        FROM alike a GROUP BY 1, 2, 3, 4, 5, 6$q$,
        CASE WHEN counts = '' THEN '''''' ELSE 'l.stated' END,
        CASE WHEN all_rows THEN 'true' ELSE own END,
        CASE WHEN all_rows THEN 'true' ELSE format('coalesce(l.sent_at >= $4, false) AND %s', reads) END,
        CASE WHEN all_rows THEN '0::bigint' ELSE $u$coalesce(sum(a.records) FILTER (WHERE NOT (
            a.organisation_id = $5 AND a.own
            OR a.reads AND (a.organisation_id = $5
                            OR coalesce(a.recipient_set_id IN (SELECT vedette_recipient_sets()), false)))), 0)::bigint$u$
        END, counts)
    USING one, known, cutoff, (reading ->> 'since')::timestamptz, home, vedette_user(), 0,
        (SELECT o.observed FROM operations_operation o WHERE o.id = one);
END
$$;
-- The warnings of an operation, as they were known at a time: how many, how many without an answer, and the
-- seconds until the first answers.
CREATE FUNCTION vedette_operation_feedback(one uuid, known timestamptz)
RETURNS TABLE (warnings bigint, unanswered bigint, seconds double precision[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH latest AS (
        SELECT m.root, m.withdraws FROM operations_message m
        WHERE m.operation_id = one AND m.kind = 'warning' AND m.sent_at <= known
          AND NOT EXISTS (SELECT FROM operations_message n WHERE n.root = m.root AND n.version > m.version
                          AND n.version > 1 AND n.sent_at <= known)
    ), answered AS (
        SELECT l.root, f.sent_at, (SELECT min(a.at) FROM operations_answer a
                                   WHERE a.message_id = l.root AND a.at <= known) AS at
        FROM latest l JOIN operations_message f ON f.id = l.root WHERE NOT l.withdraws
    )
    SELECT count(*), count(*) FILTER (WHERE at IS NULL),
           coalesce(array_agg(extract(epoch FROM at - sent_at)::double precision ORDER BY at - sent_at)
                    FILTER (WHERE at IS NOT NULL), '{}')
    FROM answered
    WHERE session_user <> 'vedette_web' OR vedette_operation_readings() ? one::text
$$;
-- The same records in the detail of a final report: also by substance, and with the direction of controls. The
-- name of a substance is a text that a person typed: it is given only where the record was released.
CREATE FUNCTION vedette_operation_detailed(one uuid, known timestamptz, cutoff timestamptz)
RETURNS TABLE (kind varchar, organisation uuid, category varchar, substance text, direction text, base varchar,
               target boolean, found boolean, records bigint, controls bigint, amount numeric, arrests numeric)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH reader AS MATERIALIZED (
        SELECT vedette_operation_readings() -> one::text ->> 'role' AS role, vedette_scope() AS home,
               session_user <> 'vedette_web' AS all_rows
    )
    SELECT l.kind, l.organisation_id, l.category,
           CASE WHEN r.all_rows OR l.organisation_id = r.home OR l.recipient_set_id IN (
                    SELECT s.id FROM operations_recipientset s
                    WHERE s.operation_id = one AND s.organisations @> ARRAY[vedette_scope()])
                THEN coalesce(l.values ->> 'substance', '') ELSE '' END,
           coalesce(l.values ->> 'direction', ''), l.base, l.target, l.found, count(*), sum(l.controls)::bigint,
           sum(l.amount),
           coalesce(sum((l.values ->> 'arrests')::numeric) FILTER (WHERE l.values ->> 'arrests' ~ '^[0-9]{1,9}$'), 0)
    FROM operations_message l CROSS JOIN reader r
    WHERE (r.role IN ('coordinator', 'second', 'contact', 'deputy') OR r.all_rows)
      AND l.operation_id = one AND l.kind IN ('control', 'seizure')
      AND coalesce(l.sent_at, l.accepted_at) <= known AND NOT l.withdraws AND l.happened_at < cutoff
      AND NOT EXISTS (SELECT FROM operations_message n WHERE n.root = l.root AND n.version > l.version
                      AND n.version > 1 AND coalesce(n.sent_at, n.accepted_at) <= known)
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
$$;
-- The number of messages of each kind that were sent until a time, without those that were withdrawn.
CREATE FUNCTION vedette_operation_messages(one uuid, known timestamptz) RETURNS TABLE (kind varchar, messages bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT l.kind, count(*) FROM operations_message l
    WHERE (session_user <> 'vedette_web' OR vedette_operation_readings() ? one::text)
      AND l.operation_id = one AND l.sent_at <= known AND NOT l.withdraws
      AND NOT EXISTS (SELECT FROM operations_message n WHERE n.root = l.root AND n.version > l.version
                      AND n.version > 1 AND n.sent_at <= known)
    GROUP BY 1
$$;
REVOKE ALL ON FUNCTION vedette_operation_detailed(uuid, timestamptz, timestamptz),
    vedette_operation_messages(uuid, timestamptz), vedette_final_digest(operations_final) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_operation_detailed(uuid, timestamptz, timestamptz),
    vedette_operation_messages(uuid, timestamptz), vedette_final_digest(operations_final) TO vedette_web, vedette_intake;
REVOKE ALL ON FUNCTION vedette_operation_counted(uuid, timestamptz, timestamptz, text[]),
    vedette_operation_feedback(uuid, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_operation_counted(uuid, timestamptz, timestamptz, text[]),
    vedette_operation_feedback(uuid, timestamptz) TO vedette_web, vedette_intake;
