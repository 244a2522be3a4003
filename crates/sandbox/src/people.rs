//! Invented people, one for every case that the app has words for. Nobody here exists: the numbers
//! are made up, and the names are common ones put together at random.

use std::sync::Arc;

use dika_contract::first_password::IdTail;
use dika_contract::{Campus, CardStatus, Fen, Issuer, WalletKind};
use dika_core::card_system::CardRef;
use dika_server::adapters::built_in_cards::{BuiltInCards, NewAccount, Strength};
use serde::Serialize;

use crate::sandbox::Sandbox;

/// An invented student and the cards in their pocket.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    /// Full name; leaves the server only on sandbox pages.
    pub name: &'static str,
    /// Mobile number for signing in.
    pub phone: &'static str,
    /// Where they study.
    pub campus: Campus,
    /// College, in Chinese.
    pub college: &'static str,
    /// Student number; also the account of the `gdut` card.
    pub student_no: &'static str,
    /// What is special, in English and Chinese; nothing for ordinary people.
    pub note: Option<&'static str>,
    /// Last seven characters of the national ID, from which both first passwords come. Nothing for
    /// those who hold another document.
    pub id_tail7: Option<&'static str>,
    /// The school's card.
    pub gdut: Option<PocketCard>,
    /// The University Town card.
    pub hemc: Option<PocketCard>,
}

/// A card as the card system knows it on the sandbox's first day.
#[derive(Clone, Copy, Debug)]
pub struct PocketCard {
    /// The number printed on it.
    pub card_no: &'static str,
    /// Whether it works.
    pub status: CardStatus,
    /// What is on it, by wallet.
    pub wallets: &'static [(WalletKind, Fen)],
    /// The password where it is not the first one.
    pub own_password: Option<&'static str>,
}

/// What tests and people need to act as somebody. `GET /sandbox/people` gives a list of these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonCard {
    name: &'static str,
    phone: &'static str,
    campus: Campus,
    note: Option<&'static str>,
    id_tail7: Option<&'static str>,
    gdut: Option<GdutCard>,
    hemc: Option<HemcCard>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct GdutCard {
    account: &'static str,
    card_no: &'static str,
    password: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct HemcCard {
    card_no: &'static str,
    password: String,
}

impl Person {
    /// The password of the `gdut` card.
    pub fn gdut_password(&self) -> Option<String> {
        self.password(self.gdut?, |tail| tail.gdut().as_str().to_owned())
    }

    /// The password of the `hemc` card.
    pub fn hemc_password(&self) -> Option<String> {
        self.password(self.hemc?, |tail| tail.hemc().as_str().to_owned())
    }

    fn password(&self, card: PocketCard, first: fn(&IdTail) -> String) -> Option<String> {
        match card.own_password {
            Some(own) => Some(own.to_owned()),
            None => IdTail::parse(self.id_tail7?).ok().as_ref().map(first),
        }
    }

    /// As shown to those who try the sandbox.
    pub fn shown(&self) -> PersonCard {
        PersonCard {
            name: self.name,
            phone: self.phone,
            campus: self.campus,
            note: self.note,
            id_tail7: self.id_tail7,
            gdut: self
                .gdut
                .zip(self.gdut_password())
                .map(|(card, password)| GdutCard {
                    account: self.student_no,
                    card_no: card.card_no,
                    password,
                }),
            hemc: self
                .hemc
                .zip(self.hemc_password())
                .map(|(card, password)| HemcCard {
                    card_no: card.card_no,
                    password,
                }),
        }
    }
}

const fn card(
    card_no: &'static str,
    status: CardStatus,
    wallets: &'static [(WalletKind, Fen)],
) -> Option<PocketCard> {
    Some(PocketCard {
        card_no,
        status,
        wallets,
        own_password: None,
    })
}

const fn fen(fen: i64) -> Fen {
    Fen::new(fen)
}

use CardStatus::{Active, Expired, Frozen, Lost, Replaced};
use WalletKind::{Main, Utilities};

/// Everybody. The first is an ordinary student at 大学城.
pub const PEOPLE: &[Person] = &[
    Person {
        name: "陈嘉禾",
        phone: "19900000001",
        campus: Campus::Daxuecheng,
        college: "计算机学院",
        student_no: "3124000101",
        note: None,
        id_tail7: Some("2803417"),
        gdut: card("2024000101", Active, &[(Main, fen(2_350))]),
        hemc: card(
            "80240101",
            Active,
            &[(Main, fen(6_120)), (Utilities, fen(480))],
        ),
    },
    Person {
        name: "何子珊",
        phone: "19900000002",
        campus: Campus::Longdong,
        college: "管理学院",
        student_no: "3124000202",
        note: None,
        id_tail7: Some("1106528"),
        gdut: card("2024000202", Active, &[(Main, fen(4_075))]),
        hemc: None,
    },
    Person {
        name: "梁启文",
        phone: "19900000003",
        campus: Campus::Dongfenglu,
        college: "艺术与设计学院",
        student_no: "3123000303",
        note: None,
        id_tail7: Some("0715369"),
        gdut: card("2023000303", Active, &[(Main, fen(1_890))]),
        hemc: None,
    },
    Person {
        name: "黄晓岚",
        phone: "19900000004",
        campus: Campus::Panyu,
        college: "国际教育学院",
        student_no: "3124000404",
        note: None,
        id_tail7: Some("1924802"),
        gdut: card("2024000404", Active, &[(Main, fen(7_700))]),
        hemc: None,
    },
    Person {
        name: "林若溪",
        phone: "19900000005",
        campus: Campus::Daxuecheng,
        college: "外国语学院",
        student_no: "3123000505",
        note: Some("ID ends in X (身份证以 X 结尾)"),
        id_tail7: Some("412345X"),
        gdut: card("2023000505", Active, &[(Main, fen(3_310))]),
        hemc: card(
            "80230505",
            Active,
            &[(Main, fen(2_040)), (Utilities, fen(1_150))],
        ),
    },
    Person {
        name: "罗一帆",
        phone: "19900000006",
        campus: Campus::Daxuecheng,
        college: "机电工程学院",
        student_no: "3122000606",
        note: Some("cards reported lost (卡已挂失)"),
        id_tail7: Some("0530916"),
        gdut: card("2022000606", Lost, &[(Main, fen(5_200))]),
        hemc: card(
            "80220606",
            Lost,
            &[(Main, fen(3_000)), (Utilities, fen(900))],
        ),
    },
    Person {
        name: "邓家豪",
        phone: "19900000007",
        campus: Campus::Longdong,
        college: "经济学院",
        student_no: "3122000707",
        note: Some("card frozen (卡已冻结)"),
        id_tail7: Some("0214753"),
        gdut: card("2022000707", Frozen, &[(Main, fen(860))]),
        hemc: None,
    },
    Person {
        name: "吴雨桐",
        phone: "19900000008",
        campus: Campus::Dongfenglu,
        college: "建筑与城市规划学院",
        student_no: "3119000808",
        note: Some("card expired (卡已过期)"),
        id_tail7: Some("1208640"),
        gdut: card("2019000808", Expired, &[(Main, fen(120))]),
        hemc: None,
    },
    Person {
        name: "周思远",
        phone: "19900000009",
        campus: Campus::Daxuecheng,
        college: "自动化学院",
        student_no: "3122000909",
        note: Some("cards replaced by new ones (卡已补办换新)"),
        id_tail7: Some("0917281"),
        gdut: card("2022000909", Replaced, &[(Main, fen(0))]),
        hemc: card("80220909", Replaced, &[(Main, fen(0)), (Utilities, fen(0))]),
    },
    Person {
        name: "张雅文",
        phone: "19900000010",
        campus: Campus::Daxuecheng,
        college: "信息工程学院",
        student_no: "3124001011",
        note: Some(
            "looks like another person once masked: cannot tell (掩码后与另一人相同，无法判断)",
        ),
        id_tail7: Some("0322195"),
        gdut: card("2024001077", Active, &[(Main, fen(2_600))]),
        hemc: card(
            "80241077",
            Active,
            &[(Main, fen(1_500)), (Utilities, fen(300))],
        ),
    },
    Person {
        name: "张子文",
        phone: "19900000011",
        campus: Campus::Daxuecheng,
        college: "信息工程学院",
        student_no: "3124008811",
        note: Some(
            "looks like another person once masked: cannot tell (掩码后与另一人相同，无法判断)",
        ),
        id_tail7: Some("1015274"),
        gdut: card("2024881077", Active, &[(Main, fen(2_600))]),
        hemc: card(
            "88241077",
            Active,
            &[(Main, fen(1_500)), (Utilities, fen(300))],
        ),
    },
    Person {
        name: "林美玲",
        phone: "19900000012",
        campus: Campus::Daxuecheng,
        college: "国际教育学院",
        student_no: "3124001212",
        note: Some(
            "international student: no national ID, password set at the service point \
             (国际学生，无身份证，密码由服务点设置)",
        ),
        id_tail7: None,
        gdut: Some(PocketCard {
            card_no: "2024001212",
            status: Active,
            wallets: &[(Main, fen(3_000))],
            own_password: Some("730915"),
        }),
        hemc: Some(PocketCard {
            card_no: "80241212",
            status: Active,
            wallets: &[(Main, fen(2_000)), (Utilities, fen(500))],
            own_password: Some("582046"),
        }),
    },
    Person {
        name: "郑浩然",
        phone: "19900000013",
        campus: Campus::Daxuecheng,
        college: "轻工化工学院",
        student_no: "3123001313",
        note: Some("wallets near their cap (钱包余额接近上限)"),
        id_tail7: Some("0629537"),
        gdut: card("2023001313", Active, &[(Main, NEAR_GDUT_CAP)]),
        hemc: card(
            "80231313",
            Active,
            &[(Main, NEAR_HEMC_CAP), (Utilities, NEAR_UTILITIES_CAP)],
        ),
    },
    Person {
        name: "谢初一",
        phone: "19900000014",
        campus: Campus::Daxuecheng,
        college: "材料与能源学院",
        student_no: "3126001414",
        note: Some(
            "new student: gdut card holds 0, hemc card 90 + 10 yuan \
             (新生，校园卡余额 0，一卡通饭卡 90 元、热水 10 元)",
        ),
        id_tail7: Some("0901468"),
        gdut: card("2026001414", Active, &[(Main, fen(0))]),
        hemc: card(
            "80261414",
            Active,
            &[(Main, fen(9_000)), (Utilities, fen(1_000))],
        ),
    },
];

/// Opens everybody's accounts where there are none yet.
///
/// # Errors
/// Any database failure.
pub async fn seed(sandbox: &Sandbox) -> anyhow::Result<()> {
    if sandbox.store.ledger_count().await? > 0 {
        return Ok(());
    }
    let books = BuiltInCards::new(
        sandbox.store.clone(),
        Arc::new(sandbox.clock.clone()),
        sandbox.ids.clone(),
        sandbox.settings.directory.clone(),
        Strength::Light,
    )?;
    let mut accounts = Vec::new();
    for person in PEOPLE {
        for (issuer, card, password) in [
            (Issuer::Gdut, person.gdut, person.gdut_password()),
            (Issuer::Hemc, person.hemc, person.hemc_password()),
        ] {
            let Some((card, password)) = card.zip(password) else {
                continue;
            };
            accounts.push(NewAccount {
                card_ref: CardRef(format!("{issuer}-{}", card.card_no)),
                issuer,
                account: (issuer == Issuer::Gdut).then(|| person.student_no.to_owned()),
                card_no: card.card_no.to_owned(),
                password,
                name: person.name.to_owned(),
                student_no: person.student_no.to_owned(),
                campus: person.campus,
                college: Some(person.college.to_owned()),
                status: card.status,
                opening: card.wallets.to_vec(),
            });
        }
    }
    books.open_accounts(accounts).await
}

/// Ten yuan below what the sandbox's `gdut` wallet may hold.
const NEAR_GDUT_CAP: Fen = fen(199_000);
/// Ten yuan below what its `hemc` main wallet may hold.
const NEAR_HEMC_CAP: Fen = fen(99_000);
/// Five yuan below what its utilities wallet may hold.
const NEAR_UTILITIES_CAP: Fen = fen(29_500);

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn with(word: &str) -> Vec<&'static Person> {
        PEOPLE
            .iter()
            .filter(|person| person.note.is_some_and(|note| note.contains(word)))
            .collect()
    }

    #[test]
    fn the_first_is_ordinary_and_holds_both_cards() {
        let first = PEOPLE[0];
        assert_eq!((first.campus, first.note), (Campus::Daxuecheng, None));
        assert!(first.gdut.is_some() && first.hemc.is_some());
        assert!(
            first
                .id_tail7
                .expect("a tail")
                .ends_with(|c: char| c.is_ascii_digit())
        );
        for campus in [Campus::Longdong, Campus::Dongfenglu, Campus::Panyu] {
            assert!(
                PEOPLE
                    .iter()
                    .any(|one| one.campus == campus && one.note.is_none())
            );
        }
    }

    #[test]
    fn cards_are_where_the_campus_has_them() {
        for person in PEOPLE {
            assert!(person.gdut.is_some(), "{}", person.name);
            assert_eq!(
                person.hemc.is_some(),
                person.campus == Campus::Daxuecheng,
                "{}",
                person.name
            );
        }
    }

    #[test]
    fn every_card_has_a_password_and_first_ones_follow_the_rule() {
        for person in PEOPLE {
            assert_eq!(person.gdut.is_some(), person.gdut_password().is_some());
            assert_eq!(person.hemc.is_some(), person.hemc_password().is_some());
        }
        let x = with("ends in X")[0];
        assert_eq!(x.gdut_password().as_deref(), Some("412345"));
        assert_eq!(x.hemc_password().as_deref(), Some("123450"));
        assert_eq!(PEOPLE[0].gdut_password().as_deref(), Some("803417"));
    }

    #[test]
    fn nobody_shares_a_number() {
        let mut seen = HashSet::new();
        for person in PEOPLE {
            let cards = [person.gdut, person.hemc];
            let numbers = cards.iter().flatten().map(|card| card.card_no);
            for number in numbers.chain([person.phone, person.student_no]) {
                assert!(seen.insert(number), "{number} twice");
            }
        }
    }

    #[test]
    fn nobody_starts_above_a_cap() {
        let directory = crate::directory::invented();
        let room = |issuer, (kind, amount): &(WalletKind, Fen)| {
            let wallet = directory
                .wallet(issuer, *kind)
                .expect("a wallet of this card");
            let cap = wallet.limits.as_ref().expect("limits").cap_fen;
            cap.get() - amount.get()
        };
        for person in PEOPLE {
            for (issuer, card) in [(Issuer::Gdut, person.gdut), (Issuer::Hemc, person.hemc)] {
                for wallet in card.map_or(&[][..], |card| card.wallets) {
                    let room = room(issuer, wallet);
                    let near = person
                        .note
                        .is_some_and(|note| note.contains("near their cap"));
                    assert_eq!(near, (1..=1_000).contains(&room), "{} {room}", person.name);
                }
            }
        }
    }

    #[test]
    fn every_special_case_is_there() {
        for word in [
            "lost",
            "frozen",
            "expired",
            "replaced",
            "international",
            "near their cap",
            "new student",
        ] {
            assert_eq!(with(word).len(), 1, "{word}");
        }
        let [one, other] = with("cannot tell")[..] else {
            panic!("two people who look alike")
        };
        let shown = |person: &Person| {
            let no = person.student_no;
            (
                person.name.chars().next(),
                person.name.chars().last(),
                person.name.chars().count(),
                no[..4].to_owned(),
                no[no.len() - 2..].to_owned(),
                person.college,
                person.campus,
            )
        };
        assert_eq!(shown(one), shown(other));
        let ends = |person: &Person| person.gdut.map(|card| &card.card_no[6..]);
        assert_eq!(ends(one), ends(other));
        assert!(with("international")[0].id_tail7.is_none());
    }
}
