-- The referral to the financial intelligence unit. A suspicion report is visible to the post that made it (the
-- unit of the reader equals that of the report; a reader without a unit sees those of users without a unit) and
-- to the data-protection officer of all units. No other reader can learn that it exists: not from a count, a
-- constraint or an entry of the journal. Its acts have a trail of their own.
SELECT vedette_cascade(child, 'subjects_subject') FROM unnest(ARRAY[
    'cash_suspicion', 'cash_routinerecord']) child;
SELECT vedette_policy('cash_intelligenceunit', true);
SELECT vedette_policy('cash_suspicion', true, 'about', '(SELECT vedette_user()) IS NOT NULL',
    'unit_id IS NOT DISTINCT FROM (SELECT vedette_unit())
     OR (SELECT vedette_sees_restricted()) AND (SELECT vedette_every_unit())');
SELECT vedette_policy('cash_suspicionact', true, '(SELECT vedette_user()) IS NOT NULL',
    'unit_id IS NOT DISTINCT FROM (SELECT vedette_unit())
     OR (SELECT vedette_sees_restricted()) AND (SELECT vedette_every_unit())');
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON cash_suspicionact
    FOR EACH ROW EXECUTE FUNCTION vedette_append_only();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON cash_suspicionact
    FOR EACH STATEMENT EXECUTE FUNCTION vedette_no_truncate();
REVOKE UPDATE, DELETE, TRUNCATE ON cash_suspicionact FROM vedette_web, vedette_intake;
SELECT vedette_policy('cash_routinebatch', true);
SELECT vedette_policy('cash_routinerecord', true, 'of_subject');
REVOKE UPDATE, DELETE, TRUNCATE ON cash_intelligenceunit FROM vedette_web, vedette_intake;
REVOKE DELETE, TRUNCATE ON cash_suspicion FROM vedette_web;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON cash_routinebatch, cash_routinerecord FROM vedette_web;
