-- The library (`apps/library`). Every table has the scope of its item, or leads to an item. Row-level security
-- admits the scopes of the reader. The tables of the index begin with the scope: a search reads no row of an item
-- that the reader may not read, so that such an item changes neither a result nor the time of a search.

-- The scopes of the reader. Every organisation of the installation but an international body is a Member. The
-- organisation that manages a group reads its items. Administrators and coordinators see what they withdrew.
CREATE FUNCTION vedette_library_scopes() RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT array(
        SELECT 'public' WHERE vedette_scope() IS NOT NULL
        UNION ALL SELECT 'members' FROM accounts_organisation
            WHERE id = vedette_scope() AND kind IN ('administration', 'foreign')
        UNION ALL SELECT 'organisation:' || vedette_scope()
        UNION ALL SELECT 'group:' || id FROM library_group
            WHERE vedette_scope() = organisation_id OR vedette_scope() = ANY (members)
        UNION ALL SELECT 'withdrawn:' || vedette_scope()
            WHERE vedette_account_role() IN ('administrator', 'coordinator'))
$$;
REVOKE ALL ON FUNCTION vedette_library_scopes() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_library_scopes() TO vedette_web, vedette_intake;

-- A group is read by the organisation that manages it and by its members.
ALTER TABLE library_group ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON library_group FOR SELECT TO vedette_web
    USING ((SELECT vedette_scope()) = organisation_id OR (SELECT vedette_scope()) = ANY (members));
CREATE POLICY scope_write ON library_group FOR INSERT TO vedette_web
    WITH CHECK (organisation_id = (SELECT vedette_scope()));
CREATE POLICY scope_change ON library_group FOR UPDATE TO vedette_web
    USING (organisation_id = (SELECT vedette_scope()))
    WITH CHECK (organisation_id = (SELECT vedette_scope()));
REVOKE DELETE, TRUNCATE ON library_group FROM vedette_web;

-- An item and what belongs to it are read by the readers of its scope, and written by its organisation: nobody adds a
-- version, a language or a file to an item of another organisation, or puts an item into the scope of others.
DO $$
DECLARE
    one record;
    own_item CONSTANT text := 'EXISTS (SELECT FROM library_item i WHERE i.id = item_id
        AND i.organisation_id = (SELECT vedette_scope()))';
    own_scope CONSTANT text := $w$scope IN ('public', 'members', 'organisation:' || (SELECT vedette_scope()),
            'withdrawn:' || (SELECT vedette_scope()))
        OR EXISTS (SELECT FROM library_group g WHERE 'group:' || g.id = scope
                   AND g.organisation_id = (SELECT vedette_scope()))$w$;
BEGIN
    FOR one IN SELECT * FROM (VALUES
        ('library_item', 'scope = ANY ((SELECT vedette_library_scopes())::text[])', own_scope),
        ('library_version', 'EXISTS (SELECT FROM library_item i WHERE i.id = item_id)', own_item),
        ('library_variant', 'EXISTS (SELECT FROM library_item i WHERE i.id = item_id)', own_item),
        ('library_file', 'EXISTS (SELECT FROM library_variant v WHERE v.id = variant_id)',
         'EXISTS (SELECT FROM library_variant v WHERE v.id = variant_id
                  AND v.organisation_id = (SELECT vedette_scope()))')
    ) t (name, rule, written) LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', one.name);
        EXECUTE format('CREATE POLICY scope ON %I FOR SELECT TO vedette_web USING (%s)', one.name, one.rule);
        EXECUTE format('CREATE POLICY scope_write ON %I FOR INSERT TO vedette_web
                        WITH CHECK (organisation_id = (SELECT vedette_scope()) AND (%s))', one.name, one.written);
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM vedette_web', one.name);
    END LOOP;
    EXECUTE format('CREATE POLICY scope_change ON library_item FOR UPDATE TO vedette_web
                    USING (organisation_id = (SELECT vedette_scope()))
                    WITH CHECK (organisation_id = (SELECT vedette_scope()) AND (%s))', own_scope);
END
$$;
GRANT UPDATE ON library_item TO vedette_web;
CREATE POLICY scope_change ON library_variant FOR UPDATE TO vedette_web
    USING (organisation_id = (SELECT vedette_scope())) WITH CHECK (organisation_id = (SELECT vedette_scope()));
GRANT UPDATE (to_index) ON library_variant TO vedette_web;

-- Opinions are counted by the organisation of the reader. A reader changes his own.
SELECT vedette_policy('library_opinion', true);
REVOKE DELETE, TRUNCATE ON library_opinion FROM vedette_web;

-- The index. Workers write it. The transaction that changes an item deletes its entries.
ALTER TABLE library_entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON library_entry FOR SELECT TO vedette_web
    USING (scope = ANY ((SELECT vedette_library_scopes())::text[]));
CREATE POLICY scope_delete ON library_entry FOR DELETE TO vedette_web
    USING (organisation_id = (SELECT vedette_scope()));
REVOKE INSERT, UPDATE, TRUNCATE ON library_entry FROM vedette_web;
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['library_posting', 'library_near'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY scope ON %I FOR SELECT TO vedette_web
                        USING (scope = ANY ((SELECT vedette_library_scopes())::text[]))', name);
        EXECUTE format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON %I FROM vedette_web', name);
    END LOOP;
END
$$;
