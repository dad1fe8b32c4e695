-- Whose data, below the organisation: unit, theme and purpose of the reader (`accounts/scope.py` sets
-- them for the transaction). What is not set is not seen: each setting that is missing gives NULL, and
-- NULL lets no row through. Policies ask by `(SELECT f())`: once a query, not once a row.
--
-- Flight, journey and hit carry the unit, because lists of them are filtered and counted. What hangs
-- on them (reasons, messages, identifiers, side tables …) is seen with what it hangs on; a reader who
-- is not narrowed below the organisation (`vedette_whole`) is spared that look.
CREATE FUNCTION vedette_every_unit() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT current_setting('vedette.unit', true) = 'every' $$;
CREATE FUNCTION vedette_unit() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(nullif(current_setting('vedette.unit', true), ''), 'every')::uuid $$;
CREATE FUNCTION vedette_themes() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT string_to_array(current_setting('vedette.themes', true), ',') $$;
CREATE FUNCTION vedette_purposes() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT string_to_array(current_setting('vedette.purposes', true), ',') $$;
CREATE FUNCTION vedette_whole() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT current_setting('vedette.whole', true) = 'yes' $$;

DO $$
DECLARE
    organisation CONSTANT text := 'organisation_id = (SELECT vedette_scope())';
    unit CONSTANT text := ' AND ((SELECT vedette_every_unit()) OR unit_id = (SELECT vedette_unit()))';
    about CONSTANT text := ' AND theme = ANY ((SELECT vedette_themes())::text[])'
        ' AND purpose = ANY ((SELECT vedette_purposes())::text[])';
    one record;
BEGIN
    FOR one IN SELECT * FROM (VALUES
        ('intake_flight', unit),
        ('intake_journey', unit || about),
        ('targeting_hit', unit || about),
        -- A booking, and a traveller of one, may be on flights of two units: both see them.
        ('intake_booking', about || ' AND ((SELECT vedette_every_unit()) OR EXISTS
            (SELECT FROM intake_journey j WHERE j.booking_id = intake_booking.id))'),
        ('intake_traveller', about || ' AND ((SELECT vedette_every_unit()) OR EXISTS
            (SELECT FROM intake_journey j WHERE j.traveller_id = intake_traveller.id))'),
        ('intake_bookinglocator', ' AND ((SELECT vedette_whole()) OR EXISTS
            (SELECT FROM intake_booking b WHERE b.id = booking_id))'),
        ('intake_message', ' AND ((SELECT vedette_every_unit()) OR EXISTS
            (SELECT FROM intake_flight f WHERE f.id = flight_id))'),
        ('intake_identifier', ' AND ((SELECT vedette_whole()) OR EXISTS
            (SELECT FROM intake_journey j WHERE j.id = journey_id))'),
        ('intake_journeyclear', ' AND ((SELECT vedette_whole()) OR EXISTS
            (SELECT FROM intake_journey j WHERE j.id = journey_id))'),
        ('intake_bookingclear', ' AND ((SELECT vedette_whole()) OR EXISTS
            (SELECT FROM intake_journey j WHERE j.booking_id = intake_bookingclear.booking_id
             AND j.flight_id = intake_bookingclear.flight_id))'),
        ('targeting_reason', about || ' AND ((SELECT vedette_whole()) OR EXISTS
            (SELECT FROM targeting_hit h WHERE h.id = hit_id))'),
        ('targeting_reasonclear', ' AND ((SELECT vedette_whole()) OR EXISTS
            (SELECT FROM targeting_reason r WHERE r.id = reason_id))'),
        ('targeting_decision', ' AND ((SELECT vedette_whole()) OR EXISTS
            (SELECT FROM targeting_hit h WHERE h.id = hit_id))'),
        ('targeting_event', ' AND ((SELECT vedette_whole()) OR EXISTS
            (SELECT FROM targeting_hit h WHERE h.id = hit_id))'),
        ('knowledge_watchlist', about),
        ('knowledge_listversion', ' AND watchlist_id IN (SELECT id FROM knowledge_watchlist)'),
        ('knowledge_listentry', ' AND watchlist_id IN (SELECT id FROM knowledge_watchlist)'),
        ('knowledge_lookout', ' AND ((SELECT vedette_whole()) OR EXISTS
            (SELECT FROM knowledge_listentry e WHERE e.id = entry_id))'),
        ('accounts_unit', ''),
        ('accounts_breakglass', ''),
        ('accounts_approval', ' AND purpose = ANY ((SELECT vedette_purposes())::text[])')
    ) t (name, narrowed) LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', one.name);
        EXECUTE format('DROP POLICY IF EXISTS scope ON %I', one.name);
        EXECUTE format('CREATE POLICY scope ON %I TO vedette_web USING (%s) WITH CHECK (%s)',
                       one.name, organisation || one.narrowed, organisation || one.narrowed);
    END LOOP;

    -- Words of decisions and notes are written before what they belong to, and read with it.
    CREATE INDEX targeting_event_text ON targeting_event ((params ->> 'text')) WHERE params ? 'text';
    DROP POLICY scope ON targeting_textclear;
    EXECUTE 'CREATE POLICY scope_write ON targeting_textclear FOR INSERT TO vedette_web WITH CHECK ('
        || organisation || ')';
    EXECUTE 'CREATE POLICY scope ON targeting_textclear TO vedette_web USING (' || organisation
        || ' AND ((SELECT vedette_whole())'
        || ' OR EXISTS (SELECT FROM targeting_decision d WHERE d.id = subject_id)'
        || ' OR EXISTS (SELECT FROM targeting_event e WHERE e.params ? ''text'''
        || ' AND e.params ->> ''text'' = subject_id::text)))';
END
$$;

-- Signing in looks for a user before there is any scope: then every user is seen. Within a scope, only
-- those of the organisation, so that no page can list or change the users of another. Tokens and
-- their users are looked for in the same way.
ALTER TABLE accounts_user ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON accounts_user TO vedette_web
    USING ((SELECT vedette_scope()) IS NULL OR organisation_id = (SELECT vedette_scope()))
    WITH CHECK ((SELECT vedette_scope()) IS NULL OR organisation_id = (SELECT vedette_scope()));
ALTER TABLE accounts_apitoken ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON accounts_apitoken TO vedette_web
    USING ((SELECT vedette_scope()) IS NULL
           OR EXISTS (SELECT FROM accounts_user u WHERE u.id = user_id))
    WITH CHECK ((SELECT vedette_scope()) IS NULL
           OR EXISTS (SELECT FROM accounts_user u WHERE u.id = user_id));

-- The unit that serves the airport of arrival, else that of departure; NULL where none does.
CREATE FUNCTION vedette_unit_of(organisation uuid, origin text, destination text) RETURNS uuid
LANGUAGE sql STABLE AS $$
    SELECT u.id FROM accounts_unit u
    WHERE u.organisation_id = organisation
      AND (destination = ANY (u.airports) OR origin = ANY (u.airports))
    ORDER BY destination = ANY (u.airports) DESC, u.id
    LIMIT 1
$$;
-- Gives these flights, their journeys and their hits to the units that serve them now.
CREATE FUNCTION vedette_stamp_units(flights uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE intake_flight f SET unit_id = vedette_unit_of(f.organisation_id, f.origin, f.destination)
    WHERE f.id = ANY (flights);
    UPDATE intake_journey j SET unit_id = f.unit_id FROM intake_flight f
    WHERE j.flight_id = f.id AND f.id = ANY (flights) AND j.unit_id IS DISTINCT FROM f.unit_id;
    UPDATE targeting_hit h SET unit_id = f.unit_id FROM intake_flight f
    WHERE h.flight_id = f.id AND f.id = ANY (flights) AND h.unit_id IS DISTINCT FROM f.unit_id;
END
$$;
REVOKE ALL ON FUNCTION vedette_stamp_units(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_stamp_units(uuid[]) TO vedette_intake;
-- The same for the open flights of the organisation in scope whose unit changed, whatever the themes of
-- the administrator who changed it: not landed a day ago, or with an open hit. Gives their number.
CREATE FUNCTION vedette_reassign() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    moved uuid[];
BEGIN
    SELECT array_agg(f.id ORDER BY f.id) INTO moved FROM intake_flight f
    WHERE f.organisation_id = vedette_scope()
      AND (coalesce(f.arrives_at, f.departs_at, f.departs_on) > now() - interval '1 day'
           OR EXISTS (SELECT FROM targeting_hit h
                      WHERE h.flight_id = f.id AND h.state IN ('new', 'reopened')))
      AND f.unit_id IS DISTINCT FROM vedette_unit_of(f.organisation_id, f.origin, f.destination);
    PERFORM vedette_stamp_units(moved);
    RETURN coalesce(cardinality(moved), 0);
END
$$;
REVOKE ALL ON FUNCTION vedette_reassign() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_reassign() TO vedette_web;

-- Name search. Row-level security turns text indexes off, so this one function applies the scope
-- itself and gives ids only; newest journeys first. The index by name does the work whatever the
-- planner knows of names (OFFSET 0 keeps it from walking the ids instead).
CREATE OR REPLACE FUNCTION vedette_search_names(beginning text, at_most integer)
RETURNS TABLE (journey_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT f.journey_id FROM (
        SELECT c.journey_id FROM intake_journeyclear c
        WHERE c.organisation_id = vedette_scope()
          AND c.name_key LIKE replace(replace(replace(beginning, '\', '\\'), '%', '\%'), '_', '\_') || '%'
        OFFSET 0
    ) f
    WHERE (SELECT vedette_whole()) OR EXISTS (
        SELECT FROM intake_journey j
        WHERE j.id = f.journey_id
          AND ((SELECT vedette_every_unit()) OR j.unit_id = (SELECT vedette_unit()))
          AND j.theme = ANY ((SELECT vedette_themes())::text[])
          AND j.purpose = ANY ((SELECT vedette_purposes())::text[]))
    ORDER BY f.journey_id DESC
    LIMIT at_most
$$;

-- Tokens made before rights could be chosen keep what their users could do.
UPDATE accounts_apitoken SET rights = ARRAY[
    'passengers.see', 'hit.claim', 'hit.decide', 'hit.note', 'hit.hand_over', 'lookout.create',
    'person.screen', 'list.see', 'list.import', 'message.see', 'message.try', 'message.submit']
WHERE rights = '{}';
