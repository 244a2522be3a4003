//! Many students at once, on one thread: the generator shares the processors with the server.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Result;
use dika_contract::Fen;
use tokio::task::JoinSet;
use tokio::time::sleep_until;

use crate::client::Phone;
use crate::crowd::Student;
use crate::journey::{self, Credited, Gateway, Log, Step};

/// What students do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Journey {
    /// Signs in, binds, fills.
    FirstDay,
    /// Fills.
    TopUp,
    /// Looks at the cards.
    Cards,
    /// Opens the home page with its data.
    Home {
        /// How long the page is without them.
        bare: usize,
    },
}

/// Who does it, and how much of it.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Where the server listens.
    pub server: SocketAddr,
    /// What is done.
    pub journey: Journey,
    /// The first student.
    pub first: u32,
    /// How many students there are; each comes again once all had their turn, where a session is at hand.
    pub students: u32,
    /// How long to go on.
    pub lasts: Duration,
    /// At what pace.
    pub pace: Pace,
    /// Where they pay.
    pub gateway: Gateway,
}

/// When the next journey begins.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// When the one before it has ended, on so many phones: as fast as it goes.
    Phones(usize),
    /// Each so long after the one before, whatever became of that. Waiting is measured from the moment when it should have begun.
    Every(Duration),
}

impl Pace {
    /// So many in so long.
    pub fn of(count: u32, within: Duration) -> Self {
        Self::Every(within / count.max(1))
    }
}

/// What a run came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Journeys that ended well within the time.
    pub done: u64,
    /// Journeys that failed, with the first few reasons.
    pub failed: u64,
    /// Why.
    pub reasons: Vec<String>,
    /// How long it went on.
    pub lasted: Duration,
    /// How long whole journeys took.
    pub whole: Vec<Duration>,
    /// How long each call took.
    pub steps: BTreeMap<Step, Vec<Duration>>,
    /// What the server said was credited.
    pub credited: Vec<Credited>,
}

/// A place among sorted values, in thousandths: 500 for the middle, 990 for the slowest in a hundred.
pub fn quantile(sorted: &[Duration], thousandths: usize) -> Duration {
    let last = sorted.len().saturating_sub(1);
    let place = (last * thousandths + 500) / 1_000;
    sorted.get(place).copied().unwrap_or_default()
}

/// How much one tops up: different amounts, so that a mix-up does not even out.
pub fn amount(turn: u32) -> Fen {
    Fen::new(1_000 + i64::from(turn % 97))
}

#[derive(Default)]
struct Shared {
    next: u32,
    outcome: Outcome,
}

/// Plays a plan on this thread's runtime.
///
/// # Errors
/// Where no journey can begin at all.
pub async fn play(plan: Plan) -> Result<Outcome> {
    let shared = Rc::new(RefCell::new(Shared::default()));
    let since = Instant::now();
    let until = since + plan.lasts;
    let local = tokio::task::LocalSet::new();
    local
        .run_until(async {
            let mut running = JoinSet::new();
            match plan.pace {
                Pace::Phones(phones) => {
                    for _ in 0..phones {
                        let shared = shared.clone();
                        running.spawn_local(async move {
                            let mut phone = Phone::new(plan.server);
                            while Instant::now() < until {
                                let begun = Instant::now();
                                one(plan, &shared, &mut phone, begun).await;
                            }
                        });
                    }
                }
                Pace::Every(pause) => {
                    let idle = Rc::new(RefCell::new(Vec::new()));
                    let mut begins = since;
                    while begins < until {
                        sleep_until(begins.into()).await;
                        let (shared, idle) = (shared.clone(), idle.clone());
                        running.spawn_local(async move {
                            let phone = idle.borrow_mut().pop();
                            let mut phone = phone.unwrap_or_else(|| Phone::new(plan.server));
                            one(plan, &shared, &mut phone, begins).await;
                            idle.borrow_mut().push(phone);
                        });
                        begins += pause;
                    }
                }
            }
            while running.join_next().await.is_some() {}
        })
        .await;
    let mut outcome = std::mem::take(&mut shared.borrow_mut().outcome);
    outcome.lasted = since.elapsed();
    outcome.whole.sort_unstable();
    for times in outcome.steps.values_mut() {
        times.sort_unstable();
    }
    Ok(outcome)
}

async fn one(plan: Plan, shared: &RefCell<Shared>, phone: &mut Phone, begun: Instant) {
    let turn = {
        let mut shared = shared.borrow_mut();
        shared.next += 1;
        shared.next - 1
    };
    let student = Student(plan.first + turn % plan.students);
    let mut log = Log::default();
    let went = match plan.journey {
        Journey::FirstDay => {
            journey::first_day(phone, student, amount(turn), plan.gateway, &mut log).await
        }
        Journey::TopUp => {
            journey::top_up(phone, student, amount(turn), plan.gateway, &mut log).await
        }
        Journey::Cards => journey::look_at_cards(phone, student, &mut log).await,
        Journey::Home { bare } => journey::open_home(phone, student, bare, &mut log).await,
    };
    let outcome = &mut shared.borrow_mut().outcome;
    for (step, took) in log.steps {
        outcome.steps.entry(step).or_default().push(took);
    }
    outcome.credited.extend(log.credited);
    match went {
        Ok(()) => {
            outcome.done += 1;
            outcome.whole.push(begun.elapsed());
        }
        Err(fault) => {
            outcome.failed += 1;
            if outcome.reasons.len() < 5 {
                outcome.reasons.push(format!("{fault:#}"));
            }
        }
    }
}
