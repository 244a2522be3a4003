-- Every movement of an order's money, with who caused it and by which request. Written in the transaction that moves the
-- order; never changed, never deleted: `sqlite/0031` and `postgres/0031` let the database refuse it. No row of another
-- table is named, so that nothing that is deleted elsewhere touches it.
CREATE TABLE money_audit (
    order_id   TEXT   NOT NULL,
    seq        BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    movement   TEXT   NOT NULL,
    -- In fen; absent where a line is about no amount.
    amount_fen BIGINT,
    -- student, sweep, provider, card_system, machine, desk, server.
    actor      TEXT   NOT NULL,
    -- Which one: a user's id, an issuer, a machine's name, who wrote at the desk.
    actor_id   TEXT,
    -- As in the log and in the student's evidence.
    request_id TEXT,
    PRIMARY KEY (order_id, seq)
);
