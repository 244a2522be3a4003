-- One text for SQLite and PostgreSQL: BIGINT for numbers, flags (0/1) and moments (seconds since
-- 1970), TEXT for the rest. Money is in fen.

CREATE TABLE settings (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE users (
    id         TEXT   NOT NULL PRIMARY KEY,
    snapshot   BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL
);

-- How a user proves to be one: kind 'phone' with the number, kind 'wechat' with the openid.
CREATE TABLE identities (
    kind       TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    user_id    TEXT   NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (kind, subject)
);
CREATE INDEX identities_by_user ON identities (user_id);

CREATE TABLE sessions (
    token_hash TEXT   NOT NULL PRIMARY KEY,
    user_id    TEXT   NOT NULL REFERENCES users (id),
    csrf_token TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE sms_codes (
    phone      TEXT   NOT NULL PRIMARY KEY,
    salt       TEXT   NOT NULL,
    code_hash  TEXT   NOT NULL,
    sent_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    tries      BIGINT NOT NULL
);

-- Calls counted in windows that start at multiples of the window's length.
CREATE TABLE rates (
    bucket     TEXT   NOT NULL,
    window_at  BIGINT NOT NULL,
    calls      BIGINT NOT NULL,
    PRIMARY KEY (bucket, window_at)
);

-- Wrong passwords per issuer and identifier, existing or not; the identifier is stored as a digest,
-- because people also type what is none.
CREATE TABLE password_tries (
    subject      TEXT   NOT NULL PRIMARY KEY,
    failures     BIGINT NOT NULL,
    last_at      BIGINT NOT NULL,
    locked_until BIGINT
);

CREATE TABLE cards (
    id             TEXT   NOT NULL PRIMARY KEY,
    user_id        TEXT   NOT NULL REFERENCES users (id),
    issuer         TEXT   NOT NULL,
    card_ref       TEXT   NOT NULL,
    card_no_masked TEXT   NOT NULL,
    name_masked    TEXT   NOT NULL,
    student_no     TEXT   NOT NULL,
    campus         TEXT   NOT NULL,
    college        TEXT,
    is_default     BIGINT NOT NULL,
    bound_at       BIGINT NOT NULL,
    unbound_at     BIGINT,
    UNIQUE (user_id, issuer, card_ref)
);
CREATE INDEX cards_by_ref ON cards (card_ref);

CREATE TABLE bindings (
    id             TEXT   NOT NULL PRIMARY KEY,
    user_id        TEXT   NOT NULL REFERENCES users (id),
    issuer         TEXT   NOT NULL,
    card_ref       TEXT   NOT NULL,
    card_no_masked TEXT   NOT NULL,
    card_status    TEXT   NOT NULL,
    name_masked    TEXT   NOT NULL,
    student_no     TEXT   NOT NULL,
    campus         TEXT   NOT NULL,
    college        TEXT,
    state          TEXT   NOT NULL,
    reason         TEXT,
    created_at     BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,
    card_id        TEXT REFERENCES cards (id)
);

CREATE TABLE orders (
    id           TEXT   NOT NULL PRIMARY KEY,
    user_id      TEXT   NOT NULL REFERENCES users (id),
    card_id      TEXT   NOT NULL REFERENCES cards (id),
    issuer       TEXT   NOT NULL,
    wallet       TEXT   NOT NULL,
    amount_fen   BIGINT NOT NULL CHECK (amount_fen > 0),
    channel      TEXT   NOT NULL,
    payment      TEXT   NOT NULL,
    claim        TEXT   NOT NULL,
    claim_rule   TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    pay_by       BIGINT NOT NULL,
    claim_by     BIGINT,
    -- Whether paid money reached the card system; until then a sweep goes on trying.
    settled      BIGINT NOT NULL,
    idem_key     TEXT   NOT NULL,
    body_digest  TEXT   NOT NULL,
    -- Grows with every change: a change made from an older look at the order is not written.
    version      BIGINT NOT NULL,
    -- When the sweep looks at it next; absent where nothing moves by itself.
    look_at      BIGINT,
    looks        BIGINT NOT NULL,
    CONSTRAINT orders_one_per_key UNIQUE (user_id, idem_key)
);
CREATE INDEX orders_by_user ON orders (user_id, id);
CREATE INDEX orders_by_card ON orders (card_id, wallet, payment);
CREATE INDEX orders_to_look_at ON orders (look_at) WHERE look_at IS NOT NULL;

CREATE TABLE order_events (
    order_id TEXT   NOT NULL REFERENCES orders (id),
    seq      BIGINT NOT NULL,
    event    TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (order_id, seq)
);

-- The built-in card system.

CREATE TABLE ledger_cards (
    card_ref      TEXT NOT NULL PRIMARY KEY,
    issuer        TEXT NOT NULL,
    -- What the student signs in with: the account (gdut) or the card number (hemc).
    identifier    TEXT NOT NULL,
    card_no       TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    name_masked   TEXT NOT NULL,
    student_no    TEXT NOT NULL,
    campus        TEXT NOT NULL,
    college       TEXT,
    status        TEXT NOT NULL,
    UNIQUE (issuer, identifier)
);

CREATE TABLE ledger_transfers (
    id   TEXT   NOT NULL PRIMARY KEY,
    kind TEXT   NOT NULL,
    at   BIGINT NOT NULL
);

-- The entries of a transfer sum to zero. Accounts are named, not stored:
-- 'card/<ref>/<wallet>/on_card', 'card/<ref>/<wallet>/waiting', 'provider', 'opening', 'shops'.
CREATE TABLE ledger_entries (
    transfer_id TEXT   NOT NULL REFERENCES ledger_transfers (id),
    account     TEXT   NOT NULL,
    amount_fen  BIGINT NOT NULL CHECK (amount_fen <> 0),
    PRIMARY KEY (transfer_id, account)
);
CREATE INDEX ledger_entries_by_account ON ledger_entries (account, amount_fen);

CREATE TABLE ledger_deposits (
    order_id   TEXT   NOT NULL PRIMARY KEY,
    card_ref   TEXT   NOT NULL REFERENCES ledger_cards (card_ref),
    wallet     TEXT   NOT NULL,
    amount_fen BIGINT NOT NULL CHECK (amount_fen > 0),
    state      TEXT   NOT NULL,
    claim_by   BIGINT,
    at         BIGINT NOT NULL
);
CREATE INDEX ledger_deposits_by_card ON ledger_deposits (card_ref, state);

-- The sandbox.

CREATE TABLE sandbox_payments (
    order_id   TEXT   NOT NULL PRIMARY KEY,
    amount_fen BIGINT NOT NULL,
    -- What the provider would say: pending, paid, cancelled, failed, silent, closed, refunded.
    outcome    TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE sandbox_sms (
    phone   TEXT   NOT NULL,
    code    TEXT   NOT NULL,
    sent_at BIGINT NOT NULL,
    seq     BIGINT NOT NULL PRIMARY KEY
);
