//! The pages on privacy and terms: the app's build writes them, the settings fill them in.

use crate::settings::Operator;
use dika_contract::Language;

/// The page's file below the folder of its language; `None` for all other paths.
pub fn file(path: &str) -> Option<&'static str> {
    match path {
        "/privacy" => Some("legal/privacy.html"),
        "/terms" => Some("legal/terms.html"),
        _ => None,
    }
}

/// The page with what the operator says. A blank for which there are no words keeps its own, which say so.
pub fn filled(page: &str, language: Language, operator: &Operator) -> String {
    let words = match language {
        Language::Chinese => &operator.zh,
        Language::English => &operator.en,
    };
    let blanks = [
        ("operator", &words.name),
        ("contact", &words.contact),
        ("retention", &words.retention),
        ("since", &operator.since),
        ("privacy", &words.privacy),
        ("terms", &words.terms),
    ];
    let mut page = page.to_owned();
    for (blank, words) in blanks {
        if !words.trim().is_empty() {
            page = fill(&page, blank, &escape(words.trim()));
        }
    }
    page
}

/// Puts `text` in place of what stands in each element with this `data-fill`, its last attribute.
fn fill(page: &str, blank: &str, text: &str) -> String {
    let mark = format!("data-fill=\"{blank}\">");
    let mut parts = page.split(mark.as_str());
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        filled += &mark;
        filled += text;
        filled += part.find('<').map_or("", |end| &part[end..]);
    }
    filled
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('\n', "<br>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::OperatorWords;

    fn operator() -> Operator {
        let words = |name: &str| OperatorWords {
            name: name.to_owned(),
            contact: "a & b".to_owned(),
            retention: String::new(),
            privacy: String::new(),
            terms: "one\n<two>".to_owned(),
        };
        Operator {
            since: "2026-11-26".to_owned(),
            zh: words("学校"),
            en: words("School"),
        }
    }

    #[test]
    fn blanks_are_filled_and_only_lines_become_markup() {
        let page = "<p>By <span data-fill=\"operator\">nobody</span>, <i data-fill=\"contact\">x</i>; \
                    <span data-fill=\"operator\">nobody</span></p><p data-fill=\"terms\"></p>";
        assert_eq!(
            filled(page, Language::English, &operator()),
            "<p>By <span data-fill=\"operator\">School</span>, <i data-fill=\"contact\">a &amp; b</i>; \
             <span data-fill=\"operator\">School</span></p><p data-fill=\"terms\">one<br>&lt;two></p>"
        );
        assert!(filled(page, Language::Chinese, &operator()).contains(">学校<"));
    }

    #[test]
    fn a_blank_without_words_keeps_its_own() {
        let page = "<span data-fill=\"retention\">not filled in</span>";
        assert_eq!(filled(page, Language::English, &operator()), page);
    }

    #[test]
    fn both_pages_have_files_and_no_other_path_has() {
        assert_eq!(file("/privacy"), Some("legal/privacy.html"));
        assert_eq!(file("/terms"), Some("legal/terms.html"));
        assert_eq!(file("/guide"), None);
    }
}
