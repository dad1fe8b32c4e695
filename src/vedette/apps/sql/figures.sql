-- Figures: counts and ages for monitoring, and the daily figures of oversight.

-- Rates and heartbeats are unlogged: after a crash the tables are empty, which does no harm.
ALTER TABLE upkeep_rate SET UNLOGGED;
ALTER TABLE upkeep_beat SET UNLOGGED;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON upkeep_beat FROM vedette_web;
-- The time of the database. Timed acts and everything that judges the clock read it here.
CREATE FUNCTION vedette_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$ SELECT clock_timestamp() $$;
-- Only workers write the clock and begin or end a pause. Pages show the pauses of their organisation and those of
-- all organisations, and write only the confirmation.
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON upkeep_clock, upkeep_pause FROM vedette_web;
GRANT UPDATE (confirmed_at, confirmed_by_id) ON upkeep_pause TO vedette_web;
ALTER TABLE upkeep_pause ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON upkeep_pause TO vedette_web USING ((SELECT vedette_scope()) IS NOT NULL
    AND (organisation_id IS NULL OR organisation_id = (SELECT vedette_scope())));
-- A task of all organisations deletes data of all of them. Only the administration confirms it, not a partner.
CREATE POLICY of_all ON upkeep_pause AS RESTRICTIVE FOR UPDATE TO vedette_web USING (organisation_id IS NOT NULL
    OR (SELECT kind = 'administration' FROM accounts_organisation WHERE id = (SELECT vedette_scope())));
-- Workers write the daily figures; pages read those of their organisation.
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON oversight_rolled, oversight_tally, oversight_figure,
    oversight_finding FROM vedette_web;

-- The figures for monitoring and readiness: counts and ages over all organisations, whose rows the web role
-- may not see. It returns nothing else. Each part reads an index or one day.
CREATE FUNCTION vedette_figures() RETURNS TABLE (figure text, label text, value double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT 'inbox_depth', '', count(*)::float8 FROM inbox_inbox WHERE state = 'waiting'
    UNION ALL
    SELECT 'lists_waiting_seconds', '',
        coalesce(extract(epoch FROM now() - min(problem_at)), 0)::float8
    FROM lists_knowledgestate WHERE problem <> ''
    UNION ALL
    SELECT 'inbox_oldest_seconds', '',
        coalesce(extract(epoch FROM now() - min(received_at)), 0)::float8
    FROM inbox_inbox WHERE state = 'waiting'
    UNION ALL
    SELECT 'files_day', f.state, sum(f.number)::float8
    FROM accounts_organisation o, LATERAL (
        SELECT i.state, count(*) AS number FROM inbox_inbox i
        WHERE i.organisation_id = o.id AND i.received_at > now() - interval '1 day'
        GROUP BY i.state
    ) f GROUP BY f.state
    UNION ALL
    SELECT 'messages_day', m.format, sum(m.number)::float8
    FROM accounts_organisation o, LATERAL (
        SELECT i.format, count(*) AS number FROM inbox_message i
        WHERE i.organisation_id = o.id AND i.received_at > now() - interval '1 day'
        GROUP BY i.format
    ) m GROUP BY m.format
    UNION ALL
    SELECT 'subjects_per_second', '', coalesce(sum(t.number), 0)::float8 / 300
    FROM accounts_organisation o, LATERAL (
        SELECT sum((i.counts->>'subjects')::int) AS number FROM inbox_message i
        WHERE i.organisation_id = o.id AND i.received_at > now() - interval '5 minutes'
    ) t
    UNION ALL
    SELECT 'hits_open', '', count(*)::float8 FROM hits_hit WHERE state IN ('new', 'reopened')
    UNION ALL
    SELECT 'hits_landed', '', count(*)::float8
    FROM hits_hit WHERE state IN ('new', 'reopened') AND due_at < now()
    UNION ALL
    SELECT 'hits_oldest_seconds', '',
        coalesce(extract(epoch FROM now() - min(opened_at)), 0)::float8
    FROM hits_hit WHERE state IN ('new', 'reopened')
    UNION ALL
    SELECT 'refusals_hour', act, sum(coalesce((detail->>'count')::int, 1))::float8
    FROM accounts_act WHERE (organisation_id IS NULL OR organisation_id = ANY (ARRAY(SELECT id FROM accounts_organisation)))
        AND at > now() - interval '1 hour' AND user_id IS NULL AND vedette_is_refusal(act)
    GROUP BY act
    UNION ALL
    SELECT 'workers', '', count(*)::float8
    FROM upkeep_beat WHERE seen_at > now() - interval '2 minutes'
    UNION ALL
    SELECT 'worker_beat_seconds', '', extract(epoch FROM now() - max(seen_at))::float8
    FROM upkeep_beat HAVING max(seen_at) IS NOT NULL
$$;
REVOKE ALL ON FUNCTION vedette_figures() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_figures() TO vedette_web, vedette_intake;

-- Whether the journal is sealed and the periods of retention are kept.
CREATE FUNCTION vedette_keeping_figures()
RETURNS TABLE (figure text, label text, value double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT 'journal_waiting', '', count(*)::float8 FROM journal_pending
    UNION ALL
    SELECT 'journal_lag_seconds', '', coalesce(extract(epoch FROM now() - min(since)), 0)::float8
    FROM journal_pending
    UNION ALL
    SELECT 'tasks_waiting', '', count(*)::float8
    FROM upkeep_pause WHERE ended_at IS NULL AND confirmed_at IS NULL
    UNION ALL
    SELECT 'masking_left', '', coalesce(sum(total - copied), 0)::float8 FROM retention_masking
    UNION ALL
    SELECT 'retention_run_seconds', '', extract(epoch FROM now() - max(finished_at))::float8
    FROM retention_run WHERE state = 'done' HAVING max(finished_at) IS NOT NULL
$$;
REVOKE ALL ON FUNCTION vedette_keeping_figures() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_keeping_figures() TO vedette_web, vedette_intake;
