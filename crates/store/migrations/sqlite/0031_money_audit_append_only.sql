CREATE TRIGGER money_audit_no_update BEFORE UPDATE ON money_audit
BEGIN
    SELECT RAISE(ABORT, 'money_audit is append-only');
END;

CREATE TRIGGER money_audit_no_delete BEFORE DELETE ON money_audit
BEGIN
    SELECT RAISE(ABORT, 'money_audit is append-only');
END;

-- INSERT OR REPLACE deletes without the trigger above.
CREATE TRIGGER money_audit_no_replace BEFORE INSERT ON money_audit
WHEN EXISTS (SELECT 1 FROM money_audit WHERE order_id = NEW.order_id AND seq = NEW.seq)
BEGIN
    SELECT RAISE(ABORT, 'money_audit is append-only');
END;
