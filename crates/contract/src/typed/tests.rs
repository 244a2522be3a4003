use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::Issuer;

/// Digits and letters in forms that say the same.
const FORMS: [fn(char) -> char; 5] = [
    |plain| plain,
    // Full width.
    |plain| char::from_u32(u32::from(plain) + 0xfee0).unwrap_or(plain),
    // Arabic and Devanagari digits.
    |plain| moved(plain, 0x660),
    |plain| moved(plain, 0x966),
    // Mathematical bold digits.
    |plain| moved(plain, 0x1d7ce),
];

fn moved(plain: char, zero: u32) -> char {
    let digit = plain.to_digit(10);
    digit
        .and_then(|digit| char::from_u32(zero + digit))
        .unwrap_or(plain)
}

const BLANKS: [&str; 8] = [
    " ", "\u{a0}", "\u{2009}", "\u{202f}", "\u{3000}", "\t", "\r\n", "\u{2800}",
];
const DASHES: [&str; 8] = [
    "-", "\u{2010}", "\u{2011}", "\u{2013}", "\u{2014}", "\u{2212}", "\u{ff0d}", "\u{30fc}",
];
const INVISIBLE: [&str; 9] = [
    "\u{200b}", "\u{200e}", "\u{200f}", "\u{202a}", "\u{202c}", "\u{2068}", "\u{feff}", "\u{ad}",
    "\u{fe0f}",
];

/// Ways to write a text that all mean the same: its characters in another form, with marks between.
fn written(plain: String) -> impl Strategy<Value = String> {
    let count = plain.chars().count();
    let mark = prop_oneof![
        4 => Just(""),
        1 => prop::sample::select(&BLANKS[..]),
        1 => prop::sample::select(&DASHES[..]),
        2 => prop::sample::select(&INVISIBLE[..]),
    ];
    prop::collection::vec((0..FORMS.len(), mark), count..=count).prop_map(move |forms| {
        let mut text = String::new();
        for (letter, (form, mark)) in plain.chars().zip(forms) {
            let form = if letter.is_ascii_alphanumeric() {
                FORMS[form]
            } else {
                FORMS[0]
            };
            text.push(form(letter));
            text.push_str(mark);
        }
        text
    })
}

fn ways(pattern: &'static str) -> impl Strategy<Value = (String, String)> {
    pattern.prop_flat_map(|plain| (Just(plain.clone()), written(plain)))
}

/// The digits and letters of a text, each as the one plain sign that it is; `None` for any that is
/// none. Written apart from the fold, against which it is held.
fn signs(text: &str) -> Option<String> {
    let mut signs = String::new();
    for letter in text.chars() {
        let code = u32::from(letter);
        match letter {
            '0'..='9' | 'A'..='Z' | 'a'..='z' => signs.push(letter),
            '\u{ff10}'..='\u{ff19}' | '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}' => {
                signs.push(char::from_u32(code - 0xfee0)?);
            }
            '\u{1d7ce}'..='\u{1d7ff}' => signs.push(char::from_digit((code - 0x1d7ce) % 10, 10)?),
            _ if letter.is_alphanumeric() => return None,
            _ => {}
        }
    }
    Some(signs)
}

#[track_caller]
fn phone_is(typed: &str, wanted: Result<&str, PhoneFault>) {
    let phone = Typed::new(typed).phone();
    let phone = phone.as_ref().map(Phone::as_str).map_err(|fault| *fault);
    assert_eq!(phone, wanted, "{typed:?}");
}

#[test]
fn phones_are_read_as_people_write_them() {
    for typed in [
        "19900000001",
        "+86 199 0000 0001",
        "008619900000001",
        "8619900000001",
        "(+86)199-0000-0001",
        "（＋８６）１９９００００　０００１",
        "+86+8619900000001",
        "+86 (0)199 0000 0001",
        "019900000001",
        "199.0000.0001",
        "\u{202a}+86 199\u{2011}0000\u{2011}0001\u{202c}",
        "\u{feff}199\u{200b}00000001\n",
        "手机号：199 0000 0001",
        "tel:+8619900000001",
        "١٩٩٠٠٠٠٠٠٠١",
        "199\t0000\t0001;",
    ] {
        phone_is(typed, Ok("19900000001"));
    }
    for typed in [
        "+852 9123 4567",
        "+1 (415) 555-0100",
        "0044 7700 900123",
        "＋82 10-1234-5678",
    ] {
        phone_is(typed, Err(PhoneFault::Foreign));
    }
    for typed in [
        "1990000000",
        "199000000012",
        "020-39322361",
        "29900000001",
        "1990000000①",
        "1990000000²",
        "1990000000O",
        "+86",
        "+",
        "一九九零零零零零零零一",
    ] {
        phone_is(typed, Err(PhoneFault::Wrong));
    }
    for typed in ["", " \u{3000}", "\u{200b}", "号码："] {
        phone_is(typed, Err(PhoneFault::Empty));
    }
}

#[test]
fn codes_are_found_where_they_stand() {
    for typed in [
        "123456",
        " 123456",
        "123 456",
        "123-456",
        "１２３４５６",
        "验证码：123456，5分钟内有效",
        "【嘀卡】您的验证码是 123 456，请勿告诉他人。",
        "123456123456",
        "123456\n123456",
        "Your code is 123456. It works for 5 minutes. 123456",
        "尾号 0001 的验证码123456（19900000001）",
        "\u{2068}123456\u{2069}",
        "١٢٣٤٥٦",
    ] {
        let code = Typed::new(typed).sms_code();
        assert_eq!(
            code.as_ref().map(SmsCode::as_str),
            Ok("123456"),
            "{typed:?}"
        );
    }
    for (typed, fault) in [
        ("", SmsCodeFault::Empty),
        ("\u{200b} ", SmsCodeFault::Empty),
        ("12345", SmsCodeFault::Wrong),
        ("1234567", SmsCodeFault::Wrong),
        ("12345６7", SmsCodeFault::Wrong),
        ("12345⑥", SmsCodeFault::Wrong),
        ("123456 654321", SmsCodeFault::Several),
        ("验证码 123456 或 111111", SmsCodeFault::Several),
        ("123456123457", SmsCodeFault::Wrong),
        ("验证码", SmsCodeFault::Wrong),
    ] {
        assert_eq!(Typed::new(typed).sms_code(), Err(fault), "{typed:?}");
    }
}

#[test]
fn accounts_and_card_numbers_are_read_as_people_write_them() {
    for typed in [
        "3124000101",
        " 3124 0001 01 ",
        "３１２４－０００１－０１",
        "学号：3124000101",
        "3124\u{ad}000101\u{200f}",
        "“3124000101”",
        "𝟑𝟏𝟐𝟒𝟎𝟎𝟎𝟏𝟎𝟏",
    ] {
        let account = Typed::new(typed).account();
        assert_eq!(
            account.as_ref().map(AccountNo::as_str),
            Ok("3124000101"),
            "{typed:?}"
        );
        let card = Typed::new(typed).card_no();
        assert_eq!(
            card.as_ref().map(CardNo::as_str),
            Ok("3124000101"),
            "{typed:?}"
        );
    }
    let letters = Typed::new("Ｇ12-ab").account();
    assert_eq!(letters.as_ref().map(AccountNo::as_str), Ok("G12ab"));
    for typed in [
        "31240001①1",
        "31240001²1",
        "3124000½",
        "312",
        "312400010Ⅴ",
        "3124一",
    ] {
        assert_eq!(
            Typed::new(typed).account(),
            Err(NumberFault::Wrong),
            "{typed:?}"
        );
        assert_eq!(
            Typed::new(typed).card_no(),
            Err(NumberFault::Wrong),
            "{typed:?}"
        );
    }
    assert_eq!(Typed::new("G1234").card_no(), Err(NumberFault::Wrong));
    assert_eq!(Typed::new("- \u{3000}").card_no(), Err(NumberFault::Empty));
}

#[test]
fn the_other_card_s_number_is_noticed() {
    for (number, issuer) in [
        ("3124000101", Some(Issuer::Gdut)),
        ("2112400010", Some(Issuer::Gdut)),
        ("80240101", Some(Issuer::Hemc)),
        ("8024010", None),
        ("1234567890", None),
        ("80240101A", None),
        ("", None),
    ] {
        assert_eq!(likely_issuer(number), issuer, "{number}");
    }
}

#[test]
fn passwords_of_digits_are_numbers_and_others_stay() {
    for (typed, wanted) in [
        ("４１２３４５", Ok("412345")),
        (" 412 345\n", Ok("412345")),
        ("412\u{2013}345", Ok("412345")),
        ("\u{200b}412345\u{200b}", Ok("412345")),
        ("٤١٢٣٤٥", Ok("412345")),
        ("\u{feff} Ab-1 \u{200e}", Ok("Ab-1")),
        ("pass-word-1", Ok("pass-word-1")),
        ("", Err(PasswordFault::Empty)),
        ("\u{200b}", Err(PasswordFault::Empty)),
        ("Ａb1", Err(PasswordFault::WrongCharacter)),
        ("a b", Err(PasswordFault::WrongCharacter)),
        ("a\u{200b}b", Err(PasswordFault::WrongCharacter)),
        ("41234⑤", Err(PasswordFault::WrongCharacter)),
        ("密码", Err(PasswordFault::WrongCharacter)),
    ] {
        let password = Typed::new(typed).password();
        let password = password
            .as_ref()
            .map(CardPassword::as_str)
            .map_err(|fault| *fault);
        assert_eq!(password, wanted, "{typed:?}");
    }
    let long = "a".repeat(33);
    assert_eq!(Typed::new(&long).password(), Err(PasswordFault::TooLong));
    let spaced = "1 ".repeat(32);
    assert!(
        Typed::new(&spaced).password().is_ok(),
        "the length is checked after folding"
    );
}

#[test]
fn id_tails_are_read_as_people_write_them() {
    for typed in [
        "412345X",
        "412345x",
        "４１２３４５Ｘ",
        "412345Ⅹ",
        "412345ⅹ",
        "412345×",
        "412345Х",
        "412345✕",
        "412345✖\u{fe0f}",
        "412345χ",
        "4 12345 X",
        "412-345-X",
        "\u{200e}412345X\u{200e}",
        "44010620060412345X",
        "440106 20060412 345X",
        "身份证号：44010620060412345Ｘ",
    ] {
        let tail = Typed::new(typed).id_tail();
        let gdut = tail.map(|tail| tail.gdut());
        assert_eq!(
            gdut.as_ref().map(|it| it.as_str()),
            Ok("412345"),
            "{typed:?}"
        );
    }
    for (typed, fault, digit) in [
        ("412345O", IdTailFault::Letter('O'), Some('0')),
        ("412345o", IdTailFault::Letter('o'), Some('0')),
        ("4I2345X", IdTailFault::Letter('I'), Some('1')),
        ("４１２３４５Ｏ", IdTailFault::Letter('O'), Some('0')),
        ("412345Y", IdTailFault::Letter('Y'), None),
        ("41234O", IdTailFault::Letter('O'), Some('0')),
    ] {
        assert_eq!(Typed::new(typed).id_tail(), Err(fault), "{typed:?}");
        assert_eq!(fault.digit_meant(), digit, "{typed:?}");
    }
}

#[test]
fn amounts_are_read_as_people_write_them() {
    for (typed, fen) in [
        ("20", 2_000),
        ("20元", 2_000),
        ("￥20", 2_000),
        ("¥ 20.00 元", 2_000),
        ("20块", 2_000),
        ("20 块钱", 2_000),
        ("人民币20元整", 2_000),
        ("RMB 20", 2_000),
        ("20 yuan", 2_000),
        ("1,000", 100_000),
        ("１，０００．５０", 100_050),
        ("1 000", 100_000),
        ("1'000.5", 100_050),
        ("+20", 2_000),
        ("＋20", 2_000),
        ("20.", 2_000),
        ("20。", 2_000),
        ("２０", 2_000),
        ("٢٠", 2_000),
        ("٢٠٫٥", 2_050),
        ("\u{202d}20\u{202c}\t", 2_000),
        ("20\n", 2_000),
        ("𝟐𝟎", 2_000),
    ] {
        assert_eq!(Typed::new(typed).amount(), Ok(Fen::new(fen)), "{typed:?}");
    }
    let asked = |small, large| AmountFault::Doubtful(Some((Fen::new(small), Fen::new(large))));
    for (typed, fault) in [
        ("20,5", asked(2_050, 20_500)),
        ("20，5", asked(2_050, 20_500)),
        ("20、5元", asked(2_050, 20_500)),
        ("1,00", asked(100, 10_000)),
        ("0,500", AmountFault::Doubtful(None)),
        ("1,0000", AmountFault::Doubtful(None)),
        ("20,", AmountFault::Doubtful(None)),
        ("1,00,000", AmountFault::Doubtful(None)),
        ("1.000,50", AmountFault::Doubtful(None)),
        ("20 5", AmountFault::Doubtful(None)),
        ("2 0", AmountFault::Doubtful(None)),
        ("1.000", AmountFault::TooFine),
        ("二十", AmountFault::InWords),
        ("贰拾元整", AmountFault::InWords),
        ("2万", AmountFault::InWords),
        ("20块5", AmountFault::InWords),
        ("20元5角", AmountFault::InWords),
        ("两块", AmountFault::InWords),
        ("①20", AmountFault::NotANumber),
        ("10²", AmountFault::NotANumber),
        ("½", AmountFault::NotANumber),
        ("20%", AmountFault::NotANumber),
        ("-20", AmountFault::NotANumber),
        ("−20", AmountFault::NotANumber),
        ("20-50", AmountFault::NotANumber),
        ("++20", AmountFault::NotANumber),
        ("$20", AmountFault::NotANumber),
        ("2O", AmountFault::NotANumber),
        ("0x14", AmountFault::NotANumber),
        ("元", AmountFault::NotANumber),
        ("\u{200b}", AmountFault::Empty),
    ] {
        assert_eq!(Typed::new(typed).amount(), Err(fault), "{typed:?}");
    }
}

#[test]
fn search_text_has_one_form() {
    for (typed, wanted) in [
        (" Ｅａｓｔ　dormitory\u{200b} ", "east dormitory"),
        ("０２０－８７０８３６９６", "02087083696"),
        ("(020) 8708\u{2013}3696", "020 87083696"),
        ("东十栋", "东十栋"),
        ("\u{3000}", ""),
    ] {
        assert_eq!(Typed::new(typed).search_text(), wanted, "{typed:?}");
    }
}

/// Every character that Unicode has, alone.
#[test]
fn no_character_becomes_another_digit_or_letter() {
    for letter in (0..=0x10_ffff).filter_map(char::from_u32) {
        let text = letter.to_string();
        let folded = Typed::new(&text).folded().to_string();
        assert_eq!(
            Typed::new(&folded).folded(),
            folded,
            "{letter:?}: folded twice"
        );
        let account = format!("3124{letter}");
        if let Ok(account) = Typed::new(&account).account() {
            let signs: Vec<char> = account.as_str().chars().skip(4).collect();
            let decimal = letter.to_digit(10);
            match signs.as_slice() {
                // Dropped: neither digit nor letter.
                [] => assert!(
                    !letter.is_alphanumeric()
                        || letter == '\u{30fc}'
                        || letter == '\u{ff70}'
                        || ('\u{115f}'..='\u{1160}').contains(&letter)
                        || letter == '\u{3164}'
                        || letter == '\u{ffa0}',
                    "{letter:?} is dropped"
                ),
                [one] => assert!(
                    decimal.is_none() || decimal == one.to_digit(10),
                    "{letter:?} became {one:?}"
                ),
                _ => panic!("{letter:?} became several: {account:?}"),
            }
        }
    }
}

proptest! {
    #[test]
    fn folding_is_idempotent(text in "\\PC{0,24}|[\\u0000-\\u{10ffff}]{0,24}") {
        let once = Typed::new(&text).folded().to_string();
        let twice = Typed::new(&once);
        prop_assert_eq!(twice.folded(), &once);
    }

    #[test]
    fn phones_are_read_in_every_form((plain, text) in ways("1[0-9]{10}")) {
        let phone = Typed::new(&text).phone();
        prop_assert_eq!(phone.as_ref().map(Phone::as_str), Ok(plain.as_str()));
    }

    #[test]
    fn codes_are_read_in_every_form((plain, text) in ways("[0-9]{6}")) {
        let code = Typed::new(&text).sms_code();
        prop_assert_eq!(code.as_ref().map(SmsCode::as_str), Ok(plain.as_str()));
    }

    #[test]
    fn accounts_are_read_in_every_form((plain, text) in ways("[0-9A-Za-z]{4,20}")) {
        let account = Typed::new(&text).account();
        prop_assert_eq!(account.as_ref().map(AccountNo::as_str), Ok(plain.as_str()));
    }

    #[test]
    fn passwords_of_digits_are_read_in_every_form((plain, text) in ways("[0-9]{6,12}")) {
        let password = Typed::new(&text).password();
        prop_assert_eq!(password.as_ref().map(CardPassword::as_str), Ok(plain.as_str()));
    }

    #[test]
    fn passwords_with_letters_are_not_changed(text in "[!-~]{0,12}[a-zA-Z][!-~]{0,12}", end in prop::sample::select(&INVISIBLE[..])) {
        let password = Typed::new(&[end, &text, end].concat()).password();
        prop_assert_eq!(password.as_ref().map(CardPassword::as_str), Ok(text.as_str()));
    }

    #[test]
    fn id_tails_are_read_in_every_form((plain, text) in ways("[0-9]{6}[0-9X]")) {
        let (read, wanted) = (Typed::new(&text).id_tail(), IdTail::parse(&plain));
        prop_assert!(wanted.is_ok());
        prop_assert_eq!(read, wanted);
    }

    #[test]
    fn a_whole_id_gives_its_last_seven((plain, text) in ways("[0-9]{17}[0-9X]")) {
        prop_assert_eq!(Typed::new(&text).id_tail(), IdTail::parse(&plain[11..]));
    }

    /// What is read has the digits and letters that were typed, in their order: two texts that differ
    /// in one are never the same account.
    #[test]
    fn accounts_that_differ_stay_different(
        text in "[0-9A-Za-z\\uff10-\\uff19\\uff21-\\uff5a \\-\\u2010-\\u2015\\u200b-\\u200f²³¹①-⑳½ⅠⅩⅹ\\u{1d7ce}-\\u{1d7ff}㎏㍘ﬁªº₁ⓐ🄰]{1,12}",
    ) {
        if let Ok(account) = Typed::new(&text).account() {
            let signs = signs(&text);
            prop_assert_eq!(signs.as_deref(), Some(account.as_str()));
        }
        if let Ok(card) = Typed::new(&text).card_no() {
            let signs = signs(&text);
            prop_assert_eq!(signs.as_deref(), Some(card.as_str()));
        }
    }

    #[test]
    fn amounts_are_read_in_every_form(yuan in 0u32..1_000_000, form in 0..FORMS.len(), end in prop::sample::select(&INVISIBLE[..])) {
        let text: String = yuan.to_string().chars().map(FORMS[form]).collect();
        let text = [end, &text, "元", end].concat();
        prop_assert_eq!(Typed::new(&text).amount(), Ok(Fen::new(i64::from(yuan) * 100)));
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,24}") {
        let typed = Typed::new(&text);
        let _ = (typed.phone(), typed.sms_code(), typed.account(), typed.card_no());
        let _ = (typed.password(), typed.id_tail(), typed.amount(), typed.search_text());
    }

    #[test]
    fn debug_shows_nothing(text in "[0-9a-z]{6,12}") {
        let shown = format!("{:?}", Typed::new(&text));
        prop_assert!(!shown.contains(&text));
    }
}
