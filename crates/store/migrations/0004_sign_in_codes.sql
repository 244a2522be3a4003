-- Codes that were sent by SMS and wait to come back. A number may have several that are good: who asks for another one
-- does not void the one before. Takes the place of sms_codes, which is no longer written.
CREATE TABLE sign_in_codes (
    -- Also the salt of the hash.
    id         TEXT   NOT NULL PRIMARY KEY,
    phone      TEXT   NOT NULL,
    code_hash  TEXT   NOT NULL,
    -- Digests of what tells the browser that asked from others, and of the net that it came from.
    browser    TEXT   NOT NULL,
    net        TEXT   NOT NULL,
    sent_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sign_in_codes_by_phone ON sign_in_codes (phone, sent_at);
CREATE INDEX sign_in_codes_by_expiry ON sign_in_codes (expires_at);

-- Wrong codes for a number, counted per asker, so that nobody uses up another's tries.
CREATE TABLE sign_in_tries (
    phone      TEXT   NOT NULL,
    asker      TEXT   NOT NULL,
    tries      BIGINT NOT NULL,
    -- When the count is forgotten.
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (phone, asker)
);
CREATE INDEX sign_in_tries_by_expiry ON sign_in_tries (expires_at);
