-- Daily figures are the workers'; pages read those of their organisation. What was noted and the
-- register of transfers are written once.
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON oversight_rolled, oversight_tally, oversight_figure,
    oversight_finding FROM vedette_web;
REVOKE UPDATE, DELETE, TRUNCATE ON oversight_noted, oversight_transfer FROM vedette_web, vedette_intake;
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'oversight_rolled', 'oversight_tally', 'oversight_figure', 'oversight_finding',
        'oversight_noted', 'oversight_transfer'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY scope ON %I TO vedette_web
            USING (organisation_id = (SELECT vedette_scope()))
            WITH CHECK (organisation_id = (SELECT vedette_scope()))', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['oversight_noted', 'oversight_transfer'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I
            FOR EACH ROW EXECUTE FUNCTION vedette_append_only()', name);
        EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %I
            FOR EACH STATEMENT EXECUTE FUNCTION vedette_no_truncate()', name);
    END LOOP;
END
$$;
-- Who else saw a record; the journal's page of one subject; what was decided and raised on a day.
CREATE INDEX act_subject ON accounts_act (organisation_id, subject, id) WHERE subject <> '';
CREATE INDEX decision_day ON targeting_decision (organisation_id, at);
CREATE INDEX hit_opened ON targeting_hit (organisation_id, opened_at);
