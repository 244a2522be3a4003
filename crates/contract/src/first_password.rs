//! The first password of each card, computed where the digits were typed and sent nowhere.
//!
//! `gdut` (seed, part 一, second step): the last six *digits*; where the ID ends in a letter the
//! window moves one back, …412345X → 412345.
//! `hemc` (seed, part 二, third step): the last six *characters*, a final letter read as 0,
//! …412345X → 123450.

use alloc::vec::Vec;
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
    TooShort {
        /// How many are still to come.
        missing: usize,
    },
    /// More than seven characters, and not a whole ID of eighteen.
    TooLong,
    /// A character that no ID has there.
    WrongCharacter,
    /// A letter other than the X at the end: the only one that an ID has. Many are mistyped digits.
    Letter(char),
}

/// A first password: six digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct FirstPassword([u8; 6]);

impl IdTailFault {
    /// The digit that a mistyped letter looks like.
    pub fn digit_meant(self) -> Option<char> {
        let Self::Letter(letter) = self else {
            return None;
        };
        Some(match letter.to_ascii_uppercase() {
            'O' | 'Q' | 'D' => '0',
            'I' | 'L' => '1',
            'Z' => '2',
            'S' => '5',
            'G' => '6',
            'B' => '8',
            _ => return None,
        })
    }
}

fn letter_fault(letter: u8) -> IdTailFault {
    IdTailFault::Letter(char::from(letter))
}

/// What people type for the X of an ID: the Roman numeral, signs and letters of the same shape.
fn looks_like_x(letter: char) -> bool {
    matches!(
        letter,
        'X' | 'x'
            | '\u{d7}'
            | '\u{3a7}'
            | '\u{3c7}'
            | '\u{425}'
            | '\u{445}'
            | '\u{2169}'
            | '\u{2179}'
            | '\u{2573}'
            | '\u{2613}'
            | '\u{2715}'
            | '\u{2716}'
            | '\u{274c}'
            | '\u{2a2f}'
    )
}

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
    /// Reads folded text: the last seven characters of an ID, or a whole ID.
    pub(crate) fn from_folded(folded: &str) -> Result<Self, IdTailFault> {
        const TAIL: usize = 7;
        const WHOLE: usize = 18;
        let text = match folded.rsplit_once(':') {
            // `身份证号：…`
            Some((label, value)) if !label.contains(|letter: char| letter.is_ascii_digit()) => {
                value
            }
            _ => folded,
        };
        let mut plain = Vec::with_capacity(WHOLE);
        for typed in text.chars() {
            match typed {
                ' ' | '-' => {}
                typed if looks_like_x(typed) => plain.push(b'X'),
                typed => {
                    let byte = u8::try_from(typed).ok().filter(u8::is_ascii_alphanumeric);
                    plain.push(byte.ok_or(IdTailFault::WrongCharacter)?);
                }
            }
        }
        let last = match plain.len() {
            0 => return Err(IdTailFault::Empty),
            TAIL | WHOLE => plain.pop(),
            1..TAIL => None,
            _ => return Err(IdTailFault::TooLong),
        };
        for byte in &plain {
            match byte {
                b'0'..=b'9' => {}
                b'X' if last.is_some() => return Err(IdTailFault::WrongCharacter),
                // Looks right while it is being typed; too short says more.
                b'X' => {}
                letter => return Err(letter_fault(*letter)),
            }
        }
        let Some(last) = last else {
            return Err(IdTailFault::TooShort {
                missing: TAIL - plain.len(),
            });
        };
        let digits = plain.last_chunk().ok_or(IdTailFault::WrongCharacter)?;
        match last {
            b'X' => Ok(Self {
                digits: *digits,
                last: None,
            }),
            b'0'..=b'9' => Ok(Self {
                digits: *digits,
                last: Some(last),
            }),
            letter => Err(letter_fault(letter)),
        }
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
            ("12345X", IdTailFault::TooShort { missing: 1 }),
            ("412345O", IdTailFault::Letter('O')),
            ("4l2345X", IdTailFault::Letter('l')),
            ("412345Y", IdTailFault::Letter('Y')),
            ("44010620060941234O", IdTailFault::Letter('O')),
            ("4401062006094123456", IdTailFault::TooLong),
            ("12345678", IdTailFault::TooLong),
            ("12345XX", IdTailFault::WrongCharacter),
            ("X123456", IdTailFault::WrongCharacter),
            ("123*456", IdTailFault::WrongCharacter),
            ("123-456", IdTailFault::TooShort { missing: 1 }),
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
        fn a_letter_moves_one_and_zeroes_the_other(text in "[0-9]{6}[Xx]") {
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
