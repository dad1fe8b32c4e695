-- Tables of goods: side tables with clear values (apps/sql/side_tables.sql), policies for the rows that the web
-- role may see (apps/sql/scope.sql), and the search by words.

CREATE TABLE goods_declarationclear (
    declaration_id uuid NOT NULL,
    retention_class text NOT NULL,
    month date NOT NULL,
    organisation_id uuid NOT NULL,
    reference text,
    state jsonb NOT NULL,
    restricted boolean NOT NULL DEFAULT false,
    PRIMARY KEY (declaration_id, retention_class, month)
) PARTITION BY LIST (retention_class);

CREATE TABLE goods_itemclear (
    item_id uuid NOT NULL,
    retention_class text NOT NULL,
    month date NOT NULL,
    organisation_id uuid NOT NULL,
    consignment text NOT NULL,
    description text,
    hs text,
    -- The other texts that control lists read: the description of the goods as a whole and the stated numbers.
    further text[] NOT NULL DEFAULT '{}',
    names text[] NOT NULL DEFAULT '{}',
    word_keys integer[] NOT NULL DEFAULT '{}',
    mass numeric,
    value numeric,
    currency text,
    compared jsonb,
    matched text[] NOT NULL DEFAULT '{}',
    needs_licence boolean NOT NULL DEFAULT false,
    state jsonb NOT NULL,
    restricted boolean NOT NULL DEFAULT false,
    PRIMARY KEY (item_id, retention_class, month)
) PARTITION BY LIST (retention_class);
CREATE INDEX goods_itemclear_words ON goods_itemclear USING gin (word_keys);

-- If a subject is deleted, the database also deletes its item.
SELECT vedette_cascade('goods_goodsitem', 'subjects_subject');
SELECT vedette_policy('goods_declaration', true, 'unit', 'data');
SELECT vedette_policy('goods_goodsitem', true, 'unit', 'data');
SELECT vedette_policy('goods_lane', false, 'about', 'of_subject');
SELECT vedette_policy('goods_baseline', true);
SELECT vedette_policy('goods_terms', true);
SELECT vedette_policy('goods_declarationname', false, '(SELECT vedette_whole())
    OR EXISTS (SELECT FROM goods_declaration d WHERE d.id = declaration_id)');
SELECT vedette_policy('goods_declarationclear', false, 'shown', '(SELECT vedette_whole())
    OR EXISTS (SELECT FROM goods_declaration d WHERE d.id = declaration_id)');
SELECT vedette_policy('goods_itemclear', false, 'shown', '(SELECT vedette_whole())
    OR EXISTS (SELECT FROM goods_goodsitem g WHERE g.id = item_id)');

-- Licences are records of the organisation. Whoever sees goods sees them. A reader sees the items that draw from
-- them as far as he sees the items.
SELECT vedette_policy('goods_licence', true,
    $$'strategic' = ANY ((SELECT vedette_data_themes(vedette_themes()))::text[])$$);
SELECT vedette_policy(name, written, '(SELECT vedette_whole())
    OR EXISTS (SELECT FROM goods_licence l WHERE l.id = licence_id)')
    FROM (VALUES ('goods_licenceversion', true), ('goods_licencebalance', false)) t (name, written);
-- A deleted item has no unit and no theme, so only readers of the whole organisation see its row.
SELECT vedette_policy('goods_licenceuse', false, '(subject_id IS NULL AND (SELECT vedette_whole())) OR EXISTS (SELECT FROM subjects_subject s
    WHERE s.id = subject_id AND (NOT s.restricted OR (SELECT vedette_sees_restricted())))');
-- The items of a licence that a change of an earlier item can change (`drawing._add`).
CREATE INDEX goods_licenceuse_fell ON goods_licenceuse (licence_id, at, id)
    WHERE fell OR (NOT draws AND wants <> '[]');
ALTER TABLE goods_licenceuse ADD FOREIGN KEY (subject_id) REFERENCES subjects_subject (id) ON DELETE SET NULL;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON goods_licencebalance, goods_licenceuse FROM vedette_web;
REVOKE UPDATE, DELETE, TRUNCATE ON goods_licenceversion FROM vedette_web, vedette_intake;
REVOKE DELETE, TRUNCATE ON goods_licence FROM vedette_web, vedette_intake;

-- Search by words: the items that have every key, the newest first. Under row-level security, PostgreSQL does
-- not use the index of an array. This function therefore applies the scope itself. It returns only ids.
CREATE FUNCTION vedette_search_goods(keys integer[], at_most integer)
RETURNS TABLE (subject_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT f.item_id FROM (
        SELECT c.item_id FROM goods_itemclear c
        WHERE c.organisation_id = vedette_scope()
          AND (NOT c.restricted OR vedette_sees_restricted())
          AND c.word_keys @> keys AND cardinality(keys) > 0
        OFFSET 0
    ) f
    JOIN subjects_subject s ON s.id = f.item_id
    -- The items of a declaration that was joined with another are found as items of the other.
    JOIN goods_declaration d ON d.id = s.group_id AND d.joined_to IS NULL
    WHERE (SELECT vedette_whole())
       OR (((SELECT vedette_every_unit()) OR s.unit_id = (SELECT vedette_unit()))
           AND s.theme = ANY ((SELECT vedette_data_themes(vedette_themes()))::text[])
           AND s.purpose = ANY ((SELECT vedette_purposes())::text[]))
    ORDER BY s.received_at DESC, f.item_id
    LIMIT at_most
$$;
REVOKE ALL ON FUNCTION vedette_search_goods(integer[], integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_search_goods(integer[], integer) TO vedette_web, vedette_intake;

-- The filter of the queue: the declarations that have a hit, and an item with every key. It has no limit, because
-- the filter must not leave out a hit. It applies the scope itself, as the search does. The caller joins the hits
-- that the reader may see.
CREATE FUNCTION vedette_filter_goods(keys integer[])
RETURNS TABLE (group_id uuid, received_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT s.group_id, max(s.received_at) FROM (
        SELECT c.item_id FROM goods_itemclear c
        WHERE c.organisation_id = vedette_scope()
          AND (NOT c.restricted OR vedette_sees_restricted())
          AND c.word_keys @> keys AND cardinality(keys) > 0
        OFFSET 0
    ) f
    JOIN subjects_subject s ON s.id = f.item_id
    WHERE EXISTS (SELECT FROM hits_hit h WHERE h.group_id = s.group_id)
      AND ((SELECT vedette_whole())
        OR (((SELECT vedette_every_unit()) OR s.unit_id = (SELECT vedette_unit()))
            AND s.theme = ANY ((SELECT vedette_data_themes(vedette_themes()))::text[])
            AND s.purpose = ANY ((SELECT vedette_purposes())::text[])))
    GROUP BY s.group_id
$$;
REVOKE ALL ON FUNCTION vedette_filter_goods(integer[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_filter_goods(integer[]) TO vedette_web, vedette_intake;
