use quote::ToTokens as _;

use crate::{
    rust::{Kind, RustFile, flatten, sources},
    tree::{assert_none, files, has_word, read},
};

/// What the glossary rules out.
const NEVER_IN_CHINESE: [&str; 10] = [
    "您",
    "订单",
    "下单",
    "领款",
    "充值指南",
    "广州大学一卡通",
    "学（工）号",
    "学号/工号",
    "“嘀”",
    "饭卡",
];
const NEVER_IN_ENGLISH: [&str; 10] = [
    "bind",
    "binding",
    "evidence",
    "go on paying",
    "order",
    "orders",
    "recharge",
    "recharging",
    "help desk",
    "help desks",
];

/// Every string that people read, with its place: the texts, and the scripts beside the app.
fn said() -> Vec<(String, String)> {
    let mut said = Vec::new();
    for file in sources("src/text") {
        for token in file.tokens().into_iter().filter(|it| it.kind == Kind::Text) {
            said.push((file.place(token.line), token.text));
        }
    }
    for path in files("public", ".js") {
        for (line, text) in script_strings(&read(&path)) {
            said.push((format!("{path}:{line}"), text));
        }
    }
    said
}

/// The words of a string that the glossary rules out.
fn ruled_out(text: &str) -> Vec<&'static str> {
    let lower = text.to_lowercase();
    // A sentence, not a name for machines.
    let sentence = lower.contains(' ');
    NEVER_IN_CHINESE
        .into_iter()
        .filter(|word| text.contains(word))
        .chain(
            NEVER_IN_ENGLISH
                .into_iter()
                .filter(|word| sentence && has_word(&lower, word)),
        )
        .collect()
}

#[test]
fn words_are_those_of_the_glossary() {
    let said = said();
    assert!(
        said.iter().any(|it| it.0.starts_with("public/boot.js")),
        "scripts are read, too"
    );
    assert!(said.len() > 1200, "only {} strings were found", said.len());
    let broken = said
        .iter()
        .flat_map(|(place, text)| {
            ruled_out(text)
                .into_iter()
                .map(move |word| format!("{place}: {word}"))
        })
        .collect();
    assert_none("docs/glossary.md says it otherwise", broken);
}

#[test]
fn words_that_the_glossary_rules_out_are_caught() {
    assert_eq!(ruled_out("请您稍候"), ["您"]);
    assert_eq!(ruled_out("Your Order is paid"), ["order"]);
    assert_eq!(
        ruled_out("Go on paying, or recharge"),
        ["go on paying", "recharge"]
    );
    assert!(ruled_out("order").is_empty() && ruled_out("in this border").is_empty());
}

/// The strings of a plain script: line number and text.
fn script_strings(script: &str) -> Vec<(usize, String)> {
    let mut strings = Vec::new();
    for (number, line) in script.lines().enumerate() {
        // No string of these files holds the beginning of a comment; a comment may hold an apostrophe.
        let code = line.split_once("// ").map_or(line, |(code, _)| code);
        for quote in ['\'', '"'] {
            for text in code.split(quote).skip(1).step_by(2) {
                strings.push((number + 1, text.to_owned()));
            }
        }
    }
    strings
}

/// One field of a value of texts: line, name, strings.
type Field = (usize, String, Vec<String>);

/// The fields of the Chinese or the English value in a file of texts. A field with a struct of texts is one field.
fn values(file: &RustFile, which: &str) -> Vec<Field> {
    let mut fields = Vec::new();
    for item in &file.tree.items {
        let syn::Item::Static(item) = item else {
            continue;
        };
        let syn::Expr::Struct(value) = &*item.expr else {
            continue;
        };
        if item.ident != which {
            continue;
        }
        for field in &value.fields {
            let syn::Member::Named(name) = &field.member else {
                continue;
            };
            let strings = flatten(field.expr.to_token_stream())
                .into_iter()
                .filter(|it| it.kind == Kind::Text)
                .map(|it| it.text)
                .collect();
            fields.push((name.span().start().line, name.to_string(), strings));
        }
    }
    fields
}

/// Names that are alike in both languages: languages are named in their own; a map knows the place by its Chinese
/// name.
const ALIKE: [(&str, &str); 3] = [
    ("src/text/settings.rs", "chinese"),
    ("src/text/settings.rs", "english"),
    ("src/text/service_points.rs", "map_keyword"),
];

/// How many pairs of texts a file has, and what is wrong with them.
fn compare(file: &RustFile) -> (usize, Vec<String>) {
    let (chinese, english) = (values(file, "ZH"), values(file, "EN"));
    let names = |fields: &[Field]| fields.iter().map(|it| it.1.clone()).collect::<Vec<_>>();
    let (mut compared, mut broken) = (0, Vec::new());
    if names(&chinese) != names(&english) {
        broken.push(format!(
            "{}: ZH and EN have their fields in another order",
            file.path
        ));
    }
    for ((_, name, zh), (line, _, en)) in chinese.iter().zip(&english) {
        let place = format!("{}: {name}", file.place(*line));
        if zh.len() != en.len() {
            broken.push(format!("{place}: {} and {} texts", zh.len(), en.len()));
        }
        for (zh, en) in zh.iter().zip(en) {
            compared += 1;
            let letters = without_blanks(en).chars().any(char::is_alphabetic);
            if zh == en && letters && !ALIKE.contains(&(file.path.as_str(), name.as_str())) {
                broken.push(format!("{place}: {en:?} is the same in both"));
            }
            if en.contains(['，', '。', '；', '：', '？', '！', '（', '）']) {
                broken.push(format!("{place}: {en:?} has Chinese marks"));
            }
            if has_western_marks(zh) {
                broken.push(format!("{place}: {zh:?} has Western marks"));
            }
            for text in [zh, en] {
                // A short one, such as " or ", stands between two others.
                if text.trim() != text && text.trim().chars().count() > 2 {
                    broken.push(format!("{place}: {text:?} has a space at its end"));
                }
            }
        }
    }
    (compared, broken)
}

/// A text without its blanks, such as `{0}`.
fn without_blanks(text: &str) -> String {
    text.split('{')
        .enumerate()
        .map(|(at, part)| match part.split_once('}') {
            Some((_, behind)) if at > 0 => behind,
            _ => part,
        })
        .collect()
}

/// Whether a Western comma, semicolon, colon, question or exclamation mark follows a Chinese character.
fn has_western_marks(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    letters.windows(2).any(|pair| {
        ('\u{4e00}'..='\u{9fff}').contains(&pair[0]) && [',', ';', ':', '?', '!'].contains(&pair[1])
    })
}

#[test]
fn every_text_is_said_in_both_languages() {
    let (mut compared, mut broken) = (0, Vec::new());
    for file in sources("src/text") {
        let (count, found) = compare(&file);
        compared += count;
        broken.extend(found);
    }
    assert!(compared > 600, "only {compared} texts were found");
    assert_none("a text has two languages and belongs to one", broken);
}

#[test]
fn texts_of_one_language_are_caught() {
    let file = |zh: &str, en: &str| {
        let source = format!("static ZH: T = T {{ {zh} }}; static EN: T = T {{ {en} }};");
        compare(&RustFile::parse("x.rs", &source))
    };
    for (zh, en) in [
        ("a: \"Pay\"", "a: \"Pay\""),
        ("a: \"付款\", b: \"取消\"", "b: \"Cancel\", a: \"Pay\""),
        ("a: [\"付款\", \"取消\"]", "a: [\"Pay\"]"),
        ("a: \"付款\"", "a: \"Pay，now\""),
        ("a: \"付款,取消\"", "a: \"Pay, cancel\""),
        ("a: Pair { b: \"付款\" }", "a: Pair { b: \"Pay now \" }"),
    ] {
        assert_eq!(file(zh, en).1.len(), 1, "{zh} | {en}");
    }
    assert_eq!(
        file(
            "a: \"{0} · {1}\", b: \"第 {0} 笔\"",
            "a: \"{0} · {1}\", b: \"No. {0}\""
        ),
        (2, vec![])
    );
    assert_eq!(without_blanks("{0} of {1}."), " of .");
    assert!(has_western_marks("卡,机器") && !has_western_marks("卡，机器 a: b, c"));
    let script = script_strings("a('您好', \"x\"); // it's\nb = 'c';");
    assert_eq!(
        script.into_iter().map(|it| it.1).collect::<Vec<_>>(),
        ["您好", "x", "c"]
    );
}
