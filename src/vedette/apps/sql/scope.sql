-- Scope: which rows the web role sees. `accounts/scope.py` sets organisation, unit, themes and purposes
-- of the reader for the transaction. Where a setting is missing, its function returns NULL, and NULL
-- admits no row. Policies call `(SELECT f())`, which is evaluated once per query, not once per row. The
-- role of the workers (intake) has BYPASSRLS; the owner runs migrations only.
CREATE FUNCTION vedette_scope() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('vedette.organisation', true), '')::uuid $$;
CREATE FUNCTION vedette_user() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('vedette.user', true), '')::uuid $$;
CREATE FUNCTION vedette_every_unit() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT current_setting('vedette.unit', true) = 'every' $$;
CREATE FUNCTION vedette_unit() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(nullif(current_setting('vedette.unit', true), ''), 'every')::uuid $$;
CREATE FUNCTION vedette_themes() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT string_to_array(current_setting('vedette.themes', true), ',') $$;
CREATE FUNCTION vedette_purposes() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT string_to_array(current_setting('vedette.purposes', true), ',') $$;
-- Whether the reader sees the whole organisation: every unit, theme and purpose.
CREATE FUNCTION vedette_whole() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT current_setting('vedette.whole', true) = 'yes' $$;
-- Whether the reader answers requests of persons: nobody else sees restricted values.
CREATE FUNCTION vedette_sees_restricted() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(current_setting('vedette.restricted', true) = 'yes', false) $$;

-- Subject, hit, message, flight and journey carry the unit, because lists of them are filtered and counted. What belongs
-- to them (reasons, identifiers, side tables) is visible with them; a reader who sees the
-- whole organisation needs no such check. `written` says whether the web role may also write such rows
-- by this policy; the grants narrow that further.
DO $$
DECLARE
    organisation CONSTANT text := 'organisation_id = (SELECT vedette_scope())';
    unit CONSTANT text := ' AND ((SELECT vedette_every_unit()) OR unit_id = (SELECT vedette_unit()))';
    about CONSTANT text := ' AND theme = ANY ((SELECT vedette_themes())::text[])'
        ' AND purpose = ANY ((SELECT vedette_purposes())::text[])';
    shown CONSTANT text := ' AND (NOT restricted OR (SELECT vedette_sees_restricted()))';
    of_hit CONSTANT text := ' AND ((SELECT vedette_whole()) OR EXISTS
            (SELECT FROM hits_hit h WHERE h.id = hit_id))';
    of_subject CONSTANT text := ' AND ((SELECT vedette_whole()) OR EXISTS
            (SELECT FROM subjects_subject s WHERE s.id = subject_id))';
    of_list CONSTANT text := ' AND watchlist_id IN (SELECT id FROM lists_watchlist)';
    -- A request to unmask a person states a reason and a case: it is visible to those who see the
    -- traveller's own row, so that no supervisor of another unit reads or allows it. Requests of other
    -- kinds concern what belongs to the organisation.
    of_unmasked CONSTANT text := ' AND purpose = ANY ((SELECT vedette_purposes())::text[])
            AND (kind <> ''unmask'' OR (SELECT vedette_whole()) OR EXISTS (SELECT FROM subjects_subject s
                 WHERE s.id = CASE WHEN accounts_approval.kind = ''unmask'' THEN subject::uuid END))';
    one record;
BEGIN
    FOR one IN SELECT * FROM (VALUES
        ('accounts_unit', '', true),
        ('accounts_breakglass', '', true),
        ('accounts_approval', of_unmasked, true),
        ('inbox_inbox', '', true),
        ('inbox_message', unit, true),
        ('inbox_droppedcount', '', true),
        ('subjects_subject', unit || about, true),
        ('subjects_identifier', of_subject, true),
        ('travellers_flight', unit, true),
        ('travellers_resendasked', '', true),
        ('travellers_journey', unit || about, true),
        -- A booking, and its travellers, may be on flights of two units: both units see them.
        ('travellers_booking', about || ' AND ((SELECT vedette_every_unit()) OR EXISTS
            (SELECT FROM travellers_journey j WHERE j.booking_id = travellers_booking.id))', true),
        ('travellers_traveller', about || ' AND ((SELECT vedette_every_unit()) OR EXISTS
            (SELECT FROM travellers_journey j WHERE j.traveller_id = travellers_traveller.id))', true),
        ('travellers_bookinglocator', ' AND ((SELECT vedette_whole()) OR EXISTS
            (SELECT FROM travellers_booking b WHERE b.id = booking_id))', true),
        ('travellers_journeyclear', shown || ' AND ((SELECT vedette_whole()) OR EXISTS
            (SELECT FROM travellers_journey j WHERE j.id = journey_id))', false),
        ('travellers_bookingclear', shown || ' AND ((SELECT vedette_whole()) OR EXISTS
            (SELECT FROM travellers_journey j WHERE j.booking_id = travellers_bookingclear.booking_id
             AND j.flight_id = travellers_bookingclear.flight_id))', false),
        ('lists_watchlist', about, true),
        ('lists_listversion', of_list, true),
        ('lists_listentry', of_list, true),
        ('lists_lookout', ' AND ((SELECT vedette_whole()) OR EXISTS
            (SELECT FROM lists_listentry e WHERE e.id = entry_id))', true),
        ('lists_listdraft', '', true),
        ('lists_knowledgestate', '', true),
        ('hits_hit', unit || about, true),
        ('hits_reason', about || of_hit, true),
        ('hits_reasonclear', shown || ' AND ((SELECT vedette_whole()) OR EXISTS
            (SELECT FROM hits_reason r WHERE r.id = reason_id))', false),
        ('hits_decision', of_hit, true),
        ('hits_result', of_hit, true),
        ('hits_event', of_hit, true),
        -- Texts of decisions and notes are written before the row to which they belong (`scope_write`
        -- below), and read with it. What a person had rectified belongs to the subject itself.
        ('hits_textclear', shown || ' AND ((SELECT vedette_whole())
            OR EXISTS (SELECT FROM hits_decision d WHERE d.id = owner_id)
            OR EXISTS (SELECT FROM subjects_subject s WHERE s.id = owner_id)
            OR EXISTS (SELECT FROM hits_event e WHERE e.params ? ''text''
                       AND e.params ->> ''text'' = owner_id::text))', false),
        ('hits_confirmed', of_subject, false),
        ('hits_clearedpair', '', true),
        ('hits_floodcount', unit || about, false),
        ('profiles_profile', '', true),
        ('profiles_version', about, true),
        ('profiles_versionevent', ' AND ((SELECT vedette_whole()) OR EXISTS
            (SELECT FROM profiles_version v WHERE v.id = version_id))', true),
        ('profiles_codelist', '', true),
        ('profiles_profilestate', '', true),
        ('profiles_shadowfire', of_subject, true),
        ('profiles_backtest', ' AND (version_id IS NULL OR (SELECT vedette_whole()) OR EXISTS
            (SELECT FROM profiles_version v WHERE v.id = version_id))', true),
        ('profiles_drawday', '', true),
        ('profiles_drawlane', '', true),
        ('profiles_drawrate', '', true),
        ('profiles_drawn', of_subject, false),
        ('journal_setting', '', false),
        ('retention_retentionprofile', '', true),
        ('oversight_rolled', '', true),
        ('oversight_tally', '', true),
        ('oversight_figure', '', true),
        ('oversight_finding', '', true),
        ('oversight_noted', '', true),
        ('oversight_transfer', '', true),
        ('requests_subjectrequest', '', true)
    ) t (name, narrowed, written) LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', one.name);
        EXECUTE format('CREATE POLICY scope ON %I TO vedette_web USING (%s)',
                       one.name, organisation || one.narrowed)
            || CASE WHEN one.written
               THEN format(' WITH CHECK (%s)', organisation || one.narrowed) ELSE '' END;
    END LOOP;

    -- Sign-in reads users, sessions, second factors, linked identities and tokens before a scope is set:
    -- then all are visible. Within a scope only those of the organisation are, so that no page can list
    -- or change the users of another.
    FOR one IN SELECT * FROM (VALUES
        ('accounts_organisation', 'id = (SELECT vedette_scope())', false),
        ('accounts_user', organisation, true),
        ('accounts_apitoken', 'EXISTS (SELECT FROM accounts_user u WHERE u.id = user_id)', true),
        ('accounts_session', 'user_id IS NULL OR EXISTS (SELECT FROM accounts_user u WHERE u.id = user_id)',
         false),
        ('mfa_authenticator', 'EXISTS (SELECT FROM accounts_user u WHERE u.id = user_id)', false),
        ('socialaccount_socialaccount', 'EXISTS (SELECT FROM accounts_user u WHERE u.id = user_id)', false)
    ) t (name, rule, written) LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', one.name);
        EXECUTE format('CREATE POLICY scope ON %I TO vedette_web USING ((SELECT vedette_scope()) IS NULL OR %s)',
                       one.name, one.rule)
            || CASE WHEN one.written
               THEN format(' WITH CHECK ((SELECT vedette_scope()) IS NULL OR %s)', one.rule) ELSE '' END;
    END LOOP;
END
$$;
CREATE POLICY scope_write ON hits_textclear FOR INSERT TO vedette_web
    WITH CHECK (organisation_id = (SELECT vedette_scope()));

-- Every process writes acts, also before a scope is set (a failed sign-in). Acts of no account (an
-- unknown user name or token, a rate limit) belong to no organisation: an administration reads them.
ALTER TABLE accounts_act ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope_read ON accounts_act FOR SELECT TO vedette_web
    USING (organisation_id = (SELECT vedette_scope())
           OR organisation_id IS NULL AND (SELECT kind = 'administration' FROM accounts_organisation
                                           WHERE id = (SELECT vedette_scope())));
CREATE POLICY scope_write ON accounts_act FOR INSERT TO vedette_web WITH CHECK (true);

-- Only the user who asked sees unmasked values, until they expire. An approval from before a
-- restriction does not show what is restricted since.
ALTER TABLE retention_unmasked ENABLE ROW LEVEL SECURITY;
CREATE POLICY asker ON retention_unmasked FOR SELECT TO vedette_web
    USING (organisation_id = (SELECT vedette_scope()) AND user_id = (SELECT vedette_user())
           AND expires_at > clock_timestamp()
           AND ((SELECT vedette_sees_restricted()) OR NOT EXISTS
                (SELECT FROM subjects_subject s WHERE s.id = subject_id AND s.restricted)));

-- What the framework stores about itself is changed by the owner only.
REVOKE INSERT, UPDATE, DELETE ON django_migrations, django_content_type, auth_permission, auth_group,
    auth_group_permissions FROM vedette_web, vedette_intake;

-- The unit that serves the airport of arrival, else the one that serves the airport of departure; NULL
-- where there is none.
CREATE FUNCTION vedette_unit_of(organisation uuid, origin text, destination text) RETURNS uuid
LANGUAGE sql STABLE AS $$
    SELECT u.id FROM accounts_unit u
    WHERE u.organisation_id = organisation
      AND (destination = ANY (u.airports) OR origin = ANY (u.airports))
    ORDER BY destination = ANY (u.airports) DESC, u.id
    LIMIT 1
$$;
-- Assigns these flights, their travellers, hits and messages to the units that serve them now.
CREATE FUNCTION vedette_stamp_units(flights uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE travellers_flight f SET unit_id = vedette_unit_of(f.organisation_id, f.origin, f.destination)
    WHERE f.id = ANY (flights);
    UPDATE travellers_journey j SET unit_id = f.unit_id FROM travellers_flight f
    WHERE j.flight_id = f.id AND f.id = ANY (flights) AND j.unit_id IS DISTINCT FROM f.unit_id;
    UPDATE subjects_subject s SET unit_id = f.unit_id FROM travellers_flight f
    WHERE s.group_id = f.id AND f.id = ANY (flights) AND s.unit_id IS DISTINCT FROM f.unit_id;
    UPDATE hits_hit h SET unit_id = f.unit_id FROM travellers_flight f
    WHERE h.group_id = f.id AND f.id = ANY (flights) AND h.unit_id IS DISTINCT FROM f.unit_id;
    UPDATE inbox_message m SET unit_id = f.unit_id FROM travellers_flight f
    WHERE m.group_id = f.id AND f.id = ANY (flights) AND m.unit_id IS DISTINCT FROM f.unit_id;
END
$$;
REVOKE ALL ON FUNCTION vedette_stamp_units(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_stamp_units(uuid[]) TO vedette_intake;
-- Does the same for the open flights of the organisation in scope whose unit changed (landed less than a
-- day ago, or with an open hit), whatever the themes of the administrator. Returns their number.
CREATE FUNCTION vedette_reassign() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    moved uuid[];
BEGIN
    SELECT array_agg(f.id ORDER BY f.id) INTO moved FROM travellers_flight f
    WHERE f.organisation_id = vedette_scope()
      AND (coalesce(f.arrives_at, f.departs_at, f.departs_on) > now() - interval '1 day'
           OR EXISTS (SELECT FROM hits_hit h
                      WHERE h.group_id = f.id AND h.state IN ('new', 'reopened')))
      AND f.unit_id IS DISTINCT FROM vedette_unit_of(f.organisation_id, f.origin, f.destination);
    PERFORM vedette_stamp_units(moved);
    RETURN coalesce(cardinality(moved), 0);
END
$$;
REVOKE ALL ON FUNCTION vedette_reassign() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_reassign() TO vedette_web;
