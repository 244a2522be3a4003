use http::HeaderMap;
use serde::Deserialize;

use super::{Pay, Refund, SignatureFault, Trade, sign};
use crate::lenient;

/// A notification believed: signed by WeChat Pay within five minutes, sealed with our key, about our merchant. It may
/// still be one seen before, or older than what a query has told since: whoever books it must not mind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// WeChat Pay's id of the notification; the same on every retry. Empty where it can't be read.
    pub id: String,
    /// What it tells.
    pub event: Event,
}

/// What a notification tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// `TRANSACTION.…`: an order's state. Compare the amount with [`Trade::verdict`].
    Payment(Trade),
    /// `REFUND.…`: a refund's state.
    Refund(Refund),
    /// Any other event: to be acknowledged and left alone.
    Other(String),
}

/// Why a notification was not believed. Answer with [`NoticeError::http_status`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoticeError {
    /// The signature, its time or its key.
    #[error(transparent)]
    Signature(#[from] SignatureFault),
    /// Signed, but not what Tencent documents.
    #[error("the notification is unreadable: {0}")]
    Malformed(&'static str),
    /// Signed, but not sealed with our APIv3 key.
    #[error("the notification can't be unsealed: is api_v3_key right?")]
    Unsealable,
    /// Signed and unsealed, but about another merchant or account; names the field.
    #[error("the notification is about another {0}")]
    Mismatch(&'static str),
}

impl NoticeError {
    /// The status to answer with; anything but 2xx makes WeChat Pay try again later.
    #[must_use]
    pub fn http_status(&self) -> u16 {
        match self {
            Self::Signature(_) => 401,
            Self::Malformed(_) | Self::Mismatch(_) => 400,
            // Ours to repair, so worth a retry.
            Self::Unsealable => 500,
        }
    }
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(default, deserialize_with = "lenient::text")]
    id: String,
    event_type: String,
    resource: Resource,
}

#[derive(Deserialize)]
struct Resource {
    algorithm: String,
    ciphertext: String,
    nonce: String,
    #[serde(default, deserialize_with = "lenient::text")]
    associated_data: String,
}

/// The field that only refunds' content has beside the refund itself.
#[derive(Deserialize)]
struct Owner {
    mchid: String,
}

impl Pay {
    /// Reads a notification: `body` exactly as received, `now_unix_s` the time of receipt. Answer 204 within five
    /// seconds once it is booked, [`NoticeError::http_status`] otherwise.
    ///
    /// # Errors
    /// [`NoticeError`], in the order checked: headers and signature, seal, content, merchant.
    pub fn read_notice(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now_unix_s: i64,
    ) -> Result<Notice, NoticeError> {
        let checked = &self.config.0;
        sign::verify(checked, headers, body, now_unix_s)?;
        let envelope: Envelope = serde_json::from_slice(body)
            .map_err(|_| NoticeError::Malformed("not the envelope documented"))?;
        if envelope.resource.algorithm != "AEAD_AES_256_GCM" {
            return Err(NoticeError::Malformed(
                "another algorithm than AEAD_AES_256_GCM",
            ));
        }
        let content = checked
            .seal_key
            .open(
                envelope.resource.nonce.as_bytes(),
                envelope.resource.associated_data.as_bytes(),
                &envelope.resource.ciphertext,
            )
            .ok_or(NoticeError::Unsealable)?;
        let event = match envelope.event_type.split('.').next() {
            Some("TRANSACTION") => {
                let trade: Trade = serde_json::from_slice(&content)
                    .map_err(|_| NoticeError::Malformed("not a transaction"))?;
                trade
                    .check_merchant(&self.config)
                    .map_err(NoticeError::Mismatch)?;
                trade.check_whole().map_err(NoticeError::Malformed)?;
                Event::Payment(trade)
            }
            Some("REFUND") => {
                let owner: Owner = serde_json::from_slice(&content)
                    .map_err(|_| NoticeError::Malformed("no mchid"))?;
                if owner.mchid != checked.mchid {
                    return Err(NoticeError::Mismatch("mchid"));
                }
                Event::Refund(
                    serde_json::from_slice(&content)
                        .map_err(|_| NoticeError::Malformed("not a refund"))?,
                )
            }
            _ => Event::Other(envelope.event_type),
        };
        Ok(Notice {
            id: envelope.id,
            event,
        })
    }
}
