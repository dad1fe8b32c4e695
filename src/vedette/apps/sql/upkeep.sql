-- Neither is worth a write to the log: a crash forgets who was fast and which workers lived.
ALTER TABLE upkeep_rate SET UNLOGGED;
ALTER TABLE upkeep_beat SET UNLOGGED;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON upkeep_beat FROM vedette_web;

-- What monitoring and readiness ask: counts and ages over all organisations, which the web role may
-- not see row by row. Nothing else comes out of it. Each part reads an index or a day.
CREATE FUNCTION vedette_figures() RETURNS TABLE (figure text, label text, value double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT 'inbox_depth', '', count(*)::float8 FROM intake_inbox WHERE state = 'waiting'
    UNION ALL
    SELECT 'inbox_oldest_seconds', '',
        coalesce(extract(epoch FROM now() - min(received_at)), 0)::float8
    FROM intake_inbox WHERE state = 'waiting'
    UNION ALL
    SELECT 'files_day', f.state, sum(f.number)::float8
    FROM accounts_organisation o, LATERAL (
        SELECT i.state, count(*) AS number FROM intake_inbox i
        WHERE i.organisation_id = o.id AND i.received_at > now() - interval '1 day'
        GROUP BY i.state
    ) f GROUP BY f.state
    UNION ALL
    SELECT 'messages_day', m.format, sum(m.number)::float8
    FROM accounts_organisation o, LATERAL (
        SELECT i.format, count(*) AS number FROM intake_message i
        WHERE i.organisation_id = o.id AND i.received_at > now() - interval '1 day'
        GROUP BY i.format
    ) m GROUP BY m.format
    UNION ALL
    SELECT 'travellers_per_second', '', coalesce(sum(t.people), 0)::float8 / 300
    FROM accounts_organisation o, LATERAL (
        SELECT sum(i.traveller_count) AS people FROM intake_message i
        WHERE i.organisation_id = o.id AND i.received_at > now() - interval '5 minutes'
    ) t
    UNION ALL
    SELECT 'hits_open', '', count(*)::float8 FROM targeting_hit WHERE state IN ('new', 'reopened')
    UNION ALL
    SELECT 'hits_landed', '', count(*)::float8
    FROM targeting_hit WHERE state IN ('new', 'reopened') AND lands_at < now()
    UNION ALL
    SELECT 'hits_oldest_seconds', '',
        coalesce(extract(epoch FROM now() - min(opened_at)), 0)::float8
    FROM targeting_hit WHERE state IN ('new', 'reopened')
    UNION ALL
    SELECT 'refusals_hour', act, sum(coalesce((detail->>'count')::int, 1))::float8
    FROM accounts_act WHERE organisation_id IS NULL AND at > now() - interval '1 hour'
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
