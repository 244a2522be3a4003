-- What was read by going through whole tables.
CREATE INDEX rates_by_time ON rates (window_at);
CREATE INDEX password_tries_by_time ON password_tries (last_at);
CREATE INDEX bindings_by_user ON bindings (user_id);
CREATE INDEX bindings_by_expiry ON bindings (expires_at);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX devices_by_time ON devices (seen_at);
CREATE INDEX wechat_sign_ins_by_browser ON wechat_sign_ins (browser_hash);
