-- Until when nobody else asks the provider about an order for a student: while one server asks, and a little longer. Only
-- where several servers share the database.
ALTER TABLE orders ADD COLUMN ask_again_at BIGINT NOT NULL DEFAULT 0;
