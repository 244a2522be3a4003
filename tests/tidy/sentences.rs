//! Every string that a person reads comes from `src/text/`, in both languages. So no other source of the app may
//! hold words: not as a text node, not in an attribute, not in a constant, not in a part of a joined string.
//!
//! Where a string stands decides what it may hold:
//! - a child of an element, an attribute that is read out or shown, a prop of unknown meaning: no letter at all;
//! - an attribute for machines (`class`, `name`, `data-…`): words for machines, as `class="cell cell-link"`;
//! - elsewhere in code: one word for machines, an address, a drawing, or class names of `style/`.
//!
//! Not caught, because nothing sets it apart from a name for machines: a single English word in lower case outside
//! of a view (`let label = "pay";`), in a machine's attribute, or in a prop that is listed as a machine's.

use std::collections::BTreeSet;

use quote::ToTokens as _;

use crate::{
    rust::{Kind, RustFile, Token, flatten, sources},
    tree::{assert_none, files, read},
    views::{Part, parts, without_views},
};

/// Attributes and props whose value only machines read.
const FOR_MACHINES: [&str; 38] = [
    "action",
    "aria-atomic",
    "aria-busy",
    "aria-controls",
    "aria-current",
    "aria-describedby",
    "aria-disabled",
    "aria-expanded",
    "aria-haspopup",
    "aria-hidden",
    "aria-invalid",
    "aria-labelledby",
    "aria-live",
    "aria-modal",
    "aria-pressed",
    "autocapitalize",
    "autocomplete",
    "class",
    "d",
    "enterkeyhint",
    "field",
    "for",
    "href",
    "id",
    "inputmode",
    "lang",
    "method",
    "name",
    "preserveAspectRatio",
    "rel",
    "role",
    "scope",
    "spellcheck",
    "tabindex",
    "target",
    "translate",
    "type",
    "viewBox",
];

/// Words that only developers read: what stands in these calls and macros.
const FOR_DEVELOPERS: [&str; 13] = [
    "expect",
    "panic",
    "unreachable",
    "todo",
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "debug_assert_eq",
    "eprintln",
    "env",
    "option_env",
    "cfg",
];

/// What of a source a person could read and `src/text/` does not hold: line and string.
fn found(file: &RustFile, classes: &BTreeSet<String>) -> Vec<(usize, String)> {
    let mut all = Vec::new();
    for part in parts(file) {
        match part {
            Part::Text(text, line) => {
                if has_letter(&text) {
                    all.push((line, text));
                }
            }
            Part::Block(tokens) => all.extend(strings(&tokens, &has_letter)),
            Part::Attribute {
                name,
                line: _,
                value,
            } => {
                let name = name.trim_start_matches("attr:").trim_start_matches("prop:");
                if name.starts_with("on:")
                    || name.starts_with("on_")
                    || name.is_empty()
                    || name == "let"
                {
                    all.extend(strings(&value, &|text| is_sentence(text, classes)));
                } else if FOR_MACHINES.contains(&name)
                    || name.starts_with("data-")
                    || name.starts_with("class:")
                {
                    all.extend(strings(&value, &|text| !is_for_machines(text)));
                } else {
                    all.extend(strings(&value, &has_letter));
                }
            }
            Part::Tag(_) => {}
        }
    }
    let code = flatten(without_views(file.tree.to_token_stream()));
    all.extend(strings(&code, &|text| is_sentence(text, classes)));
    all.sort();
    all.dedup();
    all
}

/// The strings among tokens that break a rule. Left out: attributes, patterns, comparisons, words for developers.
fn strings(tokens: &[Token], is_broken: &dyn Fn(&str) -> bool) -> Vec<(usize, String)> {
    let mut broken = Vec::new();
    // For each open group, whether what stands in it is left out.
    let mut open: Vec<bool> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let is = |at: Option<usize>, texts: &[&str]| {
            at.and_then(|at| tokens.get(at))
                .is_some_and(|it| it.kind != Kind::Text && texts.contains(&it.text.as_str()))
        };
        let (one, two) = (at.checked_sub(1), at.checked_sub(2));
        match token.kind {
            Kind::Open => {
                let attribute =
                    token.text == "[" && (is(one, &["#"]) || (is(one, &["!"]) && is(two, &["#"])));
                let name = if is(one, &["!"]) { two } else { one };
                let left_out = attribute || (token.text == "(" && is(name, &FOR_DEVELOPERS));
                open.push(left_out || open.last().copied().unwrap_or_default());
            }
            Kind::Close => {
                open.pop();
            }
            Kind::Text if !open.last().copied().unwrap_or_default() => {
                let compared = (is(one, &["="]) && is(two, &["=", "!"]))
                    || (is(Some(at + 1), &["=", "!"]) && is(Some(at + 2), &["="]));
                let pattern = is(one, &["|"])
                    || is(Some(at + 1), &["|"])
                    || (is(Some(at + 1), &["="]) && is(Some(at + 2), &[">"]));
                if !compared && !pattern && is_broken(&token.text) {
                    broken.push((token.line, token.text.clone()));
                }
            }
            _ => {}
        }
    }
    broken
}

/// Values for machines that stand among a view's children, as an argument.
const IDENTIFIERS: [&str; 2] = ["gdut", "hemc"];

fn has_letter(text: &str) -> bool {
    !IDENTIFIERS.contains(&text)
        && plain(&without_blanks(text))
            .chars()
            .any(char::is_alphabetic)
}

/// A text without its blanks: `{}`, `{0}`, `{name}`.
fn without_blanks(text: &str) -> String {
    let mut rest = text;
    let mut kept = String::new();
    while let Some((before, inside)) = rest.split_once('{') {
        kept.push_str(before);
        rest = inside.split_once('}').map_or("", |(_, behind)| behind);
    }
    kept + rest
}

/// What is left of markup once its tags are gone, with the attributes that are read out.
fn plain(text: &str) -> String {
    if !text.contains(['<', '>']) && !text.contains("=\"") {
        return text.to_owned();
    }
    let mut kept = String::new();
    for name in ["aria-label=", "title=", "alt=", "placeholder="] {
        for (at, _) in text.match_indices(name) {
            kept.push_str(
                text[at + name.len()..]
                    .trim_start_matches('"')
                    .split('"')
                    .next()
                    .unwrap_or_default(),
            );
        }
    }
    // Pieces of a tag: `<path d="`, `"/>`, `" class="`.
    if !text.contains('<') && !text.contains('>') {
        return kept;
    }
    let mut in_tag = !text.contains('<')
        || text
            .find('>')
            .is_some_and(|end| text.find('<').is_some_and(|it| end < it));
    for letter in text.chars() {
        match letter {
            '<' => in_tag = true,
            '>' => in_tag = false,
            _ if !in_tag => kept.push(letter),
            _ => {}
        }
    }
    kept
}

/// Whether a value is made of words that only machines read.
fn is_for_machines(text: &str) -> bool {
    let sentence_like = text
        .split_whitespace()
        .filter(|word| {
            let mut letters = word.chars();
            letters.next().is_some_and(char::is_uppercase)
                && letters.clone().count() > 1
                && letters.all(char::is_lowercase)
        })
        .count();
    text.is_ascii() && sentence_like == 0 && !text.trim_end().ends_with(['.', '!', ',', '…'])
        || text == "¥"
}

/// Whether a string in code reads as words for people.
fn is_sentence(text: &str, classes: &BTreeSet<String>) -> bool {
    let blanks = text.contains('{') && text.contains('}');
    let said = plain(&without_blanks(text));
    if !said.chars().any(char::is_alphabetic) {
        return false;
    }
    if said
        .chars()
        .any(|letter| letter.is_alphabetic() && !letter.is_ascii())
    {
        return true;
    }
    // `M4,4h7v7h-7z`.
    let drawing = said.starts_with('M') && said.chars().any(|it| it.is_ascii_digit() || it == ',');
    if drawing {
        return false;
    }
    if said.contains(char::is_whitespace) {
        let dressed = said.split_whitespace().all(|word| classes.contains(word));
        // `; path=/; samesite=lax`, `class="x `.
        let assigned = said
            .split_whitespace()
            .all(|word| word.contains('=') || word == ";");
        return !(assigned || dressed && said.trim() == said);
    }
    let mut letters = said.chars().filter(|letter| letter.is_alphabetic());
    let capital = letters.next().is_some_and(char::is_uppercase)
        && letters.clone().next().is_some()
        && letters.all(char::is_lowercase);
    let glued = said.contains(['-', '_', '/', '=', '#', '?', '&', ':', '.']);
    capital && !glued || blanks && !glued && said.chars().all(char::is_alphabetic)
}

/// The class names of the style sheets.
fn classes() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for path in files("style", ".css") {
        for part in read(&path).split('.').skip(1) {
            let name: String = part
                .chars()
                .take_while(|letter| {
                    letter.is_ascii_alphanumeric() || *letter == '-' || *letter == '_'
                })
                .collect();
            if name.starts_with(|letter: char| letter.is_ascii_lowercase()) {
                found.insert(name);
            }
        }
    }
    found
}

#[test]
fn no_view_and_no_code_of_the_app_holds_a_sentence() {
    let classes = classes();
    assert!(
        classes.len() > 100,
        "only {} classes were found",
        classes.len()
    );
    let parts: BTreeSet<String> = crate::styles::parts().into_iter().collect();
    let mut broken = Vec::new();
    for file in sources("src") {
        if file.path.starts_with("src/text/") {
            continue;
        }
        for (line, text) in found(&file, &classes) {
            // The gallery names each part by its name in code.
            if file.path.starts_with("src/pages/gallery/")
                && (parts.contains(&text) || NAMED_ALIKE.contains(&text.as_str()))
            {
                continue;
            }
            broken.push(format!("{}: {text:?}", file.place(line)));
        }
    }
    assert_none("src/text/ holds every word that a person reads", broken);
}

/// Headings of the gallery that are no part's name.
const NAMED_ALIKE: [&str; 6] = ["Icon", "Cells", "Slip", "Scan", "Rescue", "Facts"];

#[test]
fn sentences_are_caught_in_every_form() {
    let classes: BTreeSet<String> = ["cell", "cell-link", "tag"].map(str::to_owned).into();
    for broken in [
        // Text nodes, quoted and bare, in blocks and conditions, in nested views and inside other macros.
        "fn a() { view! { <p>\"Pay now\"</p> } }",
        "fn a() { view! { <p>\"pay\"</p> } }",
        "fn a() { view! { <p>Pay now</p> } }",
        "fn a() { view! { <p>\"付款\"</p> } }",
        "fn a() { view! { <p>{\"pay\"}</p> } }",
        "fn a() { view! { <p>{move || if x.get() { \"pay\" } else { t.wait }}</p> } }",
        "fn a() { view! { <p>{x.then(|| view! { <b>\"pay\"</b> })}</p> } }",
        "chunks! { x => view! { <p>\"pay\"</p> } }",
        // Attributes that are shown or read out, on elements and components, static and computed.
        "fn a() { view! { <input placeholder=\"amount\"/> } }",
        "fn a() { view! { <input attr:placeholder=\"amount\"/> } }",
        "fn a() { view! { <button aria-label=\"pay\"/> } }",
        "fn a() { view! { <button title=move || if x.get() { \"pay\" } else { \"\" }/> } }",
        "fn a() { view! { <img alt=\"a card\"/> } }",
        "fn a() { view! { <Button label=\"pay\"/> } }",
        "fn a() { view! { <Button label=format!(\"pay {x}\")/> } }",
        "fn a() { view! { <Button on_press=move |()| say.say(\"It is paid.\")/> } }",
        "fn a() { view! { <p data-note=\"Paid\"/> } }",
        // Code: constants, joined and formatted strings.
        "const A: &str = \"Pay now\";",
        "const A: &str = \"pay now\";",
        "const A: &str = \"Pay\";",
        "static A: [&str; 2] = [\"tag\", \"Paid already\"];",
        "fn a() { concat!(\"pay\", \" now\") }",
        "fn a() { [\"pay\", \" now\"].concat() }",
        "fn a() { format!(\"{} yuan\", x) }",
        "fn a() { format!(\"{x}yuan\") }",
        "fn a() { x.to_string() + \" yuan\" }",
        "fn a() { let mut s = String::new(); s.push_str(\"¥5 paid\"); }",
        "fn a() { \"充值\".to_owned() }",
        "fn a() { matches!(x, Y).then_some(\"Not paid\") }",
        "fn a() { \"<title>Card</title>\" }",
        "fn a() { r#\"<path aria-label=\"a card\" d=\"M0 0\"/>\"# }",
    ] {
        let file = RustFile::parse("x.rs", broken);
        assert!(!found(&file, &classes).is_empty(), "missed: {broken}");
    }
    for fine in [
        "fn a() { view! { <p class=\"cell cell-link\" role=\"alert\" data-x=\"not_needed\">{t.pay}\" · \"</p> } }",
        "fn a() { view! { <Field label=t.amount name=\"amount\" prefix=\"¥\" value/> } }",
        "fn a() { view! { <p>{match x { \"pay now\" => t.pay, _ => t.wait }}</p> } }",
        "fn a() { view! { <p>{(x == \"pay\").then_some(t.pay)}</p> } }",
        "fn a() { if key == \"Escape\" { \"cell cell-link\" } else { \"tag\" } }",
        "fn a() { x.expect(\"the session is provided by App\"); panic!(\"no such {x}\") }",
        "#[expect(dead_code, reason = \"only tests use it\")] fn a() { format!(\"f-{name}-error\") }",
        "fn a() { \"<path d=\\\"\"; \"\\\"/>\"; format!(\"M{x},{y}h7v7h-7z\"); \"/art/pictures.svg#\" }",
        "#[cfg(test)] mod tests { const A: &str = \"Pay now\"; }",
    ] {
        let file = RustFile::parse("x.rs", fine);
        assert_eq!(found(&file, &classes), [], "{fine}");
    }
}

/// What a page may not write though it is no sentence: the address of a page, a colour.
fn addresses_and_colours(file: &RustFile) -> Vec<String> {
    let mut broken = Vec::new();
    for token in file.tokens() {
        if token.kind != Kind::Text {
            continue;
        }
        let text = token.text;
        let colour = text.strip_prefix('#').is_some_and(|rest| {
            rest.len() >= 3 && rest.chars().all(|letter| letter.is_ascii_hexdigit())
        });
        let function = [
            "rgb(", "rgba(", "hsl(", "hsla(", "hwb(", "lab(", "lch(", "oklab(", "oklch(", "color(",
        ]
        .iter()
        .any(|name| text.contains(name));
        let what = if text.starts_with('/') && text.len() > 1 && !text.starts_with("/>") {
            "a path (src/route.rs writes it)"
        } else if colour || function {
            "a colour (style/tokens.css holds it)"
        } else {
            continue;
        };
        broken.push(format!("{}: {text:?} is {what}", file.place(token.line)));
    }
    broken
}

#[test]
fn pages_hold_no_path_and_no_colour() {
    let broken = sources("src/pages")
        .iter()
        .flat_map(addresses_and_colours)
        .collect();
    assert_none(
        "a page arranges; others write addresses and colours",
        broken,
    );
}

#[test]
fn paths_and_colours_are_caught() {
    for broken in [
        "fn a() { navigate(\"/orders\") }",
        "fn a() { format!(\"/cards/{id}\") }",
        "fn a() { view! { <a href=\"/orders\"/> } }",
        "fn a() { view! { <path fill=\"#07c160\"/> } }",
        "fn a() { view! { <path fill=\"rgb(0 0 0)\"/> } }",
        "const A: &str = \"oklch(0.5 0.1 120)\";",
    ] {
        let file = RustFile::parse("x.rs", broken);
        assert_eq!(addresses_and_colours(&file).len(), 1, "missed: {broken}");
    }
    let fine = RustFile::parse(
        "x.rs",
        "fn a() { view! { <a href=\"#main\"/> } ; Route::Orders.to_string() }",
    );
    assert!(addresses_and_colours(&fine).is_empty());
}
