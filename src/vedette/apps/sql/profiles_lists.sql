-- Which versions name a code list, whatever purposes the reader has: a list is the organisation's.
CREATE FUNCTION vedette_list_versions(list text, home uuid) RETURNS SETOF profiles_version
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT v.* FROM profiles_version v
    WHERE v.organisation_id = home AND v.state <> 'ended' AND v.expression ~* '\mlist\M'
      AND position(quote_literal(list) IN v.expression) > 0
$$;
REVOKE ALL ON FUNCTION vedette_list_versions(text, uuid) FROM PUBLIC;

-- How many versions stand for what it says now: those in force, those that somebody decides on, and
-- drafts on which the data-protection officer was heard.
CREATE FUNCTION vedette_list_stands(list text) RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT count(*)::integer FROM vedette_list_versions(list, vedette_scope()) v
    WHERE v.state IN ('active', 'asked') OR EXISTS (
        SELECT FROM profiles_versionevent e WHERE e.version_id = v.id AND e.kind = 'heard')
$$;
-- That a list was changed, in the life of every version that names it.
CREATE FUNCTION vedette_list_changed(list text, who uuid, params jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO profiles_versionevent (organisation_id, version_id, at, by_id, kind, params)
    SELECT v.organisation_id, v.id, clock_timestamp(), who, 'list_changed', params
    FROM vedette_list_versions(list, vedette_scope()) v
$$;
REVOKE ALL ON FUNCTION vedette_list_stands(text), vedette_list_changed(text, uuid, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_list_stands(text), vedette_list_changed(text, uuid, jsonb)
    TO vedette_web;
