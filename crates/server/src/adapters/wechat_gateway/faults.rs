use dika_core::payment_gateway::GatewayFault;
use dika_store::wechat::Attempt;
use dika_wechat::OutTradeNo;
use dika_wechat::pay::{Error, ErrorCode, NetworkFault};

pub(crate) fn number(attempt: &Attempt) -> Result<OutTradeNo, GatewayFault> {
    OutTradeNo::new(attempt.out_trade_no.clone()).map_err(refused)
}

/// What a failed call means: refused for good only where WeChat Pay itself said so for a reason that
/// asking again does not change.
pub(crate) fn fault(error: Error) -> GatewayFault {
    // WeChat Pay may not sign a refusal of our rate. Believing one that is not its own only means to wait.
    if let Error::Rejected(refusal) = &error
        && (refusal.status == 429 || refusal.code == ErrorCode::FrequencyLimited)
    {
        return GatewayFault::TooMany(error.into());
    }
    let for_good = match &error {
        Error::Rejected(refusal) => {
            let passing = matches!(
                refusal.code,
                ErrorCode::OrderPaid
                    | ErrorCode::OrderClosed
                    | ErrorCode::UserPaying
                    | ErrorCode::SystemError
                    | ErrorCode::BankError
            );
            (refusal.proven || refusal.status == 401) && !passing
        }
        Error::Mismatch(_) | Error::Sign(_) => true,
        Error::Network(
            NetworkFault::NotSent | NetworkFault::TimedOut | NetworkFault::Interrupted,
        )
        | Error::Unavailable { .. }
        | Error::Signature(_)
        | Error::Malformed(_) => false,
    };
    if for_good {
        GatewayFault::Refused(error.into())
    } else {
        GatewayFault::Silent(error.into())
    }
}

pub(crate) fn paid_already() -> GatewayFault {
    GatewayFault::Silent(anyhow::anyhow!(
        "it was paid meanwhile; the next look finds out"
    ))
}

pub(crate) fn silent(cause: impl Into<anyhow::Error>) -> GatewayFault {
    GatewayFault::Silent(cause.into())
}

/// A failure of this server's own database.
pub(crate) fn unkept(fault: dika_store::Error) -> GatewayFault {
    GatewayFault::Unkept(fault.into())
}

pub(crate) fn refused(cause: impl Into<anyhow::Error>) -> GatewayFault {
    GatewayFault::Refused(cause.into())
}
