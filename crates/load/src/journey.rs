//! What students do, call by call. Each call that fails ends its journey: nothing is tried again, so that no failure
//! hides.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use dika_contract::{Fen, Issuer, PayChannel, endpoint};
use serde::Deserialize;
use serde_json::json;

use crate::client::{Phone, Reply};
use crate::crowd::{PASSWORD, Student};

/// Where students pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gateway {
    /// At the sandbox's gateway, which tells the server before it answers.
    Sandbox,
    /// At the simulator of WeChat Pay, which signs, and tells the server by itself.
    WechatSim(SocketAddr),
}

/// How long the student waits between two looks at an order whose payment is on its way to the server.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How often they look before they give up.
const MOST_LOOKS: u32 = 500;

/// A call of a journey, by what the student does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Asks for a code, and reads it in the sandbox's inbox.
    Code,
    /// Signs in with it.
    SignIn,
    /// Gives the card's password: Argon2.
    Password,
    /// Says that the card is theirs.
    Confirm,
    /// Looks at the cards.
    Cards,
    /// Places an order; the gateway is asked for a prompt.
    Order,
    /// Pays at the gateway, which tells the server; the server books and credits.
    Pay,
    /// Looks at the order.
    Look,
    /// Opens the home page.
    Home,
}

impl Step {
    /// Those of a first day, in their order.
    pub const ALL: [Self; 8] = [
        Self::Code,
        Self::SignIn,
        Self::Password,
        Self::Confirm,
        Self::Cards,
        Self::Order,
        Self::Pay,
        Self::Look,
    ];

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Code => "ask for a code",
            Self::SignIn => "sign in",
            Self::Password => "card's password",
            Self::Confirm => "confirm the card",
            Self::Cards => "see the cards",
            Self::Order => "place the order",
            Self::Pay => "pay and credit",
            Self::Look => "see the order",
            Self::Home => "open the home page",
        }
    }
}

/// What a journey came to.
#[derive(Debug, Default)]
pub struct Log {
    /// How long each call took.
    pub steps: Vec<(Step, Duration)>,
    /// An order whose money the server said is credited.
    pub credited: Option<Credited>,
}

/// An order that was credited, by the server's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credited {
    /// Which.
    pub order: String,
    /// How much.
    pub amount: Fen,
}

#[derive(Deserialize)]
struct SignedIn {
    csrf_token: String,
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

#[derive(Deserialize)]
struct Id {
    id: String,
}

#[derive(Deserialize)]
struct Bound {
    card_id: String,
}

#[derive(Deserialize)]
struct Order {
    id: String,
    payment: String,
    #[serde(default)]
    settling: bool,
    amount_fen: i64,
}

/// A student on a phone, on the way.
struct Walk<'a> {
    phone: &'a mut Phone,
    log: &'a mut Log,
}

impl Walk<'_> {
    async fn timed(
        &mut self,
        step: Step,
        call: impl AsyncFnOnce(&mut Phone) -> Result<Reply>,
    ) -> Result<Reply> {
        let since = Instant::now();
        let reply = call(self.phone).await?.good()?;
        self.log.steps.push((step, since.elapsed()));
        Ok(reply)
    }
}

fn api(path: &str) -> String {
    format!("{}{path}", endpoint::BASE)
}

/// The first day: signs in, binds the card, looks at it, and fills it.
///
/// # Errors
/// The first call that fails, in `log` what came before it.
pub async fn first_day(
    phone: &mut Phone,
    student: Student,
    amount: Fen,
    gateway: Gateway,
    log: &mut Log,
) -> Result<()> {
    phone.hand_over();
    let mut walk = Walk { phone, log };
    let number = student.phone();
    let code: Code = walk
        .timed(Step::Code, async |phone: &mut Phone| {
            let body = json!({ "phone": number });
            let asked = phone.post(&api(endpoint::SESSION_CODE), &body).await?;
            asked.good()?;
            phone.get(&format!("/sandbox/sms?phone={number}")).await
        })
        .await?
        .json()?;
    let signed_in: SignedIn = walk
        .timed(Step::SignIn, async |phone: &mut Phone| {
            let body = json!({ "phone": number, "code": code.code });
            phone.post(&api(endpoint::SESSION), &body).await
        })
        .await?
        .json()?;
    walk.phone.set_csrf_token(Some(signed_in.csrf_token));
    let binding: Id = walk
        .timed(Step::Password, async |phone: &mut Phone| {
            let identifier = student.identifier();
            let body = match student.issuer() {
                Issuer::Gdut => {
                    json!({ "issuer": "gdut", "account": identifier, "password": PASSWORD })
                }
                _ => json!({ "issuer": "hemc", "card_no": identifier, "password": PASSWORD }),
            };
            phone.post(&api(endpoint::BINDINGS), &body).await
        })
        .await?
        .json()?;
    let bound: Bound = walk
        .timed(Step::Confirm, async |phone: &mut Phone| {
            let path = endpoint::with_id(endpoint::BINDING_CONFIRM, &binding.id);
            phone.post(&api(&path), &json!({})).await
        })
        .await?
        .json()?;
    see_cards(&mut walk).await?;
    fill(&mut walk, student, &bound.card_id, amount, gateway).await?;
    see_cards(&mut walk).await
}

/// A later day: fills the card. Create, pay, credit.
///
/// # Errors
/// As for [`first_day`].
pub async fn top_up(
    phone: &mut Phone,
    student: Student,
    amount: Fen,
    gateway: Gateway,
    log: &mut Log,
) -> Result<()> {
    phone.resume(&student.token(), &student.csrf_token());
    let mut walk = Walk { phone, log };
    fill(&mut walk, student, &student.card_id(), amount, gateway).await
}

/// Looks at the cards.
///
/// # Errors
/// As for [`first_day`].
pub async fn look_at_cards(phone: &mut Phone, student: Student, log: &mut Log) -> Result<()> {
    phone.resume(&student.token(), &student.csrf_token());
    see_cards(&mut Walk { phone, log }).await
}

/// Opens the home page with its data. `bare` is how long the page is that was built without them: it goes out where they
/// are late.
///
/// # Errors
/// As for [`first_day`], and where the page has no data.
pub async fn open_home(
    phone: &mut Phone,
    student: Student,
    bare: usize,
    log: &mut Log,
) -> Result<()> {
    phone.resume(&student.token(), &student.csrf_token());
    let reply = Walk { phone, log }
        .timed(Step::Home, async |phone: &mut Phone| {
            phone.get_packed("/").await
        })
        .await?;
    ensure!(reply.body.len() != bare, "the page came without its data");
    Ok(())
}

/// How long the home page is as it was built, packed; and that a student gets another one, with a card's amounts.
///
/// # Errors
/// Where pages come without data: the app is not built, or from other sources than the server.
pub async fn bare_home(phone: &mut Phone, student: Student) -> Result<usize> {
    phone.resume(&student.token(), &student.csrf_token());
    let page = phone.get("/").await?.good()?;
    let page = String::from_utf8_lossy(&page.body);
    ensure!(
        page.contains("id=\"seeds\"") && page.contains("data-card="),
        "pages come without their data: is the app built, from the sources of this server?"
    );
    Ok(phone.get_packed("/?shell").await?.good()?.body.len())
}

async fn see_cards(walk: &mut Walk<'_>) -> Result<()> {
    let reply = walk
        .timed(Step::Cards, async |phone: &mut Phone| {
            phone.get(&api(endpoint::CARDS)).await
        })
        .await?;
    // A list with a card, with an amount.
    let has_amount = reply.body.windows(10).any(|part| part == b"amount_fen");
    ensure!(
        reply.body.starts_with(b"[{") && has_amount,
        "no cards are shown, or without amounts"
    );
    Ok(())
}

async fn fill(
    walk: &mut Walk<'_>,
    student: Student,
    card: &str,
    amount: Fen,
    gateway: Gateway,
) -> Result<()> {
    let mut key = [0_u8; 16];
    getrandom::fill(&mut key).map_err(|fault| anyhow::anyhow!("{fault}"))?;
    let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let order: Order = walk
        .timed(Step::Order, async |phone: &mut Phone| {
            let body = json!({
                "card_id": card,
                "wallet": student.wallet(),
                "amount_fen": amount,
                "channel": PayChannel::Native,
            });
            phone.post_once(&api(endpoint::TOP_UPS), &key, &body).await
        })
        .await?
        .json()?;
    let id = order.id;
    let path = api(&endpoint::with_id(endpoint::TOP_UP, &id));
    walk.timed(Step::Pay, async |phone: &mut Phone| match gateway {
        Gateway::Sandbox => {
            let body = json!({ "outcome": "paid" });
            phone.post(&format!("/sandbox/payments/{id}"), &body).await
        }
        Gateway::WechatSim(address) => {
            let mut payer = Phone::new(address);
            let trade = format!("/sim/control/trades/{id}/pay");
            payer.post(&trade, &json!({})).await?.good()?;
            for _ in 0..MOST_LOOKS {
                let reply = phone.get(&path).await?.good()?;
                let seen: Order = reply.json()?;
                if seen.payment == "paid" && !seen.settling {
                    return Ok(reply);
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
            bail!("order {id} was paid, and the server does not hear of it")
        }
    })
    .await?;
    let seen: Order = walk
        .timed(Step::Look, async |phone: &mut Phone| phone.get(&path).await)
        .await?
        .json()?;
    ensure!(
        seen.payment == "paid" && !seen.settling && seen.amount_fen == amount.get(),
        "order {id} was paid, and is {} for {}",
        seen.payment,
        seen.amount_fen
    );
    walk.log.credited = Some(Credited { order: id, amount });
    Ok(())
}
