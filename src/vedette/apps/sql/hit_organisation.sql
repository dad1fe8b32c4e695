-- A hit belongs to the organisation of its journey and of its flight. Each journey has one hit: a hit of
-- another organisation would take its place, and row-level security would hide it from who has the journey.
CREATE FUNCTION vedette_hit_organisation() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM intake_journey j JOIN intake_flight f ON f.id = NEW.flight_id
                   WHERE j.id = NEW.journey_id AND j.organisation_id = NEW.organisation_id
                     AND f.organisation_id = NEW.organisation_id) THEN
        RAISE EXCEPTION 'the journey or the flight of hit % belongs to another organisation', NEW.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION vedette_hit_organisation() FROM PUBLIC;
CREATE TRIGGER same_organisation BEFORE INSERT OR UPDATE OF organisation_id, journey_id, flight_id
    ON targeting_hit FOR EACH ROW EXECUTE FUNCTION vedette_hit_organisation();
