//! Who a proven WeChat user is here.
//!
//! Accounts are joined only in a browser that has proven both: a phone number by its code and a
//! WeChat user by WeChat. The rule, also for [`crate::services::sign_in`], where the number is proven second:
//!
//! - An openid that nobody has goes to the account with a number that is signed in here; else it gets
//!   an account of its own.
//! - An openid of an account without a number: that account becomes part of the one with a number
//!   that is signed in here, cards and orders included. Where it holds any, the student is asked first: the number may have
//!   been proven inside somebody else's WeChat. Whatever was joined can be parted again by the desk.
//! - Two accounts with different numbers are two people, who share a phone: nothing is moved. The
//!   session stays who it was, and only knows who pays inside this WeChat.
//! - Two accounts with cards of different people, and no holder in common, are two people, too: somebody proves a number
//!   inside a friend's WeChat.
//! - Nothing is joined while cards are hidden from the session that is signed in here: its number may
//!   have changed hands.
//! - A snapshot's user is virtual: they get an account that may look, and nothing is ever joined.

use dika_store::account_joins::{JoinState, OtherAccount};
use dika_store::users::Visitor;
use dika_wechat::oauth::WebUser;

use crate::services::context::Services;
use crate::services::error::ServiceError;

/// The kind of identity that an openid is.
pub const IDENTITY: &str = "wechat";

/// The kind of identity that a snapshot page's virtual openid is: never a real one's.
const SNAPSHOT_IDENTITY: &str = "wechat_snapshot";

/// The account of somebody whom WeChat has proven, and the openid that their session may pay by. Once the session has
/// begun, [`meet_by_openid`] follows.
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
            store
                .attach_identity(&visitor.user_id, IDENTITY, openid, now)
                .await?;
            visitor.user_id.clone()
        }
    };
    Ok((account, Some(openid.to_owned())))
}

/// Two accounts met in one browser: the session's, and the one that the WeChat user proven there has, where that is
/// another one. `session` is the digest of the session's token.
///
/// # Errors
/// Any database failure.
pub async fn meet_by_openid(
    services: &Services,
    session: &str,
    openid: &str,
    to: &str,
) -> Result<(), ServiceError> {
    match services.store.identity_owner(IDENTITY, openid).await? {
        Some(owner) if owner != to => meet(services, session, &owner, to).await,
        _ => Ok(()),
    }
}

/// Two accounts met in one browser: `from`, which WeChat has proven there, and `to`, whose number was proven. Where `from`
/// holds nothing they become one; else the student is asked, and nothing moves before they said yes. Nothing happens where
/// they are two people's.
///
/// # Errors
/// Any database failure.
pub async fn meet(
    services: &Services,
    session: &str,
    from: &str,
    to: &str,
) -> Result<(), ServiceError> {
    let (store, now) = (&services.store, services.clock.now());
    let Some(other) = store.other_account(from, to).await? else {
        return Ok(());
    };
    if other.is_empty() {
        let joined = store.join_users(from, to, now).await?;
        tracing::info!(joined, from, to, "two accounts met in one browser");
    } else {
        store.ask_to_join(session, from, to, now).await?;
        tracing::info!(
            from,
            to,
            "two accounts met in one browser: the student is asked"
        );
    }
    Ok(())
}

/// What a student is asked about, where they are.
///
/// # Errors
/// Any database failure.
pub async fn question(
    services: &Services,
    visitor: &Visitor,
) -> Result<Option<OtherAccount>, ServiceError> {
    match &visitor.other_account {
        Some(from) => Ok(services.store.other_account(from, &visitor.user_id).await?),
        None => Ok(None),
    }
}

/// The student's answer. Said again it changes nothing.
///
/// # Errors
/// Any database failure.
pub async fn answer(
    services: &Services,
    visitor: &Visitor,
    same_person: bool,
) -> Result<(), ServiceError> {
    let now = services.clock.now();
    let answered = services
        .store
        .answer_join(&visitor.session, same_person, now)
        .await?;
    if let Some(join) = answered {
        let joined = join.state == JoinState::Joined;
        tracing::info!(
            join = join.id,
            same_person,
            joined,
            from = join.from,
            to = join.to,
            "a student answered whether two accounts are theirs"
        );
    }
    Ok(())
}
