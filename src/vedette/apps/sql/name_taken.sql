-- Whether anybody, of any organisation, signs in by that name.
CREATE FUNCTION vedette_name_taken(name text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT EXISTS (SELECT FROM accounts_user WHERE upper(username) = upper(name)) $$;
REVOKE ALL ON FUNCTION vedette_name_taken(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_name_taken(text) TO vedette_web;
