-- Whose data: the web role sees the rows of the organisation set for its transaction, and no others.
-- Without a scope it sees nothing. The intake role has BYPASSRLS; the owner only migrates.
CREATE FUNCTION vedette_scope() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('vedette.organisation', true), '')::uuid $$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'intake_inbox', 'intake_flight', 'intake_message', 'intake_booking', 'intake_bookinglocator',
        'intake_traveller', 'intake_journey', 'intake_identifier', 'intake_droppedcount',
        'intake_journeyclear', 'intake_bookingclear', 'knowledge_watchlist', 'knowledge_listversion',
        'knowledge_listentry', 'knowledge_lookout', 'knowledge_listdraft', 'knowledge_knowledgestate', 'targeting_hit',
        'targeting_reason', 'targeting_reasonclear', 'targeting_decision', 'targeting_event',
        'targeting_clearedpair'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY scope ON %I TO vedette_web
            USING (organisation_id = (SELECT vedette_scope()))
            WITH CHECK (organisation_id = (SELECT vedette_scope()))', name);
    END LOOP;
END
$$;

-- Acts are written by everybody, also before a scope is known (a sign-in that failed).
ALTER TABLE accounts_act ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope_read ON accounts_act FOR SELECT TO vedette_web
    USING (organisation_id = (SELECT vedette_scope()));
CREATE POLICY scope_write ON accounts_act FOR INSERT TO vedette_web WITH CHECK (true);
