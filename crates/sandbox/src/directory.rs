use std::sync::Arc;

use async_trait::async_trait;
use dika_contract::directory::{Limits, ServiceHours};
use dika_contract::{Directory, Fen, Issuer, WalletKind, directory::Bilingual};
use dika_core::directory::DirectorySource;

use crate::operator;
use crate::tables::Tables;

/// Settings with this prefix and an issuer's word override its service hours, as in
/// `hours.gdut` = `390-1410`.
pub const HOURS_PREFIX: &str = "hours.";

/// The directory, with the service hours that somebody set.
#[derive(Clone, Debug)]
pub struct SandboxDirectory {
    tables: Tables,
    directory: Arc<Directory>,
}

impl SandboxDirectory {
    /// `directory` with the hours in this database.
    pub fn new(tables: Tables, directory: Arc<Directory>) -> Self {
        Self { tables, directory }
    }
}

#[async_trait]
impl DirectorySource for SandboxDirectory {
    async fn current(&self) -> anyhow::Result<Arc<Directory>> {
        let mut directory = self.directory.clone();
        for (key, value) in self.tables.settings_under(HOURS_PREFIX).await? {
            let issuer = Issuer::from_word(key.trim_start_matches(HOURS_PREFIX));
            let directory = Arc::make_mut(&mut directory);
            let info = directory.issuers.iter_mut().find(|info| info.id == issuer);
            if let (Some(info), Some(hours)) = (info, read_hours(&value)) {
                info.hours = Some(hours);
            }
        }
        Ok(directory)
    }
}

fn read_hours(text: &str) -> Option<ServiceHours> {
    let (from, to) = text.split_once('-')?;
    Some(ServiceHours {
        from_min: from.parse().ok()?,
        to_min: to.parse().ok()?,
    })
}

/// What the school's guide says, with invented limits and hours.
///
/// # Panics
/// Where the built-in directory is malformed; a test of the contract proves that it is not.
pub fn invented() -> Directory {
    let mut directory: Directory =
        serde_json::from_str(Directory::SEED_JSON).expect("the built-in directory is well-formed");
    directory.sandbox = true;
    let operator = operator::invented();
    directory.operator = Some(Bilingual {
        zh: operator.zh.name,
        en: operator.en.name,
    });
    for info in &mut directory.issuers {
        info.hours = Some(ServiceHours {
            from_min: 0,
            to_min: 1440,
        });
        for wallet in &mut info.wallets {
            wallet.limits = limits(info.id, wallet.kind);
        }
    }
    directory
}

fn limits(issuer: Issuer, wallet: WalletKind) -> Option<Limits> {
    let yuan = Fen::from_yuan;
    let (presets, min, max, daily, cap, warn) = match (issuer, wallet) {
        (Issuer::Gdut, WalletKind::Main) => {
            (&[20, 50, 100, 200, 300][..], 10, 500, 1_000, 2_000, None)
        }
        (Issuer::Hemc, WalletKind::Main) => (&[50, 100, 200][..], 10, 500, 1_000, 1_000, None),
        (Issuer::Hemc, WalletKind::Utilities) => {
            (&[10, 20, 30, 50][..], 1, 100, 200, 300, Some(50))
        }
        _ => return None,
    };
    Some(Limits {
        presets_fen: presets.iter().copied().map(yuan).collect(),
        min_fen: yuan(min),
        max_fen: yuan(max),
        daily_fen: yuan(daily),
        cap_fen: yuan(cap),
        warn_from_fen: warn.map(yuan),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wallet_of_the_sandbox_takes_money_and_is_marked() {
        let directory = invented();
        assert!(directory.sandbox);
        for wallet in directory.issuers.iter().flat_map(|info| &info.wallets) {
            let limits = wallet.limits.as_ref().expect("limits");
            assert!(limits.min_fen <= limits.max_fen && limits.max_fen <= limits.daily_fen);
            for preset in &limits.presets_fen {
                assert!((limits.min_fen..=limits.max_fen).contains(preset));
            }
        }
    }
}
