use async_trait::async_trait;
use dika_contract::{Fen, Issuer, OrderId, Timestamp, WalletKind};

/// What a message is about. An order has at most one message per occasion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// The money waits, and the time to collect it is nearly over.
    CollectBy,
    /// The time to collect went by: the student confirms.
    TimeIsUp,
    /// The money is on the card.
    Collected,
}

impl Occasion {
    /// Every occasion.
    pub const ALL: [Self; 3] = [Self::CollectBy, Self::TimeIsUp, Self::Collected];

    /// The word that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CollectBy => "collect_by",
            Self::TimeIsUp => "time_is_up",
            Self::Collected => "collected",
        }
    }

    /// Reads a stored word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|occasion| occasion.as_str() == word)
    }
}

/// A student's permission for one message, asked for at the messaging service.
#[derive(Clone, Debug)]
pub struct Permission {
    /// Tells it from the student's other permissions: 0 to 10000.
    pub scene: u16,
    /// Comes back with the student's answer. Letters and digits.
    pub token: String,
}

/// A message to a student about an order.
#[derive(Clone, Debug)]
pub struct Message {
    /// About which order.
    pub order_id: OrderId,
    /// What happened.
    pub occasion: Occasion,
    /// Whose card it is for.
    pub issuer: Issuer,
    /// For which wallet.
    pub wallet: WalletKind,
    /// How much.
    pub amount: Fen,
    /// Until when it can be collected without confirming, where there is an end.
    pub claim_by: Option<Timestamp>,
    /// To whom, as the messaging service knows them.
    pub recipient: String,
    /// The permission that is used up by it.
    pub scene: u16,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The service took it.
    Sent,
    /// The permission is used up or withdrawn. After a try whose answer was lost: that try was sent.
    NotAllowed,
    /// The answer was lost: the message may have been sent.
    Lost,
    /// Not taken now; trying again makes sense. The text is for logs.
    Later(String),
    /// Never taken: the text says why, for logs.
    Refused(String),
}

/// Sends messages that students asked for.
#[async_trait]
pub trait Messenger: Send + Sync {
    /// Where to send the student's browser to be asked; it comes back to `return_path` of this server.
    ///
    /// # Errors
    /// If the token is not of letters and digits, or the scene out of range.
    fn permission_url(&self, permission: &Permission, return_path: &str) -> anyhow::Result<String>;

    /// Sends a message, once.
    async fn send(&self, message: &Message) -> Delivery;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_occasion_has_its_word() {
        let words = Occasion::ALL.map(Occasion::as_str);
        assert_eq!(words, ["collect_by", "time_is_up", "collected"]);
        assert_eq!(words.map(Occasion::from_word), Occasion::ALL.map(Some));
        assert_eq!(Occasion::from_word("never"), None);
    }
}
