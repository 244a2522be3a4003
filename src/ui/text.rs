//! Optional texts, and texts with Chinese in an English page.

use dika_markup::{IntoNode, Node, view};

use dika_contract::Language;

use crate::text;

/// An optional text as a prop: from `&str`, `String` or `Option<String>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OptionalText(pub(super) Option<String>);

impl From<&str> for OptionalText {
    fn from(words: &str) -> Self {
        Self(Some(words.to_owned()))
    }
}

impl From<String> for OptionalText {
    fn from(words: String) -> Self {
        Self(Some(words))
    }
}

impl From<Option<String>> for OptionalText {
    fn from(words: Option<String>) -> Self {
        Self(words)
    }
}

/// Draws a text. On an English page, marks its Chinese with `lang`, so that it is read aloud in Chinese and
/// drawn with the right glyphs.
pub fn mark_chinese(text: impl Into<String>) -> Node {
    marked(text.into())
}

fn marked(text: String) -> Node {
    if text::language() == Language::Chinese || !text.contains(is_han) {
        return text.into_node();
    }
    view! { <span inner_html=html(&text)></span> }
}

/// `translate="no"` for amounts, numbers, masked names and codes: what a translator makes of them is wrong.
pub(super) fn no_translation(text: &str) -> Option<&'static str> {
    let is_masked = text.contains('*');
    let has_digit = text.bytes().any(|it| it.is_ascii_digit());
    // An order's number is letters and digits without a space.
    let is_code = text
        .bytes()
        .all(|it| it.is_ascii_alphanumeric() || it == b'-');
    // Of the texts' scripts: the tables of all of Unicode's letters would ship.
    let has_words = (text.chars()).any(|it| it.is_ascii_alphabetic() || is_ideograph(it));
    (is_masked || has_digit && (is_code || !has_words)).then_some("no")
}

/// Whether this is a Chinese character.
fn is_ideograph(letter: char) -> bool {
    matches!(letter, '\u{4e00}'..='\u{9fff}')
}

/// Whether this is a Chinese character or punctuation mark.
fn is_han(letter: char) -> bool {
    matches!(letter, '\u{3001}'..='\u{303f}' | '\u{ff00}'..='\u{ffef}') || is_ideograph(letter)
}

/// The text as HTML, with its Chinese marked.
fn html(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 48);
    let mut inside = false;
    for letter in text.chars() {
        if is_han(letter) != inside {
            inside = !inside;
            html.push_str(if inside {
                "<span lang=zh-CN>"
            } else {
                "</span>"
            });
        }
        match letter {
            '<' => html.push_str("&lt;"),
            '&' => html.push_str("&amp;"),
            _ => html.push(letter),
        }
    }
    if inside {
        html.push_str("</span>");
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_numbers_names_and_codes_are_not_for_translators() {
        for text in [
            "¥1,234.50",
            "-¥3.00",
            "020-39322681",
            "**** 5678",
            "3124****08",
            "陈*明",
            "01J9ZK3V7Q8RME2D",
            "138****1234",
        ] {
            assert_eq!(no_translation(text), Some("no"), "{text}");
        }
        for text in [
            "",
            "主钱包",
            "11月22日 14:05",
            "in 3 days",
            "Main",
            "GDUT",
            "一卡通 2 号机",
        ] {
            assert_eq!(no_translation(text), None, "{text}");
        }
    }

    #[test]
    fn chinese_is_marked_and_nothing_becomes_markup() {
        for (text, marked) in [
            ("plain", "plain"),
            ("校园卡", "<span lang=zh-CN>校园卡</span>"),
            (
                "a machine (圈存机), or",
                "a machine (<span lang=zh-CN>圈存机</span>), or",
            ),
            ("嘀、嘀 x", "<span lang=zh-CN>嘀、嘀</span> x"),
            (
                "<b>陈&lt;</b>",
                "&lt;b><span lang=zh-CN>陈</span>&amp;lt;&lt;/b>",
            ),
        ] {
            assert_eq!(html(text), marked);
        }
    }
}
