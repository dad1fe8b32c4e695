-- Tables of cash: side tables with clear values (apps/sql/side_tables.sql) and policies for the rows that the
-- web role may see (apps/sql/scope.sql).

CREATE TABLE cash_movementclear (
    movement_id uuid NOT NULL,
    retention_class text NOT NULL,
    month date NOT NULL,
    organisation_id uuid NOT NULL,
    code text,
    reference text,
    names text[] NOT NULL DEFAULT '{}',
    -- The lines with their values, as they were converted at the rates of the day of the declaration.
    valued jsonb,
    state jsonb NOT NULL,
    restricted boolean NOT NULL DEFAULT false,
    PRIMARY KEY (movement_id, retention_class, month)
) PARTITION BY LIST (retention_class);

CREATE TABLE cash_countclear (
    movement_id uuid NOT NULL,
    count_id uuid NOT NULL,
    retention_class text NOT NULL,
    month date NOT NULL,
    organisation_id uuid NOT NULL,
    content jsonb NOT NULL,
    differences jsonb NOT NULL DEFAULT '[]',
    restricted boolean NOT NULL DEFAULT false,
    PRIMARY KEY (movement_id, count_id, retention_class, month)
) PARTITION BY LIST (retention_class);

-- If a subject is deleted, the database also deletes its movement, its counts and its pairs.
SELECT vedette_cascade(child, 'subjects_subject') FROM unnest(ARRAY[
    'cash_movement', 'cash_movementname', 'cash_count', 'cash_pair', 'cash_detention']) child;
SELECT vedette_policy('cash_movement', true, 'unit', 'data');
SELECT vedette_policy(name, true, 'of_subject') FROM unnest(ARRAY[
    'cash_movementname', 'cash_count', 'cash_pair', 'cash_detention']) name;
SELECT vedette_policy(name, written, 'shown', '(SELECT vedette_whole())
    OR EXISTS (SELECT FROM cash_movement m WHERE m.id = movement_id)')
    FROM (VALUES ('cash_movementclear', false), ('cash_countclear', true)) t (name, written);
SELECT vedette_policy(name, true) FROM unnest(ARRAY['cash_ratefile', 'cash_rate']) name;

-- What was counted is not changed. Rates are not changed, because stored conversions refer to them.
REVOKE DELETE, TRUNCATE ON cash_movement, cash_movementname, cash_count, cash_pair FROM vedette_web;
REVOKE UPDATE ON cash_count, cash_movementname FROM vedette_web;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON cash_movementclear FROM vedette_web;
REVOKE UPDATE, DELETE, TRUNCATE ON cash_countclear FROM vedette_web;
REVOKE UPDATE, DELETE, TRUNCATE ON cash_ratefile, cash_rate FROM vedette_web, vedette_intake;
REVOKE INSERT, UPDATE ON cash_pair, cash_movement FROM vedette_web;
REVOKE UPDATE, DELETE, TRUNCATE ON cash_detention FROM vedette_web;
GRANT UPDATE (due_on, extended_at, extended_by_id) ON cash_detention TO vedette_web;
GRANT UPDATE (restricted) ON cash_movementclear, cash_countclear TO vedette_web;
GRANT UPDATE (separated_at, separated_by_id) ON cash_pair TO vedette_web;
GRANT UPDATE (announced, accepted_at, accepted_by_id, pair_on, differs) ON cash_movement TO vedette_web;
GRANT UPDATE (applied_at) ON cash_ratefile TO vedette_intake;
