-- Whether the journal is sealed and the law's times are kept, as counts and ages for monitoring.
CREATE FUNCTION vedette_keeping_figures()
RETURNS TABLE (figure text, label text, value double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT 'journal_waiting', '', count(*)::float8 FROM journal_pending
    UNION ALL
    SELECT 'journal_lag_seconds', '', coalesce(extract(epoch FROM now() - min(since)), 0)::float8
    FROM journal_pending
    UNION ALL
    SELECT 'masking_left', '', coalesce(sum(total - copied), 0)::float8 FROM retention_masking
    UNION ALL
    SELECT 'retention_run_seconds', '', extract(epoch FROM now() - max(finished_at))::float8
    FROM retention_run WHERE state = 'done' HAVING max(finished_at) IS NOT NULL
$$;
REVOKE ALL ON FUNCTION vedette_keeping_figures() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_keeping_figures() TO vedette_web, vedette_intake;
