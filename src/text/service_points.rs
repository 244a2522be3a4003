/// Service points.
pub(crate) struct ServicePoints {}

words!(ServicePoints);

static ZH: ServicePoints = ServicePoints {};

static EN: ServicePoints = ServicePoints {};
