use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use clap::Args;
use dika_core::ids::Ids;
use dika_store::Store;
use dika_store::connect::Reach;

use crate::commands::backup_postgres::Postgres;
use crate::database_mark;
use crate::settings::Deployment;

/// Where the copy lies.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct BackupFile {
    /// The copy.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// A path as SQLite's address. `%`, `?` and `#` would end the path.
fn address(file: &Path) -> String {
    let path = file
        .to_string_lossy()
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    format!("sqlite://{path}?mode=rwc")
}

impl BackupFile {
    /// Copies the database as it is at one moment, also while the server runs, and reads the copy through.
    ///
    /// # Errors
    /// One plain sentence; no copy is left then.
    pub async fn back_up(
        &self,
        url: &str,
        reach: &Reach,
        ids: Arc<dyn Ids>,
    ) -> anyhow::Result<String> {
        let shown = self.file.display();
        ensure!(
            !self.file.exists(),
            "{shown} is there already; a backup replaces nothing."
        );
        // Only this user may read it, from the first byte on.
        let part = self.file.with_extension("part");
        let _ = std::fs::remove_file(&part);
        private(&part)?;
        let done: anyhow::Result<i64> = async {
            let store = Store::open_read_only(url, reach, ids.clone())
                .await
                .context("The database cannot be opened.")?;
            if !url.starts_with("sqlite:") {
                let orders = store.count_orders().await?;
                store.close().await;
                Postgres::parse(url, reach)?.dump(&part)?;
                std::fs::rename(&part, &self.file)
                    .with_context(|| format!("{shown} cannot be written."))?;
                return Ok(orders);
            }
            store
                .copy_to(&part.to_string_lossy())
                .await
                .context("The database cannot be copied.")?;
            store.close().await;
            let orders = checked(&part, ids).await?;
            std::fs::rename(&part, &self.file)
                .with_context(|| format!("{shown} cannot be written."))?;
            Ok(orders)
        }
        .await;
        if done.is_err() {
            let _ = std::fs::remove_file(&part);
        }
        let orders = done?;
        Ok(format!(
            "{shown} holds {orders} order(s), and was read through.\n"
        ))
    }

    /// Puts a copy into an empty PostgreSQL database: all of it, or nothing.
    ///
    /// # Errors
    /// One plain sentence.
    pub async fn restore_postgres(
        &self,
        url: &str,
        reach: &Reach,
        deployment: Deployment,
        ids: Arc<dyn Ids>,
    ) -> anyhow::Result<String> {
        let server = Postgres::parse(url, reach)?;
        let orders = server
            .restore(&self.file, url, reach, deployment, ids)
            .await?;
        Ok(restored("The database", orders))
    }

    /// Puts a copy in the place of a database that is not there; the folder is.
    ///
    /// # Errors
    /// One plain sentence; nothing was changed then.
    pub async fn restore(
        &self,
        data_dir: &Path,
        deployment: Deployment,
        ids: Arc<dyn Ids>,
    ) -> anyhow::Result<String> {
        let place = data_dir.join("dika.db");
        ensure!(
            !place.exists(),
            "{} is there already; move it away first.",
            place.display()
        );
        for rest in ["dika.db-wal", "dika.db-shm"] {
            ensure!(
                !data_dir.join(rest).exists(),
                "{} belongs to another database; move it away first.",
                data_dir.join(rest).display()
            );
        }
        let part = data_dir.join("dika.db.part");
        let _ = std::fs::remove_file(&part);
        private(&part)?;
        let done: anyhow::Result<i64> = async {
            std::fs::copy(&self.file, &part)
                .with_context(|| format!("{} cannot be read.", self.file.display()))?;
            let orders = checked(&part, ids.clone()).await?;
            let store = Store::open(&address(&part), ids)
                .await
                .context("The copy cannot be opened.")?;
            database_mark::keep_apart(&store, deployment).await?;
            store.close().await;
            let rest = format!("{}-wal", part.display());
            ensure!(
                !Path::new(&rest).exists(),
                "The copy could not be brought up to date."
            );
            std::fs::rename(&part, &place)
                .with_context(|| format!("{} cannot be written.", place.display()))?;
            Ok(orders)
        }
        .await;
        if done.is_err() {
            for rest in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{rest}", part.display()));
            }
        }
        let orders = done?;
        Ok(restored(&place.display().to_string(), orders))
    }
}

fn restored(place: &str, orders: i64) -> String {
    format!(
        "{place} holds {orders} order(s). Start the server, then compare the days since the copy: dika-server reconcile --day.\n"
    )
}

/// Makes an empty file that only this user may read.
fn private(path: &Path) -> anyhow::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .map(drop)
        .with_context(|| format!("{} cannot be written.", path.display()))
}

/// Reads a copy through; gives how many orders it holds.
async fn checked(file: &Path, ids: Arc<dyn Ids>) -> anyhow::Result<i64> {
    let store = Store::open_read_only(&address(file), &Reach::default(), ids)
        .await
        .context("The copy is no database.")?;
    let damages = store.damages().await.context("The copy is no database.")?;
    if let Some(first) = damages.first() {
        bail!("The copy is damaged: {first}.");
    }
    let orders = store
        .count_orders()
        .await
        .context("The copy is no database of Dika's.")?;
    store.close().await;
    Ok(orders)
}
