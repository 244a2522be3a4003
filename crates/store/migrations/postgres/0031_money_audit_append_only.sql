CREATE FUNCTION money_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'money_audit is append-only';
END;
$$;

CREATE TRIGGER money_audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON money_audit
FOR EACH STATEMENT EXECUTE FUNCTION money_audit_is_append_only();
