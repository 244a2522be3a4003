use crate::chance::Chance;

/// Where one party calls another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seam {
    /// A phone calls the server.
    Network,
    /// The server calls WeChat Pay.
    Wechat,
    /// The server calls a card system.
    Cards,
    /// The server calls the SMS provider.
    Sms,
    /// The server reads from or writes to its database.
    Database,
    /// WeChat Pay notifies the server.
    Notice,
}

impl Seam {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Network,
        Self::Wechat,
        Self::Cards,
        Self::Sms,
        Self::Database,
        Self::Notice,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Wechat => "WeChat Pay",
            Self::Cards => "card system",
            Self::Sms => "SMS",
            Self::Database => "database",
            Self::Notice => "notification",
        }
    }
}

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// It never arrives.
    LostBefore,
    /// It is done, and its answer never arrives.
    LostAfter,
    /// It is given up as lost, and done much later.
    Late,
    /// It is done at once, and answered after whoever asked has stopped waiting.
    Slow,
    /// It is done twice.
    Doubled,
    /// It is refused, and not done.
    Refused,
    /// The server crashes just before it.
    CrashBefore,
    /// It is done, and the server crashes before it hears of it.
    CrashAfter,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::LostBefore,
        Self::LostAfter,
        Self::Late,
        Self::Slow,
        Self::Doubled,
        Self::Refused,
        Self::CrashBefore,
        Self::CrashAfter,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LostBefore => "lost before",
            Self::LostAfter => "lost after",
            Self::Late => "late",
            Self::Slow => "slow",
            Self::Doubled => "doubled",
            Self::Refused => "refused",
            Self::CrashBefore => "crash before",
            Self::CrashAfter => "crash after",
        }
    }
}

/// What students do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    /// Asks for a new order, and mostly pays it.
    Order,
    /// Looks at an order.
    Look,
    /// Looks at the list, and at the cards.
    List,
    /// Gives an order up.
    Cancel,
    /// Goes on with an unpaid order, perhaps elsewhere.
    GoOn,
    /// Confirms what was not collected in time.
    Confirm,
    /// Lays the card on a machine.
    Tap,
    /// Spends from the card.
    Spend,
    /// Signs in anew.
    SignIn,
}

impl Deed {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Order,
        Self::Look,
        Self::List,
        Self::Cancel,
        Self::GoOn,
        Self::Confirm,
        Self::Tap,
        Self::Spend,
        Self::SignIn,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Look => "look",
            Self::List => "list",
            Self::Cancel => "cancel",
            Self::GoOn => "go on",
            Self::Confirm => "confirm",
            Self::Tap => "tap",
            Self::Spend => "spend",
            Self::SignIn => "sign in",
        }
    }
}

/// Who keeps the cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// Two card systems behind a network.
    Systems,
    /// The server's own ledger.
    Ledger,
}

/// How often a seam fails, and in which ways.
#[derive(Clone, Debug, Default)]
pub struct SeamPlan {
    /// So many calls in a thousand.
    pub permille: u32,
    /// The ways.
    pub faults: Vec<Fault>,
}

/// What one seed chooses. Each leaves some things out altogether, so that rare things meet.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Who keeps the cards.
    pub keeping: Keeping,
    /// Servers on one database.
    pub instances: usize,
    /// Students.
    pub students: usize,
    /// Tabs of each student.
    pub tabs: usize,
    /// Deeds of each tab.
    pub deeds: usize,
    /// Which deeds, some of them more than once.
    pub wishes: Vec<Deed>,
    /// Faults by seam, in the order of [`Seam::ALL`].
    pub seams: Vec<SeamPlan>,
    /// Crashes out of the blue, in an hour.
    pub crashes_an_hour: i64,
    /// Whether people send money back by hand.
    pub console_refunds: bool,
    /// Whether they do so within seconds.
    pub hasty_desk: bool,
    /// Whether somebody does so while the money is on its way to the card.
    pub crossing_refunds: bool,
    /// Whether cards are lost, and found again.
    pub cards_get_lost: bool,
    /// Whether that happens every few seconds.
    pub cards_flicker: bool,
    /// Whether a payment that had begun may win over its close.
    pub late_wins: bool,
    /// Whether WeChat Pay closes refunds, or gets stuck.
    pub refund_troubles: bool,
    /// Whether card systems take credits minutes later, and answer nobody until then.
    pub slow_credits: bool,
    /// Whether many a credit reaches the built-in ledger once more, up to ten minutes later.
    pub echoes: bool,
    /// Whether card systems sometimes can't say yet.
    pub undecided: bool,
    /// Whether wallets are nearly full.
    pub tight_caps: bool,
    /// Whether two students share a card.
    pub shared_card: bool,
    /// Whether students tap twice.
    pub double_taps: bool,
    /// Whether students hardly pause.
    pub hasty: bool,
    /// Whether phones are killed in the middle of a request.
    pub kills: bool,
    /// Whether everybody wants money in one wallet of one card.
    pub one_wallet: bool,
    /// Whether who has begun to pay goes on elsewhere.
    pub second_thoughts: bool,
    /// Whether who is told to pay another order first asks again and again.
    pub insistent: bool,
    /// Whether who pays does it within seconds.
    pub quick_payers: bool,
    /// Whether students pay late, have the money sent back, and then give the order up in one tab while another looks at it.
    pub regrets: bool,
    /// Whether students give up, or go on elsewhere with, what they are just paying.
    pub doubts: bool,
    /// Whether students look at all their orders some time after faults stopped, which would heal some.
    pub curious: bool,
    /// Whether WeChat Pay's notifications never arrive, also in quiet times.
    pub deaf: bool,
    /// Seconds since 1970 when it begins.
    pub begins_at: u64,
}

impl Plan {
    /// What a seed chooses.
    pub fn of(chance: &Chance) -> Self {
        let yes = || chance.one_in(2);
        let mut wishes = vec![Deed::Order, Deed::Order, Deed::Look];
        for deed in Deed::ALL {
            for _ in 0..chance.below(4) {
                wishes.push(deed);
            }
        }
        if chance.one_in(3) {
            wishes.extend([Deed::Order; 8]);
        }
        let mut seams: Vec<SeamPlan> = Seam::ALL
            .map(|seam| {
                let rate = chance.pick(&[0, 10, 40, 120, 300]).unwrap_or(0);
                let faults = Fault::ALL.into_iter().filter(|_| yes()).collect();
                let permille = if seam == Seam::Database {
                    rate / 10
                } else {
                    rate
                };
                SeamPlan { permille, faults }
            })
            .into();
        if yes() {
            // One seam fails in one way, and often.
            let seam = [0, 1, 1, 2, 2, 2, 4, 5][chance.below(8)];
            let fault = chance.pick(&Fault::ALL);
            let is_crash = matches!(fault, Some(Fault::CrashBefore | Fault::CrashAfter));
            let permille = match Seam::ALL[seam] {
                Seam::Database => 30,
                _ if is_crash => 100,
                _ => 400,
            };
            seams[seam] = SeamPlan {
                permille,
                faults: fault.into_iter().collect(),
            };
        }
        let plan = Self {
            keeping: if chance.one_in(3) {
                Keeping::Ledger
            } else {
                Keeping::Systems
            },
            instances: if chance.one_in(3) { 2 } else { 1 },
            students: 1 + chance.below(4),
            tabs: 1 + chance.below(3),
            deeds: 6 + chance.below(14),
            wishes,
            seams,
            crashes_an_hour: if yes() { chance.between(1, 8) } else { 0 },
            console_refunds: yes(),
            hasty_desk: yes(),
            crossing_refunds: false,
            cards_get_lost: yes(),
            cards_flicker: yes(),
            late_wins: yes(),
            refund_troubles: yes(),
            slow_credits: false,
            echoes: yes(),
            undecided: yes(),
            tight_caps: yes(),
            shared_card: yes(),
            double_taps: yes(),
            hasty: yes(),
            kills: yes(),
            one_wallet: yes(),
            second_thoughts: yes(),
            insistent: yes(),
            quick_payers: false,
            regrets: false,
            doubts: false,
            curious: yes(),
            deaf: chance.one_in(4),
            // Any hour of a day of September 2026 in China, midnight included.
            begins_at: 1_788_192_000 + chance.below(20 * 86_400) as u64,
        };
        match (chance.below(14), plan.keeping) {
            (0 | 1, Keeping::Systems) => plan.rush(),
            (2, _) => plan.regret(),
            (3, _) => plan.crossing(),
            (4, _) => plan.giving_up(),
            (5, Keeping::Systems) => plan.paying_twice(),
            _ => plan,
        }
    }

    /// Everybody wants the last room on one card, and nothing but slow or silent card systems is in the way: whatever else
    /// happens to an order gives room away.
    fn rush(self) -> Self {
        let mut wishes = vec![Deed::Order; 5];
        wishes.extend([Deed::Tap, Deed::Tap, Deed::Spend, Deed::Spend, Deed::Look]);
        let mut seams = self.seams;
        for (seam, plan) in Seam::ALL.into_iter().zip(&mut seams) {
            if seam == Seam::Cards {
                plan.faults
                    .retain(|fault| !matches!(fault, Fault::CrashBefore | Fault::CrashAfter));
            } else {
                *plan = SeamPlan::default();
            }
        }
        Self {
            students: self.students.max(2),
            tabs: 3,
            wishes,
            seams,
            crashes_an_hour: 0,
            console_refunds: false,
            cards_get_lost: false,
            late_wins: false,
            tight_caps: true,
            shared_card: true,
            kills: false,
            hasty: true,
            one_wallet: true,
            second_thoughts: false,
            insistent: true,
            quick_payers: true,
            deaf: false,
            ..self
        }
    }

    /// Money goes back by hand before the server hears that it was paid, and then the student wants nothing of it any more.
    fn regret(self) -> Self {
        Self {
            console_refunds: true,
            hasty_desk: true,
            regrets: true,
            deaf: true,
            ..self
        }
    }

    /// Money goes back by hand while its credit is on its way, and WeChat Pay tells of it at once.
    fn crossing(self) -> Self {
        Self {
            crossing_refunds: true,
            deaf: false,
            ..self
        }
    }

    /// Students give up what they are just paying; WeChat Pay takes it all the same, and nobody tells of it or asks.
    fn giving_up(self) -> Self {
        let mut wishes = vec![Deed::Order; 5];
        wishes.extend([Deed::Tap, Deed::Spend]);
        Self {
            wishes,
            console_refunds: false,
            cards_get_lost: false,
            late_wins: true,
            second_thoughts: false,
            doubts: true,
            curious: false,
            deaf: true,
            ..self
        }
    }

    /// Students go on elsewhere with what they are just paying, WeChat Pay takes both, and meanwhile somebody sends the one
    /// back whose credit the card system takes minutes later.
    fn paying_twice(self) -> Self {
        Self {
            slow_credits: true,
            console_refunds: true,
            hasty_desk: false,
            late_wins: true,
            second_thoughts: true,
            doubts: true,
            deaf: true,
            ..self
        }
    }
}
