/// Orders.
pub(crate) struct Orders {}

words!(Orders);

static ZH: Orders = Orders {};

static EN: Orders = Orders {};
