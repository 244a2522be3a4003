use std::fmt::Write;

use sha2::{Digest, Sha256};

/// Digits and letters in sorting order, without the ones that people mix up.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Fills with random bytes from the operating system.
///
/// # Panics
/// Where the operating system has no randomness: then no id or token is safe to make.
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// A random id of 20 characters (100 bits).
pub fn id() -> String {
    random::<20>().iter().map(|b| letter(*b)).collect()
}

/// An id of 24 characters that sorts by when it was made: eleven of time, thirteen random ones
/// (65 bits). Short enough for a payment provider's order number.
pub fn sortable_id(now_micros: u64) -> String {
    let time = (0..11)
        .rev()
        .map(|place| letter((now_micros >> (5 * place)) as u8));
    time.chain(random::<13>().iter().map(|b| letter(*b)))
        .collect()
}

/// A secret of 256 bits, as 64 hexadecimal digits.
pub fn token() -> String {
    hex(&random::<32>())
}

/// Whether a text has the shape of a [`token`].
pub fn is_token(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// A code of six decimal digits, each equally likely.
pub fn six_digits() -> String {
    const CODES: u32 = 1_000_000;
    loop {
        let number = u32::from_le_bytes(random());
        // Numbers above the last whole multiple would make small codes likelier.
        if number < u32::MAX - u32::MAX % CODES {
            return format!("{:06}", number % CODES);
        }
    }
}

/// SHA-256 of the parts, with a separator that none of them holds, as hexadecimal digits.
pub fn digest(parts: &[&str]) -> String {
    hex(&Sha256::digest(parts.join("\n").as_bytes()))
}

fn letter(byte: u8) -> char {
    ALPHABET[usize::from(byte & 31)] as char
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_contract_s_shape_and_sort_by_time() {
        assert!(dika_contract::OrderId::parse(&sortable_id(1)).is_some());
        assert!(dika_contract::CardId::parse(&id()).is_some());
        assert!(sortable_id(1_000) < sortable_id(1_001));
        assert!(sortable_id(31) < sortable_id(32));
    }

    #[test]
    fn codes_are_six_digits() {
        for _ in 0..1_000 {
            assert!(dika_contract::SmsCode::parse(&six_digits()).is_some());
        }
    }
}
