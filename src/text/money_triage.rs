/// Where is my money?
pub(crate) struct MoneyTriage {}

words!(MoneyTriage);

static ZH: MoneyTriage = MoneyTriage {};

static EN: MoneyTriage = MoneyTriage {};
