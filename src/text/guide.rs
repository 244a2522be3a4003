/// The guide.
pub(crate) struct Guide {}

words!(Guide);

static ZH: Guide = Guide {};

static EN: Guide = Guide {};
