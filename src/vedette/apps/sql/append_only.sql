-- Acts, decisions and list versions are written once. Grants stop the two working roles; the trigger,
-- which reads no session setting, stops the rest.
REVOKE UPDATE, DELETE, TRUNCATE ON accounts_act, targeting_decision, knowledge_listversion
    FROM vedette_web, vedette_intake;

CREATE FUNCTION vedette_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON accounts_act
    FOR EACH ROW EXECUTE FUNCTION vedette_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON targeting_decision
    FOR EACH ROW EXECUTE FUNCTION vedette_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON knowledge_listversion
    FOR EACH ROW EXECUTE FUNCTION vedette_append_only();
