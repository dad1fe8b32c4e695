-- Units of movements of cash.

-- Returns the unit that serves the first of these places that a unit serves, or NULL. A place is the code of
-- a customs office or a UN/LOCODE.
CREATE FUNCTION vedette_unit_of_cash(organisation uuid, places text[]) RETURNS uuid
LANGUAGE sql STABLE AS $$
    SELECT u.id FROM unnest(places) WITH ORDINALITY p (place, n)
    JOIN accounts_unit u ON u.organisation_id = organisation AND p.place = ANY (u.offices)
    ORDER BY p.n, u.id
    LIMIT 1
$$;
-- Assigns these movements, their hits and messages to the units that serve them now.
CREATE FUNCTION vedette_stamp_cash(movements uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE cash_movement m SET unit_id = vedette_unit_of_cash(m.organisation_id, m.places)
    WHERE m.id = ANY (movements);
    UPDATE subjects_subject s SET unit_id = m.unit_id FROM cash_movement m
    WHERE s.id = m.id AND m.id = ANY (movements) AND s.unit_id IS DISTINCT FROM m.unit_id;
    UPDATE hits_hit h SET unit_id = m.unit_id FROM cash_movement m
    WHERE h.subject_id = m.id AND m.id = ANY (movements) AND h.unit_id IS DISTINCT FROM m.unit_id;
    UPDATE inbox_message i SET unit_id = m.unit_id FROM cash_movement m
    WHERE i.group_id = m.id AND m.id = ANY (movements) AND i.unit_id IS DISTINCT FROM m.unit_id;
END
$$;
REVOKE ALL ON FUNCTION vedette_stamp_cash(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_stamp_cash(uuid[]) TO vedette_intake;
-- Does the same for the open movements of the organisation in scope if their unit has changed. A movement is
-- open if a decision on it was due less than a day ago or is due later, or if it has an open hit. Returns the
-- number of these movements. Only `vedette_reassign` (subjects/tables.py) calls this function.
CREATE FUNCTION vedette_reassign_cash() RETURNS bigint
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    moved uuid[];
BEGIN
    SELECT array_agg(m.id ORDER BY m.id) INTO moved FROM cash_movement m
    WHERE m.organisation_id = vedette_scope()
      AND (EXISTS (SELECT FROM subjects_subject s
                   WHERE s.id = m.id AND s.due_at > now() - interval '1 day')
           OR EXISTS (SELECT FROM hits_hit h
                      WHERE h.subject_id = m.id AND h.state IN ('new', 'reopened')))
      AND m.unit_id IS DISTINCT FROM vedette_unit_of_cash(m.organisation_id, m.places);
    PERFORM vedette_stamp_cash(moved);
    RETURN coalesce(cardinality(moved), 0);
END
$$;
REVOKE ALL ON FUNCTION vedette_reassign_cash() FROM PUBLIC;
