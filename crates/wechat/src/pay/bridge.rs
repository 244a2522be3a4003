use serde::{Deserialize, Serialize};

use super::{Pay, SignFault};
use crate::{clock, id::PrepayId, key};

/// What `WeixinJSBridge.invoke('getBrandWCPayRequest', …)` takes: all of them texts, made by the server.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BridgeParams {
    /// The official account.
    pub app_id: String,
    /// Unix seconds.
    pub time_stamp: String,
    /// Random text.
    pub nonce_str: String,
    /// `prepay_id=…`.
    pub package: String,
    /// Always `RSA`.
    pub sign_type: String,
    /// RSA-SHA256 over app id, time, nonce and package, a line each.
    pub pay_sign: String,
}

impl std::fmt::Debug for BridgeParams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BridgeParams")
            .field("app_id", &self.app_id)
            .finish_non_exhaustive()
    }
}

impl Pay {
    /// Signs the parameters that open the payment of a prepay id. Sign anew each time the page asks.
    ///
    /// # Errors
    /// If the system gives no randomness.
    pub fn bridge_params(&self, prepay_id: &PrepayId) -> Result<BridgeParams, SignFault> {
        let checked = &self.config.0;
        let time_stamp = clock::unix_s().to_string();
        let nonce_str = key::random_hex()?;
        let package = format!("prepay_id={}", prepay_id.as_str());
        let message = format!("{}\n{time_stamp}\n{nonce_str}\n{package}\n", checked.appid);
        let pay_sign = checked.merchant_key.sign(message.as_bytes())?;
        Ok(BridgeParams {
            app_id: checked.appid.clone(),
            time_stamp,
            nonce_str,
            package,
            sign_type: "RSA".to_owned(),
            pay_sign,
        })
    }
}
