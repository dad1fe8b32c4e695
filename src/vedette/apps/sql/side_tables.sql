-- Clear values, apart from the spine: by retention class, then by the month in which the retention
-- clock started. Nothing has a foreign key to them, so that masking can drop a partition.
CREATE TABLE intake_journeyclear (
    journey_id uuid NOT NULL,
    retention_class text NOT NULL,
    month date NOT NULL,
    organisation_id uuid NOT NULL,
    surname text,
    given_names text,
    name_key text,
    -- Every name any source or document gives, as `surname|given`: what a new list entry is asked of.
    names text[] NOT NULL DEFAULT '{}',
    date_of_birth date,
    sex text,
    nationality text,
    document text,
    seat text,
    locator text,
    state jsonb NOT NULL,
    PRIMARY KEY (journey_id, retention_class, month)
) PARTITION BY LIST (retention_class);
CREATE INDEX intake_journeyclear_name ON intake_journeyclear (organisation_id, name_key text_pattern_ops);

CREATE TABLE intake_bookingclear (
    booking_id uuid NOT NULL,
    flight_id uuid NOT NULL,
    retention_class text NOT NULL,
    month date NOT NULL,
    organisation_id uuid NOT NULL,
    state jsonb NOT NULL,
    PRIMARY KEY (booking_id, flight_id, retention_class, month)
) PARTITION BY LIST (retention_class);

CREATE TABLE targeting_reasonclear (
    reason_id uuid NOT NULL,
    retention_class text NOT NULL,
    month date NOT NULL,
    organisation_id uuid NOT NULL,
    evidence jsonb NOT NULL,
    PRIMARY KEY (reason_id, retention_class, month)
) PARTITION BY LIST (retention_class);

-- Makes the partitions of one retention class for `months` months from `first` on; what exists stays.
-- The web role reads through the parents only, where row-level security stands.
CREATE FUNCTION vedette_make_partitions(class text, first date, months integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    parent text;
    branch text;
    leaf text;
    start date;
BEGIN
    FOREACH parent IN ARRAY ARRAY['intake_journeyclear', 'intake_bookingclear', 'targeting_reasonclear'] LOOP
        branch := parent || '_' || class;
        IF to_regclass(branch) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES IN (%L) PARTITION BY RANGE (month)',
                           branch, parent, class);
            -- A clock that is wrong by years must not lose a traveller.
            EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', branch || '_rest', branch);
            EXECUTE format('REVOKE ALL ON %I, %I FROM vedette_web', branch, branch || '_rest');
        END IF;
        FOR i IN 0 .. months - 1 LOOP
            start := (date_trunc('month', first) + make_interval(months => i))::date;
            leaf := branch || to_char(start, '_YYYY_MM');
            IF to_regclass(leaf) IS NULL THEN
                EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                               leaf, branch, start, (start + interval '1 month')::date);
                EXECUTE format('REVOKE ALL ON %I FROM vedette_web', leaf);
            END IF;
        END LOOP;
    END LOOP;
END
$$;
REVOKE ALL ON FUNCTION vedette_make_partitions(text, date, integer) FROM PUBLIC;
SELECT vedette_make_partitions('passenger', (now() - interval '1 month')::date, 25);
