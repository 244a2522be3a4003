//! What to call after an answer, with what from it: for people who read the document, and for tools that walk through
//! the API as a client would.

use serde_json::{Map, Value, json};

/// From an answer to a call.
pub(super) struct Link {
    /// The operations whose answer leads on, with the answer's status.
    pub(super) from: &'static [(&'static str, u16)],
    /// The operations that it leads to.
    pub(super) to: &'static [&'static str],
    /// The parameter that the answer gives, and where it stands in the answer.
    parameter: Option<(&'static str, &'static str)>,
    /// A field of the next call's body that the answer or its request gives, likewise.
    field: Option<(&'static str, &'static str)>,
}

/// All of them.
pub(super) const LINKS: &[Link] = &[
    Link {
        from: &[("requestCode", 202)],
        to: &["signIn"],
        parameter: None,
        field: Some(("phone", "$request.body#/phone")),
    },
    Link {
        from: &[("createBinding", 201), ("getBinding", 200)],
        to: &["getBinding", "confirmBinding", "rejectBinding"],
        parameter: Some(("id", "$response.body#/id")),
        field: None,
    },
    Link {
        from: &[("confirmBinding", 200)],
        to: &["getCard", "setDefaultCard", "unbindCard"],
        parameter: Some(("id", "$response.body#/card_id")),
        field: None,
    },
    Link {
        from: &[("confirmBinding", 200)],
        to: &["createTopUp"],
        parameter: None,
        field: Some(("card_id", "$response.body#/card_id")),
    },
    Link {
        from: &[("listCards", 200)],
        to: &["getCard", "setDefaultCard", "unbindCard"],
        parameter: Some(("id", "$response.body#/0/id")),
        field: None,
    },
    Link {
        from: &[("listCards", 200)],
        to: &["createTopUp"],
        parameter: None,
        field: Some(("card_id", "$response.body#/0/id")),
    },
    Link {
        from: &[
            ("createTopUp", 201),
            ("createTopUp", 200),
            ("getTopUp", 200),
        ],
        to: &[
            "getTopUp",
            "cancelTopUp",
            "continueTopUp",
            "confirmClaim",
            "getTopUpCalendar",
        ],
        parameter: Some(("id", "$response.body#/id")),
        field: None,
    },
    Link {
        from: &[("listTopUps", 200)],
        to: &["getTopUp"],
        parameter: Some(("id", "$response.body#/items/0/id")),
        field: None,
    },
    Link {
        from: &[("listTopUps", 200)],
        to: &["listTopUps"],
        parameter: Some(("cursor", "$response.body#/next_cursor")),
        field: None,
    },
];

/// The links of an answer, by name.
pub(super) fn from(id: &str, status: u16) -> Map<String, Value> {
    let mut links = Map::new();
    for link in LINKS
        .iter()
        .filter(|link| link.from.contains(&(id, status)))
    {
        for to in link.to {
            let mut described = json!({ "operationId": to });
            if let Some((name, place)) = link.parameter {
                described["parameters"] = json!({ name: place });
            }
            if let Some((name, place)) = link.field {
                described["requestBody"] = json!({ name: place });
            }
            links.insert((*to).to_owned(), described);
        }
    }
    links
}
