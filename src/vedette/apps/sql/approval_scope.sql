-- Asking to unmask somebody tells of reason and case: it is seen by whom the traveller's own row is
-- seen by (unit, theme, purpose), so that no supervisor of another unit reads or allows it. The other
-- kinds are about what belongs to the organisation.
ALTER POLICY scope ON accounts_approval
    USING (organisation_id = (SELECT vedette_scope())
        AND purpose = ANY ((SELECT vedette_purposes())::text[])
        AND (kind <> 'unmask' OR (SELECT vedette_whole()) OR EXISTS
            (SELECT FROM intake_journey j WHERE j.id = CASE WHEN kind = 'unmask' THEN subject::uuid END)))
    WITH CHECK (organisation_id = (SELECT vedette_scope())
        AND purpose = ANY ((SELECT vedette_purposes())::text[])
        AND (kind <> 'unmask' OR (SELECT vedette_whole()) OR EXISTS
            (SELECT FROM intake_journey j WHERE j.id = CASE WHEN kind = 'unmask' THEN subject::uuid END)));
