-- A message that a student was asked to allow for an order. WeChat allows one per user and scene.
CREATE TABLE message_permissions (
    -- Digest of what comes back with the student's answer.
    token_hash TEXT   NOT NULL PRIMARY KEY,
    order_id   TEXT   NOT NULL REFERENCES orders (id),
    user_id    TEXT   NOT NULL REFERENCES users (id),
    scene      BIGINT NOT NULL,
    -- asked, granted, used
    state      TEXT   NOT NULL,
    -- Who allowed it; absent while it is asked for.
    openid     TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX message_permissions_by_order ON message_permissions (order_id);
CREATE INDEX message_permissions_by_user ON message_permissions (user_id, created_at);

-- Messages to send. A row is written in the transaction that changes the order; its key keeps an order to one message
-- per occasion for ever.
CREATE TABLE outbox (
    order_id   TEXT   NOT NULL REFERENCES orders (id),
    -- collect_by, time_is_up, collected
    occasion   TEXT   NOT NULL,
    -- waiting, sent, given_up
    state      TEXT   NOT NULL,
    -- Why it was given up.
    reason     TEXT,
    -- When it is tried next; absent once it is sent or given up.
    send_at    BIGINT,
    tries      BIGINT NOT NULL,
    -- 0: no try may have been sent; 1: one is under way, or may have been sent; 2: both.
    lost       BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    done_at    BIGINT,
    PRIMARY KEY (order_id, occasion)
);
CREATE INDEX outbox_to_send ON outbox (send_at) WHERE send_at IS NOT NULL;
