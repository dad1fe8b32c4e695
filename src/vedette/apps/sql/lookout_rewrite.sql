-- What an update left behind of words about lookouts, and of whom they were for, still stands in the files
-- of their tables: they are written anew, in one step. Of lists larger than that step may last (readers
-- wait), what is left goes when their pages are used again.
CREATE FUNCTION vedette_rewrite_lookouts() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    CLUSTER knowledge_lookout USING knowledge_lookout_pkey;
    IF pg_table_size('knowledge_listentry') < 64 * 1024 * 1024 THEN
        CLUSTER knowledge_listentry USING knowledge_listentry_pkey;
    END IF;
END
$$;
REVOKE ALL ON FUNCTION vedette_rewrite_lookouts() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_rewrite_lookouts() TO vedette_intake;
