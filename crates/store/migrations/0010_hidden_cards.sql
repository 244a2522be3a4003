-- A phone number that changed hands: docs/decisions/0006-a-number-that-changed-hands.md.

-- When somebody who had proven the account's phone number last saw the card, or gave its password.
ALTER TABLE cards ADD COLUMN vouched_at BIGINT NOT NULL DEFAULT 0;
UPDATE cards SET vouched_at = bound_at;
UPDATE cards SET vouched_at = (SELECT MAX(s.created_at) FROM sessions s WHERE s.user_id = cards.user_id)
WHERE EXISTS (SELECT 1 FROM sessions s WHERE s.user_id = cards.user_id AND s.created_at > cards.vouched_at);

-- Whether the session began with a code to the account's phone, and in which browser.
ALTER TABLE sessions ADD COLUMN by_phone BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN device_hash TEXT;

-- Browsers in which a user saw all their cards after proving the phone number: the digest of the
-- browser's name, or of the token of a session that it had.
CREATE TABLE devices (
    device_hash TEXT   NOT NULL,
    user_id     TEXT   NOT NULL REFERENCES users (id),
    seen_at     BIGINT NOT NULL,
    PRIMARY KEY (device_hash, user_id)
);

-- Cards, and with them their orders, that a session does not show until it gives their password.
CREATE TABLE hidden_cards (
    token_hash TEXT NOT NULL REFERENCES sessions (token_hash) ON DELETE CASCADE,
    card_id    TEXT NOT NULL REFERENCES cards (id) ON DELETE CASCADE,
    PRIMARY KEY (token_hash, card_id)
);
