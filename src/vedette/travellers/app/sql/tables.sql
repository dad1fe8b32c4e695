-- Tables of travellers: side tables with clear values (apps/sql/side_tables.sql), policies for the rows that
-- the web role may see (apps/sql/scope.sql), and the search by name.

CREATE TABLE travellers_journeyclear (
    journey_id uuid NOT NULL,
    retention_class text NOT NULL,
    month date NOT NULL,
    organisation_id uuid NOT NULL,
    surname text,
    given_names text,
    name_key text,
    -- Every name that a source or a document states, as `surname|given`. A new list entry is compared with
    -- these names.
    names text[] NOT NULL DEFAULT '{}',
    -- Hashes of the sounds of these names (`screening/names/lookup.py`), for the search by similar names.
    name_keys integer[] NOT NULL DEFAULT '{}',
    date_of_birth date,
    -- The year, or the year and month, if no message states the day (`1970`, `1970-05`).
    birth_period text,
    sex text,
    nationality text,
    document text,
    seat text,
    locator text,
    state jsonb NOT NULL,
    restricted boolean NOT NULL DEFAULT false,
    PRIMARY KEY (journey_id, retention_class, month)
) PARTITION BY LIST (retention_class);
-- With the included columns, the search reads the index alone.
CREATE INDEX travellers_journeyclear_name
    ON travellers_journeyclear (organisation_id, name_key text_pattern_ops) INCLUDE (journey_id, restricted);
CREATE INDEX travellers_journeyclear_keys ON travellers_journeyclear USING gin (name_keys);

CREATE TABLE travellers_bookingclear (
    booking_id uuid NOT NULL,
    flight_id uuid NOT NULL,
    retention_class text NOT NULL,
    month date NOT NULL,
    organisation_id uuid NOT NULL,
    state jsonb NOT NULL,
    restricted boolean NOT NULL DEFAULT false,
    PRIMARY KEY (booking_id, flight_id, retention_class, month)
) PARTITION BY LIST (retention_class);

-- If a subject is deleted, the database also deletes its journey.
SELECT vedette_cascade('travellers_journey', 'subjects_subject');
-- The web role may not change or delete a request to a carrier.
REVOKE UPDATE, DELETE, TRUNCATE ON travellers_resendasked FROM vedette_web;

SELECT vedette_policy('travellers_flight', true, 'unit');
SELECT vedette_policy('travellers_resendasked', true);
SELECT vedette_policy('travellers_journey', true, 'unit', 'about');
-- A booking and its travellers may be on flights of two units. Both units then see them.
SELECT vedette_policy('travellers_booking', true, 'about', '(SELECT vedette_every_unit())
    OR EXISTS (SELECT FROM travellers_journey j WHERE j.booking_id = travellers_booking.id)');
SELECT vedette_policy('travellers_traveller', true, 'about', '(SELECT vedette_every_unit())
    OR EXISTS (SELECT FROM travellers_journey j WHERE j.traveller_id = travellers_traveller.id)');
SELECT vedette_policy('travellers_bookinglocator', true, '(SELECT vedette_whole())
    OR EXISTS (SELECT FROM travellers_booking b WHERE b.id = booking_id)');
SELECT vedette_policy('travellers_journeyclear', false, 'shown', '(SELECT vedette_whole())
    OR EXISTS (SELECT FROM travellers_journey j WHERE j.id = journey_id)');
SELECT vedette_policy('travellers_bookingclear', false, 'shown', '(SELECT vedette_whole())
    OR EXISTS (SELECT FROM travellers_journey j WHERE j.booking_id = travellers_bookingclear.booking_id
               AND j.flight_id = travellers_bookingclear.flight_id)');

-- Search by name. Under row-level security, PostgreSQL does not use text indexes (measured: 31 ms instead of
-- 0.03 ms with 500,000 rows). This function therefore applies the scope itself. It returns only ids of
-- subjects, the newest first. `beginning` is the beginning of a folded name (`surname given`). Because of
-- OFFSET 0, PostgreSQL always uses the index by name, whatever its statistics are. The names found are sorted
-- first; the scope is then checked for one after the other, until enough are in scope.
CREATE FUNCTION vedette_search_names(beginning text, at_most integer)
RETURNS TABLE (subject_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT f.journey_id FROM (
        SELECT c.journey_id FROM travellers_journeyclear c
        WHERE c.organisation_id = vedette_scope()
          AND (NOT c.restricted OR vedette_sees_restricted())
          AND c.name_key LIKE replace(replace(replace(beginning, '\', '\\'), '%', '\%'), '_', '\_') || '%'
        ORDER BY c.journey_id DESC OFFSET 0
    ) f
    WHERE (SELECT vedette_whole()) OR EXISTS (
        SELECT FROM subjects_subject s
        WHERE s.id = f.journey_id
          AND ((SELECT vedette_every_unit()) OR s.unit_id = (SELECT vedette_unit()))
          AND s.theme = ANY ((SELECT vedette_themes())::text[])
          AND s.purpose = ANY ((SELECT vedette_purposes())::text[]))
    ORDER BY f.journey_id DESC
    LIMIT at_most
$$;
REVOKE ALL ON FUNCTION vedette_search_names(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_search_names(text, integer) TO vedette_web, vedette_intake;

-- Search by similar names: the subjects with a key of the only word, or of two of up to four words, the newest
-- first, with their names. It applies the scope like the search above; no row out of scope takes a place.
CREATE FUNCTION vedette_search_similar(first integer[], second integer[], third integer[], fourth integer[],
    at_most integer)
RETURNS TABLE (subject_id uuid, names text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN QUERY EXECUTE format($query$
        SELECT f.journey_id, f.names FROM (
            SELECT c.journey_id, c.names FROM travellers_journeyclear c
            WHERE c.organisation_id = vedette_scope()
              AND (NOT c.restricted OR vedette_sees_restricted())
              AND (%s)
            ORDER BY c.journey_id DESC OFFSET 0
        ) f
        WHERE (SELECT vedette_whole()) OR EXISTS (
            SELECT FROM subjects_subject s
            WHERE s.id = f.journey_id
              AND ((SELECT vedette_every_unit()) OR s.unit_id = (SELECT vedette_unit()))
              AND s.theme = ANY ((SELECT vedette_themes())::text[])
              AND s.purpose = ANY ((SELECT vedette_purposes())::text[]))
        ORDER BY f.journey_id DESC
        LIMIT $5$query$,
        CASE WHEN second IS NULL THEN 'c.name_keys && $1'
             WHEN third IS NULL THEN 'c.name_keys && $1 AND c.name_keys && $2'
             ELSE 'c.name_keys && $1 AND (c.name_keys && $2 OR c.name_keys && $3 OR c.name_keys && $4)
                   OR c.name_keys && $2 AND (c.name_keys && $3 OR c.name_keys && $4)
                   OR c.name_keys && $3 AND c.name_keys && $4' END)
    USING first, second, third, coalesce(fourth, '{}'), at_most;
END
$$;
REVOKE ALL ON FUNCTION vedette_search_similar(integer[], integer[], integer[], integer[], integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_search_similar(integer[], integer[], integer[], integer[], integer)
    TO vedette_web, vedette_intake;
