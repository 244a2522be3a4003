use alloc::string::String;

use crate::money::{AmountFault, Fen};

/// What may stand before or behind an amount, in lower case; longer ones before their parts.
const CURRENCY: [&str; 13] = [
    "人民币",
    "元整",
    "块钱",
    "塊錢",
    "元",
    "圆",
    "圓",
    "块",
    "塊",
    "yuan",
    "rmb",
    "cny",
    "¥",
];
/// What amounts in words are made of.
const IN_WORDS: &str =
    "〇零一二两三四五六七八九十百千万亿廿卅壹贰叁肆伍陆柒捌玖拾佰仟萬億半毛角分元圆圓块塊";
const MOST_DIGITS: usize = 9;

/// Reads an amount in yuan: `20`, `19.98`, `.5`, `¥1,000`, `20元`, `+20`. At most two decimals.
pub(super) fn amount(folded: &str) -> Result<Fen, AmountFault> {
    let text: String = folded
        .trim()
        .chars()
        .map(|letter| match letter.to_ascii_lowercase() {
            '。' | '\u{66b}' => '.',
            '、' | '\u{60c}' | '\u{66c}' => ',',
            '‘' | '’' => '\'',
            letter => letter,
        })
        .collect();
    if text.is_empty() {
        return Err(AmountFault::Empty);
    }
    let number = without_currency(&text);
    if number.contains(|letter| IN_WORDS.contains(letter)) {
        return Err(AmountFault::InWords);
    }
    let known = |letter: char| letter.is_ascii_digit() || matches!(letter, '.' | ',' | '\'' | ' ');
    let (yuan, decimals) = number.split_once('.').unwrap_or((number, ""));
    if !number.contains(|letter: char| letter.is_ascii_digit())
        || !number.chars().all(known)
        || decimals.contains('.')
    {
        return Err(AmountFault::NotANumber);
    }
    if !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(AmountFault::Doubtful(None));
    }
    let yuan = match ungrouped(yuan) {
        Some(yuan) => yuan,
        None => return Err(AmountFault::Doubtful(readings(number))),
    };
    fen(&yuan, decimals)
}

fn without_currency(text: &str) -> &str {
    let mut rest = text;
    let mut plus = false;
    loop {
        rest = rest.trim();
        let shorter = CURRENCY
            .iter()
            .find_map(|name| rest.strip_prefix(name).or_else(|| rest.strip_suffix(name)));
        let shorter = shorter.or_else(|| {
            rest.strip_prefix('+')
                .filter(|_| !core::mem::replace(&mut plus, true))
        });
        match shorter {
            Some(shorter) => rest = shorter,
            None => return rest,
        }
    }
}

/// Whole yuan without the separators of their thousands: `1,000`, `1 000`, `1'000`. `None` where
/// separators stand elsewhere.
fn ungrouped(yuan: &str) -> Option<String> {
    let Some(separator) = yuan.chars().find(|letter| !letter.is_ascii_digit()) else {
        return Some(yuan.into());
    };
    let mut groups = yuan.split(separator);
    let first = groups.next()?;
    let thousands =
        |group: &str| group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit());
    let first_fits = (1..=3).contains(&first.len()) && !first.starts_with('0');
    (first_fits && groups.all(thousands)).then(|| yuan.split(separator).collect())
}

/// The two things that `20,5` may mean: 20.5 or 205.
fn readings(number: &str) -> Option<(Fen, Fen)> {
    let (yuan, decimals) = number.split_once(',')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(yuan) || !digits(decimals) {
        return None;
    }
    let whole = [yuan, decimals].concat();
    fen(yuan, decimals).ok().zip(fen(&whole, "").ok())
}

fn fen(yuan: &str, decimals: &str) -> Result<Fen, AmountFault> {
    if decimals.len() > 2 {
        return Err(AmountFault::TooFine);
    }
    if yuan.trim_start_matches('0').len() > MOST_DIGITS {
        return Err(AmountFault::TooLarge);
    }
    let digits = yuan
        .bytes()
        .chain(decimals.bytes().chain([b'0', b'0']).take(2));
    Ok(Fen::new(
        digits.fold(0, |fen, digit| fen * 10 + i64::from(digit - b'0')),
    ))
}
