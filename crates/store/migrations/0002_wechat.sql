-- The openid that was proven in the browser of a session; JSAPI payments name it as the payer.
ALTER TABLE sessions ADD COLUMN openid TEXT;

-- A payment of an order at WeChat Pay. A second one is begun only where the first was closed there:
-- WeChat Pay ties a number to its form and its payer, and a student may go on elsewhere.
CREATE TABLE wechat_payments (
    out_trade_no TEXT   NOT NULL PRIMARY KEY,
    order_id     TEXT   NOT NULL REFERENCES orders (id),
    seq          BIGINT NOT NULL,
    channel      TEXT   NOT NULL,
    -- What it was asked for with: asking again must say the same.
    payer        TEXT,
    description  TEXT   NOT NULL,
    amount_fen   BIGINT NOT NULL,
    pay_by       BIGINT NOT NULL,
    -- open, closed, paid, surplus (paid although another one of the order was: goes back).
    state        TEXT   NOT NULL,
    UNIQUE (order_id, seq)
);

-- A sign-in by WeChat that was begun: tied to one browser, used once, soon forgotten.
CREATE TABLE wechat_sign_ins (
    state_hash   TEXT   NOT NULL PRIMARY KEY,
    browser_hash TEXT   NOT NULL,
    return_to    TEXT   NOT NULL,
    -- open, swapping, done, failed.
    phase        TEXT   NOT NULL,
    user_id      TEXT,
    openid       TEXT,
    done_at      BIGINT,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX wechat_sign_ins_by_expiry ON wechat_sign_ins (expires_at);
