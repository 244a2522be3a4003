use std::sync::Arc;

use dika_contract::Directory;

use crate::services::context::Services;
use crate::services::error::ServiceError;

/// Issuers, wallets, limits and hours as they are now.
///
/// # Errors
/// If their source does not answer.
pub async fn directory(services: &Services) -> Result<Arc<Directory>, ServiceError> {
    services
        .directory
        .current()
        .await
        .map_err(ServiceError::internal)
}
