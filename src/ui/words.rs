//! Words that may be missing, and words in two languages.

use leptos::prelude::*;

use crate::text::Locale;

/// An optional text as a prop: takes `"…"`, a `String`, or an `Option<String>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(pub(super) Option<String>);

impl From<&str> for Words {
    fn from(words: &str) -> Self {
        Self(Some(words.to_owned()))
    }
}

impl From<String> for Words {
    fn from(words: String) -> Self {
        Self(Some(words))
    }
}

impl From<Option<String>> for Words {
    fn from(words: Option<String>) -> Self {
        Self(words)
    }
}

/// A text as it stands in the page. Names of the school's world stay Chinese in English: there they are
/// marked as such, so that they are read aloud in Chinese and drawn with its letters.
pub fn spoken(text: impl Into<String>) -> AnyView {
    let text = text.into();
    if Locale::here() == Locale::ZhCn || !text.contains(is_han) {
        return text.into_any();
    }
    runs(&text)
        .into_iter()
        .map(|run| {
            let han = run.starts_with(is_han);
            let run = run.to_owned();
            if han {
                view! { <span lang=Locale::ZhCn.tag()>{run}</span> }.into_any()
            } else {
                run.into_any()
            }
        })
        .collect_view()
        .into_any()
}

/// Chinese characters and the marks that stand among them.
fn is_han(letter: char) -> bool {
    matches!(letter, '\u{3001}'..='\u{303f}' | '\u{4e00}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}')
}

/// The text cut where Chinese begins and ends.
fn runs(text: &str) -> Vec<&str> {
    let mut runs = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let han = is_han(first);
        let end = rest
            .find(|letter| is_han(letter) != han)
            .unwrap_or(rest.len());
        let (run, behind) = rest.split_at(end);
        runs.push(run);
        rest = behind;
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_where_chinese_begins_and_ends() {
        for (text, cut) in [
            ("", &[][..]),
            ("plain", &["plain"]),
            ("校园卡", &["校园卡"]),
            (
                "a machine (圈存机), or",
                &["a machine (", "圈存机", "), or"],
            ),
            ("嘀、嘀 x", &["嘀、嘀", " x"]),
        ] {
            assert_eq!(runs(text), cut);
            assert_eq!(runs(text).concat(), text);
        }
    }
}
