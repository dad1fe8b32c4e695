-- Who is drawn by chance, and what the rates were: workers draw, nobody changes either.
ALTER TABLE profiles_drawn ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON profiles_drawn TO vedette_web
    USING (organisation_id = (SELECT vedette_scope()) AND ((SELECT vedette_whole()) OR EXISTS
        (SELECT FROM intake_journey j WHERE j.id = journey_id)));
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON profiles_drawn FROM vedette_web;
REVOKE UPDATE, TRUNCATE ON profiles_drawn FROM vedette_intake;
SELECT vedette_cascade('profiles_drawn', 'intake_journey');

ALTER TABLE profiles_drawrate ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON profiles_drawrate TO vedette_web
    USING (organisation_id = (SELECT vedette_scope()))
    WITH CHECK (organisation_id = (SELECT vedette_scope()));
REVOKE UPDATE, DELETE, TRUNCATE ON profiles_drawrate FROM vedette_web, vedette_intake;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON profiles_drawrate
    FOR EACH ROW EXECUTE FUNCTION vedette_append_only();
INSERT INTO profiles_drawrate (organisation_id, lane, rate, basis, at)
SELECT organisation_id, lane, rate, basis, changed_at FROM profiles_drawlane;
