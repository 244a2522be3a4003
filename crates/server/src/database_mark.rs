use dika_store::Store;

use crate::settings::Deployment;

/// The setting that marks a database as a sandbox's: its people and money are invented.
pub const MARK: &str = "sandbox";
/// The setting that marks a database as a rehearsal's: its payments are simulated.
const REHEARSAL: &str = "rehearsal";
/// The setting that marks a database as a school's.
const PRODUCTION: &str = "production";

/// Makes sure that invented money and real money never meet in one database, and marks it.
///
/// # Errors
/// One plain sentence where the database is another deployment's; any database failure.
pub async fn keep_apart(store: &Store, deployment: Deployment) -> anyhow::Result<()> {
    let elsewhere = "give the server a folder of its own with --data.";
    if store.setting(MARK).await?.is_some() {
        anyhow::bail!("This database is a sandbox's; {elsewhere}");
    }
    let (own, other, whose) = if deployment == Deployment::Rehearsal {
        (REHEARSAL, PRODUCTION, "a school's")
    } else {
        (PRODUCTION, REHEARSAL, "a rehearsal's")
    };
    if store.setting(other).await?.is_some() {
        anyhow::bail!("This database is {whose}; {elsewhere}");
    }
    Ok(store.set_setting(own, "1").await?)
}
