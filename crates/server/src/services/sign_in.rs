use dika_contract::session::{CodeSent, SignIn};
use dika_contract::{CardId, ErrorCode, Phone, SmsCode, Timestamp};
use dika_core::digest::digest;
use dika_core::sms::{Outcome, Refusal};
use dika_store::hidden_cards::VouchLimits;
use dika_store::sign_in_codes::{Asker, CodeRules, CodeTry, NewCode};
use dika_store::users::{NewSession, Proof, Visitor};
use tracing::Instrument;

use crate::services::context::Services;
use crate::services::error::ServiceError;
use crate::services::wechat_accounts;

/// How long a session lasts, in seconds.
pub const SESSION_LASTS_S: i64 = 30 * 86_400;
const RESEND_AFTER_S: u32 = 60;
const CODE_LIVES_S: u32 = 5 * 60;
const CODE_RULES: CodeRules = CodeRules {
    resend_s: RESEND_AFTER_S as i64,
    lives_s: CODE_LIVES_S as i64,
    tries: 5,
    stranger_tries: 20,
};
/// Minutes for which a code is good.
pub const CODE_MINUTES: u32 = CODE_LIVES_S / 60;
const HOUR_S: i64 = 3_600;
/// Codes per hour from one net (a dormitory shares one) and to one phone.
const CODES_PER_NET: i64 = 30;
const CODES_PER_PHONE: i64 = 10;
/// Codes tried per hour from one net.
const SIGN_INS_PER_NET: i64 = 150;

/// The client that asks for a code or tries one, as far as the request tells.
#[derive(Clone, Copy, Debug, Default)]
pub struct CodeClient<'a> {
    /// The browser's token, where it has one.
    pub browser: Option<&'a str>,
    /// The net that it comes from, where it is known.
    pub net: Option<&'a str>,
}

impl CodeClient<'_> {
    fn asker(&self) -> Asker {
        Asker {
            browser: self.browser.map(|token| digest(&[token])),
            net: digest(&["net", self.net.unwrap_or_default()]),
        }
    }
}

/// The tokens that a browser has from earlier. Neither opens anything in a new sign-in.
#[derive(Clone, Copy, Debug, Default)]
pub struct EarlierTokens<'a> {
    /// Its last session's, which a new sign-in ends.
    pub session: Option<&'a str>,
    /// The browser's own.
    pub device: Option<&'a str>,
}

/// Whose session a token is, while it lasts.
///
/// # Errors
/// Any database failure.
pub async fn visitor(services: &Services, token: &str) -> Result<Option<Visitor>, ServiceError> {
    Ok(services.store.visitor(token, services.clock.now()).await?)
}

/// Sends a code to a phone. `client.browser` tells the asking browser from others. Goes on to its end where the phone hangs up
/// meanwhile: a code that is kept, and makes the next one wait, is sent.
///
/// # Errors
/// `rate_limited`, `phone_unreachable`, `sms_unavailable`, or a database failure.
pub async fn send_code(
    services: &Services,
    phone: &Phone,
    client: CodeClient<'_>,
) -> Result<CodeSent, ServiceError> {
    if !services.sms.is_connected() {
        return Err(ErrorCode::SmsUnavailable.into());
    }
    let from = client
        .net
        .map(|net| (format!("sms/from/{net}"), CODES_PER_NET));
    let (services, phone, asker) = (services.clone(), phone.clone(), client.asker());
    let work = async move { send_kept_code(&services, &phone, &asker, from).await };
    tokio::spawn(work.in_current_span())
        .await
        .map_err(ServiceError::internal)?
}

async fn send_kept_code(
    services: &Services,
    phone: &Phone,
    asker: &Asker,
    from: Option<(String, i64)>,
) -> Result<CodeSent, ServiceError> {
    let (number, now) = (phone.as_str(), services.clock.now());
    let code = services.ids.six_digits();
    let kept = services
        .store
        .keep_sign_in_code(number, &code, asker, now, CODE_RULES)
        .await?;
    let id = match kept {
        NewCode::Kept { id } => id,
        NewCode::Wait { seconds } => {
            return Err(ServiceError::new(ErrorCode::RateLimited).retry_after(seconds));
        }
    };
    // From here on a refusal forgets this code and no other: those sent before stay good. It is not counted either, where
    // nothing was sent: neither a number that gets no more codes nor a provider that is down uses up a dormitory's.
    let mut counted: Vec<String> = Vec::new();
    if services.limits_codes {
        let to = (format!("sms/to/{}", digest(&[number])), CODES_PER_PHONE);
        for (bucket, most) in from.into_iter().chain([to]) {
            if let Some(wait) = services
                .store
                .count_call(&bucket, now, HOUR_S, most)
                .await?
            {
                services.store.drop_sign_in_code(&id).await?;
                uncount(services, &counted, now).await?;
                return Err(ServiceError::new(ErrorCode::RateLimited).retry_after(wait));
            }
            counted.push(bucket);
        }
    }
    let code = SmsCode::parse(&code).ok_or(ErrorCode::Internal)?;
    let unconfirmed = match services.sms.send(phone, &code).await {
        Outcome::Sent => false,
        Outcome::MaybeSent => {
            tracing::warn!("the SMS provider's answer was lost; the message may arrive");
            true
        }
        Outcome::Refused(refusal) => {
            services.store.drop_sign_in_code(&id).await?;
            let error = not_sent(&refusal);
            if error.code == ErrorCode::SmsUnavailable {
                uncount(services, &counted, now).await?;
            }
            return Err(error);
        }
    };
    Ok(CodeSent {
        resend_after_s: RESEND_AFTER_S,
        expires_in_s: CODE_LIVES_S,
        unconfirmed,
    })
}

async fn uncount(
    services: &Services,
    buckets: &[String],
    counted_at: Timestamp,
) -> Result<(), ServiceError> {
    for bucket in buckets {
        services
            .store
            .uncount_call(bucket, counted_at, HOUR_S)
            .await?;
    }
    Ok(())
}

/// The provider took no message: what the student is told, and what the operator finds in the log.
fn not_sent(refusal: &Refusal) -> ServiceError {
    match refusal {
        Refusal::NumberIllegal | Refusal::Blacklist => ErrorCode::PhoneUnreachable.into(),
        // Providers don't say which of their windows is full; the shortest that ours does not keep is an hour.
        Refusal::LimitPerNumber => ServiceError::new(ErrorCode::RateLimited).retry_after(HOUR_S),
        Refusal::SignatureOrTemplate
        | Refusal::Balance
        | Refusal::Auth
        | Refusal::Unreachable
        | Refusal::Other(_) => ServiceError::new(ErrorCode::SmsUnavailable)
            .because(anyhow::anyhow!("the SMS provider refused: {refusal:?}")),
    }
}

/// Signs in with a code. The session does not show cards for which nobody has vouched within `limits`. The same code from
/// the same browser, soon after, gives such a session once more: the first answer may have been lost.
///
/// # Errors
/// `code_expired`, `code_wrong`, or a database failure.
pub async fn sign_in(
    services: &Services,
    visitor: Option<Visitor>,
    client: CodeClient<'_>,
    earlier: EarlierTokens<'_>,
    limits: VouchLimits,
    body: &SignIn,
) -> Result<(NewSession, Option<Visitor>), ServiceError> {
    let (phone, now) = (body.phone.as_str(), services.clock.now());
    if services.limits_codes
        && let Some(net) = client.net
    {
        let bucket = format!("sign-in/from/{net}");
        let wait = services
            .store
            .count_call(&bucket, now, HOUR_S, SIGN_INS_PER_NET)
            .await?;
        if let Some(wait) = wait {
            return Err(ServiceError::new(ErrorCode::RateLimited).retry_after(wait));
        }
    }
    let tried = services
        .store
        .try_sign_in_code(phone, body.code.as_str(), &client.asker(), now, CODE_RULES)
        .await?;
    let code_id = match tried {
        CodeTry::Expired => return Err(ErrorCode::CodeExpired.into()),
        CodeTry::Wrong => return Err(ErrorCode::CodeWrong.into()),
        CodeTry::Repeated { session } => return sign_in_again(services, &session, now).await,
        CodeTry::Right { id } => id,
    };
    let openid = visitor.as_ref().and_then(|visitor| visitor.openid.clone());
    // Came by WeChat and proves a number now. An account that holds nothing is the number's from now on. Else, or where the
    // number has an account, that one is signed in to, and the two may be one person's: see `wechat_accounts`.
    // A snapshot's user proves nothing.
    let by_wechat = visitor
        .filter(|visitor| visitor.phone.is_none() && !visitor.snapshot)
        .map(|visitor| visitor.user_id);
    let user_id = match &by_wechat {
        Some(user_id) if !services.store.holds_anything(user_id).await? => {
            services
                .store
                .attach_identity(user_id, "phone", phone, now)
                .await?
        }
        _ => {
            services
                .store
                .user_by_identity("phone", phone, false, now)
                .await?
        }
    };
    let hidden = if by_wechat.as_ref() == Some(&user_id) {
        // WeChat has just proven whose cards these are.
        Vec::new()
    } else {
        unvouched_cards(services, &user_id, earlier, now, limits).await?
    };
    // Nothing is asked while cards are hidden: the number may have changed hands.
    let other = by_wechat.filter(|from| *from != user_id && hidden.is_empty());
    // A new sign-in is a new session: what was known about the old one opens nothing.
    if let Some(old) = earlier.session {
        services.store.end_session(old).await?;
    }
    let proof = Proof {
        openid: openid.as_deref(),
        by_phone: true,
        device: earlier.device,
    };
    let new = services
        .store
        .begin_session(&user_id, proof, now, SESSION_LASTS_S)
        .await?;
    services.store.hide_cards(&new.token, &hidden).await?;
    let visitor = services.store.visitor(&new.token, now).await?;
    if let Some(visitor) = &visitor {
        services
            .store
            .sign_in_code_began(&code_id, &visitor.session)
            .await?;
        services
            .store
            .vouch_for_cards(&visitor.session, now)
            .await?;
        if let Some(from) = other {
            wechat_accounts::meet(services, &visitor.session, &from, &user_id).await?;
            let visitor = services.store.visitor(&new.token, now).await?;
            return Ok((new, visitor));
        }
    }
    Ok((new, visitor))
}

/// Gives a session that a code began once more. The first one stays: of the two answers the browser keeps one, and
/// nobody knows which.
async fn sign_in_again(
    services: &Services,
    session: &str,
    now: Timestamp,
) -> Result<(NewSession, Option<Visitor>), ServiceError> {
    let again = services.store.begin_session_again(session, now).await?;
    let new = again.ok_or(ErrorCode::CodeExpired)?;
    let visitor = services.store.visitor(&new.token, now).await?;
    Ok((new, visitor))
}

/// The user's cards for which nobody has vouched within `limits`.
async fn unvouched_cards(
    services: &Services,
    user_id: &str,
    earlier: EarlierTokens<'_>,
    now: Timestamp,
    limits: VouchLimits,
) -> Result<Vec<CardId>, ServiceError> {
    let names = [earlier.device, earlier.session];
    Ok(services
        .store
        .unvouched_cards(user_id, names, now, limits)
        .await?)
}

/// The cards hidden from this session are another person's: its phone number moves to an account without
/// them, and the session with it. Changes nothing where none is hidden.
///
/// # Errors
/// Any database failure.
pub async fn start_clean(services: &Services, visitor: &Visitor) -> Result<(), ServiceError> {
    if let Some(phone) = &visitor.phone {
        services
            .store
            .start_clean(
                &visitor.session,
                &visitor.user_id,
                phone,
                services.clock.now(),
            )
            .await?;
    }
    Ok(())
}

/// Ends a session.
///
/// # Errors
/// Any database failure.
pub async fn sign_out(services: &Services, token: &str) -> Result<(), ServiceError> {
    services.store.forget_used_sign_in_codes(token).await?;
    Ok(services.store.end_session(token).await?)
}

/// Begins a session for a user, without a code to their phone. `openid` is the one that was proven in this browser.
///
/// # Errors
/// Any database failure.
pub async fn begin_session(
    services: &Services,
    user_id: &str,
    openid: Option<&str>,
) -> Result<(NewSession, Option<Visitor>), ServiceError> {
    let now = services.clock.now();
    let proof = Proof {
        openid,
        ..Proof::default()
    };
    let new = services
        .store
        .begin_session(user_id, proof, now, SESSION_LASTS_S)
        .await?;
    let visitor = services.store.visitor(&new.token, now).await?;
    Ok((new, visitor))
}
