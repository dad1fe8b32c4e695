-- What public forms submit. The role `vedette_public` belongs to a process that faces the internet. It may insert
-- rows into this table and do nothing else in the database. Workers move the rows into the inbox.

-- The table has as many places as this sequence has numbers. The sequence begins again at its end, and `slot` is
-- unique. A row whose place is still taken is refused, so the table never has more rows. No count is needed.
CREATE SEQUENCE inbox_submission_slots AS integer MINVALUE 1 MAXVALUE 20000 CYCLE;
ALTER TABLE inbox_submission
    ALTER slot SET DEFAULT nextval('inbox_submission_slots'),
    ALTER received_at SET DEFAULT vedette_now(),
    ADD CONSTRAINT submission_sealed CHECK (octet_length(sealed) <= 65536),
    -- Rows come and go quickly.
    SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

SELECT vedette_policy('inbox_submission', false);
REVOKE ALL ON inbox_submission FROM vedette_web;
REVOKE ALL ON SEQUENCE inbox_submission_slots FROM vedette_web;
GRANT INSERT (id, organisation_id, size, sealed) ON inbox_submission TO vedette_public;
GRANT USAGE ON SEQUENCE inbox_submission_slots TO vedette_public;
CREATE POLICY submit ON inbox_submission FOR INSERT TO vedette_public WITH CHECK (true);
