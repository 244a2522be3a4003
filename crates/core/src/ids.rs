use std::fmt::Debug;

use crate::digest::hex;

/// Digits and letters in sorting order, without the ones that people mix up.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Randomness, and the ids, tokens and codes made of it. Adapters implement [`Ids::fill`] alone.
pub trait Ids: Debug + Send + Sync {
    /// Fills a buffer with bytes that nobody can predict.
    ///
    /// # Panics
    /// If there is no source of randomness: then no id or token is safe to make.
    fn fill(&self, bytes: &mut [u8]);

    /// A random id of 20 characters (100 bits).
    fn id(&self) -> String {
        let mut bytes = [0; 20];
        self.fill(&mut bytes);
        bytes.iter().map(|byte| letter(*byte)).collect()
    }

    /// An id of 24 characters that sorts by when it was made: eleven of time, thirteen random ones
    /// (65 bits). Short enough for a payment provider's order number.
    fn sortable_id(&self, now_micros: u64) -> String {
        let time = (0..11)
            .rev()
            .map(|place| letter((now_micros >> (5 * place)) as u8));
        let mut bytes = [0; 13];
        self.fill(&mut bytes);
        time.chain(bytes.iter().map(|byte| letter(*byte))).collect()
    }

    /// A secret of 256 bits, as 64 hexadecimal digits.
    fn token(&self) -> String {
        let mut bytes = [0; 32];
        self.fill(&mut bytes);
        hex(&bytes)
    }

    /// A code of six decimal digits, each equally likely.
    fn six_digits(&self) -> String {
        const CODES: u32 = 1_000_000;
        loop {
            let mut bytes = [0; 4];
            self.fill(&mut bytes);
            let number = u32::from_le_bytes(bytes);
            // Numbers above the last whole multiple would make small codes likelier.
            if number < u32::MAX - u32::MAX % CODES {
                return format!("{:06}", number % CODES);
            }
        }
    }
}

/// Whether a text has the shape of a [`Ids::token`].
pub fn is_token(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

fn letter(byte: u8) -> char {
    ALPHABET[usize::from(byte & 31)] as char
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// A linear congruential generator: varied bytes, the same in each run.
    #[derive(Debug, Default)]
    struct Varied(AtomicU64);

    impl Ids for Varied {
        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes {
                let last = self.0.load(Ordering::Relaxed);
                let next = last
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                self.0.store(next, Ordering::Relaxed);
                *byte = (next >> 33) as u8;
            }
        }
    }

    #[test]
    fn ids_have_the_contract_s_shape_and_sort_by_time() {
        let ids = Varied::default();
        assert!(dika_contract::OrderId::parse(&ids.sortable_id(1)).is_some());
        assert!(dika_contract::CardId::parse(&ids.id()).is_some());
        assert!(ids.sortable_id(1_000) < ids.sortable_id(1_001));
        assert!(ids.sortable_id(31) < ids.sortable_id(32));
        assert!(is_token(&ids.token()));
        assert!(!is_token(&ids.id()));
    }

    #[test]
    fn codes_are_six_digits() {
        let ids = Varied::default();
        for _ in 0..1_000 {
            assert!(dika_contract::SmsCode::parse(&ids.six_digits()).is_some());
        }
    }

    /// Gives out what it was told to, four bytes at a time, and counts on after that.
    #[derive(Debug)]
    struct Told(Mutex<Vec<u32>>);

    impl Ids for Told {
        fn fill(&self, bytes: &mut [u8]) {
            let mut told = self.0.lock().expect("no panic");
            for (place, four) in bytes.chunks_mut(4).enumerate() {
                let number = match told.pop() {
                    Some(number) => number,
                    // 0, 1, 2 and so on, byte by byte.
                    None => u32::from_le_bytes([0, 1, 2, 3].map(|more| 4 * place as u8 + more)),
                };
                four.copy_from_slice(&number.to_le_bytes()[..four.len()]);
            }
        }
    }

    #[test]
    fn letters_stand_for_five_bits_each() {
        let ids = Told(Mutex::default());
        assert_eq!(ids.id(), "0123456789abcdefghjk");
        // 33 = 1 × 32 + 1.
        assert_eq!(ids.sortable_id(33), "000000000110123456789abc");
        assert_eq!((letter(31), letter(32), letter(255)), ('z', '0', 'z'));
    }

    #[test]
    fn no_code_is_likelier_than_another() {
        // 4,294 times each code, and then some codes once more: those are drawn again.
        let ids = Told(Mutex::new(vec![4_293_999_999, 4_294_000_000, u32::MAX]));
        assert_eq!(ids.six_digits(), "999999");
        let ids = Told(Mutex::new(vec![7_000_042]));
        assert_eq!(ids.six_digits(), "000042");
    }

    #[test]
    fn tokens_are_64_small_hexadecimal_digits() {
        for (text, is_one) in [
            ("0".repeat(64), true),
            ("f".repeat(64), true),
            ("g".repeat(64), false),
            ("A".repeat(64), false),
            ("0".repeat(63), false),
            ("0".repeat(65), false),
        ] {
            assert_eq!(is_token(&text), is_one, "{text}");
        }
    }
}
