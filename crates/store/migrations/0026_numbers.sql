-- What others call an order's money: WeChat Pay's numbers of its payments and refunds, the card system's number of what
-- it booked. For the desk, the receipt and the comparison with bills; nothing is decided by them.
CREATE TABLE order_numbers (
    order_id TEXT   NOT NULL REFERENCES orders (id),
    -- payment, refund, second_payment, second_refund, credit
    kind     TEXT   NOT NULL,
    number   TEXT   NOT NULL,
    -- When it happened, by whoever gave the number; absent where that was not said.
    at       BIGINT,
    PRIMARY KEY (order_id, kind, number)
);
CREATE INDEX order_numbers_by_number ON order_numbers (number);
