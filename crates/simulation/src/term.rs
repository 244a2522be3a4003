use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use dika_contract::directory::{Limits, ServiceHours};
use dika_contract::{CardStatus, Directory, Fen, Issuer, Phone, WalletKind};
use dika_core::card_system::CardRef;
use dika_core::transfer::{Account as LedgerAccount, Transfer};
use dika_server::services::reconcile;
use dika_store::Store;
use dika_store::ledger::LedgerCard;
use dika_wechat::pay::Event;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

use crate::card_books::Account;
use crate::cards::record;
use crate::chance::Chance;
use crate::clock::{pass_ms, pass_until};
use crate::connected::Connected;
use crate::database::Database;
use crate::instance::Instance;
use crate::phone::{Pocket, Student};
use crate::plan::{Keeping, Plan};
use crate::report::{Check, Report};
use crate::server::{Servers, merchant};
use crate::world::World;
use crate::{checks, notices, staff};

/// How long faults last.
const FAULTS_S: i64 = 75 * 60;
/// No term lasts so long.
const STUCK_AFTER: Duration = Duration::from_secs(5 * 86_400);
/// So long after faults stopped, every order is decided.
pub const DECIDED_WITHIN_S: i64 = 45 * 60;
/// So long after faults stopped, every fen is where it belongs: late payments are looked for during a day.
pub const ACCOUNTED_WITHIN_S: i64 = 27 * 3_600;

/// What came of a term.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its seed.
    pub seed: u64,
    /// What happened.
    pub report: Report,
    /// The digest of every step.
    pub trace_hash: u64,
    /// The first thing that was not as it must be, and the check that found it.
    pub violation: Option<(Check, String)>,
    /// Every step, where that was asked for.
    pub trace: Vec<String>,
}

/// Lives through the term of a seed; `told` keeps every step.
///
/// # Errors
/// Where no world can be made at all.
pub fn run(seed: u64, told: bool) -> anyhow::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()?;
    let (world, events) = runtime.block_on(begin(seed, told))?;
    // Virtual: only a world in which everybody waits for somebody else comes to this.
    let lived = AssertUnwindSafe(|| {
        runtime.block_on(async { timeout(STUCK_AFTER, live(&world, events)).await })
    });
    match catch_unwind(lived) {
        Ok(Ok(Ok(()))) => {}
        Ok(Ok(Err(fault))) => return Err(fault),
        Ok(Err(_)) => world.violate(
            Check::Alive,
            format_args!("everybody waits for somebody else"),
        ),
        Err(_) => world.violate(Check::Alive, format_args!("something panicked")),
    }
    let outcome = Outcome {
        seed,
        report: world.report(),
        trace_hash: world.trace_hash(),
        violation: world.violation(),
        trace: world.trace(),
    };
    Ok(outcome)
}

async fn begin(seed: u64, told: bool) -> anyhow::Result<(Arc<World>, UnboundedReceiver<Event>)> {
    let (notices, events) = unbounded_channel();
    let chance = Chance::new(seed);
    let plan = Plan::of(&chance);
    let directory = directory(&plan)?;
    let database = Arc::new(Database::open()?);
    let world = Arc::new(World::new(
        seed,
        plan,
        chance,
        directory,
        merchant()?,
        database,
        notices,
        told,
    ));
    world.note(format_args!("{:?}", world.plan));
    Ok((world, events))
}

async fn live(world: &Arc<World>, events: UnboundedReceiver<Event>) -> anyhow::Result<()> {
    let servers = Servers::new(world.clone());
    tokio::spawn(notices::deliver(world.clone(), servers.clone(), events));
    let students = students(world, &servers);
    open_accounts(world).await?;
    world.let_faults_begin();
    for slot in 0..world.plan.instances {
        tokio::spawn(servers.clone().run(slot));
    }
    let began = world.now();
    let mut people = Vec::new();
    for student in &students {
        people.push(tokio::spawn(student.clone().live()));
    }
    let mut staff = Vec::new();
    if world.plan.console_refunds {
        staff.push(tokio::spawn(staff::give_back_by_hand(world.clone())));
    }
    if world.plan.cards_get_lost {
        staff.push(tokio::spawn(staff::lose_cards(world.clone())));
    }
    if world.plan.crashes_an_hour > 0 {
        staff.push(tokio::spawn(staff::crash(world.clone(), servers.clone())));
    }
    pass_until(world.clock, began.plus(FAULTS_S)).await;
    world.calm_down();
    for one in staff {
        one.abort();
    }
    for person in people {
        if let Err(panic) = person.await {
            world.violate(Check::Alive, format_args!("a phone panicked: {panic}"));
        }
    }
    // Whoever was away is back.
    pass_ms(5_000).await;
    let calm = world.now();
    sweep_until(world, &servers, calm.plus(DECIDED_WITHIN_S).unix()).await;
    checks::decided(world);
    if world.plan.curious {
        look_at_all(&students).await;
    }
    sweep_until(world, &servers, calm.plus(ACCOUNTED_WITHIN_S).unix()).await;
    checks::accounted(world);
    look_at_all(&students).await;
    let seconds = world.now().since(began).unsigned_abs();
    world.count(|report| {
        report.terms = 1;
        report.seconds = seconds;
    });
    Ok(())
}

async fn look_at_all(students: &[Student]) {
    for student in students {
        student.look_at_all().await;
    }
}

/// The server's own work, from one thing that is due to the next.
async fn sweep_until(world: &Arc<World>, servers: &Servers, end: i64) {
    while world.now().unix() < end {
        let next = world.database.next_due().unwrap_or(end).min(end);
        let wait = next - world.now().unix();
        // As often as the server sweeps, at most.
        pass_ms(wait.max(2) * 1_000).await;
        let Some(running) = servers.any() else {
            continue;
        };
        if let Err(fault) = reconcile::sweep(&running.services).await {
            world.violate(
                Check::Answer,
                format_args!("a sweep fails in quiet times: {fault:?}"),
            );
        }
    }
}

fn directory(plan: &Plan) -> anyhow::Result<Directory> {
    let mut directory: Directory = serde_json::from_str(Directory::SEED_JSON)?;
    for info in &mut directory.issuers {
        info.hours = Some(ServiceHours {
            from_min: 0,
            to_min: 1_440,
        });
        for wallet in &mut info.wallets {
            let cap = if plan.tight_caps { 150 } else { 5_000 };
            wallet.limits = Some(Limits {
                presets_fen: vec![Fen::from_yuan(10)],
                min_fen: Fen::from_yuan(1),
                max_fen: Fen::from_yuan(500),
                daily_fen: Fen::from_yuan(1_000),
                cap_fen: Fen::from_yuan(cap),
                warn_from_fen: None,
            });
        }
    }
    Ok(directory)
}

fn students(world: &Arc<World>, servers: &Servers) -> Vec<Student> {
    let mut students: Vec<Student> = Vec::new();
    for name in 0..world.plan.students {
        let Some(phone) = Phone::parse(&format!("1380000{name:04}")) else {
            continue;
        };
        let mut pockets = Vec::new();
        for issuer in [Issuer::Gdut, Issuer::Hemc] {
            let number = format!(
                "{}{name:04}",
                if issuer == Issuer::Gdut {
                    "3124"
                } else {
                    "8800"
                }
            );
            let card = CardRef(format!("{issuer}-{number}"));
            world.cards().accounts.insert(
                card.clone(),
                Account {
                    issuer,
                    identifier: number.clone(),
                    status: CardStatus::Active,
                    on_card: [(WalletKind::Main, 2_000), (WalletKind::Utilities, 500)].into(),
                },
            );
            pockets.push(Pocket {
                card,
                issuer,
                number,
            });
        }
        if world.plan.shared_card
            && let Some(first) = students.first()
        {
            // Two accounts put money on one card.
            pockets = first.pockets.clone();
        }
        students.push(Student::new(
            world.clone(),
            servers.clone(),
            name,
            phone,
            pockets,
        ));
    }
    students
}

/// Where the server keeps the cards itself, they are opened there.
async fn open_accounts(world: &Arc<World>) -> anyhow::Result<()> {
    if world.plan.keeping == Keeping::Systems {
        return Ok(());
    }
    let quiet = Connected {
        database: world.database.clone(),
        world: world.clone(),
        instance: Arc::new(Instance::default()),
    };
    let accounts = world.cards().accounts.clone();
    let store = Store::over(Arc::new(quiet), world.ids.clone());
    for (card, account) in accounts {
        open_account(world, &store, &card, &account).await?;
    }
    Ok(())
}

async fn open_account(
    world: &World,
    store: &Store,
    card: &CardRef,
    account: &Account,
) -> dika_store::Result<()> {
    let seen = record(card, account);
    let opened = LedgerCard {
        card_ref: card.clone(),
        issuer: account.issuer,
        identifier: account.identifier.clone(),
        card_no: account.identifier.clone(),
        password_hash: String::new(),
        name_masked: seen.identity.name,
        student_no: seen.identity.student_no,
        campus: seen.identity.campus.as_str().to_owned(),
        college: None,
        status: account.status,
    };
    let mut tx = store.write("ledger/accounts").await?;
    if store.ledger_open_account(&mut tx, &opened).await? {
        for (wallet, fen) in &account.on_card {
            let to = LedgerAccount::OnCard(card.clone(), *wallet);
            let id = format!("opening/{}/{wallet}", card.0);
            let opening = Transfer::new(id, "opening", LedgerAccount::Opening, to, Fen::new(*fen));
            if let Some(opening) = opening {
                store.ledger_book(&mut tx, &opening, world.now()).await?;
            }
        }
    }
    tx.commit().await
}
