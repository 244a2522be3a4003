use std::sync::Arc;

use crate::services::Services;
use crate::settings::Settings;

/// What handlers may use. Clones share everything.
#[derive(Clone)]
pub struct HttpState {
    /// What happens.
    pub services: Services,
    /// What the operator set.
    pub settings: Arc<Settings>,
}
