use url::{Host, Url};

/// Whether an address can only mean this machine.
pub(crate) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// Whether the simulator may send there: this machine only, no query.
pub(crate) fn may_notify(text: &str) -> bool {
    Url::parse(text)
        .is_ok_and(|url| url.query().is_none() && url.fragment().is_none() && is_this_machine(&url))
}
