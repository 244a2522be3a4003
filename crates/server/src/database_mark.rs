use dika_store::Store;

/// The setting that marks a database as a sandbox's: its people and money are invented.
pub const MARK: &str = "sandbox";

/// Makes sure that a database is no sandbox's: its people and money are invented.
///
/// # Errors
/// One plain sentence where it is.
pub async fn refuse_invented(store: &Store) -> anyhow::Result<()> {
    if store.setting(MARK).await?.is_some() {
        anyhow::bail!(
            "This database is a sandbox's; give the server a folder of its own with --data."
        );
    }
    Ok(())
}
