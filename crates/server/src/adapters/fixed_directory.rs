use async_trait::async_trait;
use dika_contract::Directory;
use dika_core::directory::DirectorySource;

/// A directory that stays as it was when the server started.
#[derive(Clone, Debug)]
pub struct FixedDirectory(pub Directory);

#[async_trait]
impl DirectorySource for FixedDirectory {
    async fn current(&self) -> anyhow::Result<Directory> {
        Ok(self.0.clone())
    }
}
