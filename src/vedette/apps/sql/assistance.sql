-- Assistance (`apps/assistance`). The rows of a request belong to the Member that asks, and are read by the
-- organisation that gives assistance and by the mission. `apps/assistance/rights.py` states who may do what; the
-- database checks what must never go wrong: who reads answers and scores, the two persons of an approval, a
-- freeze and a certificate, and that an entry is never changed.

-- The requests in which the reader has one of the roles, now.
CREATE FUNCTION vedette_assist_as(VARIADIC roles text[]) RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT array(
        SELECT id FROM assistance_assistancerequest
        WHERE 'contact' = ANY (roles) AND organisation_id = vedette_scope() AND vedette_account_role() = 'contact'
        UNION SELECT id FROM assistance_assistancerequest
        WHERE 'coordinator' = ANY (roles) AND provider_id = vedette_scope() AND state <> 'draft'
          AND vedette_account_role() = 'coordinator'
        UNION SELECT id FROM assistance_assistancerequest
        WHERE 'second' = ANY (roles) AND provider_id = vedette_scope() AND state <> 'draft'
          AND vedette_account_role() IN ('coordinator', 'supervisor')
        UNION SELECT a.request_id FROM assistance_assignment a
        WHERE a.role = ANY (roles) AND a.user_id = vedette_user() AND a.organisation_id = vedette_scope()
          AND a.begins_at <= vedette_now() AND a.ends_at > vedette_now()
          AND vedette_account_role() IS NOT NULL)
$$;
-- The requests that the reader sees: those in which he has a role, and those of the own organisation for its
-- data-protection officer.
CREATE FUNCTION vedette_assist_seen() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT vedette_assist_as('contact', 'coordinator', 'second', 'leader', 'assessor') || array(
        SELECT id FROM assistance_assistancerequest
        WHERE organisation_id = vedette_scope() AND vedette_account_role() = 'dpo')
$$;
-- The requests whose answers, scores and actions the reader sees: the Member, and its mission. The coordinator
-- sees a diagnostic, and the actions from it, when the Member released it (`vedette_assist_shared`).
CREATE FUNCTION vedette_assist_inner() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT vedette_assist_as('contact', 'leader', 'assessor') || array(
        SELECT id FROM assistance_assistancerequest
        WHERE organisation_id = vedette_scope() AND vedette_account_role() = 'dpo')
$$;
CREATE FUNCTION vedette_assist_shared() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT array(SELECT d.id FROM assistance_diagnostic d
                 WHERE d.shared_at IS NOT NULL AND d.request_id = ANY (vedette_assist_as('coordinator')))
$$;
-- The training sessions that the reader runs: those of the own organisation for its coordinators, and those in
-- which he is the trainer.
CREATE FUNCTION vedette_assist_sessions() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT array(SELECT id FROM assistance_session
                 WHERE organisation_id = vedette_scope() AND vedette_account_role() IN ('coordinator', 'dpo')
                    OR trainer_id = vedette_user() AND vedette_account_role() IS NOT NULL)
$$;
-- The organisation that gives a training session.
CREATE FUNCTION vedette_assist_home_of(session uuid) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT organisation_id FROM assistance_session WHERE id = session AND id = ANY (vedette_assist_sessions())
$$;
-- The participants that the reader is.
CREATE FUNCTION vedette_assist_myself() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT array(SELECT id FROM assistance_participant
                 WHERE user_id = vedette_user() AND vedette_account_role() IS NOT NULL)
$$;
-- The banks that a diagnostic uses which the reader sees.
CREATE FUNCTION vedette_assist_banks() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT array(SELECT d.bank_id FROM assistance_diagnostic d
                 WHERE d.bank_id IS NOT NULL AND (d.request_id = ANY (vedette_assist_seen())))
$$;
-- The persons whom a coordinator may name in a mission or as trainer: active accounts of the installation whose
-- role may work in a mission.
CREATE FUNCTION vedette_assist_people(one uuid DEFAULT NULL)
RETURNS TABLE (id uuid, organisation_id uuid, organisation varchar, name text, role varchar)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT u.id, o.id, o.name, coalesce(nullif(trim(u.first_name || ' ' || u.last_name), ''), u.username), u.role
    FROM accounts_user u JOIN accounts_organisation o ON o.id = u.organisation_id
    WHERE vedette_account_role() = 'coordinator' AND u.is_active AND u.suspended_at IS NULL
      AND u.role IN ('officer', 'supervisor', 'analyst', 'coordinator', 'contact') AND (one IS NULL OR u.id = one)
    ORDER BY o.name, u.last_name, u.username LIMIT 500
$$;
-- The organisations that can give assistance: those with a coordinator.
CREATE FUNCTION vedette_assist_providers() RETURNS TABLE (id uuid, name varchar)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT o.id, o.name FROM accounts_organisation o
    WHERE vedette_account_role() IS NOT NULL AND EXISTS (SELECT FROM accounts_user u
          WHERE u.organisation_id = o.id AND u.role = 'coordinator' AND u.is_active AND u.suspended_at IS NULL)
    ORDER BY o.name, o.id
$$;
-- Whether the reader may record, or withdraw, an event of equipment: the provider orders; the provider or the Member
-- records deliveries and trained users; the Member records everything else.
CREATE FUNCTION vedette_assist_equips(request uuid, event text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM assistance_assistancerequest r WHERE r.id = request
                   AND r.state IN ('approved', 'mission', 'plan', 'followup', 'closed'))
        AND request = ANY (CASE WHEN event = 'ordered' THEN vedette_assist_as('coordinator')
                                WHEN event IN ('delivered', 'users_trained')
                                    THEN vedette_assist_as('coordinator', 'contact')
                                ELSE vedette_assist_as('contact') END)
$$;

-- What the system counts for indicators of a request until a day, for its Member: the persons who attended a
-- half-day of its training, and the certificates issued. The Member reads no row of them.
CREATE FUNCTION vedette_assist_trained(request uuid, until date)
RETURNS TABLE (trained bigint, certified bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT count(*) FILTER (WHERE EXISTS (
               SELECT FROM assistance_attendance a WHERE a.participant_id = p.id AND a.present AND a.day <= until
               AND NOT EXISTS (SELECT FROM assistance_attendance n WHERE n.participant_id = a.participant_id
                   AND n.day = a.day AND n.half = a.half AND (n.at, n.id) > (a.at, a.id)))),
           count(*) FILTER (WHERE EXISTS (
               SELECT FROM assistance_certificate c WHERE c.participant_id = p.id AND c.state = 'issued'
               AND c.issued_at < until + 1))
    FROM assistance_participant p JOIN assistance_session s ON s.id = p.session_id
    WHERE s.request_id = request AND request = ANY (vedette_assist_as('contact'))
$$;

DO $$
DECLARE
    one record;
    seen CONSTANT text := 'request_id = ANY ((SELECT vedette_assist_seen())::uuid[])';
    contact CONSTANT text := 'request_id = ANY ((SELECT vedette_assist_as(''contact''))::uuid[])';
    coordinator CONSTANT text := 'request_id = ANY ((SELECT vedette_assist_as(''coordinator''))::uuid[])';
    home CONSTANT text := 'organisation_id = (SELECT vedette_scope())';
    diagnostic CONSTANT text := $d$request_id = ANY ((SELECT vedette_assist_inner())::uuid[])
        OR %s = ANY ((SELECT vedette_assist_shared())::uuid[])$d$;
    coordinates CONSTANT text := '(SELECT vedette_account_role()) = ''coordinator''';
    -- The new row belongs to the organisation of the row above it. The names of columns without a table are those
    -- of the new row.
    member CONSTANT text := $m$EXISTS (SELECT FROM assistance_assistancerequest r
        WHERE r.id = request_id AND r.organisation_id = assistance_%s.organisation_id)$m$;
    taught CONSTANT text := $m$EXISTS (SELECT FROM assistance_participant p WHERE p.id = participant_id
        AND p.organisation_id = assistance_%s.organisation_id
        AND p.session_id = ANY ((SELECT vedette_assist_sessions())::uuid[]))$m$;
    session CONSTANT text := 'session_id = ANY ((SELECT vedette_assist_sessions())::uuid[])';
BEGIN
    -- Table, who reads a row, who adds one.
    FOR one IN SELECT * FROM (VALUES
        ('assistancerequest', 'id = ANY ((SELECT vedette_assist_seen())::uuid[])',
         home || $c$ AND (SELECT vedette_account_role()) = 'contact' AND state = 'draft'
            AND created_by_id = (SELECT vedette_user()) AND approved_by_id IS NULL AND reason = ''$c$),
        ('fileassessment', seen, home || ' AND by_id = (SELECT vedette_user()) AND ' || coordinator),
        -- The organisation is that of the person. The person declares, and the coordinator checks, afterwards.
        ('assignment', seen, coordinator || $c$ AND conflict = '' AND declared_at IS NULL
            AND checked_by_id IS NULL AND checked_at IS NULL
            AND EXISTS (SELECT FROM vedette_assist_people(user_id) p
                        WHERE p.organisation_id = assistance_assignment.organisation_id)$c$),
        ('mission', seen, home || ' AND ' || coordinator),
        ('bank', home || ' OR id = ANY ((SELECT vedette_assist_banks())::uuid[])', home || ' AND ' || coordinates),
        ('diagnostic', format(diagnostic, 'id'),
         format(member, 'diagnostic') || $c$ AND opened_by_id = (SELECT vedette_user()) AND state = 'open'
            AND asked_by_id IS NULL AND confirmed_by_id IS NULL AND snapshot IS NULL AND shared_at IS NULL
            AND request_id = ANY ((SELECT vedette_assist_as('contact', 'leader'))::uuid[])$c$),
        ('entry', 'EXISTS (SELECT FROM assistance_diagnostic d WHERE d.id = diagnostic_id)',
         home || $c$ AND author_id = (SELECT vedette_user()) AND EXISTS (
            SELECT FROM assistance_diagnostic d WHERE d.id = diagnostic_id AND d.state = 'open'
            AND d.request_id = ANY (CASE side WHEN 'self' THEN (SELECT vedette_assist_as('contact'))::uuid[]
                                    ELSE (SELECT vedette_assist_as('leader', 'assessor'))::uuid[] END))$c$),
        ('missionreport', format(diagnostic, 'diagnostic_id'),
         format(member, 'missionreport') || $c$ AND written_by_id = (SELECT vedette_user()) AND confirmed = ''
            AND confirmed_by_id IS NULL AND confirmed_at IS NULL
            AND EXISTS (SELECT FROM assistance_diagnostic d
                        WHERE d.id = diagnostic_id AND d.request_id = assistance_missionreport.request_id)
            AND request_id = ANY ((SELECT vedette_assist_as('leader'))::uuid[])$c$),
        ('action', format(diagnostic, 'diagnostic_id'),
         format(member, 'action') || $c$ AND state = 'proposed' AND decided_by_id IS NULL
            AND EXISTS (SELECT FROM assistance_diagnostic d
                        WHERE d.id = diagnostic_id AND d.request_id = assistance_action.request_id)
            AND request_id = ANY ((SELECT vedette_assist_as('leader', 'coordinator'))::uuid[])$c$),
        ('followup', seen, format('%s AND answered_by_id IS NULL AND answered_at IS NULL AND (%s OR %s)',
                                  format(member, 'followup'), coordinator, contact)),
        ('equipmentevent', seen, format(member, 'equipmentevent') || $c$ AND by_id = (SELECT vedette_user())
            AND withdrawn_by_id IS NULL AND withdrawn_at IS NULL
            AND vedette_assist_equips(request_id, event)$c$),
        ('indicator', seen, format(member, 'indicator') || $c$ AND by_id = (SELECT vedette_user())
            AND withdrawn_by_id IS NULL AND withdrawn_at IS NULL AND asked_by_id IS NULL AND released_by_id IS NULL
            AND request_id = ANY ((SELECT vedette_assist_as('contact', 'coordinator'))::uuid[])$c$),
        -- The first values of an indicator come with it; later ones are recorded by the Member.
        ('indicatorvalue', seen, format(member, 'indicatorvalue') || $c$ AND by_id = (SELECT vedette_user())
            AND withdrawn_by_id IS NULL AND withdrawn_at IS NULL
            AND EXISTS (SELECT FROM assistance_indicator i WHERE i.id = indicator_id
                        AND i.request_id = assistance_indicatorvalue.request_id
                        AND (i.by_id = (SELECT vedette_user()) AND period IN ('baseline', 'target')
                             OR i.request_id = ANY ((SELECT vedette_assist_as('contact'))::uuid[])))$c$),
        ('resultperiod', seen, format(member, 'resultperiod') || $c$ AND by_id = (SELECT vedette_user()) AND $c$
            || coordinator),
        ('course', home || $c$ OR EXISTS (SELECT FROM assistance_session s WHERE s.course_id = assistance_course.id)$c$,
         home || ' AND ' || coordinates),
        ('session', $c$id = ANY ((SELECT vedette_assist_sessions())::uuid[])
            OR request_id = ANY ((SELECT vedette_assist_as('contact', 'leader', 'assessor'))::uuid[])
            OR EXISTS (SELECT FROM assistance_participant p WHERE p.session_id = assistance_session.id
                       AND p.id = ANY ((SELECT vedette_assist_myself())::uuid[]))$c$,
         home || ' AND ' || coordinates || ' AND (request_id IS NULL OR ' || coordinator || ')'),
        ('participant', session || ' OR id = ANY ((SELECT vedette_assist_myself())::uuid[])',
         session || ' AND organisation_id = vedette_assist_home_of(session_id)'),
        ('attendance', 'EXISTS (SELECT FROM assistance_participant p WHERE p.id = participant_id)',
         'by_id = (SELECT vedette_user()) AND ' || format(taught, 'attendance')),
        ('certificate', 'EXISTS (SELECT FROM assistance_participant p WHERE p.id = participant_id)',
         $c$state = 'proposed' AND proposed_by_id = (SELECT vedette_user()) AND approved_by_id IS NULL
            AND revoke_asked_by_id IS NULL AND revoked_by_id IS NULL AND token = '' AND $c$
            || format(taught, 'certificate')),
        ('certificatelist', home, 'false'),
        ('expert', $c$user_id = (SELECT vedette_user()) OR provider_id = (SELECT vedette_scope())
            AND (SELECT vedette_account_role()) IN ('coordinator', 'dpo')$c$,
         -- The provider accredits.
         home || $c$ AND user_id = (SELECT vedette_user()) AND state = 'pre-accredited' AND state_until IS NULL
            AND referees = '{}'$c$)
    ) t (name, reads, adds) LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', 'assistance_' || one.name);
        EXECUTE format('CREATE POLICY scope ON %I FOR SELECT TO vedette_web USING (%s)',
                       'assistance_' || one.name, one.reads);
        EXECUTE format('CREATE POLICY scope_add ON %I FOR INSERT TO vedette_web WITH CHECK (%s)',
                       'assistance_' || one.name, one.adds);
        EXECUTE format('CREATE POLICY scope_change ON %I FOR UPDATE TO vedette_web USING (%s) WITH CHECK (true)',
                       'assistance_' || one.name, one.reads);
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM vedette_web', 'assistance_' || one.name);
    END LOOP;
END
$$;
GRANT UPDATE (theme, problem, tried, evidence, expected, observe, contribution, signatory, state, reason, answer,
              due_at, state_at, approved_by_id) ON assistance_assistancerequest TO vedette_web;
GRANT UPDATE (ends_at, conflict, declared_at, checked_by_id, checked_at) ON assistance_assignment TO vedette_web;
GRANT UPDATE (first, last, place, terms, agenda, documents, closing_at, by_id, at) ON assistance_mission
    TO vedette_web;
GRANT UPDATE (hide_self, state, asked_by_id, asked_at, confirmed_by_id, confirmed_at, shared_at)
    ON assistance_diagnostic TO vedette_web;
GRANT UPDATE (state, text, reason, owner, start, due, cost, currency, donor, indicator, evidence, done_on,
              decided_by_id, decided_at, asked_by_id, asked_at, released_by_id, released_at) ON assistance_action TO vedette_web;
GRANT UPDATE (words, written_by_id, written_at, confirmed, confirmed_by_id, confirmed_at)
    ON assistance_missionreport TO vedette_web;
GRANT UPDATE (answer, answered_by_id, answered_at) ON assistance_followup TO vedette_web;
GRANT UPDATE (withdrawn_by_id, withdrawn_at) ON assistance_equipmentevent, assistance_indicatorvalue TO vedette_web;
GRANT UPDATE (withdrawn_by_id, withdrawn_at, asked_by_id, asked_at, released_by_id, released_at)
    ON assistance_indicator TO vedette_web;
GRANT UPDATE (title, modules, attendance, passing) ON assistance_course TO vedette_web;
GRANT UPDATE (first, last, place, trainers, trainer_id) ON assistance_session TO vedette_web;
GRANT UPDATE (pre, post, name) ON assistance_participant TO vedette_web;
GRANT UPDATE (state, approved_by_id, approved_at, why, revoke_asked_by_id, revoked_by_id, revoked_at)
    ON assistance_certificate TO vedette_web;
GRANT UPDATE (name, member, themes, languages, regions, conflicts, available, state, state_until, referees, at)
    ON assistance_expert TO vedette_web;

-- Raises the error of a refused write, as for operations.
CREATE FUNCTION vedette_assist_refuse(word text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'assistance: %', word USING ERRCODE = 'insufficient_privilege';
END
$$;

-- The states of a request follow each other. A request is approved only with an assessment on file, and by a
-- person who wrote none of its versions.
CREATE FUNCTION vedette_assist_request_fixed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.state <> OLD.state AND NOT (OLD.state, NEW.state) IN (
        ('draft', 'sent'), ('sent', 'approved'), ('sent', 'refused'), ('refused', 'sent'), ('approved', 'mission'),
        ('mission', 'plan'), ('plan', 'followup'), ('followup', 'closed')) THEN
        PERFORM vedette_assist_refuse('order');
    END IF;
    IF NEW.state <> OLD.state AND NEW.state IN ('approved', 'refused') THEN
        IF NEW.approved_by_id IS NULL
           OR NOT EXISTS (SELECT FROM assistance_fileassessment f WHERE f.request_id = NEW.id) THEN
            PERFORM vedette_assist_refuse('assessment');
        END IF;
        IF EXISTS (SELECT FROM assistance_fileassessment f
                   WHERE f.request_id = NEW.id AND f.by_id = NEW.approved_by_id) THEN
            PERFORM vedette_assist_refuse('own');
        END IF;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER fixed BEFORE UPDATE ON assistance_assistancerequest
    FOR EACH ROW EXECUTE FUNCTION vedette_assist_request_fixed();
-- The web role changes a request in its own roles only: the Member writes its text and sends it, and the provider
-- decides and takes it further.
CREATE FUNCTION vedette_assist_request_by() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF current_user <> 'vedette_web' THEN RETURN NEW; END IF;
    IF (NEW.problem, NEW.theme, NEW.tried, NEW.evidence, NEW.expected, NEW.observe, NEW.contribution, NEW.signatory,
        NEW.answer) IS DISTINCT FROM (OLD.problem, OLD.theme, OLD.tried, OLD.evidence, OLD.expected, OLD.observe,
        OLD.contribution, OLD.signatory, OLD.answer)
       AND (OLD.state NOT IN ('draft', 'refused') OR NOT OLD.id = ANY (vedette_assist_as('contact'))) THEN
        PERFORM vedette_assist_refuse('role');
    END IF;
    IF NEW.state <> OLD.state AND NOT OLD.id = ANY (CASE
        WHEN NEW.state = 'sent' THEN vedette_assist_as('contact')
        WHEN NEW.state IN ('approved', 'refused') THEN vedette_assist_as('second')
        WHEN NEW.state IN ('mission', 'closed') THEN vedette_assist_as('coordinator')
        ELSE vedette_assist_as('contact', 'coordinator', 'leader') END) THEN
        PERFORM vedette_assist_refuse('role');
    END IF;
    -- Reason, person and time limit are written with a step only, and the person who decides is the user.
    IF (CASE WHEN NEW.state = OLD.state THEN (NEW.approved_by_id, NEW.reason, NEW.due_at, NEW.state_at)
                 IS DISTINCT FROM (OLD.approved_by_id, OLD.reason, OLD.due_at, OLD.state_at)
            WHEN NEW.state IN ('approved', 'refused') THEN NEW.approved_by_id IS DISTINCT FROM vedette_user()
            ELSE (NEW.approved_by_id, NEW.reason) IS DISTINCT FROM (OLD.approved_by_id, OLD.reason) END) THEN
        PERFORM vedette_assist_refuse('role');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER by_role BEFORE UPDATE ON assistance_assistancerequest
    FOR EACH ROW EXECUTE FUNCTION vedette_assist_request_by();

-- Open → freeze requested → confirmed by another person → frozen by a worker. A leader requests; the request may
-- be taken back. Only the Member releases.
CREATE FUNCTION vedette_assist_diagnostic_by() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.state <> OLD.state AND NOT (OLD.state, NEW.state) IN (
        ('open', 'asked'), ('asked', 'open'), ('asked', 'confirmed'), ('confirmed', 'frozen')) THEN
        PERFORM vedette_assist_refuse('order');
    END IF;
    IF OLD.state = 'frozen' AND (NEW.snapshot, NEW.asked_by_id, NEW.confirmed_by_id, NEW.hide_self)
       IS DISTINCT FROM (OLD.snapshot, OLD.asked_by_id, OLD.confirmed_by_id, OLD.hide_self) THEN
        PERFORM vedette_assist_refuse('frozen');
    END IF;
    IF current_user <> 'vedette_web' THEN RETURN NEW; END IF;
    IF NEW.state <> OLD.state AND NOT OLD.request_id = ANY (CASE NEW.state
        WHEN 'asked' THEN vedette_assist_as('leader')
        WHEN 'confirmed' THEN vedette_assist_as('contact', 'leader', 'assessor')
        WHEN 'open' THEN vedette_assist_as('contact', 'leader')
        ELSE '{}' END)
       OR (CASE WHEN (OLD.state, NEW.state) = ('open', 'asked') THEN NEW.asked_by_id IS DISTINCT FROM vedette_user()
               WHEN (OLD.state, NEW.state) = ('asked', 'open') THEN NEW.asked_by_id IS NOT NULL
               ELSE NEW.asked_by_id IS DISTINCT FROM OLD.asked_by_id END)
       OR (CASE WHEN (OLD.state, NEW.state) = ('asked', 'confirmed')
                    THEN NEW.confirmed_by_id IS DISTINCT FROM vedette_user()
               ELSE NEW.confirmed_by_id IS DISTINCT FROM OLD.confirmed_by_id END)
       OR NEW.hide_self <> OLD.hide_self AND NOT OLD.request_id = ANY (vedette_assist_as('leader'))
       OR NEW.shared_at IS DISTINCT FROM OLD.shared_at AND NOT OLD.request_id = ANY (vedette_assist_as('contact')) THEN
        PERFORM vedette_assist_refuse('role');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER by_role BEFORE UPDATE ON assistance_diagnostic
    FOR EACH ROW EXECUTE FUNCTION vedette_assist_diagnostic_by();

-- The Member decides on actions, and releases what the provider requests for publication. Who changes an action
-- withdraws its release.
CREATE FUNCTION vedette_assist_action_by() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.state = 'proposed' AND OLD.state <> 'proposed' THEN
        PERFORM vedette_assist_refuse('order');
    END IF;
    IF current_user <> 'vedette_web' THEN RETURN NEW; END IF;
    IF OLD.request_id = ANY (vedette_assist_as('contact')) THEN
        IF NEW.released_by_id IS DISTINCT FROM OLD.released_by_id AND NEW.released_by_id <> vedette_user()
           OR NEW.asked_by_id IS DISTINCT FROM OLD.asked_by_id AND NEW.asked_by_id IS NOT NULL
           OR NEW.decided_by_id IS DISTINCT FROM OLD.decided_by_id AND NEW.decided_by_id <> vedette_user()
           OR (NEW.state, NEW.owner, NEW.start, NEW.due, NEW.cost, NEW.currency, NEW.donor)
              IS DISTINCT FROM (OLD.state, OLD.owner, OLD.start, OLD.due, OLD.cost, OLD.currency, OLD.donor)
              AND (NEW.decided_by_id IS DISTINCT FROM vedette_user() OR NEW.released_by_id IS NOT NULL) THEN
            PERFORM vedette_assist_refuse('role');
        END IF;
        RETURN NEW;
    END IF;
    IF NOT OLD.request_id = ANY (vedette_assist_as('coordinator')) OR OLD.state = 'proposed'
       OR OLD.asked_by_id IS NOT NULL OR NEW.asked_by_id IS DISTINCT FROM vedette_user()
       OR (NEW.state, NEW.text, NEW.reason, NEW.owner, NEW.start, NEW.due, NEW.cost, NEW.currency, NEW.donor,
           NEW.indicator, NEW.evidence, NEW.done_on, NEW.decided_by_id, NEW.decided_at, NEW.released_by_id,
           NEW.released_at)
          IS DISTINCT FROM (OLD.state, OLD.text, OLD.reason, OLD.owner, OLD.start, OLD.due, OLD.cost, OLD.currency,
           OLD.donor, OLD.indicator, OLD.evidence, OLD.done_on, OLD.decided_by_id, OLD.decided_at,
           OLD.released_by_id, OLD.released_at) THEN
        PERFORM vedette_assist_refuse('role');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER by_role BEFORE UPDATE ON assistance_action
    FOR EACH ROW EXECUTE FUNCTION vedette_assist_action_by();

-- A person declares the own conflicts; the coordinator checks and ends.
CREATE FUNCTION vedette_assist_assignment_by() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF current_user <> 'vedette_web' THEN RETURN NEW; END IF;
    IF (NEW.conflict, NEW.declared_at) IS DISTINCT FROM (OLD.conflict, OLD.declared_at)
       AND OLD.user_id <> vedette_user()
       OR (NEW.checked_by_id, NEW.checked_at, NEW.ends_at) IS DISTINCT FROM (OLD.checked_by_id, OLD.checked_at,
           OLD.ends_at) AND NOT OLD.request_id = ANY (vedette_assist_as('coordinator'))
       OR NEW.checked_by_id IS DISTINCT FROM OLD.checked_by_id AND NEW.checked_by_id <> vedette_user() THEN
        PERFORM vedette_assist_refuse('role');
    END IF;
    -- A new declaration is not checked yet.
    IF (NEW.conflict, NEW.declared_at) IS DISTINCT FROM (OLD.conflict, OLD.declared_at) THEN
        NEW.checked_by_id := NULL;
        NEW.checked_at := NULL;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER by_role BEFORE UPDATE ON assistance_assignment
    FOR EACH ROW EXECUTE FUNCTION vedette_assist_assignment_by();

-- A coordinator issues and revokes; a worker signs. The own certificate is never decided by its holder.
CREATE FUNCTION vedette_assist_certificate_by() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.state <> OLD.state AND NOT (OLD.state, NEW.state) IN (
        ('proposed', 'approved'), ('approved', 'issued'), ('issued', 'revoked')) THEN
        PERFORM vedette_assist_refuse('order');
    END IF;
    IF current_user = 'vedette_web' AND (vedette_account_role() <> 'coordinator'
       OR OLD.organisation_id <> vedette_scope() OR NEW.state = 'issued' AND OLD.state <> 'issued'
       OR CASE WHEN (OLD.state, NEW.state) = ('proposed', 'approved')
                    THEN NEW.approved_by_id IS DISTINCT FROM vedette_user() OR EXISTS (
                        SELECT FROM assistance_participant p
                        WHERE p.id = OLD.participant_id AND p.user_id = vedette_user())
               ELSE NEW.approved_by_id IS DISTINCT FROM OLD.approved_by_id END
       OR CASE WHEN (OLD.state, NEW.state) = ('issued', 'revoked')
                    THEN NEW.revoked_by_id IS DISTINCT FROM vedette_user() OR OLD.revoke_asked_by_id IS NULL
                         OR NEW.revoke_asked_by_id IS DISTINCT FROM OLD.revoke_asked_by_id
               ELSE NEW.revoked_by_id IS DISTINCT FROM OLD.revoked_by_id
                    OR NEW.revoke_asked_by_id IS DISTINCT FROM OLD.revoke_asked_by_id
                       AND NEW.revoke_asked_by_id <> vedette_user() END) THEN
        PERFORM vedette_assist_refuse('role');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER by_role BEFORE UPDATE ON assistance_certificate
    FOR EACH ROW EXECUTE FUNCTION vedette_assist_certificate_by();

-- Results and names of participants are written by those who run the session; missions by those who run them.
CREATE FUNCTION vedette_assist_session_by() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    mine boolean := true;
BEGIN
    IF current_user <> 'vedette_web' THEN RETURN NEW; END IF;
    CASE TG_TABLE_NAME
        WHEN 'assistance_participant' THEN mine := OLD.session_id = ANY (vedette_assist_sessions());
        WHEN 'assistance_session' THEN mine := OLD.organisation_id = vedette_scope()
            AND vedette_account_role() = 'coordinator';
        WHEN 'assistance_course' THEN mine := OLD.organisation_id = vedette_scope()
            AND vedette_account_role() = 'coordinator';
        WHEN 'assistance_mission' THEN mine := OLD.request_id = ANY (vedette_assist_as('coordinator', 'leader'));
        -- The leader writes, which takes back the confirmation; the Member confirms what is written.
        WHEN 'assistance_missionreport' THEN mine := CASE
            WHEN (NEW.words, NEW.written_by_id, NEW.written_at)
                 IS DISTINCT FROM (OLD.words, OLD.written_by_id, OLD.written_at)
                THEN OLD.request_id = ANY (vedette_assist_as('leader')) AND NEW.written_by_id = vedette_user()
                     AND NEW.confirmed = '' AND NEW.confirmed_by_id IS NULL
            ELSE OLD.request_id = ANY (vedette_assist_as('contact'))
                 AND NEW.confirmed <> '' AND NEW.confirmed_by_id = vedette_user() END;
        WHEN 'assistance_followup' THEN mine := OLD.request_id = ANY (vedette_assist_as('contact'))
            AND NEW.answered_by_id = vedette_user();
        WHEN 'assistance_equipmentevent' THEN mine := OLD.withdrawn_by_id IS NULL
            AND NEW.withdrawn_by_id = vedette_user() AND vedette_assist_equips(OLD.request_id, OLD.event);
        WHEN 'assistance_indicatorvalue' THEN mine := OLD.withdrawn_by_id IS NULL
            AND NEW.withdrawn_by_id = vedette_user() AND OLD.request_id = ANY (vedette_assist_as('contact'));
        -- Both may withdraw; the coordinator requests the publication; the Member releases or refuses it.
        WHEN 'assistance_indicator' THEN mine := CASE
            WHEN NEW.withdrawn_by_id IS DISTINCT FROM OLD.withdrawn_by_id
                THEN OLD.withdrawn_by_id IS NULL AND NEW.withdrawn_by_id = vedette_user()
                     AND (NEW.asked_by_id, NEW.released_by_id) IS NOT DISTINCT FROM (OLD.asked_by_id, OLD.released_by_id)
                     AND OLD.request_id = ANY (vedette_assist_as('contact', 'coordinator'))
            WHEN OLD.request_id = ANY (vedette_assist_as('contact'))
                THEN NEW.asked_by_id IS NULL AND NEW.released_by_id IS NULL
                     OR NEW.asked_by_id IS NOT DISTINCT FROM OLD.asked_by_id AND NEW.released_by_id = vedette_user()
            ELSE OLD.request_id = ANY (vedette_assist_as('coordinator')) AND OLD.asked_by_id IS NULL
                 AND NEW.asked_by_id = vedette_user() AND NEW.released_by_id IS NULL END;
        WHEN 'assistance_expert' THEN mine := OLD.user_id = vedette_user()
            AND (NEW.state, NEW.state_until, NEW.referees) IS NOT DISTINCT FROM
                (OLD.state, OLD.state_until, OLD.referees)
            OR OLD.user_id <> vedette_user() AND OLD.provider_id = vedette_scope()
            AND vedette_account_role() = 'coordinator';
    END CASE;
    IF NOT coalesce(mine, false) THEN
        PERFORM vedette_assist_refuse('role');
    END IF;
    RETURN NEW;
END
$$;
DO $$
DECLARE
    one text;
BEGIN
    FOREACH one IN ARRAY ARRAY['participant', 'session', 'course', 'mission', 'followup', 'expert',
                               'equipmentevent', 'missionreport', 'indicator', 'indicatorvalue'] LOOP
        EXECUTE format('CREATE TRIGGER by_role BEFORE UPDATE ON %I FOR EACH ROW
                        EXECUTE FUNCTION vedette_assist_session_by()', 'assistance_' || one);
    END LOOP;
END
$$;

-- The Member releases an indicator with the values that the page showed. A later value ends the release, or the
-- request for it, as a changed action does; the provider requests the publication again.
CREATE FUNCTION vedette_assist_value_unreleased() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE assistance_indicator SET asked_by_id = NULL, asked_at = NULL, released_by_id = NULL, released_at = NULL
    WHERE id = NEW.indicator_id AND asked_by_id IS NOT NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER value_unreleased AFTER INSERT OR UPDATE ON assistance_indicatorvalue
    FOR EACH ROW EXECUTE FUNCTION vedette_assist_value_unreleased();

-- The values of a frozen period do not change, and no value is added to it.
CREATE FUNCTION vedette_assist_period_open() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM assistance_resultperiod p
               WHERE p.request_id = NEW.request_id AND p.period = NEW.period) THEN
        PERFORM vedette_assist_refuse('frozen_period');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER period_open BEFORE INSERT OR UPDATE ON assistance_indicatorvalue
    FOR EACH ROW EXECUTE FUNCTION vedette_assist_period_open();

REVOKE ALL ON FUNCTION vedette_assist_as(text[]), vedette_assist_seen(), vedette_assist_inner(),
    vedette_assist_shared(), vedette_assist_sessions(), vedette_assist_home_of(uuid), vedette_assist_myself(),
    vedette_assist_banks(),
    vedette_assist_people(uuid), vedette_assist_providers(), vedette_assist_equips(uuid, text),
    vedette_assist_trained(uuid, date), vedette_assist_period_open(), vedette_assist_value_unreleased(),
    vedette_assist_refuse(text), vedette_assist_request_fixed(), vedette_assist_request_by(), vedette_assist_diagnostic_by(),
    vedette_assist_action_by(), vedette_assist_assignment_by(), vedette_assist_certificate_by(),
    vedette_assist_session_by() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_assist_as(text[]), vedette_assist_seen(), vedette_assist_inner(),
    vedette_assist_shared(), vedette_assist_sessions(), vedette_assist_home_of(uuid), vedette_assist_myself(),
    vedette_assist_banks(),
    vedette_assist_people(uuid), vedette_assist_providers(), vedette_assist_equips(uuid, text),
    vedette_assist_trained(uuid, date),
    vedette_assist_refuse(text) TO vedette_web;
