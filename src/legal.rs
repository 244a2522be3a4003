//! The pages on privacy and terms, rendered natively: plain pages without the app, so that they cost it no bytes. Who
//! serves them fills in what a school says of itself: the content of each element with `data-fill`, its last attribute.

use dika_contract::Language;
use dika_markup::{Node, view};
use leptos::{prelude::*, reactive::owner::Owner};

use crate::{
    route::{PRIVACY, Route, TERMS},
    text::{LegalDocument, LegalText},
    ui::{Page, Section},
};

/// A page as HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegalPage {
    /// Its name, as in `<main data-page="…">`; its address is `/` and this.
    pub name: &'static str,
    /// For `<title>`.
    pub title: &'static str,
    /// For `<meta name="description">`.
    pub description: &'static str,
    /// What goes into `<body>`.
    pub body: String,
}

/// Both pages in a language.
pub fn pages(language: Language) -> [LegalPage; 2] {
    let texts = LegalText::of(language);
    [
        page(language, PRIVACY, &texts.privacy),
        page(language, TERMS, &texts.terms),
    ]
}

fn page(language: Language, address: &'static str, words: &'static LegalDocument) -> LegalPage {
    let texts = LegalText::of(language);
    let name = &address[1..];
    let sections = words.sections.iter().map(|(title, paragraphs)| {
        let html: String = paragraphs
            .iter()
            .map(|text| ["<p>", &with_blanks(texts, text), "</p>"].concat())
            .collect();
        view! {
            <Section title=*title>
                <div class="prose sheet-white" inner_html=html></div>
            </Section>
        }
    });
    // Empty where the school has no more to say.
    let own_words = ["<p data-fill=\"", name, "\"></p>"].concat();
    let lead = with_blanks(texts, words.lead);
    // Without the context that marks nodes for hydration: nothing takes these over.
    let body = Owner::new_root(None).with(|| {
        provide_context(language);
        let sections = sections.collect::<Node>();
        view! {
            <div class="app">
                <Page name title=words.title back=Route::Home.to_string() back_label=texts.home>
                    <p class="lead" inner_html=lead></p>
                    {sections}
                    <div inner_html=own_words></div>
                </Page>
            </div>
        }
        .to_html()
    });
    LegalPage {
        name,
        title: words.title,
        description: words.description,
        body,
    }
}

/// A text as HTML, with an element for each blank that the school fills in.
fn with_blanks(texts: &LegalText, text: &str) -> String {
    let mut html = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (blank, behind) = after.split_once('}').unwrap_or((after, ""));
        html.extend([
            before,
            "<span data-fill=\"",
            blank,
            "\">",
            texts.unset,
            "</span>",
        ]);
        rest = behind;
    }
    html + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_has_its_blanks_and_says_where_nothing_is_filled_in() {
        for language in Language::ALL {
            let texts = LegalText::of(*language);
            let [privacy, terms] = pages(*language);
            for (page, blanks) in [
                (
                    &privacy,
                    &["operator", "contact", "retention", "since", "privacy"][..],
                ),
                (&terms, &["operator", "contact", "since", "terms"]),
            ] {
                let mark = ["data-page=\"", page.name, "\""].concat();
                assert!(page.body.contains(&mark), "{}", page.body);
                for blank in blanks {
                    let mark = ["data-fill=\"", blank, "\">"].concat();
                    assert!(page.body.contains(&mark), "{mark} is not in {}", page.body);
                }
                assert!(page.body.contains(texts.unset));
                assert!(!page.body.contains('{'), "{}", page.body);
            }
        }
    }
}
