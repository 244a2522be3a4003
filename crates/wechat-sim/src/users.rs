use serde::{Deserialize, Serialize};

/// A simulated WeChat user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimUser {
    /// Shown on the page on which the user is chosen.
    pub name: String,
    /// The user as the official account sees them.
    pub openid: String,
    /// Across accounts.
    #[serde(default)]
    pub unionid: Option<String>,
    /// A snapshot page's virtual user.
    #[serde(default)]
    pub snapshot: bool,
}

impl SimUser {
    /// The users at the start: two students and a snapshot page's user. The same in every world, so that a store
    /// kept over a restart knows them again.
    pub(crate) fn initial() -> Vec<Self> {
        let user = |name: &str, openid: &str, snapshot| Self {
            name: name.to_owned(),
            openid: openid.to_owned(),
            unionid: None,
            snapshot,
        };
        vec![
            user("学生甲", "oSimStudentA000000000000001", false),
            user("学生乙", "oSimStudentB000000000000002", false),
            user("快照页", "oSimSnapshot000000000000003", true),
        ]
    }
}

/// A code waiting to be swapped.
pub(crate) struct SwapCode {
    pub(crate) user: SimUser,
    pub(crate) scope: String,
    pub(crate) end_ms: i64,
    pub(crate) used: bool,
}

/// A token or ticket with its end.
pub(crate) struct Credential {
    pub(crate) value: String,
    pub(crate) end_ms: i64,
}
