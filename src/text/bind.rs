/// Binding a card.
pub(crate) struct Bind {}

words!(Bind);

static ZH: Bind = Bind {};

static EN: Bind = Bind {};
