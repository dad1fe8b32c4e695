-- Side tables: clear values beside the spine, partitioned by retention class and by the month in which the
-- retention period began. No foreign key refers to them, so that masking can drop a partition. The web role
-- reads and writes only through the partitioned tables, where row-level security applies (scope.sql).
-- `restricted` hides the values of a person who asked for it (subjects/tables.py). Each kind has its own side
-- tables in the SQL of its app; the tables in this file are shared by all kinds.

CREATE TABLE hits_reasonclear (
    reason_id uuid NOT NULL,
    retention_class text NOT NULL,
    month date NOT NULL,
    organisation_id uuid NOT NULL,
    evidence jsonb NOT NULL,
    restricted boolean NOT NULL DEFAULT false,
    PRIMARY KEY (reason_id, retention_class, month)
) PARTITION BY LIST (retention_class);

-- Explanations of decisions, legal bases, notes, names of files. People write names into them, so they are
-- masked and deleted with the other values of their class and month.
CREATE TABLE hits_textclear (
    owner_id uuid NOT NULL,
    kind text NOT NULL,
    retention_class text NOT NULL,
    month date NOT NULL,
    organisation_id uuid NOT NULL,
    text text NOT NULL,
    restricted boolean NOT NULL DEFAULT false,
    PRIMARY KEY (owner_id, kind, retention_class, month)
) PARTITION BY LIST (retention_class);

-- Values as they were known at screening. Only workers read them. Pages show counts, and a sample of the
-- subjects that row-level security lets the reader see.
CREATE TABLE profiles_known (
    block uuid NOT NULL,
    "column" text NOT NULL,
    retention_class text NOT NULL,
    month date NOT NULL,
    organisation_id uuid NOT NULL,
    kind text NOT NULL,
    day date NOT NULL,
    rows integer NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (block, "column", retention_class, month)
) PARTITION BY LIST (retention_class);
CREATE INDEX profiles_known_day ON profiles_known (organisation_id, kind, "column", day);
-- The data is already compressed by Arrow.
ALTER TABLE profiles_known ALTER COLUMN data SET STORAGE EXTERNAL;
REVOKE ALL ON profiles_known FROM vedette_web;

-- The vault: sealed rows of the side tables. `owner` is the id in the spine; `part` distinguishes several
-- rows of one owner. The web role has no access to it.
CREATE TABLE retention_vault (
    owner uuid NOT NULL,
    part uuid NOT NULL,
    kind text NOT NULL,
    retention_class text NOT NULL,
    month date NOT NULL,
    organisation_id uuid NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (owner, part, kind, retention_class, month)
) PARTITION BY LIST (retention_class);
-- Compression does not make sealed bytes smaller.
ALTER TABLE retention_vault ALTER COLUMN sealed SET STORAGE EXTERNAL;
REVOKE ALL ON retention_vault FROM vedette_web;

-- Values unmasked for some hours. The table is unlogged, so that they are in no WAL and in no backup. They
-- are sealed nevertheless.
CREATE UNLOGGED TABLE retention_unmasked (
    approval_id uuid NOT NULL,
    kind text NOT NULL,
    owner uuid NOT NULL,
    part uuid NOT NULL,
    subject_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    user_id uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (approval_id, kind, owner, part)
);
CREATE INDEX retention_unmasked_subject ON retention_unmasked (subject_id);
REVOKE ALL ON retention_unmasked FROM vedette_web;
GRANT SELECT ON retention_unmasked TO vedette_web;

-- Returns the side tables: the tables that are partitioned by retention class, without the vault.
CREATE FUNCTION vedette_side_tables() RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(c.relname::text ORDER BY c.relname) FROM pg_partitioned_table p
    JOIN pg_class c ON c.oid = p.partrelid
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.partattrs[0]
    WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition
      AND a.attname = 'retention_class' AND c.relname <> 'retention_vault'
$$;

-- Turns off planner statistics of clear values, because these would stay in the files of the catalogue after
-- a partition is dropped. A table with clear values has the column `restricted`. All its columns are values
-- of subjects except that one, the organisation and the primary key.
CREATE FUNCTION vedette_no_statistics(one text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT attname FROM pg_attribute a WHERE attrelid = one::regclass AND attnum > 0
        AND NOT attisdropped AND attstattarget IS DISTINCT FROM 0
        AND attname NOT IN ('organisation_id', 'restricted')
        AND EXISTS (SELECT FROM pg_attribute r WHERE r.attrelid = a.attrelid AND r.attname = 'restricted')
        AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = a.attrelid AND k.contype = 'p'
                        AND a.attnum = ANY (k.conkey))
    LOOP
        EXECUTE format('ALTER TABLE %I ALTER COLUMN %I SET STATISTICS 0', one, name);
    END LOOP;
END
$$;
REVOKE ALL ON FUNCTION vedette_no_statistics(text) FROM PUBLIC;

-- Makes the partitions of one class for `months` months from `first` on; existing partitions stay. The function
-- `vedette_side_tables_of` is generated from the kinds (`apps/subjects/tables.py`). A month
-- that is masked (its vault exists) gets no new partition. Rows that arrive late for it go into the partition
-- `rest`, and the next retention run masks them.
CREATE FUNCTION vedette_make_partitions(class text, first date, months integer)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    parent text;
    branch text;
    leaf text;
    start date;
BEGIN
    FOREACH parent IN ARRAY vedette_side_tables_of(class) LOOP
        branch := parent || '_' || class;
        IF to_regclass(branch) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES IN (%L) PARTITION BY RANGE (month)',
                           branch, parent, class);
            -- A subject is stored even if a clock is wrong by years.
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

-- Detaches the partition of one month of a side table (without a month: the partition `rest`) in one short
-- step. From then on, only the masking run reads or writes it. Returns the table's new name, or NULL if there
-- is no such partition.
CREATE FUNCTION vedette_detach(parent text, class text, first date) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
        -- The indexes keep their names: PostgreSQL chooses other names for those of the new table.
        EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', leaf, branch);
        EXECUTE format('REVOKE ALL ON %I FROM vedette_web', leaf);
        PERFORM vedette_no_statistics(leaf);
    END IF;
    RETURN apart;
END
$$;

-- Drops a table that was detached and copied into the vault.
CREATE FUNCTION vedette_drop_detached(apart text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF apart NOT LIKE 'masking\_%' OR EXISTS (
        SELECT FROM pg_class WHERE oid = to_regclass(apart) AND relispartition) THEN
        RAISE EXCEPTION '% is not being masked', apart;
    END IF;
    EXECUTE format('DROP TABLE IF EXISTS %I', apart);
END
$$;

-- Makes and drops the vault's partition of one class and month.
CREATE FUNCTION vedette_make_vault(class text, first date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    EXECUTE format('DROP TABLE IF EXISTS %I', 'retention_vault_' || class || to_char(first, '_YYYY_MM'));
END
$$;

-- Drops the known values of one class and month when that month is masked, because they are not copied into
-- the vault. Returns the number of rows.
CREATE FUNCTION vedette_drop_known(class text, first date) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    leaf text := 'profiles_known_' || class || to_char(first, '_YYYY_MM');
    gone bigint;
BEGIN
    IF class !~ '^[a-z][a-z0-9_]{0,19}$' OR to_regclass(leaf) IS NULL THEN
        RETURN 0;
    END IF;
    EXECUTE format('SELECT coalesce(sum(rows) FILTER (WHERE "column" IN ('''', ''_low'')), 0) FROM %I', leaf)
        INTO gone;
    EXECUTE format('DROP TABLE %I', leaf);
    RETURN gone;
END
$$;

REVOKE ALL ON FUNCTION vedette_detach(text, text, date), vedette_drop_detached(text),
    vedette_make_vault(text, date), vedette_drop_vault(text, date), vedette_drop_known(text, date)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_detach(text, text, date), vedette_drop_detached(text),
    vedette_make_vault(text, date), vedette_drop_vault(text, date), vedette_drop_known(text, date)
    TO vedette_intake;
