-- Links between subjects that share identifiers (`apps/links`).

-- The matrix and the classes of offence come from people, never from a change of rows. A version of the matrix
-- comes only from an approval that one person requested and another allowed, and each approval is used once.
CREATE FUNCTION vedette_matrix_allowed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM accounts_approval a
        WHERE a.id = NEW.approval_id AND a.kind = 'matrix' AND a.state IN ('allowed', 'done')
          AND a.organisation_id = NEW.organisation_id AND a.decided_by_id <> a.asked_by_id
          AND a.detail -> 'cells' = NEW.cells AND a.detail -> 'version' = to_jsonb(NEW.version)
          AND NOT EXISTS (SELECT FROM links_matrix m WHERE m.approval_id = a.id))
    THEN
        RAISE EXCEPTION 'no second person allowed this' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION vedette_matrix_allowed() FROM PUBLIC;
CREATE TRIGGER allowed BEFORE INSERT ON links_matrix
    FOR EACH ROW EXECUTE FUNCTION vedette_matrix_allowed();
CREATE TRIGGER append_only BEFORE UPDATE ON links_matrix
    FOR EACH ROW EXECUTE FUNCTION vedette_append_only();
REVOKE UPDATE, DELETE, TRUNCATE ON links_matrix FROM vedette_web, vedette_intake;

SELECT vedette_cascade(child, 'subjects_subject') FROM unnest(ARRAY['links_offence', 'links_split']) child;
SELECT vedette_policy('links_matrix', true);
SELECT vedette_policy('links_cleared', true);
SELECT vedette_policy('links_state', true);
SELECT vedette_policy('links_offence', true, 'of_subject');
SELECT vedette_policy('links_split', true, 'of_subject');
REVOKE DELETE, TRUNCATE ON links_offence, links_split FROM vedette_web;
REVOKE UPDATE ON links_split FROM vedette_web;

-- Every confirmed subject has a class of offence. It is empty until an officer states it, and no cell of the
-- matrix permits an empty class. A change of a case concerns the hits of the subjects that are linked with it.
CREATE FUNCTION vedette_case_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME = 'hits_confirmed' AND TG_OP = 'INSERT' THEN
        INSERT INTO links_offence (subject_id, organisation_id, offence, changed)
        VALUES (NEW.subject_id, NEW.organisation_id, '', true) ON CONFLICT (subject_id) DO NOTHING;
    ELSIF TG_TABLE_NAME = 'hits_confirmed' THEN
        UPDATE links_offence SET changed = true WHERE subject_id = NEW.subject_id;
    END IF;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION vedette_case_changed() FROM PUBLIC;
CREATE TRIGGER case_changed AFTER INSERT OR UPDATE ON hits_confirmed
    FOR EACH ROW EXECUTE FUNCTION vedette_case_changed();

-- The subjects that share one identifier with a subject, and the number of holders. No row if the identifier is
-- common, or if an officer cleared it.
CREATE FUNCTION vedette_link_rows(home uuid, of_kind varchar, of_token bytea, me uuid, my_themes text[],
                                  as_of timestamptz, lately timestamptz, cases timestamptz, most integer,
                                  common integer, across boolean, scoped boolean)
RETURNS TABLE (other uuid, kind varchar, token bytea, holders bigint, at timestamptz, cut boolean, known boolean)
LANGUAGE sql STABLE AS $$
WITH r AS MATERIALIZED (
    SELECT s.id, s.theme = ANY (my_themes) AS inside, i.at,
           coalesce(i.holder, s.fingerprint, uuid_send(s.id)) AS holder,
           c.subject_id IS NOT NULL AND i.at > cases AS known,
           NOT scoped OR (vedette_every_unit() OR s.unit_id = vedette_unit())
               AND s.theme = ANY (vedette_data_themes(vedette_themes()))
               AND s.purpose = ANY (vedette_purposes()) AS seen
    FROM (SELECT subject_id, at, holder FROM subjects_identifier
          WHERE organisation_id = home AND token = of_token AND at <= as_of
          ORDER BY at DESC LIMIT most + 1) i
    JOIN subjects_subject s ON s.id = i.subject_id AND s.organisation_id = home AND NOT s.restricted
    LEFT JOIN hits_confirmed c ON c.subject_id = s.id AND c.since <= as_of
        AND (c.until IS NULL OR c.until > as_of)
), n AS (
    SELECT count(*) > most AS cut, count(DISTINCT holder) FILTER (WHERE inside) AS own,
           count(DISTINCT holder) FILTER (WHERE NOT inside) AS theirs FROM r
)
SELECT r.id, of_kind, of_token, n.own, r.at, n.cut, r.known
FROM r CROSS JOIN n
WHERE r.id <> me AND r.seen AND n.own < common AND (r.inside OR n.theirs < common)
  AND (r.known OR r.at > lately) AND (r.inside OR across OR r.known)
  AND NOT EXISTS (SELECT FROM links_cleared l WHERE l.organisation_id = home AND l.token = of_token
                  AND l.expires_at > as_of)
$$;

-- The links of subjects up to two steps: for each root, pairs of subjects that share an identifier. `limits`
-- contains the kinds of identifiers that link, the number of holders from which an identifier is common, the
-- days after which links expire, and the numbers of rows and of subjects that are read.
--
-- The rows of the second step name one subject of the first step that has the identifier; other subjects of the
-- first step with the same identifier are among `other`.
--
-- The newest rows of an identifier are read. Holders are counted only among the subjects whose data are the same
-- as those of the root: a reader of one theme learns nothing about another theme from the number. A subject of
-- other data is returned only if it is a known case; `across` also returns the others (for workers that follow a
-- changed case).
-- `scoped` limits every subject to those that the reader sees, as the policy of `subjects_subject` does.
-- Restricted subjects have no links. `cut` states that an identifier or a root has more rows than were read.
CREATE FUNCTION vedette_links_of(home uuid, roots uuid[], as_of timestamptz, limits jsonb, across boolean,
                                 scoped boolean)
RETURNS TABLE (root uuid, step integer, one uuid, other uuid, kind varchar, token bytea, holders bigint,
               at timestamptz, cut boolean)
LANGUAGE sql STABLE SET search_path = public, pg_temp SET enable_bitmapscan = off SET jit = off AS $$
WITH terms AS MATERIALIZED (
    SELECT ARRAY(SELECT jsonb_array_elements_text(limits -> 'kinds')) AS kinds, (limits ->> 'common')::int AS common,
           as_of - make_interval(days => (limits ->> 'link_days')::int) AS lately,
           as_of - make_interval(days => (limits ->> 'case_days')::int) AS cases,
           (limits ->> 'read')::int AS read, (limits ->> 'border')::int AS border
), start AS MATERIALIZED (
    SELECT s.id, vedette_data_themes(ARRAY[s.theme::text]) AS themes
    FROM subjects_subject s
    WHERE s.id = ANY (roots) AND s.organisation_id = home AND NOT s.restricted
      AND (NOT scoped OR (vedette_every_unit() OR s.unit_id = vedette_unit())
           AND s.theme = ANY (vedette_data_themes(vedette_themes())) AND s.purpose = ANY (vedette_purposes()))
), first AS MATERIALIZED (
    SELECT start.id AS root, start.themes, start.id AS one, near.*
    FROM start CROSS JOIN terms t
    JOIN subjects_identifier i ON i.subject_id = start.id AND i.organisation_id = home
        AND i.kind = ANY (t.kinds) AND i.at <= as_of
    CROSS JOIN LATERAL vedette_link_rows(home, i.kind, i.token, i.subject_id, start.themes, as_of, t.lately, t.cases,
                                         t.read, t.common, across, scoped) near
), border AS MATERIALIZED (
    SELECT root, themes, id, cut, known FROM (
        SELECT f.root, f.themes, f.other AS id, f.known,
               count(*) OVER (PARTITION BY f.root) > t.border AS cut,
               row_number() OVER (PARTITION BY f.root ORDER BY f.known DESC, f.holders, f.at DESC, f.other) AS place
        FROM (SELECT DISTINCT ON (root, other) * FROM first ORDER BY root, other, holders) f CROSS JOIN terms t) b, terms t
    WHERE b.place <= t.border
), second AS MATERIALIZED (
    SELECT b.root, b.id AS one, near.*
    FROM (SELECT DISTINCT ON (b.root, i.kind, i.token) b.root, b.themes, b.known, b.id, i.kind AS shared, i.token
          FROM border b CROSS JOIN terms t
          JOIN subjects_identifier i ON i.subject_id = b.id AND i.organisation_id = home
              AND i.kind = ANY (t.kinds) AND i.at <= as_of
          WHERE NOT EXISTS (SELECT FROM first f WHERE f.root = b.root AND f.token = i.token)
          ORDER BY b.root, i.kind, i.token, b.known DESC, b.id) b
    CROSS JOIN terms t
    CROSS JOIN LATERAL vedette_link_rows(home, b.shared, b.token, b.id, b.themes, as_of, t.lately, t.cases,
                                         t.read, t.common, across, scoped) near
)
SELECT f.root, 1, f.one, f.other, f.kind, f.token, f.holders, f.at,
       f.cut OR coalesce((SELECT bool_or(b.cut) FROM border b WHERE b.root = f.root), false)
FROM first f JOIN border b ON b.root = f.root AND b.id = f.other
UNION ALL
SELECT s.root, 2, s.one, s.other, s.kind, s.token, s.holders, s.at, s.cut FROM second s WHERE s.other <> s.root
$$;

-- For readers: the links of the subjects that they see.
CREATE FUNCTION vedette_links_seen(roots uuid[], as_of timestamptz, limits jsonb)
RETURNS TABLE (root uuid, step integer, one uuid, other uuid, kind varchar, token bytea, holders bigint,
               at timestamptz, cut boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT * FROM vedette_links_of(vedette_scope(), roots, as_of, limits, false, true)
$$;
REVOKE ALL ON FUNCTION vedette_links_seen(uuid[], timestamptz, jsonb),
    vedette_links_of(uuid, uuid[], timestamptz, jsonb, boolean, boolean),
    vedette_link_rows(uuid, varchar, bytea, uuid, text[], timestamptz, timestamptz, timestamptz, integer, integer,
                      boolean, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vedette_links_seen(uuid[], timestamptz, jsonb) TO vedette_web;
GRANT EXECUTE ON FUNCTION vedette_links_of(uuid, uuid[], timestamptz, jsonb, boolean, boolean),
    vedette_link_rows(uuid, varchar, bytea, uuid, text[], timestamptz, timestamptz, timestamptz, integer, integer,
                      boolean, boolean) TO vedette_intake;
