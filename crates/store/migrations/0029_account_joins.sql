-- Two accounts that may be one person's: asked about, joined or left apart, and parted again by the desk.
CREATE TABLE account_joins (
    id         TEXT   NOT NULL PRIMARY KEY,
    -- The account that goes up in the other one. Once joined, there is no such user.
    from_user  TEXT   NOT NULL,
    to_user    TEXT   NOT NULL,
    -- The session that is asked, by the digest of its token; absent where nobody was: the account held nothing.
    session    TEXT,
    -- asked, refused, joined, split
    state      TEXT   NOT NULL,
    asked_at   BIGINT NOT NULL,
    decided_at BIGINT,
    split_at   BIGINT,
    -- Who at the desk parted them.
    split_by   TEXT
);
CREATE INDEX account_joins_by_session ON account_joins (session) WHERE session IS NOT NULL;
CREATE INDEX account_joins_by_user ON account_joins (to_user);
CREATE INDEX account_joins_by_time ON account_joins (asked_at);

-- What a join moved: what it takes to part the two again.
CREATE TABLE account_join_parts (
    join_id TEXT NOT NULL REFERENCES account_joins (id) ON DELETE CASCADE,
    -- identity (its kind and subject), card, twin (a card that both had bound; was: the one that stayed), unbound (a twin
    -- that had been taken off), rebound (a card that was bound again by the join), order and binding (was: their card),
    -- permission (a message that was allowed).
    kind    TEXT NOT NULL,
    id      TEXT NOT NULL,
    was     TEXT,
    PRIMARY KEY (join_id, kind, id)
);

-- What refers to a card or a user is looked for whenever one of them changes its key or goes: not through whole tables.
CREATE INDEX hidden_cards_by_card ON hidden_cards (card_id);
CREATE INDEX bindings_by_card ON bindings (card_id);
CREATE INDEX devices_by_user ON devices (user_id);
