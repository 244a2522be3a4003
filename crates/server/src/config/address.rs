use std::net::IpAddr;

use dika_contract::endpoint;
use ipnet::IpNet;
use url::{Host, Url};

/// `scheme://host[:port]`, in lower case; nothing where the text is something else.
pub(super) fn origin(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches('/').to_ascii_lowercase();
    let (scheme, authority) = text.split_once("://")?;
    let plain = !authority.is_empty()
        && authority
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte));
    (matches!(scheme, "http" | "https") && plain).then_some(text)
}

/// Where WeChat Pay's notifications arrive.
pub(super) fn notify_url(origin: &str) -> String {
    format!("{origin}{}{}", endpoint::BASE, endpoint::WECHAT_NOTIFY)
}

/// A net, or one address.
pub(super) fn net(text: &str) -> Option<IpNet> {
    let text = text.trim();
    text.parse()
        .ok()
        .or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// Whether a URL's host is this machine, however it is written (`127.1`, `[::ffff:127.0.0.1]`).
pub(super) fn is_on_this_machine(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else {
        return false;
    };
    let is_own = |address: IpAddr| {
        let address = address.to_canonical();
        address.is_loopback() || address.is_unspecified()
    };
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => is_own(address.into()),
        Some(Host::Ipv6(address)) => is_own(address.into()),
        None => false,
    }
}
