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
    state jsonb NOT NULL,
    restricted boolean NOT NULL DEFAULT false,
    PRIMARY KEY (item_id, retention_class, month)
) PARTITION BY LIST (retention_class);
CREATE INDEX goods_itemclear_words ON goods_itemclear USING gin (word_keys);

-- If a subject is deleted, the database also deletes its item.
SELECT vedette_cascade('goods_goodsitem', 'subjects_subject');
SELECT vedette_policy('goods_declaration', true, 'unit', 'data');
SELECT vedette_policy('goods_goodsitem', true, 'unit', 'data');
SELECT vedette_policy('goods_declarationname', false, '(SELECT vedette_whole())
    OR EXISTS (SELECT FROM goods_declaration d WHERE d.id = declaration_id)');
SELECT vedette_policy('goods_declarationclear', false, 'shown', '(SELECT vedette_whole())
    OR EXISTS (SELECT FROM goods_declaration d WHERE d.id = declaration_id)');
SELECT vedette_policy('goods_itemclear', false, 'shown', '(SELECT vedette_whole())
    OR EXISTS (SELECT FROM goods_goodsitem g WHERE g.id = item_id)');

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
