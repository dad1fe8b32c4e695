-- The deletion of announcements (`cash/app/ending.py`).

-- Returns the day on which an announcement is deleted: 30 days after the stated crossing, as the public form
-- says, or after the receipt if no crossing is stated. A crossing that is stated more than two years after the
-- receipt counts as two years after it.
CREATE FUNCTION vedette_announcement_ends(crosses_on date, received_at timestamptz) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT least(coalesce(crosses_on, (received_at AT TIME ZONE 'UTC')::date),
                 (received_at AT TIME ZONE 'UTC')::date + 730) + 30
$$;
CREATE INDEX cash_announced ON cash_movement (organisation_id, vedette_announcement_ends(crosses_on, received_at))
    WHERE announced;
-- Whether the day on which a movement is deleted as an announcement has begun, in the time zone in which it
-- begins first (UTC+14). The worker knows the time zone of the installation.
CREATE FUNCTION vedette_announcement_over(subject uuid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM cash_movement m WHERE m.id = subject AND m.announced
          AND vedette_announcement_ends(m.crosses_on, m.received_at)
              <= (vedette_now() AT TIME ZONE 'UTC' + interval '14 hours')::date)
$$;
REVOKE ALL ON FUNCTION vedette_announcement_over(uuid) FROM PUBLIC;
