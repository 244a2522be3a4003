use serde::Serialize;

/// The template that the simulated account has.
pub const TEMPLATE_ID: &str = "SimTemplate0000000000000000000000000000001";

/// A message that WeChat would have shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SimMessage {
    /// To whom.
    pub openid: String,
    /// The scene that the user allowed it for.
    pub scene: u16,
    /// Its title.
    pub title: String,
    /// Its text.
    pub content: String,
    /// What a tap on it opens.
    pub url: String,
    /// When, in milliseconds since 1970 by the simulated clock.
    pub sent_at_ms: i64,
}
