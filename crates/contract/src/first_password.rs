//! The first password of each card, computed where the digits were typed and sent nowhere.
//!
//! `gdut` (seed, part 一, second step): the last six *digits*; where the ID ends in a letter the
//! window moves one back, …412345X → 412345.
//! `hemc` (seed, part 二, third step): the last six *characters*, a final letter read as 0,
//! …412345X → 123450.

use core::fmt;

/// The last seven characters of a national ID: six digits, then a digit or a letter.
#[derive(Clone, PartialEq, Eq)]
pub struct IdTail {
    digits: [u8; 6],
    last: Option<u8>,
}

/// Why typed text is not the tail of a national ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdTailFault {
    /// Nothing was typed.
    Empty,
    /// Fewer than seven characters.
    TooShort,
    /// More than seven characters.
    TooLong,
    /// A letter before the end, or a character that no ID has.
    WrongCharacter,
}

/// A first password: six digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct FirstPassword([u8; 6]);

impl fmt::Debug for IdTail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdTail(…)")
    }
}

impl fmt::Debug for FirstPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FirstPassword(…)")
    }
}

impl FirstPassword {
    /// The six digits.
    pub fn as_str(&self) -> &str {
        // The bytes are ASCII digits by construction.
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl IdTail {
    /// Reads the last seven characters of an ID; blanks around them and full-width characters are
    /// forgiven.
    ///
    /// # Errors
    /// An [`IdTailFault`] that says what is wrong; it does not carry the text.
    pub fn parse(text: &str) -> Result<Self, IdTailFault> {
        let mut plain = [0u8; 7];
        let mut count = 0;
        for typed in text.trim().chars() {
            // Full-width forms lie at a fixed distance from ASCII.
            let folded = match typed as u32 {
                code @ 0xff01..=0xff5e => code - 0xfee0,
                code => code,
            };
            let byte = u8::try_from(folded).ok().filter(u8::is_ascii_alphanumeric);
            let byte = byte.ok_or(IdTailFault::WrongCharacter)?;
            *plain.get_mut(count).ok_or(IdTailFault::TooLong)? = byte;
            count += 1;
        }
        match count {
            0 => return Err(IdTailFault::Empty),
            7 => {}
            _ => return Err(IdTailFault::TooShort),
        }
        let [digits @ .., last] = plain;
        if !digits.iter().all(u8::is_ascii_digit) {
            return Err(IdTailFault::WrongCharacter);
        }
        Ok(Self {
            digits,
            last: last.is_ascii_digit().then_some(last),
        })
    }

    /// Whether the ID ends in a letter, which is where the two rules part.
    pub fn ends_in_letter(&self) -> bool {
        self.last.is_none()
    }

    /// The first password of a `gdut` card.
    pub fn gdut(&self) -> FirstPassword {
        match self.last {
            Some(last) => self.shifted(last),
            None => FirstPassword(self.digits),
        }
    }

    /// The first password of a `hemc` card.
    pub fn hemc(&self) -> FirstPassword {
        self.shifted(self.last.unwrap_or(b'0'))
    }

    fn shifted(&self, last: u8) -> FirstPassword {
        let [_, a, b, c, d, e] = self.digits;
        FirstPassword([a, b, c, d, e, last])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn both(text: &str) -> (alloc::string::String, alloc::string::String) {
        let tail = IdTail::parse(text).expect(text);
        (tail.gdut().as_str().into(), tail.hemc().as_str().into())
    }

    #[test]
    fn follows_the_seed() {
        assert_eq!(both("412345X"), ("412345".into(), "123450".into()));
        assert_eq!(both("412345x"), ("412345".into(), "123450".into()));
        assert_eq!(both("4123456"), ("123456".into(), "123456".into()));
        assert_eq!(
            both(" \u{ff14}12345\u{ff38} "),
            ("412345".into(), "123450".into())
        );
    }

    #[test]
    fn refuses_what_is_no_tail() {
        for (text, fault) in [
            ("", IdTailFault::Empty),
            ("12345X", IdTailFault::TooShort),
            ("12345678", IdTailFault::TooLong),
            ("12345XX", IdTailFault::WrongCharacter),
            ("X123456", IdTailFault::WrongCharacter),
            ("123-456", IdTailFault::WrongCharacter),
            ("一二三四五六七", IdTailFault::WrongCharacter),
        ] {
            assert_eq!(IdTail::parse(text), Err(fault), "{text}");
        }
    }

    proptest! {
        #[test]
        fn digits_give_the_last_six_on_both(text in "[0-9]{7}") {
            let (gdut, hemc) = both(&text);
            prop_assert_eq!(&gdut, &text[1..]);
            prop_assert_eq!(&hemc, &text[1..]);
        }

        #[test]
        fn a_letter_moves_one_and_zeroes_the_other(text in "[0-9]{6}[A-Za-z]") {
            let (gdut, hemc) = both(&text);
            prop_assert_eq!(&gdut, &text[..6]);
            prop_assert_eq!(hemc, alloc::format!("{}0", &text[1..6]));
        }

        #[test]
        fn no_text_panics(text in ".{0,12}") {
            let _ = IdTail::parse(&text);
        }
    }
}
