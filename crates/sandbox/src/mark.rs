use dika_server::database_mark::MARK;
use dika_store::Store;

use crate::tables::Tables;

/// Makes sure that a database is a sandbox's own: a reset would empty any other.
///
/// # Errors
/// One plain sentence where the database holds something else.
pub async fn mark(store: &Store) -> anyhow::Result<()> {
    if store.setting(MARK).await?.is_some() {
        return Ok(());
    }
    if !Tables::new(store.clone()).holds_nobody().await? {
        anyhow::bail!(
            "This database is not a sandbox's; give the sandbox a folder of its own with --data."
        );
    }
    Ok(set(store).await?)
}

/// Marks a database as a sandbox's.
///
/// # Errors
/// Any database failure.
pub async fn set(store: &Store) -> dika_store::Result<()> {
    store.set_setting(MARK, "1").await
}
