-- Acts of nobody (a name or a token that is no account's, a limit) belong to no organisation: whoever
-- watches over an administration reads them.
DROP POLICY scope_read ON accounts_act;
CREATE POLICY scope_read ON accounts_act FOR SELECT TO vedette_web
    USING (organisation_id = (SELECT vedette_scope())
           OR organisation_id IS NULL AND (SELECT kind = 'administration' FROM accounts_organisation
                                           WHERE id = (SELECT vedette_scope())));

CREATE FUNCTION vedette_is_refusal(act text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT act IN ('account.sign_in_failed', 'account.locked_out', 'account.factor_refused',
                   'account.password_refused', 'token.refused', 'rate.exceeded')
        OR act LIKE 'account.oidc\_%'
$$;
-- Refusals of the last hour, of every organisation and of none, each by its index; the rest of the
-- function stays what earlier migrations made of it.
DO $$
DECLARE
    was CONSTANT text := pg_get_functiondef('vedette_figures()'::regprocedure);
    now_is CONSTANT text := replace(was, 'organisation_id IS NULL AND at > now() - interval ''1 hour''',
        '(organisation_id IS NULL OR organisation_id = ANY (ARRAY(SELECT id FROM accounts_organisation)))
        AND at > now() - interval ''1 hour'' AND user_id IS NULL AND vedette_is_refusal(act)');
BEGIN
    IF was = now_is THEN
        RAISE EXCEPTION 'vedette_figures() counts refusals in another way';
    END IF;
    EXECUTE now_is;
END
$$;
