-- When an order's state last changed: how often a decided order is looked at follows from it, and not from how many
-- looks there were, which several instances count together.
ALTER TABLE orders ADD COLUMN moved_at BIGINT NOT NULL DEFAULT 0;
UPDATE orders SET moved_at = COALESCE(
    (SELECT MAX(e.at) FROM order_events e WHERE e.order_id = orders.id), created_at);
