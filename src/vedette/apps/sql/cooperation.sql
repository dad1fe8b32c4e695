-- The directory of contacts (`apps/cooperation`). Every signed-in user of an organisation reads it. Each organisation
-- writes its own entries, by its coordinators and contact points.
ALTER TABLE cooperation_contact ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON cooperation_contact FOR SELECT TO vedette_web USING ((SELECT vedette_scope()) IS NOT NULL);
CREATE POLICY scope_write ON cooperation_contact FOR INSERT TO vedette_web
    WITH CHECK (organisation_id = (SELECT vedette_scope())
                AND (SELECT vedette_account_role()) IN ('coordinator', 'contact'));
CREATE POLICY scope_change ON cooperation_contact FOR UPDATE TO vedette_web
    USING (organisation_id = (SELECT vedette_scope())
           AND (SELECT vedette_account_role()) IN ('coordinator', 'contact'))
    WITH CHECK (organisation_id = (SELECT vedette_scope()));
CREATE POLICY scope_delete ON cooperation_contact FOR DELETE TO vedette_web
    USING (organisation_id = (SELECT vedette_scope())
           AND (SELECT vedette_account_role()) IN ('coordinator', 'contact'));
REVOKE TRUNCATE ON cooperation_contact FROM vedette_web;
-- A zone that the database does not know would break the search for every organisation: the insertion raises.
ALTER TABLE cooperation_contact ADD CONSTRAINT contact_zone
    CHECK ((timestamp '2026-01-01' AT TIME ZONE zone) IS NOT NULL);

-- Whether a contact answers at a time: one of its days, within its hours, in its time zone. Hours that end before
-- they begin end on the next day; equal hours are the whole day.
CREATE FUNCTION vedette_answers(days smallint[], opens time, closes time, zone text, at timestamptz) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN opens < closes THEN today = ANY (days) AND clock >= opens AND clock < closes
                ELSE today = ANY (days) AND clock >= opens
                     OR (today + 5) % 7 + 1 = ANY (days) AND clock < closes END
    FROM (SELECT extract(isodow FROM at AT TIME ZONE zone)::smallint AS today,
                 (at AT TIME ZONE zone)::time AS clock) local
$$;
