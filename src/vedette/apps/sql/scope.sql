-- Scope: which rows the web role sees. `accounts/rules.py` sets organisation, unit, themes and purposes of
-- the reader for the transaction. If a setting is missing, its function returns NULL, and a comparison with
-- NULL admits no row. Policies call `(SELECT f())`, which is evaluated once per query, not once per row. The
-- role of the workers (intake) has BYPASSRLS. The owner only runs migrations.
-- The planner puts the bodies of these functions into a query for each use, and one query uses them up to some
-- hundred times. Bodies are therefore written with RETURN: PostgreSQL parses such a body once, when the function
-- is created, and a text body at each use.
CREATE FUNCTION vedette_scope() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('vedette.organisation', true), '')::uuid;
CREATE FUNCTION vedette_user() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('vedette.user', true), '')::uuid;
CREATE FUNCTION vedette_every_unit() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN current_setting('vedette.unit', true) = 'every';
CREATE FUNCTION vedette_unit() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(nullif(current_setting('vedette.unit', true), ''), 'every')::uuid;
CREATE FUNCTION vedette_themes() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
    RETURN string_to_array(current_setting('vedette.themes', true), ',');
-- The themes of the subjects that a reader with these themes sees (`columns.data_themes`): one declaration of
-- goods serves three programmes. The reasons of a hit have themes of their own (`vedette_pairs`).
CREATE FUNCTION vedette_data_themes(themes text[]) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN themes && ARRAY['global_shield', 'strategic', 'small_arms']
               THEN themes || ARRAY['global_shield', 'strategic', 'small_arms'] ELSE themes END;
-- The themes of the reasons that a reader with these themes sees (`core/themes.py`). `vedette_themes` contains
-- the shared themes already.
CREATE FUNCTION vedette_reader_themes(themes text[]) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT themes || ARRAY(SELECT name FROM (VALUES
    ('shield_strategic', ARRAY['global_shield', 'strategic']), ('shield_arms', ARRAY['global_shield', 'small_arms']),
    ('strategic_arms', ARRAY['strategic', 'small_arms']),
    ('trade', ARRAY['global_shield', 'strategic', 'small_arms'])) shared (name, members)
    WHERE members && themes) $$;
CREATE FUNCTION vedette_purposes() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
    RETURN string_to_array(current_setting('vedette.purposes', true), ',');
-- Whether the reader sees the whole organisation: every unit, theme and purpose.
CREATE FUNCTION vedette_whole() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN current_setting('vedette.whole', true) = 'yes';
-- Whether the reader answers requests of persons. Nobody else sees restricted values.
CREATE FUNCTION vedette_sees_restricted() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(current_setting('vedette.restricted', true) = 'yes', false);

-- The pairs of theme and purpose of the reader, as a set of bits (`columns.pairs_of`). NULL for workers and
-- for functions of the owner, for which every reason of a hit counts.
CREATE FUNCTION vedette_pairs() RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN current_user = 'vedette_web'
               THEN coalesce(nullif(current_setting('vedette.pairs', true), '')::integer, 0) END;

-- Makes the policy of one table. It admits the rows of the organisation in scope that fulfil every condition.
-- A condition is SQL, or the name of a condition that several tables share:
--   unit        the reader sees every unit, or the unit of the row;
--   about       theme and purpose are among the reader's;
--   data        the row is a subject, or belongs to one: its theme is among those of the subjects that the
--               reader sees (`vedette_data_themes`), and its purpose is among the reader's;
--   shown       the row is not restricted, or the reader answers requests of persons;
--   of_subject, of_hit   the reader sees the subject (hit) to which the row belongs. A reader who sees the
--               whole organisation needs no such check.
--   of_control  the reader sees the hit and the decision from which a control follows, if there are any.
-- `written` states that the web role writes such rows. Every row that it writes must fulfil the conditions, also
-- if `written` is false (PostgreSQL then checks USING in place of the missing WITH CHECK). Grants determine
-- whether it may write.
-- A table whose rows are listed and counted by unit has a column for the unit.
-- PostgreSQL plans a plain EXISTS twice, for one row and for all rows. If the table inside has such a policy
-- too, the number of plans doubles with each level: 1,000 plans and 26 ms for the events of a trace. A check of
-- a table whose own policy has checks therefore ends with OFFSET 0: PostgreSQL then plans it once, for one row.
CREATE FUNCTION vedette_policy(name text, written boolean, VARIADIC conditions text[] DEFAULT '{}')
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    rule text := 'organisation_id = (SELECT vedette_scope())';
    one text;
BEGIN
    FOREACH one IN ARRAY conditions LOOP
        rule := rule || format(' AND (%s)', CASE one
            WHEN 'unit' THEN '(SELECT vedette_every_unit()) OR unit_id = (SELECT vedette_unit())'
            WHEN 'about' THEN 'theme = ANY ((SELECT vedette_themes())::text[])
                AND purpose = ANY ((SELECT vedette_purposes())::text[])'
            WHEN 'data' THEN 'theme = ANY ((SELECT vedette_data_themes(vedette_themes()))::text[])
                AND purpose = ANY ((SELECT vedette_purposes())::text[])'
            WHEN 'shown' THEN 'NOT restricted OR (SELECT vedette_sees_restricted())'
            WHEN 'of_hit' THEN '(SELECT vedette_whole())
                OR EXISTS (SELECT FROM hits_hit h WHERE h.id = hit_id)'
            WHEN 'of_subject' THEN '(SELECT vedette_whole())
                OR EXISTS (SELECT FROM subjects_subject s WHERE s.id = subject_id)'
            WHEN 'of_control' THEN '(SELECT vedette_whole())
                OR (hit_id IS NULL OR EXISTS (SELECT FROM hits_hit h WHERE h.id = hit_id))
                AND (decision_id IS NULL
                     OR EXISTS (SELECT FROM hits_decision d WHERE d.id = decision_id OFFSET 0))'
            ELSE one END);
    END LOOP;
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY scope ON %I TO vedette_web USING (%s)', name, rule)
        || CASE WHEN written THEN format(' WITH CHECK (%s)', rule) ELSE '' END;
END
$$;
REVOKE ALL ON FUNCTION vedette_policy(text, boolean, text[]) FROM PUBLIC;

-- Rows that belong to the organisation as a whole.
SELECT vedette_policy(name, true) FROM unnest(ARRAY[
    'accounts_unit', 'accounts_breakglass', 'inbox_inbox', 'inbox_droppedcount', 'lists_knowledgestate',
    'profiles_profile', 'profiles_codelist', 'profiles_profilestate', 'profiles_drawday',
    'profiles_drawlane', 'profiles_drawrate', 'retention_retentionprofile',
    'oversight_rolled', 'oversight_tally', 'oversight_figure',
    'oversight_finding', 'oversight_noted', 'oversight_transfer', 'requests_subjectrequest'
]) name;
SELECT vedette_policy('journal_setting', false);
-- A request to unmask a person states a reason and a case. It is visible to those who see the subject, so
-- that no supervisor of another unit reads or allows it. Requests of other kinds concern the organisation as
-- a whole.
-- The request for a list of some themes is visible to those who have one of them.
SELECT vedette_policy('accounts_approval', true, 'purpose = ANY ((SELECT vedette_purposes())::text[])',
    $$kind <> 'list' OR jsonb_typeof(detail -> 'themes') IS DISTINCT FROM 'array'
      OR detail -> 'themes' ?| (SELECT vedette_themes())$$,
    $$kind <> 'unmask' OR (SELECT vedette_whole()) OR EXISTS (SELECT FROM subjects_subject s
      WHERE s.id = CASE WHEN accounts_approval.kind = 'unmask' THEN subject::uuid END)$$);
SELECT vedette_policy('lists_listsubscription', true, 'purpose = ANY ((SELECT vedette_purposes())::text[])',
    $$terms -> 'themes' ?| (SELECT vedette_themes())$$);
-- A draft has no purpose until its author states one. Until then, readers of some purposes see only their own.
SELECT vedette_policy('lists_listdraft', true, $$(SELECT vedette_whole()) OR CASE WHEN terms ? 'purpose'
    THEN terms ->> 'purpose' = ANY ((SELECT vedette_purposes())::text[])
         AND terms -> 'themes' ?| (SELECT vedette_themes())
    ELSE created_by_id = (SELECT vedette_user()) END$$);
SELECT vedette_policy('lists_draftentry', true,
    '(SELECT vedette_whole()) OR draft_id IN (SELECT id FROM lists_listdraft)');
SELECT vedette_policy('inbox_message', true, 'unit');
SELECT vedette_policy('subjects_subject', true, 'unit', 'data');
SELECT vedette_policy('subjects_identifier', true, 'of_subject');
-- A reader sees a list if he has one of its themes.
SELECT vedette_policy('lists_watchlist', true, 'themes && (SELECT vedette_themes())::varchar[]',
    'purpose = ANY ((SELECT vedette_purposes())::text[])');
SELECT vedette_policy(name, true, 'watchlist_id IN (SELECT id FROM lists_watchlist)')
    FROM unnest(ARRAY['lists_listversion', 'lists_listentry']) name;
SELECT vedette_policy('lists_lookout', true,
    '(SELECT vedette_whole()) OR EXISTS (SELECT FROM lists_listentry e WHERE e.id = entry_id)');
-- A reader sees a hit if he sees all of its reasons, or if the reasons that he sees made a hit of their own.
SELECT vedette_policy('hits_hit', true, 'unit', 'data', $$(SELECT vedette_whole())
    OR pairs & (SELECT vedette_pairs()) = pairs OR parts ? (pairs & (SELECT vedette_pairs()))::text$$);
SELECT vedette_policy('hits_reason', true, 'about', 'of_hit');
SELECT vedette_policy('hits_reasonclear', false, 'shown',
    '(SELECT vedette_whole()) OR EXISTS (SELECT FROM hits_reason r WHERE r.id = reason_id)');
-- A decision is visible to those who see one of the reasons that it answers, and a result to those who see
-- the decision.
SELECT vedette_policy('hits_decision', true, 'of_hit', $$(SELECT vedette_whole()) OR answers = '{}'
    OR EXISTS (SELECT FROM hits_reason r
               WHERE r.hit_id = hits_decision.hit_id AND hits_decision.answers ? r.id::text)$$);
SELECT vedette_policy('hits_result', true, 'of_hit', $$(SELECT vedette_whole()) OR decision_id IS NULL
    OR EXISTS (SELECT FROM hits_decision d WHERE d.id = decision_id OFFSET 0)$$);
SELECT vedette_policy('hits_event', true, 'of_hit', $$CASE WHEN seen IS NULL
    THEN pairs & (SELECT vedette_pairs()) = pairs ELSE seen ? (pairs & (SELECT vedette_pairs()))::text END$$);
-- Texts of decisions and notes are written before the row to which they belong (`scope_write`), and are read
-- with it. The rectified values of a person belong to the subject itself.
SELECT vedette_policy('hits_textclear', false, 'shown',
    $$(SELECT vedette_whole()) OR EXISTS (SELECT FROM hits_decision d WHERE d.id = owner_id OFFSET 0)
      OR EXISTS (SELECT FROM subjects_subject s WHERE s.id = owner_id)
      OR EXISTS (SELECT FROM hits_event e WHERE e.params ? 'text'
                 AND e.params ->> 'text' = owner_id::text)$$);
CREATE POLICY scope_write ON hits_textclear FOR INSERT TO vedette_web
    WITH CHECK (organisation_id = (SELECT vedette_scope()));
SELECT vedette_policy('hits_clearedpair', true, 'about');
SELECT vedette_policy('hits_confirmed', false, 'of_subject');
SELECT vedette_policy('hits_floodcount', false, 'unit', 'data',
    'pairs & (SELECT vedette_pairs()) = seen');
SELECT vedette_policy('profiles_version', true, 'about');
SELECT vedette_policy('profiles_versionevent', true,
    '(SELECT vedette_whole()) OR EXISTS (SELECT FROM profiles_version v WHERE v.id = version_id)');
SELECT vedette_policy('profiles_backtest', true, 'version_id IS NULL OR (SELECT vedette_whole())
    OR EXISTS (SELECT FROM profiles_version v WHERE v.id = version_id)');
SELECT vedette_policy('profiles_shadowfire', true, 'of_subject');
SELECT vedette_policy('profiles_drawn', false, 'of_subject');

-- Sign-in reads users, sessions, second factors, linked identities and tokens before a scope is set. Without
-- a scope, all of them are visible. Within a scope, only those of the organisation are visible, so that no
-- page can list or change the users of another organisation.
DO $$
DECLARE
    of_user CONSTANT text := 'EXISTS (SELECT FROM accounts_user u WHERE u.id = user_id)';
    one record;
BEGIN
    FOR one IN SELECT * FROM (VALUES
        ('accounts_organisation', 'id = (SELECT vedette_scope())', false),
        ('accounts_user', 'organisation_id = (SELECT vedette_scope())', true),
        ('accounts_apitoken', of_user, true),
        ('accounts_session', 'user_id IS NULL OR ' || of_user, false),
        ('mfa_authenticator', of_user, false),
        ('socialaccount_socialaccount', of_user, false)
    ) t (name, rule, written) LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', one.name);
        EXECUTE format('CREATE POLICY scope ON %I TO vedette_web USING ((SELECT vedette_scope()) IS NULL OR %s)',
                       one.name, one.rule)
            || CASE WHEN one.written
               THEN format(' WITH CHECK ((SELECT vedette_scope()) IS NULL OR %s)', one.rule) ELSE '' END;
    END LOOP;
END
$$;

-- Every process writes acts, also before a scope is set (for example a failed sign-in). Acts without an
-- account (an unknown user name or token, a rate limit) belong to no organisation; the administrators read
-- them.
ALTER TABLE accounts_act ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope_read ON accounts_act FOR SELECT TO vedette_web
    USING (organisation_id = (SELECT vedette_scope())
           OR organisation_id IS NULL AND (SELECT kind = 'administration' FROM accounts_organisation
                                           WHERE id = (SELECT vedette_scope())));
CREATE POLICY scope_write ON accounts_act FOR INSERT TO vedette_web WITH CHECK (true);

-- Only the user who made the request sees unmasked values, until they expire. An approval that is older than
-- a restriction does not show the restricted values.
ALTER TABLE retention_unmasked ENABLE ROW LEVEL SECURITY;
CREATE POLICY asker ON retention_unmasked FOR SELECT TO vedette_web
    USING (organisation_id = (SELECT vedette_scope()) AND user_id = (SELECT vedette_user())
           AND expires_at > clock_timestamp()
           AND ((SELECT vedette_sees_restricted()) OR NOT EXISTS
                (SELECT FROM subjects_subject s WHERE s.id = subject_id AND s.restricted)));

-- Tables that the framework needs for itself. Only the owner changes them.
REVOKE INSERT, UPDATE, DELETE ON django_migrations, django_content_type, auth_permission, auth_group,
    auth_group_permissions FROM vedette_web, vedette_intake;
