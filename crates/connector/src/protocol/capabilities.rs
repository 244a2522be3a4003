use dika_contract::directory::{Limits, ServiceHours};
use dika_contract::{ClaimRule, Fen, Issuer, WalletKind};
use serde::{Deserialize, Serialize};

use super::operation::{Op, Operation, PROTOCOL};
use crate::Malformed;

/// Asks what the connector offers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {}

/// What a connector offers. The app shows a button only where the operation exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapabilitiesAnswer {
    /// The protocol's version, `1`.
    pub protocol: String,
    /// Whose cards these are.
    pub issuer: Issuer,
    /// The operations offered.
    pub ops: Vec<Op>,
    /// The wallets of a card.
    pub wallets: Vec<WalletCapabilities>,
    /// The hours in which money is taken; absent: always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<ServiceHours>,
}

/// A wallet and its rules. What Dika's settings file says wins over it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalletCapabilities {
    /// Which wallet.
    pub kind: WalletKind,
    /// The amounts that it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
    /// Where its money is collected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<ClaimRule>,
}

impl CapabilitiesAnswer {
    /// Whether an operation is offered.
    pub fn offers(&self, op: Op) -> bool {
        self.ops.contains(&op)
    }
}

impl Operation for Capabilities {
    const OP: Op = Op::Capabilities;
    type Answer = CapabilitiesAnswer;

    fn check(&self, answer: &CapabilitiesAnswer) -> Result<(), Malformed> {
        if answer.protocol != PROTOCOL {
            return Err(Malformed::new(
                "protocol",
                "this version is not spoken here",
            ));
        }
        if let Some(op) = Op::REQUIRED.iter().find(|op| !answer.offers(**op)) {
            return Err(Malformed::new("ops", format!("{op} is missing")));
        }
        if answer.wallets.is_empty() {
            return Err(Malformed::new("wallets", "at least one wallet is needed"));
        }
        if let Some(hours) = answer.hours
            && (hours.from_min >= hours.to_min || hours.to_min > 24 * 60)
        {
            return Err(Malformed::new(
                "hours",
                "from_min < to_min <= 1440 is needed",
            ));
        }
        for (at, wallet) in answer.wallets.iter().enumerate() {
            if let Some(limits) = &wallet.limits {
                check_limits(limits)
                    .map_err(|problem| Malformed::new(format!("wallets[{at}].limits"), problem))?;
            }
        }
        Ok(())
    }
}

/// Checks that limits agree with each other.
///
/// # Errors
/// What is wrong, beginning with the field.
pub fn check_limits(limits: &Limits) -> Result<(), &'static str> {
    let least = limits.min_fen;
    if least <= Fen::ZERO {
        return Err("min_fen: 1 or more is needed");
    }
    if limits.max_fen < least {
        return Err("max_fen: not less than min_fen");
    }
    if limits.daily_fen < least || limits.cap_fen < least {
        return Err("daily_fen and cap_fen: not less than min_fen");
    }
    if limits
        .presets_fen
        .iter()
        .any(|preset| *preset < least || *preset > limits.max_fen)
    {
        return Err("presets_fen: from min_fen to max_fen");
    }
    Ok(())
}
