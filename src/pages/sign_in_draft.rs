//! What the sign-in page keeps for its tab: the number as typed, and the codes that were sent.

use dika_contract::{Phone, Timestamp};

/// A code that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SentCode {
    /// Where it went.
    pub(super) phone: Phone,
    /// When another one may be requested for this number.
    pub(super) next_at: Timestamp,
}

/// The number as typed and the codes that were sent, the last one at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SignInDraft {
    pub(super) typed: String,
    sent: Vec<SentCode>,
}

impl SignInDraft {
    /// Reads what [`SignInDraft::write`] wrote; leaves out what it can't read.
    pub(super) fn read(text: &str) -> Self {
        let mut lines = text.lines();
        let typed = lines.next().unwrap_or_default().to_owned();
        let sent = lines.filter_map(|line| {
            let (phone, next_at) = line.split_once(' ')?;
            Some(SentCode {
                phone: Phone::parse(phone)?,
                next_at: Timestamp::parse(next_at)?,
            })
        });
        Self {
            typed,
            sent: sent.collect(),
        }
    }

    /// As text; a line for the number, one for each code.
    pub(super) fn write(&self) -> String {
        let mut text = self.typed.replace(['\n', '\r'], " ");
        for SentCode { phone, next_at } in &self.sent {
            text.push('\n');
            text.push_str(phone.as_str());
            text.push(' ');
            text.push_str(&next_at.to_string());
        }
        text
    }

    /// Notes a code that was sent.
    pub(super) fn note_sent(&mut self, phone: Phone, next_at: Timestamp) {
        self.sent.retain(|sent| sent.phone != phone);
        self.sent.push(SentCode { phone, next_at });
    }

    /// When the next code may be requested for a number; `None` if none was sent there.
    pub(super) fn next_at(&self, phone: &Phone) -> Option<Timestamp> {
        let sent = self.sent.iter().find(|sent| &sent.phone == phone);
        sent.map(|sent| sent.next_at)
    }

    /// The number that the last code went to.
    pub(super) fn last_phone(&self) -> Option<&Phone> {
        self.sent.last().map(|sent| &sent.phone)
    }

    /// The number that the last code went to, if codes were sent, but none to this number.
    pub(super) fn sent_elsewhere(&self, phone: &Phone) -> Option<&Phone> {
        self.last_phone().filter(|_| self.next_at(phone).is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phone(text: &str) -> Phone {
        Phone::parse(text).expect("a number")
    }

    #[test]
    fn the_countdown_is_the_numbers() {
        let (first, second) = (phone("13800000001"), phone("13800000002"));
        let mut draft = SignInDraft::default();
        assert_eq!(
            (draft.last_phone(), draft.sent_elsewhere(&first)),
            (None, None)
        );
        draft.note_sent(first.clone(), Timestamp::from_unix(60));
        assert_eq!(draft.next_at(&first), Some(Timestamp::from_unix(60)));
        assert_eq!(draft.next_at(&second), None);
        assert_eq!(draft.sent_elsewhere(&second), Some(&first));
        draft.note_sent(second.clone(), Timestamp::from_unix(90));
        draft.note_sent(first.clone(), Timestamp::from_unix(120));
        assert_eq!(draft.next_at(&first), Some(Timestamp::from_unix(120)));
        assert_eq!(draft.next_at(&second), Some(Timestamp::from_unix(90)));
        assert_eq!(draft.last_phone(), Some(&first));
        assert_eq!(draft.sent_elsewhere(&second), None);
    }

    #[test]
    fn what_is_written_reads_back() {
        let mut draft = SignInDraft {
            typed: "+86 138".into(),
            ..SignInDraft::default()
        };
        assert_eq!(SignInDraft::read(&draft.write()), draft);
        draft.note_sent(phone("13800000001"), Timestamp::from_unix(60));
        draft.note_sent(phone("13800000002"), Timestamp::from_unix(90));
        assert_eq!(SignInDraft::read(&draft.write()), draft);
        for odd in ["", "\n\n", "1\nx y\n13800000001", "1\n13800000001 soon"] {
            assert_eq!(SignInDraft::read(odd).last_phone(), None, "{odd:?}");
        }
    }
}
