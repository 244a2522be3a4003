//! What people type is read in one way: `dika_contract::typed`.

use crate::{
    rust::{RustFile, sources, words_among},
    tree::assert_none,
};

/// Values that people type. Their own `parse` takes the plain form alone.
const TYPED: [&str; 7] = [
    "Phone",
    "SmsCode",
    "AccountNo",
    "CardNo",
    "CardPassword",
    "IdTail",
    "Fen",
];

/// What reads a typed value in another way, or cuts a paste before it is read.
fn read_otherwise(file: &RustFile) -> Vec<String> {
    let tokens = file.tokens();
    let mut broken = words_among(file, &["maxlength"]);
    for (at, token) in tokens.iter().enumerate() {
        if !["parse", "parse_yuan"].contains(&token.text.as_str()) {
            continue;
        }
        // `::` is one token or two.
        let of = tokens[at.saturating_sub(3)..at].iter();
        let typed = of.filter(|before| TYPED.contains(&before.text.as_str()));
        broken.extend(
            typed.map(|name| format!("{}: {}::{}", file.place(token.line), name.text, token.text)),
        );
    }
    broken
}

#[test]
fn typed_text_is_read_in_one_way() {
    let broken = sources("src")
        .iter()
        // Reads back what the app itself stored.
        .filter(|file| file.path != "src/pages/sign_in_draft.rs")
        .flat_map(read_otherwise)
        .collect();
    assert_none("platform::typed reads what people type", broken);
}

#[test]
fn another_way_to_read_is_caught() {
    for broken in [
        "fn a() { Phone::parse(&typed) }",
        "fn a() { dika_contract::SmsCode::parse(typed.trim()) }",
        "fn a() { Fen::parse_yuan(typed) }",
        "fn a() { view! { <Field maxlength=6/> } }",
    ] {
        let found = read_otherwise(&RustFile::parse("x.rs", broken));
        assert_eq!(found.len(), 1, "missed: {broken}: {found:?}");
    }
    let fine =
        "fn a() { platform::typed(&value).phone(); Timestamp::parse(text); CardId::parse(id) }";
    assert!(read_otherwise(&RustFile::parse("x.rs", fine)).is_empty());
}
