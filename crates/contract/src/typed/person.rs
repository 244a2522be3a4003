use alloc::string::String;

use super::fold::{is_blank, is_invisible};
use crate::{AccountNo, CardNo, CardPassword, Issuer, Phone, SmsCode};

/// Why a text is not a mobile number in mainland China.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhoneFault {
    /// Nothing was typed.
    Empty,
    /// A number of another country or region.
    Foreign,
    /// Not eleven digits that begin with 1.
    Wrong,
}

/// Why a text is not a code from an SMS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmsCodeFault {
    /// Nothing was typed.
    Empty,
    /// No six digits.
    Wrong,
    /// More than one number of six digits.
    Several,
}

/// Why a text is not an account or a card number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberFault {
    /// Nothing was typed.
    Empty,
    /// Too short, too long, or other characters than the number has.
    Wrong,
}

/// Why a text is not a card's password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordFault {
    /// Nothing was typed.
    Empty,
    /// More than 32 characters.
    TooLong,
    /// A blank, an invisible mark or a character outside of ASCII, beside letters.
    WrongCharacter,
}

/// A number without what is written around it: `学号：3124000101` has a label, `"8024 0101"` quotes.
fn unlabelled(folded: &str) -> &str {
    let value = match folded.rsplit_once(':') {
        Some((label, value)) if !label.contains(|letter: char| letter.is_ascii_digit()) => value,
        _ => folded,
    };
    value.trim_matches([' ', ',', ';', '。', '、', '"', '\'', '“', '”'])
}

/// The text without blanks and dashes.
pub(crate) fn joined(folded: &str) -> String {
    folded
        .chars()
        .filter(|letter| !matches!(letter, ' ' | '-'))
        .collect()
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

pub(super) fn phone(folded: &str) -> Result<Phone, PhoneFault> {
    const COUNTRY: &str = "86";
    let mut text = joined(unlabelled(folded));
    text.retain(|letter| !matches!(letter, '(' | ')' | '.' | '/'));
    if text.is_empty() {
        return Err(PhoneFault::Empty);
    }
    let mut rest = text.as_str();
    // Autofill may add the country code to a number that has it.
    while let Some(international) = rest.strip_prefix('+').or_else(|| rest.strip_prefix("00")) {
        rest = match international.strip_prefix(COUNTRY) {
            Some(national) => national,
            None if is_digits(international) => return Err(PhoneFault::Foreign),
            None => return Err(PhoneFault::Wrong),
        };
    }
    if rest.len() > 11 {
        rest = rest.strip_prefix(COUNTRY).unwrap_or(rest);
        // The trunk digit of long-distance calls.
        rest = rest.strip_prefix('0').unwrap_or(rest);
    }
    Phone::parse(rest).ok_or(PhoneFault::Wrong)
}

pub(super) fn sms_code(folded: &str) -> Result<SmsCode, SmsCodeFault> {
    const LENGTH: usize = 6;
    let text = joined(folded);
    if text.is_empty() {
        return Err(SmsCodeFault::Empty);
    }
    let repeated = |text: &str| {
        let code = text.get(..LENGTH).filter(|_| is_digits(text))?;
        let same = text.len().is_multiple_of(LENGTH) && text == code.repeat(text.len() / LENGTH);
        same.then(|| SmsCode::parse(code)).flatten()
    };
    if let Some(code) = repeated(&text) {
        return Ok(code);
    }
    // A message: the numbers of six digits in it, as they stand; else those with blanks or dashes
    // inside.
    let numbers = folded.split(|letter: char| !letter.is_ascii_digit());
    let spaced = folded.split(|letter: char| !matches!(letter, '0'..='9' | ' ' | '-'));
    let found = only(numbers.filter_map(repeated));
    let found = found.or_else(|| only(spaced.filter_map(|part| repeated(&joined(part)))));
    found
        .ok_or(SmsCodeFault::Wrong)?
        .ok_or(SmsCodeFault::Several)
}

/// `None`: no code. `Some(None)`: different ones.
fn only(mut codes: impl Iterator<Item = SmsCode>) -> Option<Option<SmsCode>> {
    let first = codes.next()?;
    Some(codes.all(|code| code == first).then_some(first))
}

pub(super) fn account(folded: &str) -> Result<AccountNo, NumberFault> {
    number(folded, AccountNo::parse)
}

pub(super) fn card_no(folded: &str) -> Result<CardNo, NumberFault> {
    number(folded, CardNo::parse)
}

fn number<T>(folded: &str, parse: fn(&str) -> Option<T>) -> Result<T, NumberFault> {
    let text = joined(unlabelled(folded));
    if text.is_empty() {
        return Err(NumberFault::Empty);
    }
    parse(&text).ok_or(NumberFault::Wrong)
}

pub(super) fn password(raw: &str, folded: &str) -> Result<CardPassword, PasswordFault> {
    let digits = joined(folded);
    let ends = |letter: char| is_blank(letter) || is_invisible(letter);
    let text = if is_digits(&digits) {
        digits.as_str()
    } else {
        raw.trim_matches(ends)
    };
    match text.chars().count() {
        0 => Err(PasswordFault::Empty),
        33.. => Err(PasswordFault::TooLong),
        _ => CardPassword::parse(text).ok_or(PasswordFault::WrongCharacter),
    }
}

/// Whose number this looks like: a GDUT student number has ten digits and begins with 2 or 3, a
/// University Town card's number has eight and begins with 8. A guess to ask about, not a rule: other
/// shapes exist.
pub fn likely_issuer(number: &str) -> Option<Issuer> {
    match (number.len(), number.as_bytes().first()) {
        _ if !is_digits(number) => None,
        (10, Some(b'2' | b'3')) => Some(Issuer::Gdut),
        (8, Some(b'8')) => Some(Issuer::Hemc),
        _ => None,
    }
}
