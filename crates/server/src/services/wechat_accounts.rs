//! Who a proven WeChat user is here.
//!
//! Accounts are joined only in a browser that has proven both: a phone number by its code and a
//! WeChat user by WeChat. The rule, also for [`crate::services::sign_in`], where the number is proven second:
//!
//! - An openid that nobody has goes to the account with a number that is signed in here; else it gets
//!   an account of its own.
//! - An openid of an account without a number: that account becomes part of the one with a number
//!   that is signed in here, cards and orders included.
//! - Two accounts with different numbers are two people, who share a phone: nothing is moved. The
//!   session stays who it was, and only knows who pays inside this WeChat.
//! - Two accounts with cards of different people, and no holder in common, are two people, too: somebody proves a number
//!   inside a friend's WeChat.
//! - Nothing is joined while cards are hidden from the session that is signed in here: its number may
//!   have changed hands.
//! - A snapshot's user is virtual: they get an account that may look, and nothing is ever joined.

use dika_store::users::Visitor;
use dika_wechat::oauth::WebUser;

use crate::services::context::Services;
use crate::services::error::ServiceError;

/// The kind of identity that an openid is.
pub const IDENTITY: &str = "wechat";

/// The kind of identity that a snapshot page's virtual openid is: never a real one's.
const SNAPSHOT_IDENTITY: &str = "wechat_snapshot";

/// The account of somebody whom WeChat has proven, and the openid that their session may pay by.
///
/// # Errors
/// Any database failure.
pub async fn signed_in(
    services: &Services,
    visitor: Option<&Visitor>,
    user: &WebUser,
) -> Result<(String, Option<String>), ServiceError> {
    let (store, now) = (&services.store, services.clock.now());
    let openid = user.openid.as_str();
    if user.is_snapshot {
        let id = store
            .user_by_identity(SNAPSHOT_IDENTITY, openid, true, now)
            .await?;
        return Ok((id, None));
    }
    let known = |visitor: &&Visitor| visitor.phone.is_some() && visitor.hidden.is_empty();
    let account = match visitor.filter(known) {
        None => store.user_by_identity(IDENTITY, openid, false, now).await?,
        Some(visitor) => {
            let owner = store
                .attach_identity(&visitor.user_id, IDENTITY, openid, now)
                .await?;
            if owner != visitor.user_id {
                let joined = store.join_users(&owner, &visitor.user_id).await?;
                tracing::info!(
                    joined,
                    from = owner,
                    to = visitor.user_id,
                    "two accounts met in one browser"
                );
            }
            visitor.user_id.clone()
        }
    };
    Ok((account, Some(openid.to_owned())))
}
