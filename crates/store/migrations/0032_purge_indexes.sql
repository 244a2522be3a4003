-- What the purge looks for, every ten minutes, among all that there ever was.
CREATE INDEX outbox_by_end ON outbox (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX message_permissions_by_time ON message_permissions (created_at) WHERE openid IS NOT NULL;
CREATE INDEX order_notes_by_time ON order_notes (at);
