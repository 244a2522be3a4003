/// The home page.
pub(crate) struct Home {}

words!(Home);

static ZH: Home = Home {};

static EN: Home = Home {};
