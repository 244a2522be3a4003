/// One card.
pub(crate) struct CardPage {}

words!(CardPage);

static ZH: CardPage = CardPage {};

static EN: CardPage = CardPage {};
