use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dika_contract::directory::{Limits, ServiceHours};
use dika_contract::{Directory, Fen, Issuer, WalletKind, endpoint};

use crate::error::ApiError;
use crate::state::AppState;
use dika_core::digest::digest;

/// Settings with this prefix and an issuer's word override its service hours in the sandbox, as in
/// `hours.gdut` = `390-1410`.
pub const HOURS_PREFIX: &str = "hours.";

/// Where the directory is read.
pub fn router() -> Router<AppState> {
    Router::new().route(endpoint::DIRECTORY, get(directory))
}

async fn directory(
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let body = serde_json::to_string(&current(&state).await?).map_err(ApiError::internal)?;
    let tag = format!("\"{}\"", &digest(&[&body])[..32]);
    let known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|known| matches!(known.trim().trim_start_matches("W/"), known if known == tag || known == "*"));
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, "application/json")], body).into_response()
    };
    let answer = response.headers_mut();
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    answer.insert(
        header::ETAG,
        HeaderValue::from_str(&tag).map_err(ApiError::internal)?,
    );
    Ok(response)
}

/// The directory as it is now.
///
/// # Errors
/// Any database failure.
pub async fn current(state: &AppState) -> Result<Directory, ApiError> {
    let mut directory = state.settings.directory.clone();
    if state.settings.sandbox {
        for (key, value) in state.store.settings_under(HOURS_PREFIX).await? {
            let issuer = Issuer::from_word(key.trim_start_matches(HOURS_PREFIX));
            let info = directory.issuers.iter_mut().find(|info| info.id == issuer);
            if let (Some(info), Some(hours)) = (info, read_hours(&value)) {
                info.hours = Some(hours);
            }
        }
    }
    Ok(directory)
}

fn read_hours(text: &str) -> Option<ServiceHours> {
    let (from, to) = text.split_once('-')?;
    Some(ServiceHours {
        from_min: from.parse().ok()?,
        to_min: to.parse().ok()?,
    })
}

/// What the school's guide says, with limits and hours that the sandbox invented and calls so.
///
/// # Panics
/// Where the built-in directory is malformed; a test of the contract proves that it is not.
pub fn sandbox() -> Directory {
    let mut directory: Directory =
        serde_json::from_str(Directory::SEED_JSON).expect("the built-in directory is well-formed");
    directory.sandbox = true;
    for info in &mut directory.issuers {
        info.hours = Some(ServiceHours {
            from_min: 0,
            to_min: 1440,
        });
        for wallet in &mut info.wallets {
            wallet.limits = invented(info.id, wallet.kind);
        }
    }
    directory
}

fn invented(issuer: Issuer, wallet: WalletKind) -> Option<Limits> {
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
        let directory = sandbox();
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
