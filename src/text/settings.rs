/// Settings.
pub(crate) struct Settings {}

words!(Settings);

static ZH: Settings = Settings {};

static EN: Settings = Settings {};
