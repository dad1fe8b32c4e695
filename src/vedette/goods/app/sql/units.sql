-- Units of declarations.

-- Returns the unit that serves the first of these places that a unit serves, or NULL. A place is the code of a
-- customs office or a UN/LOCODE.
CREATE FUNCTION vedette_unit_of_places(organisation uuid, places text[]) RETURNS uuid
LANGUAGE sql STABLE AS $$
    SELECT u.id FROM unnest(places) WITH ORDINALITY p (place, n)
    JOIN accounts_unit u ON u.organisation_id = organisation AND p.place = ANY (u.offices)
    ORDER BY p.n, u.id
    LIMIT 1
$$;
-- Assigns these declarations, their items, hits and messages to the units that serve them now.
CREATE FUNCTION vedette_stamp_declarations(declarations uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE goods_declaration d SET unit_id = vedette_unit_of_places(d.organisation_id, d.places)
    WHERE d.id = ANY (declarations);
    UPDATE goods_goodsitem g SET unit_id = d.unit_id FROM goods_declaration d
    WHERE g.declaration_id = d.id AND d.id = ANY (declarations) AND g.unit_id IS DISTINCT FROM d.unit_id;
    UPDATE subjects_subject s SET unit_id = d.unit_id FROM goods_declaration d
    WHERE s.group_id = d.id AND d.id = ANY (declarations) AND s.unit_id IS DISTINCT FROM d.unit_id;
    UPDATE hits_hit h SET unit_id = d.unit_id FROM goods_declaration d
    WHERE h.group_id = d.id AND d.id = ANY (declarations) AND h.unit_id IS DISTINCT FROM d.unit_id;
    UPDATE inbox_message m SET unit_id = d.unit_id FROM goods_declaration d
    WHERE m.group_id = d.id AND d.id = ANY (declarations) AND m.unit_id IS DISTINCT FROM d.unit_id;
END
$$;
REVOKE ALL ON FUNCTION vedette_stamp_declarations(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_stamp_declarations(uuid[]) TO vedette_intake;
-- Does the same for the open declarations of the organisation in scope if their unit has changed. A declaration
-- is open if a decision on one of its items was due less than a day ago or is due later, or if it has an open
-- hit. Returns the number of these declarations. Only `vedette_reassign` (subjects/tables.py) calls this
-- function.
CREATE FUNCTION vedette_reassign_declarations() RETURNS bigint
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    moved uuid[];
BEGIN
    SELECT array_agg(d.id ORDER BY d.id) INTO moved FROM goods_declaration d
    WHERE d.organisation_id = vedette_scope()
      AND (EXISTS (SELECT FROM subjects_subject s
                   WHERE s.group_id = d.id AND s.due_at > now() - interval '1 day')
           OR EXISTS (SELECT FROM hits_hit h
                      WHERE h.group_id = d.id AND h.state IN ('new', 'reopened')))
      AND d.unit_id IS DISTINCT FROM vedette_unit_of_places(d.organisation_id, d.places);
    PERFORM vedette_stamp_declarations(moved);
    RETURN coalesce(cardinality(moved), 0);
END
$$;
REVOKE ALL ON FUNCTION vedette_reassign_declarations() FROM PUBLIC;
