use dika_contract::{Issuer, WalletKind};
use dika_core::card_system::CardRef;
use dika_core::digest::digest;

/// An invented student: everything about them follows from their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Student(pub u32);

/// Everybody's password: one hash is made for all, and checking it costs each the same.
pub const PASSWORD: &str = "246810";

impl Student {
    /// The mobile number.
    pub fn phone(self) -> String {
        format!("131{:08}", self.0)
    }

    /// Whose card they hold: one half each.
    pub fn issuer(self) -> Issuer {
        if self.0.is_multiple_of(2) {
            Issuer::Hemc
        } else {
            Issuer::Gdut
        }
    }

    /// The wallet that they fill. Money for the `hemc` one is on the card at once; that for the `gdut` one waits for a
    /// terminal.
    pub fn wallet(self) -> WalletKind {
        WalletKind::Main
    }

    /// The number on the card.
    pub fn card_no(self) -> String {
        format!("71{:08}", self.0)
    }

    /// What the card's password is asked for with.
    pub fn identifier(self) -> String {
        match self.issuer() {
            Issuer::Gdut => format!("51{:08}", self.0),
            _ => self.card_no(),
        }
    }

    /// The account of the card.
    pub fn card_ref(self) -> CardRef {
        CardRef(format!("{}-{}", self.issuer(), self.card_no()))
    }

    /// The account here, where it was filled in.
    pub fn user_id(self) -> String {
        format!("crowd{:08}", self.0)
    }

    /// The bound card, where it was filled in.
    pub fn card_id(self) -> String {
        format!("crowdcard{:08}", self.0)
    }

    /// The session's token, where it was filled in.
    pub fn token(self) -> String {
        digest(&["crowd", &self.0.to_string()])
    }

    /// What writes carry, where the session was filled in.
    pub fn csrf_token(self) -> String {
        format!("csrf{:08}", self.0)
    }
}
