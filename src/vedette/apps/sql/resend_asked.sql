-- What was asked of a carrier is written once, within the organisation that asked.
ALTER TABLE intake_resendasked ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON intake_resendasked TO vedette_web
    USING (organisation_id = (SELECT vedette_scope()))
    WITH CHECK (organisation_id = (SELECT vedette_scope()));
REVOKE UPDATE, DELETE, TRUNCATE ON intake_resendasked FROM vedette_web;
