-- What the desk wrote about an order. Students never see it.
CREATE TABLE order_notes (
    order_id TEXT   NOT NULL REFERENCES orders (id),
    seq      BIGINT NOT NULL,
    author   TEXT   NOT NULL,
    text     TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (order_id, seq)
);
CREATE INDEX order_events_by_time ON order_events (event, at);
