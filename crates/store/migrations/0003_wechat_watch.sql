-- Every payment at WeChat Pay is watched until nothing can come of it any more, whatever its order has
-- come to: one that was paid beside another has to go back, also where no notification arrives.

-- When it is looked at next, once its order is decided; absent where nothing is to come.
ALTER TABLE wechat_payments ADD COLUMN look_at BIGINT DEFAULT 0;
-- How often it was looked at without anything new.
ALTER TABLE wechat_payments ADD COLUMN looks BIGINT NOT NULL DEFAULT 0;
-- When a query proved that it can't be paid any more. A number that WeChat Pay did not know was not
-- proven: its creation may have been on its way.
ALTER TABLE wechat_payments ADD COLUMN closed_at BIGINT;
-- What is known of its money's way back: none, running, stuck (a person has to look), done.
ALTER TABLE wechat_payments ADD COLUMN refund TEXT NOT NULL DEFAULT 'none';
-- How many of our refunds ended closed: the next one needs another number.
ALTER TABLE wechat_payments ADD COLUMN refunds_closed BIGINT NOT NULL DEFAULT 0;
-- Before this moment no next one is asked for.
ALTER TABLE wechat_payments ADD COLUMN refund_again_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX wechat_payments_to_look_at ON wechat_payments (look_at) WHERE look_at IS NOT NULL;
