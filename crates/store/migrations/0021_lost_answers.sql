-- The answer to a sign-in may be lost on its way. For a few minutes the browser that used a code may say it again, and
-- gets the same session once more. Digests only.

-- When the code was used; absent while it is good for anybody who knows it.
ALTER TABLE sign_in_codes ADD COLUMN used_at BIGINT;
-- The browser that used it.
ALTER TABLE sign_in_codes ADD COLUMN used_by TEXT;
-- The session that it began, once there is one: the digest of its token.
ALTER TABLE sign_in_codes ADD COLUMN session_hash TEXT;
