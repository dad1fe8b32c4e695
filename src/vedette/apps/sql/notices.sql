-- Notifications: who is notified, and who sees a notification.

-- A notification is deleted with its user, its hit and its approval.
SELECT vedette_cascade('notices_notice', name)
    FROM unnest(ARRAY['accounts_user', 'hits_hit', 'accounts_approval']) name;
SELECT vedette_cascade('notices_mail', 'accounts_user');

-- Whether an event of a hit (`pairs`, `seen`) and an approval are in the sight of a user. Row-level security
-- decides the same when the user reads the notification. Workers, which pass it, need this function.
CREATE FUNCTION vedette_notified(u accounts_user, hit uuid, pairs integer, seen jsonb, approval uuid)
RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
SELECT (hit IS NULL OR EXISTS (
        SELECT FROM hits_hit h
        CROSS JOIN (SELECT bit_or(vedette_pair(theme, purpose)) AS own
                    FROM unnest(vedette_reader_themes(u.themes::text[])) theme, unnest(u.purposes) purpose) mine
        WHERE h.id = hit AND h.organisation_id = u.organisation_id
          AND (u.unit_id IS NULL OR u.unit_id = h.unit_id)
          AND h.theme = ANY (vedette_data_themes(u.themes::text[])) AND h.purpose = ANY (u.purposes)
          AND (h.pairs & own = h.pairs OR h.parts ? (h.pairs & own)::text)
          AND (seen IS NULL OR seen ? (vedette_notified.pairs & own)::text)))
   AND (approval IS NULL OR EXISTS (
        SELECT FROM accounts_approval a
        WHERE a.id = approval AND a.organisation_id = u.organisation_id AND a.purpose = ANY (u.purposes)
          AND (a.kind <> 'list' OR jsonb_typeof(a.detail -> 'themes') IS DISTINCT FROM 'array'
               OR a.detail -> 'themes' ?| u.themes::text[])
          AND (a.kind <> 'unmask' OR EXISTS (
               SELECT FROM subjects_subject s
               WHERE s.id = CASE WHEN a.kind = 'unmask' THEN a.subject::uuid END
                 AND s.organisation_id = u.organisation_id
                 AND (u.unit_id IS NULL OR u.unit_id = s.unit_id)
                 AND s.theme = ANY (vedette_data_themes(u.themes::text[])) AND s.purpose = ANY (u.purposes)))))
$$;

-- Whether the hit is still decided by this decision, and no result of a control is recorded since then, as the
-- user sees it. PostgreSQL plans the query of a function only when the function is called. As a part of the
-- policy, the query would be planned for each page, which shows the number of notifications.
CREATE FUNCTION vedette_held(hit uuid, decision text) RETURNS boolean LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
SELECT EXISTS (
    SELECT FROM hits_seen h JOIN hits_decision d ON d.hit_id = h.id
    WHERE h.id = hit AND h.state = 'decided' AND d.id::text = decision
      AND NOT EXISTS (SELECT FROM hits_decision e WHERE e.hit_id = h.id AND e.at > d.at)
      AND NOT EXISTS (SELECT FROM hits_result r WHERE r.hit_id = h.id AND r.at > d.at))
$$;

-- Whether a control order is not ended. The query reads the orders with the rights of the user.
CREATE FUNCTION vedette_order_waits(one text) RETURNS boolean LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
SELECT EXISTS (SELECT FROM enforcement_controlorder WHERE id = one::uuid AND state IN ('ordered', 'begun'))
$$;

-- Whether a detention waits for its end. The query reads the records with the rights of the user.
CREATE FUNCTION vedette_detention_waits(one text) RETURNS boolean LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
SELECT EXISTS (SELECT FROM enforcement_seizure
               WHERE id = one::uuid AND measure = 'detention' AND closed_at IS NULL AND state <> 'withdrawn')
$$;

-- A user reads his own notifications, from their time on. The end of a hold is announced only while the hit is
-- held and no result of a control is recorded. A control order that is past due, and the period of a
-- detention, are announced until they end.
SELECT vedette_policy('notices_notice', false,
    'user_id = (SELECT vedette_user())', 'at <= (SELECT vedette_now())',
    'hit_id IS NULL OR EXISTS (SELECT FROM hits_hit h WHERE h.id = hit_id)',
    'seen IS NULL OR seen ? (pairs & (SELECT vedette_pairs()))::text',
    'approval_id IS NULL OR EXISTS (SELECT FROM accounts_approval a WHERE a.id = approval_id)',
    $$NOT params ? 'themes' OR params -> 'themes' ?| (SELECT vedette_themes())$$,
    $$kind <> 'late' OR (SELECT vedette_every_unit()) OR (params ->> 'unit')::uuid = (SELECT vedette_unit())$$,
    $$kind <> 'deadline' OR vedette_held(hit_id, params ->> 'decision')$$,
    $$kind <> 'order_due' OR vedette_order_waits(params ->> 'id')$$,
    $$kind <> 'detention' OR vedette_detention_waits(params ->> 'detention')$$);
-- A user chooses his own address. Workers record the sending.
SELECT vedette_policy('notices_mail', true, 'user_id = (SELECT vedette_user())');
REVOKE TRUNCATE ON notices_mail FROM vedette_web;
-- An officer who acts notifies others. A notification does not change; the user marks it as read.
CREATE POLICY scope_write ON notices_notice FOR INSERT TO vedette_web
    WITH CHECK (organisation_id = (SELECT vedette_scope()));
REVOKE UPDATE, DELETE, TRUNCATE ON notices_notice FROM vedette_web;
GRANT UPDATE (read_at) ON notices_notice TO vedette_web;
