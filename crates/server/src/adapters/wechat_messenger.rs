use async_trait::async_trait;
use dika_contract::{Fen, Issuer, Timestamp, WalletKind};
use dika_core::messenger::{Delivery, Message, Messenger, Occasion, Permission};
use dika_wechat::OpenId;
use dika_wechat::api::ApiError;
use dika_wechat::http::NetworkFault;
use dika_wechat::subscribe::{self, Error, Reserved, Scene, Subscribe};
use url::Url;

/// One-time subscription messages of the school's official account.
pub struct WechatMessenger {
    subscribe: Subscribe,
    /// Where people reach the app, without a slash at the end.
    origin: String,
}

impl WechatMessenger {
    /// Sends by `subscribe`; links lead to `origin`, `https://…` without a path.
    pub fn new(subscribe: Subscribe, origin: &str) -> Self {
        Self {
            subscribe,
            origin: origin.to_owned(),
        }
    }

    fn url(&self, path: &str) -> Result<Url, url::ParseError> {
        Url::parse(&format!("{}{path}", self.origin))
    }
}

#[async_trait]
impl Messenger for WechatMessenger {
    fn permission_url(&self, permission: &Permission, return_path: &str) -> anyhow::Result<String> {
        let scene = Scene::new(permission.scene)
            .ok_or_else(|| anyhow::anyhow!("no scene has the number {}", permission.scene))?;
        let reserved = Reserved::parse(&permission.token)
            .ok_or_else(|| anyhow::anyhow!("the token can't travel"))?;
        Ok(self
            .subscribe
            .confirm_url(scene, &self.url(return_path)?, &reserved))
    }

    async fn send(&self, message: &Message) -> Delivery {
        let parts = (
            OpenId::new(&message.recipient),
            Scene::new(message.scene),
            self.url(&format!("/orders/{}", message.order_id)),
        );
        let (Ok(openid), Some(scene), Ok(url)) = parts else {
            return Delivery::Refused("a field can't travel".to_owned());
        };
        let (title, content) = words(message);
        let sent = self
            .subscribe
            .send(&subscribe::Message {
                openid,
                scene,
                title: title.to_owned(),
                content,
                url,
            })
            .await;
        match sent {
            Ok(()) => Delivery::Sent,
            Err(Error::NotAllowed) => Delivery::NotAllowed,
            Err(Error::Api(ApiError::Network(NetworkFault::NotSent))) => {
                Delivery::Later("wechat_not_reached".to_owned())
            }
            // The status of a gateway, or no whole answer: WeChat may have taken it.
            Err(Error::Api(
                ApiError::Network(_) | ApiError::Status(_) | ApiError::Malformed(_),
            )) => Delivery::Lost,
            Err(error) if error.is_temporary() => Delivery::Later(reason(&error)),
            Err(error) => Delivery::Refused(reason(&error)),
        }
    }
}

/// A word for the outbox and the log: WeChat's number where it refused.
fn reason(error: &Error) -> String {
    match error {
        Error::NotAllowed => "wechat_43101".to_owned(),
        Error::NotFollowing => "wechat_43004".to_owned(),
        Error::WrongTemplate => "wechat_40037".to_owned(),
        Error::WrongField => "wechat_47003".to_owned(),
        Error::Quota => "wechat_45009".to_owned(),
        Error::NoRight => "wechat_48001".to_owned(),
        Error::Api(ApiError::Refused { errcode, .. }) => format!("wechat_{errcode}"),
        Error::Api(ApiError::Status(_) | ApiError::Network(_) | ApiError::Malformed(_)) => {
            "wechat_unreachable".to_owned()
        }
    }
}

/// Title and text. WeChat shows its messages in Chinese throughout.
fn words(message: &Message) -> (&'static str, String) {
    let what = format!(
        "{}{}的 {}",
        card(message.issuer),
        wallet(message.wallet),
        yuan(message.amount)
    );
    match (message.occasion, message.claim_by) {
        (Occasion::CollectBy, Some(end)) => (
            "充值款待领取",
            format!(
                "{what} 还没领，请在 {} 前刷卡领取。过了时间钱也不会丢。",
                china_time(end)
            ),
        ),
        (Occasion::CollectBy, None) => (
            "充值款待领取",
            format!("{what} 还没领，请在机器上刷卡领取。"),
        ),
        (Occasion::TimeIsUp, _) => (
            "领取时间已过，请确认",
            format!("{what} 没在规定时间内领取，钱还在。请点开这条消息，按“确认”后再去刷卡。"),
        ),
        (Occasion::Collected, _) => ("充值已到账", format!("{what} 已经到卡上。")),
    }
}

fn card(issuer: Issuer) -> &'static str {
    match issuer {
        Issuer::Gdut => "校园卡",
        Issuer::Hemc => "大学城一卡通",
        Issuer::Other => "卡",
    }
}

fn wallet(wallet: WalletKind) -> &'static str {
    match wallet {
        WalletKind::Utilities => "水电钱包",
        WalletKind::Main => "主钱包",
        WalletKind::Other => "钱包",
    }
}

fn yuan(amount: Fen) -> String {
    format!("¥{}.{:02}", amount.get() / 100, amount.get() % 100)
}

/// `11月26日 18:00`, in China.
fn china_time(moment: Timestamp) -> String {
    // `2026-11-26T10:00:00Z` moved by eight hours reads as China's clock.
    let text = moment.plus(8 * 3_600).to_string();
    let number = |range: std::ops::Range<usize>| {
        let digits = text.get(range).unwrap_or_default();
        digits.trim_start_matches('0').to_owned()
    };
    format!(
        "{}月{}日 {}",
        number(5..7),
        number(8..10),
        text.get(11..16).unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_by_chinas_clock() {
        assert_eq!(
            china_time(Timestamp::from_unix(1_698_315_752)),
            "10月26日 18:22"
        );
        assert_eq!(
            china_time(Timestamp::from_unix(1_704_038_400)),
            "1月1日 00:00"
        );
    }

    #[test]
    fn every_message_fits_where_it_is_shown() {
        for occasion in Occasion::ALL {
            for claim_by in [None, Some(Timestamp::from_unix(1_704_038_400))] {
                let (title, content) = words(&Message {
                    order_id: dika_contract::OrderId::parse("01abc").expect("an id"),
                    occasion,
                    issuer: Issuer::Hemc,
                    wallet: WalletKind::Utilities,
                    amount: Fen::new(2_050),
                    claim_by,
                    recipient: "o1".to_owned(),
                    scene: 1,
                });
                assert!(title.chars().count() <= 15 && content.chars().count() <= 200);
                assert!(content.contains("¥20.50"), "{content}");
            }
        }
    }
}
