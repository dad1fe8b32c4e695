-- What masking, deletion and unmasking need: words of people beside the spine, the vault, values
-- unmasked for a while, and the few acts on partitions that only the owner of a table may do.

-- Reasons of decisions, legal bases, notes, names of files: people write names into them, so they go
-- with the rest of their class and month.
CREATE TABLE targeting_textclear (
    subject_id uuid NOT NULL,
    kind text NOT NULL,
    retention_class text NOT NULL,
    month date NOT NULL,
    organisation_id uuid NOT NULL,
    text text NOT NULL,
    PRIMARY KEY (subject_id, kind, retention_class, month)
) PARTITION BY LIST (retention_class);
ALTER TABLE targeting_textclear ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON targeting_textclear TO vedette_web
    USING (organisation_id = (SELECT vedette_scope()))
    WITH CHECK (organisation_id = (SELECT vedette_scope()));

-- Sealed rows of the side tables. `subject` is the spine id; `part` tells several rows of one subject
-- apart (the flight of a booking). The web role has nothing to look for here.
CREATE TABLE retention_vault (
    subject uuid NOT NULL,
    part uuid NOT NULL,
    kind text NOT NULL,
    retention_class text NOT NULL,
    month date NOT NULL,
    organisation_id uuid NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (subject, part, kind, retention_class, month)
) PARTITION BY LIST (retention_class);
-- Sealed bytes do not compress.
ALTER TABLE retention_vault ALTER COLUMN sealed SET STORAGE EXTERNAL;
REVOKE ALL ON retention_vault FROM vedette_web;

-- Not logged: values that live for hours stand in no WAL and in no backup. Sealed all the same.
CREATE UNLOGGED TABLE retention_unmasked (
    approval_id uuid NOT NULL,
    kind text NOT NULL,
    subject uuid NOT NULL,
    part uuid NOT NULL,
    journey_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    user_id uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (approval_id, kind, subject, part)
);
CREATE INDEX retention_unmasked_journey ON retention_unmasked (journey_id);
REVOKE ALL ON retention_unmasked FROM vedette_web;
GRANT SELECT ON retention_unmasked TO vedette_web;
ALTER TABLE retention_unmasked ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION vedette_user() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('vedette.user', true), '')::uuid $$;
CREATE POLICY asker ON retention_unmasked FOR SELECT TO vedette_web
    USING (organisation_id = (SELECT vedette_scope()) AND user_id = (SELECT vedette_user())
           AND expires_at > clock_timestamp());

-- No statistics of clear values: they would outlive their partition in the catalogue's files.
CREATE FUNCTION vedette_no_statistics(one text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT attname FROM pg_attribute WHERE attrelid = one::regclass AND attnum > 0
        AND NOT attisdropped AND attstattarget IS DISTINCT FROM 0 AND attname IN
        ('surname', 'given_names', 'name_key', 'names', 'date_of_birth', 'document', 'seat', 'locator',
         'state', 'evidence', 'text')
    LOOP
        EXECUTE format('ALTER TABLE %I ALTER COLUMN %I SET STATISTICS 0', one, name);
    END LOOP;
END
$$;
REVOKE ALL ON FUNCTION vedette_no_statistics(text) FROM PUBLIC;

CREATE FUNCTION vedette_side_tables() RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT ARRAY['intake_journeyclear', 'intake_bookingclear', 'targeting_reasonclear',
                 'targeting_textclear'] $$;

-- Partitions of one class for `months` months from `first` on; what exists stays. A month that is
-- masked (its vault exists) gets no new partition: what comes late for it falls into the rest, and
-- the next run masks it.
CREATE OR REPLACE FUNCTION vedette_make_partitions(class text, first date, months integer)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    parent text;
    branch text;
    leaf text;
    start date;
BEGIN
    FOREACH parent IN ARRAY vedette_side_tables() LOOP
        branch := parent || '_' || class;
        IF to_regclass(branch) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES IN (%L) PARTITION BY RANGE (month)',
                           branch, parent, class);
            -- A clock that is wrong by years must not lose a traveller.
            EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', branch || '_rest', branch);
            EXECUTE format('REVOKE ALL ON %I, %I FROM vedette_web', branch, branch || '_rest');
        END IF;
        PERFORM vedette_no_statistics(parent), vedette_no_statistics(branch),
                vedette_no_statistics(branch || '_rest');
        FOR i IN 0 .. months - 1 LOOP
            start := (date_trunc('month', first) + make_interval(months => i))::date;
            leaf := branch || to_char(start, '_YYYY_MM');
            IF to_regclass('retention_vault_' || class || to_char(start, '_YYYY_MM')) IS NOT NULL THEN
                CONTINUE;
            END IF;
            IF to_regclass(leaf) IS NULL THEN
                EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                               leaf, branch, start, (start + interval '1 month')::date);
                EXECUTE format('REVOKE ALL ON %I FROM vedette_web', leaf);
            END IF;
            PERFORM vedette_no_statistics(leaf);
        END LOOP;
    END LOOP;
END
$$;
REVOKE ALL ON FUNCTION vedette_make_partitions(text, date, integer) FROM PUBLIC;
SELECT vedette_make_partitions('passenger', (now() - interval '1 month')::date, 25);

-- Takes one side table's month (or its rest, with no month) out of sight in one short step: nobody
-- reads or writes it from now on but the masking run. Gives the table's new name, or nothing.
CREATE FUNCTION vedette_detach(parent text, class text, first date) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
    branch text := parent || '_' || class;
    leaf text := branch || coalesce(to_char(first, '_YYYY_MM'), '_rest');
    apart text := 'masking_' || leaf || CASE WHEN first IS NULL THEN to_char(clock_timestamp(), '_YYMMDDHH24MISS') ELSE '' END;
BEGIN
    IF NOT parent = ANY (vedette_side_tables()) THEN
        RAISE EXCEPTION '% is no side table', parent;
    END IF;
    IF to_regclass(leaf) IS NULL THEN
        RETURN NULL;
    END IF;
    EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', branch, leaf);
    EXECUTE format('ALTER TABLE %I RENAME TO %I', leaf, apart);
    IF first IS NULL THEN
        -- Its indexes keep their names: the new one's are made by PostgreSQL.
        EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', leaf, branch);
        EXECUTE format('REVOKE ALL ON %I FROM vedette_web', leaf);
        PERFORM vedette_no_statistics(leaf);
    END IF;
    RETURN apart;
END
$$;

-- Drops what was taken apart and copied.
CREATE FUNCTION vedette_drop_detached(apart text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF apart NOT LIKE 'masking\_%' OR EXISTS (
        SELECT FROM pg_class WHERE oid = to_regclass(apart) AND relispartition) THEN
        RAISE EXCEPTION '% is not being masked', apart;
    END IF;
    EXECUTE format('DROP TABLE IF EXISTS %I', apart);
END
$$;

-- The vault's partition of one class and month, and its end.
CREATE FUNCTION vedette_make_vault(class text, first date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
    branch text := 'retention_vault_' || class;
    leaf text := branch || to_char(first, '_YYYY_MM');
BEGIN
    IF class !~ '^[a-z][a-z0-9_]{0,19}$' OR first <> date_trunc('month', first) THEN
        RAISE EXCEPTION 'no class and month';
    END IF;
    IF to_regclass(branch) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF retention_vault FOR VALUES IN (%L)
                        PARTITION BY RANGE (month)', branch, class);
        EXECUTE format('REVOKE ALL ON %I FROM vedette_web', branch);
    END IF;
    IF to_regclass(leaf) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                       leaf, branch, first, (first + interval '1 month')::date);
        EXECUTE format('ALTER TABLE %I ALTER COLUMN sealed SET STORAGE EXTERNAL', leaf);
        EXECUTE format('REVOKE ALL ON %I FROM vedette_web', leaf);
    END IF;
END
$$;
CREATE FUNCTION vedette_drop_vault(class text, first date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    EXECUTE format('DROP TABLE IF EXISTS %I', 'retention_vault_' || class || to_char(first, '_YYYY_MM'));
END
$$;

REVOKE ALL ON FUNCTION vedette_detach(text, text, date), vedette_drop_detached(text),
    vedette_make_vault(text, date), vedette_drop_vault(text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_detach(text, text, date), vedette_drop_detached(text),
    vedette_make_vault(text, date), vedette_drop_vault(text, date) TO vedette_intake;
