-- Whoever bound a card before is counted apart from strangers when giving its password: strangers' wrong tries lock it for
-- strangers. Digests of issuer and identifier, as in password_tries.
ALTER TABLE bindings ADD COLUMN subject TEXT;
ALTER TABLE cards ADD COLUMN subject TEXT;
CREATE INDEX cards_by_subject ON cards (user_id, subject);
