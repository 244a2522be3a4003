//! What only WeChat itself can say about the settings: asked for by `check-config --online`. Nothing is
//! ordered and nothing is paid; the one number asked about is random and belongs to nobody.

use crate::adapters::os_random::OsRandom;
use dika_core::ids::Ids;
use dika_wechat::api::ApiError;
use dika_wechat::js::Js;
use dika_wechat::pay::{Error, ErrorCode, NetworkFault, Pay, SignatureFault};
use dika_wechat::{ConfigError, OutTradeNo};

use crate::config::{Config, Finding, bad, good};

impl Config {
    /// Asks WeChat Pay and the official account's API whether they know these settings, one sentence
    /// each. Gives one problem where the settings can't be loaded at all; [`Config::check`] says why.
    pub async fn check_online(&self) -> Vec<Finding> {
        let Some(section) = &self.wechat else {
            return vec![good("online: there is no [wechat] to ask about")];
        };
        let loaded = section
            .settings(self.settings.public_origin.as_deref())
            .map_err(|_| ())
            .and_then(|settings| dika_wechat::Config::load(&settings).map_err(|_| ()));
        let Ok(config) = loaded else {
            return vec![bad(
                "online: nothing was asked, because the [wechat] settings can't be read",
            )];
        };
        let (pay, account) = tokio::join!(ask_pay(&config), ask_account(&config));
        vec![pay, account]
    }
}

/// A signed answer to a signed question proves all four: merchant number, key, its serial, and the key
/// that verifies the answer.
async fn ask_pay(config: &dika_wechat::Config) -> Finding {
    let pay = match Pay::new(config) {
        Ok(pay) => pay,
        Err(fault) => return no_client(&fault),
    };
    let Ok(nobody_s) = OutTradeNo::new(OsRandom.id()) else {
        return bad("online: no number to ask about could be made");
    };
    let error = match pay.query(&nobody_s).await {
        Ok(_) => return bad("online: WeChat Pay knows an order that nobody made; ask them"),
        Err(error) => error,
    };
    match (error.proven_code(), &error) {
        (Some(ErrorCode::OrderNotExist), _) => good(
            "online: WeChat Pay took merchant number, merchant key and serial, and its answer fits the verifying key",
        ),
        (Some(ErrorCode::AppidMchidNotMatch), _) => bad(
            "online: WeChat Pay says that appid and mchid are not bound to each other; bind them in both consoles",
        ),
        (Some(ErrorCode::MchNotExists), _) => {
            bad("online: WeChat Pay knows no such mchid; compare it with the merchant console")
        }
        (Some(ErrorCode::NoAuth), _) => bad(
            "online: WeChat Pay says that this merchant may not use it; apply for the products in the merchant console",
        ),
        (_, Error::Rejected(refusal)) if refusal.status == 401 => bad(
            "online: WeChat Pay did not take our signature; mchid, merchant_key and merchant_serial must belong together, and the clock be right",
        ),
        (_, Error::Rejected(refusal)) => bad(format!(
            "online: WeChat Pay refused with {:?}",
            refusal.code
        )),
        (_, Error::Signature(SignatureFault::UnknownKey(key))) => bad(format!(
            "online: WeChat Pay answers with the key {key}, which is not among platform_keys; add it"
        )),
        (_, Error::Signature(SignatureFault::Stale(seconds))) => bad(format!(
            "online: WeChat Pay's clock and this machine's differ by {seconds} s; set this one by NTP"
        )),
        (_, Error::Signature(SignatureFault::Wrong)) => bad(
            "online: WeChat Pay's answer does not fit the verifying key of that id; its PEM is another one's",
        ),
        (_, Error::Network(fault)) => not_reached("WeChat Pay", *fault),
        (_, other) => bad(format!(
            "online: WeChat Pay's answer was not believed: {other}"
        )),
    }
}

/// A token proves the account's id, its secret and its list of addresses; a ticket, that the account may
/// sign pages.
async fn ask_account(config: &dika_wechat::Config) -> Finding {
    let js = match Js::new(config) {
        Ok(js) => js,
        Err(fault) => return no_client(&fault),
    };
    match js.check().await {
        Ok(()) => good(
            "online: the official account's API took appid, app_secret and this server's address, and gave a JS-SDK ticket",
        ),
        Err(ApiError::Network(fault)) => not_reached("the official account's API", fault),
        Err(error) => {
            let words = match error.errcode() {
                Some(40013) => "it knows no such appid",
                Some(40001 | 40125 | 41004) => "app_secret is not this appid's, or was reset",
                Some(40164 | 61004) => {
                    "this server's address is not on the account's IP list (IP白名单)"
                }
                Some(40243) => "app_secret is frozen: the account's administrator thaws it",
                Some(48001) => {
                    "the account may not use the JS-SDK: it must be a verified service account"
                }
                Some(50002 | 50004 | 50007) => "the account is frozen or was closed",
                Some(45009 | 45011) => "it was asked too often; try again later",
                _ => "it is in trouble, or refuses for a reason not known here",
            };
            bad(format!(
                "online: the official account's API gave no JS-SDK ticket: {words} ({error})"
            ))
        }
    }
}

fn not_reached(who: &str, fault: NetworkFault) -> Finding {
    bad(format!(
        "online: {who} was not reached: {fault}; may this server call out by https?"
    ))
}

fn no_client(fault: &ConfigError) -> Finding {
    bad(format!("online: nothing could be asked: {fault}"))
}
