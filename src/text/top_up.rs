/// Topping up.
pub(crate) struct TopUp {}

words!(TopUp);

static ZH: TopUp = TopUp {};

static EN: TopUp = TopUp {};
