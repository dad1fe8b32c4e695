-- Units of flights.

-- Returns the unit that serves the airport of arrival, else the unit that serves the airport of departure,
-- else NULL.
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
-- Does the same for the open flights of the organisation in scope if their unit has changed. A flight is open
-- if it landed less than a day ago or later, or if it has an open hit. Returns the number of these flights.
-- Only `vedette_reassign` (subjects/tables.py) calls this function.
CREATE FUNCTION vedette_reassign_flights() RETURNS bigint
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
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
REVOKE ALL ON FUNCTION vedette_reassign_flights() FROM PUBLIC;
