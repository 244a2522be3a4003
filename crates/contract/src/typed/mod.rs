use alloc::string::String;
use core::fmt;

use crate::first_password::{IdTail, IdTailFault};
use crate::money::{AmountFault, Fen};
use crate::{AccountNo, CardNo, CardPassword, Phone, SmsCode};

/// Yuan as people write them.
mod amount;
/// One form for all ways to write the same character.
mod fold;
/// Numbers that stand for a person or a card; passwords.
mod person;

pub use person::{NumberFault, PasswordFault, PhoneFault, SmsCodeFault, likely_issuer};

/// Text as a person typed, pasted or autofilled it, ready to be read as a value. App and server read
/// with the same methods.
///
/// Reading folds compatibility forms (full-width digits, other scripts' digits), drops invisible
/// marks, drops blanks and dashes inside numbers, and checks the length after that. What could be
/// meant in two ways is refused, never guessed. A character whose folding would add or lose a digit
/// or letter (`²`, `①`, `½`, `㎏`) is not folded, so two different accounts never become equal.
#[derive(Clone)]
pub struct Typed {
    raw: String,
    folded: String,
}

/// The text may be a password.
impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Typed(…)")
    }
}

impl Typed {
    /// Folds the text. `nfkc` is Unicode's normalization form KC: on the phone the browser's own,
    /// which costs no bytes. It is called with single characters that are not ASCII.
    pub fn with(text: &str, nfkc: impl Fn(&str) -> String) -> Self {
        Self {
            raw: text.into(),
            folded: fold::fold(text, nfkc),
        }
    }

    /// Folds the text; the normalization is a crate's.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn new(text: &str) -> Self {
        use unicode_normalization::UnicodeNormalization;
        Self::with(text, |text| text.nfkc().collect())
    }

    /// The folded text: no invisible marks, every blank an ASCII space, every dash an ASCII hyphen,
    /// digits and letters of the ASCII range where that is what was meant.
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// Whether nothing was typed but blanks and invisible marks.
    pub fn is_blank(&self) -> bool {
        self.folded.trim().is_empty()
    }

    /// A mobile number in mainland China, with or without its country code.
    ///
    /// # Errors
    /// A [`PhoneFault`] that says what is wrong.
    pub fn phone(&self) -> Result<Phone, PhoneFault> {
        person::phone(&self.folded)
    }

    /// The code from an SMS, also inside the pasted message, and pasted twice.
    ///
    /// # Errors
    /// A [`SmsCodeFault`] that says what is wrong.
    pub fn sms_code(&self) -> Result<SmsCode, SmsCodeFault> {
        person::sms_code(&self.folded)
    }

    /// The account of a `gdut` card.
    ///
    /// # Errors
    /// A [`NumberFault`] that says what is wrong.
    pub fn account(&self) -> Result<AccountNo, NumberFault> {
        person::account(&self.folded)
    }

    /// The number printed on a card.
    ///
    /// # Errors
    /// A [`NumberFault`] that says what is wrong.
    pub fn card_no(&self) -> Result<CardNo, NumberFault> {
        person::card_no(&self.folded)
    }

    /// A card's password. One of digits is read like any number; one with letters stays as it is but
    /// for blanks and invisible marks at its ends.
    ///
    /// # Errors
    /// A [`PasswordFault`] that says what is wrong; it does not carry the text.
    pub fn password(&self) -> Result<CardPassword, PasswordFault> {
        person::password(&self.raw, &self.folded)
    }

    /// The last seven characters of a national ID, also from a whole one.
    ///
    /// # Errors
    /// An [`IdTailFault`] that says what is wrong; it does not carry the text.
    pub fn id_tail(&self) -> Result<IdTail, IdTailFault> {
        IdTail::from_folded(&self.folded)
    }

    /// An amount in yuan.
    ///
    /// # Errors
    /// An [`AmountFault`] that says what is wrong.
    pub fn amount(&self) -> Result<Fen, AmountFault> {
        amount::amount(&self.folded)
    }

    /// The text as search compares it: lower case, no dashes or brackets, single spaces.
    pub fn search_text(&self) -> String {
        let mut text = String::new();
        for letter in self.folded.chars() {
            match letter {
                '-' | '(' | ')' | '+' => {}
                ' ' if text.is_empty() || text.ends_with(' ') => {}
                letter => text.extend(letter.to_lowercase()),
            }
        }
        text.truncate(text.trim_end().len());
        text
    }
}

// Here and not beside their types, which must not know how people type.

impl Fen {
    /// Reads what a person typed as yuan, as [`Typed::amount`] does.
    ///
    /// # Errors
    /// An [`AmountFault`] that says what is wrong with the text.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn parse_yuan(text: &str) -> Result<Self, AmountFault> {
        Typed::new(text).amount()
    }
}

impl IdTail {
    /// Reads what a person typed, as [`Typed::id_tail`] does.
    ///
    /// # Errors
    /// An [`IdTailFault`] that says what is wrong; it does not carry the text.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn parse(text: &str) -> Result<Self, IdTailFault> {
        Typed::new(text).id_tail()
    }
}

#[cfg(test)]
mod tests;
