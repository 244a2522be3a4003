//! The pages that are opened, and what is looked for and tapped in them: by this app's hooks (docs/hooks.md), or by those
//! that docs/performance.md asks of another app.

/// A page to open, and how to tell that it can be used.
pub struct Page {
    /// Its name in reports.
    pub name: &'static str,
    /// Its whole address.
    pub address: String,
    /// CSS selector of what is there once it can be used.
    pub ready: &'static str,
    /// How to find out when the app answers.
    pub probe: Probe,
    /// A way on to the next page.
    pub next: Option<Probe>,
}

/// A control that is tapped.
pub struct Probe {
    /// CSS selector of the control.
    pub control: &'static str,
    /// CSS selector of what is there once it was answered.
    pub answered: &'static str,
}

/// Said by this app once it has taken the page over, and as long as it waits with its code until somebody touches the page
/// or has read it for a while; others say nothing.
pub const AWAKE: &str = "html[data-ready], html[data-waits]";

/// What pages are called in reports.
pub const HOME: &str = "home";
/// The same.
pub const POINTS: &str = "service points";

/// Home and service points at an origin.
pub fn pages(origin: &str) -> Vec<Page> {
    vec![
        Page {
            name: HOME,
            address: format!("{origin}/"),
            // A bound card's amounts.
            ready: "[data-card]",
            probe: Probe {
                control: ORDERS_TAB,
                answered: "[data-tab=orders][aria-current], nav a[href='/orders'][aria-current]",
            },
            next: Some(Probe {
                control: ORDERS_TAB,
                answered: "[data-page=orders] [data-order]",
            }),
        },
        Page {
            name: POINTS,
            address: format!("{origin}/service-points"),
            // A phone number can be tapped.
            ready: "[data-service-point] a[href^='tel:']",
            probe: Probe {
                control: "[data-filter=panyu], [name=campus][value=panyu]",
                answered: "body:not(:has([data-service-point=longdong]:not([hidden]))) [data-service-point=panyu]:not([hidden])",
            },
            next: None,
        },
    ]
}

const HOME_TAB: &str = "[data-tab=home], nav a[href='/']";
const ORDERS_TAB: &str = "[data-tab=orders], nav a[href='/orders']";
const POINTS_TAB: &str = "[data-tab=points], nav a[href='/service-points']";
const GUIDE_TAB: &str = "[data-tab=guide], nav a[href='/guide']";

/// What is tapped one after the other, from the home page on, and what each tap leads to: every place of the tab bar, and
/// the filters of the service points.
pub const TAPS: [(&str, &str); 14] = [
    (ORDERS_TAB, "[data-page=orders]"),
    (HOME_TAB, "[data-page=home] [data-card]"),
    (POINTS_TAB, "[data-service-point]"),
    (
        "[data-filter=panyu], [name=campus][value=panyu]",
        "body:not(:has([data-service-point=longdong]:not([hidden])))",
    ),
    (
        "[data-filter=all], [name=campus][value=all]",
        "[data-service-point=longdong]:not([hidden])",
    ),
    (
        "[data-filter=hemc], [name=card][value=hemc]",
        "body:not(:has([data-service-point=longdong]:not([hidden])))",
    ),
    (
        "[data-filter=both], [name=card][value=both]",
        "[data-service-point=longdong]:not([hidden])",
    ),
    (GUIDE_TAB, "[data-page=guide]"),
    (HOME_TAB, "[data-page=home] [data-card]"),
    (POINTS_TAB, "[data-service-point]"),
    (
        "[data-filter=daxuecheng], [name=campus][value=daxuecheng]",
        "body:not(:has([data-service-point=longdong]:not([hidden])))",
    ),
    (ORDERS_TAB, "[data-page=orders]"),
    (GUIDE_TAB, "[data-page=guide]"),
    (HOME_TAB, "[data-page=home] [data-card]"),
];

impl Page {
    /// The address up to the path.
    pub fn origin(&self) -> &str {
        let host = self.address.find("://").map_or(0, |at| at + 3);
        let path = self.address[host..].find('/');
        path.map_or(&self.address, |at| &self.address[..host + at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_ends_before_the_path() {
        let pages = pages("http://baseline0.localhost:8481");
        assert_eq!(
            pages.iter().map(Page::origin).collect::<Vec<_>>(),
            ["http://baseline0.localhost:8481"; 2]
        );
    }
}
