use std::sync::Arc;

use async_trait::async_trait;
use dika_contract::Directory;

/// Where issuers, wallets, limits and hours are kept.
#[async_trait]
pub trait DirectorySource: Send + Sync {
    /// The directory as it is now.
    ///
    /// # Errors
    /// If the source does not answer.
    async fn current(&self) -> anyhow::Result<Arc<Directory>>;

    /// Asks again whoever has a part of it; what they do not answer stays as it was. Nothing where nobody is asked.
    async fn refresh(&self) {}
}
