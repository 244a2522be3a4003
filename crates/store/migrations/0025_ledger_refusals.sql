-- Credits that the built-in card system refused: the same order is refused for ever, also when its card works again. Its
-- money may be on its way back by then.
CREATE TABLE ledger_refusals (
    order_id TEXT   NOT NULL PRIMARY KEY,
    at       BIGINT NOT NULL
);
