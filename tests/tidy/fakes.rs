//! The app asks the server, always: no answer is made up in `src/`. Fakes live in tests, and a server to try
//! things out is a real server with invented people.
//!
//! Not caught: a fake under an innocent name that returns what it was given by its caller.

use quote::ToTokens as _;
use syn::visit::{self, Visit};

use crate::{
    rust::{Kind, RustFile, flatten, sources},
    tree::assert_none,
};

/// Words in the names of things that stand in for others.
const NAMES: [&str; 19] = [
    "fake",
    "faked",
    "mock",
    "mocked",
    "mocks",
    "dummy",
    "stub",
    "stubbed",
    "fixture",
    "fixtures",
    "canned",
    "scripted",
    "pretend",
    "sample",
    "samples",
    "demo",
    "simulated",
    "bogus",
    "hardcoded",
];

/// Who may carry calls: the browser's own transport, and the prerenderer's, which answers nothing.
const TRANSPORTS: [(&str, &str); 2] = [
    ("src/api/transport.rs", "HttpTransport"),
    ("src/prerender.rs", "NoNetwork"),
];

/// Types of the contract that the app writes itself: the bodies of its requests, and the arithmetic of limits.
const WRITTEN_BY_THE_APP: [&str; 8] = [
    "AnswerJoin",
    "ContinueTopUp",
    "CreateBinding",
    "CreateTopUp",
    "Limits",
    "RejectBinding",
    "RequestCode",
    "SignIn",
];

/// What in a source stands in for the server: line and what it is.
fn found(file: &RustFile) -> Vec<(usize, String)> {
    let mut all: Vec<(usize, String)> = Vec::new();
    let path_words = file.path.split(['/', '_', '.']).map(str::to_owned);
    for word in path_words.filter(|word| NAMES.contains(&word.as_str())) {
        all.push((1, format!("a file named {word}")));
    }
    let tokens = file.tokens();
    for (at, token) in tokens.iter().enumerate() {
        let follows = |text: &str| tokens.get(at + 1).is_some_and(|it| it.is(text));
        match token.kind {
            Kind::Word => {
                if let Some(word) = words_of(&token.text).find(|it| NAMES.contains(&it.as_str())) {
                    all.push((token.line, format!("{}: a {word}", token.text)));
                }
                if token.text == "json" && follows("!") {
                    all.push((token.line, "json! makes an answer".to_owned()));
                }
                let switch = token.text == "debug_assertions" || token.text == "feature";
                if switch {
                    let of = tokens
                        .get(at + 2)
                        .map(|it| it.text.as_str())
                        .unwrap_or_default();
                    let known = ["csr", "hydrate", "ssr", "split"].contains(&of);
                    if token.text == "feature" && !known {
                        all.push((token.line, format!("a build with {of}")));
                    }
                }
            }
            Kind::Text => {
                let text: String = token
                    .text
                    .chars()
                    .filter(|it| !it.is_whitespace())
                    .collect();
                if text.starts_with("{\"") || text.starts_with("[{") {
                    all.push((token.line, "a string of JSON".to_owned()));
                }
                if token.text.ends_with(".json") {
                    all.push((token.line, format!("a file of JSON, {}", token.text)));
                }
            }
            _ => {}
        }
    }
    let mut reader = Reader {
        file,
        contract: contract_names(file),
        found: &mut all,
    };
    reader.visit_file(&file.tree);
    all.sort();
    all.dedup();
    all
}

/// The words of a name: `FakeApi`, `fake_api`, `FAKE_API`.
fn words_of(name: &str) -> impl Iterator<Item = String> {
    let mut words = vec![String::new()];
    let constant = !name.contains(char::is_lowercase);
    for letter in name.chars() {
        if letter == '_' || letter.is_uppercase() && !constant {
            words.push(String::new());
        }
        if letter != '_'
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
    }
    words.into_iter()
}

/// The names that a source takes from the contract, with what they are called there.
fn contract_names(file: &RustFile) -> Vec<(String, String)> {
    fn walk(tree: &syn::UseTree, inside: bool, all: &mut Vec<(String, String)>) {
        match tree {
            syn::UseTree::Path(part) => {
                walk(&part.tree, inside || part.ident == "dika_contract", all)
            }
            syn::UseTree::Name(leaf) if inside => {
                all.push((leaf.ident.to_string(), leaf.ident.to_string()))
            }
            syn::UseTree::Rename(leaf) if inside => {
                all.push((leaf.rename.to_string(), leaf.ident.to_string()))
            }
            syn::UseTree::Group(group) => {
                group.items.iter().for_each(|tree| walk(tree, inside, all))
            }
            _ => {}
        }
    }
    struct Uses(Vec<(String, String)>);
    impl<'ast> Visit<'ast> for Uses {
        fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
            walk(&item.tree, false, &mut self.0);
        }
    }
    let mut uses = Uses(Vec::new());
    uses.visit_file(&file.tree);
    uses.0
}

/// Whether an argument is a string or a number other than nothing.
fn is_value(argument: &syn::Expr) -> bool {
    let syn::Expr::Lit(literal) = argument else {
        return false;
    };
    match &literal.lit {
        syn::Lit::Str(_) => true,
        syn::Lit::Int(number) => number.base10_digits() != "0",
        _ => false,
    }
}

struct Reader<'a> {
    file: &'a RustFile,
    contract: Vec<(String, String)>,
    found: &'a mut Vec<(usize, String)>,
}

impl Reader<'_> {
    /// What a path's type is called in the contract, if it is one of the contract's.
    fn of_contract(&self, path: &syn::Path) -> Option<String> {
        let words: Vec<String> = path
            .segments
            .iter()
            .map(|it| it.ident.to_string())
            .collect();
        if words.first().is_some_and(|it| it == "dika_contract") {
            return words
                .into_iter()
                .rfind(|it| it.starts_with(char::is_uppercase));
        }
        let first = words.first()?;
        if !first.starts_with(char::is_uppercase) && words.len() == 1 {
            return None;
        }
        let found = self.contract.iter().find(|(name, _)| name == first)?;
        let module = found.1.starts_with(char::is_lowercase);
        if module {
            words.get(1).cloned()
        } else {
            Some(found.1.clone())
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_impl(&mut self, block: &'ast syn::ItemImpl) {
        if let Some((of, _)) = &block.trait_
            && of.segments.last().is_some_and(|it| it.ident == "Transport")
        {
            let tokens = flatten(block.self_ty.to_token_stream());
            let (name, line) = tokens
                .first()
                .map_or((String::new(), 1), |it| (it.text.clone(), it.line));
            if !TRANSPORTS.contains(&(&*self.file.path, &*name)) {
                self.found.push((line, format!("{name} carries calls")));
            }
        }
        visit::visit_item_impl(self, block);
    }

    fn visit_expr_struct(&mut self, value: &'ast syn::ExprStruct) {
        if let Some(name) = self.of_contract(&value.path)
            && !WRITTEN_BY_THE_APP.contains(&name.as_str())
        {
            let line = flatten(value.path.to_token_stream())
                .first()
                .map_or(1, |it| it.line);
            self.found
                .push((line, format!("a {name} that no server sent")));
        }
        visit::visit_expr_struct(self, value);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let syn::Expr::Path(function) = &*call.func
            && let Some(name) = self.of_contract(&function.path)
            && call.args.iter().any(is_value)
        {
            let line = flatten(function.to_token_stream())
                .first()
                .map_or(1, |it| it.line);
            self.found.push((line, format!("a {name} written down")));
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        // Blocks and values inside of views and other macros, as far as they are expressions.
        for tokens in groups(call.tokens.clone()) {
            if let Ok(block) = syn::parse2::<syn::Block>(tokens) {
                self.visit_block(&block);
            }
        }
        let parser = syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
        if let Ok(arguments) = syn::parse::Parser::parse2(parser, call.tokens.clone()) {
            for argument in &arguments {
                self.visit_expr(argument);
            }
        }
    }
}

/// Every group in braces, however deep.
fn groups(stream: proc_macro2::TokenStream) -> Vec<proc_macro2::TokenStream> {
    let mut found = Vec::new();
    for tree in stream {
        if let proc_macro2::TokenTree::Group(group) = tree {
            if group.delimiter() == proc_macro2::Delimiter::Brace {
                found.push(proc_macro2::TokenTree::Group(group.clone()).into());
            }
            found.extend(groups(group.stream()));
        }
    }
    found
}

#[test]
fn no_fake_lives_in_the_app() {
    let mut broken = Vec::new();
    for file in sources("src") {
        for (line, what) in found(&file) {
            broken.push(format!("{}: {what}", file.place(line)));
        }
    }
    assert_none("fakes live in tests", broken);
}

#[test]
fn fakes_are_caught_in_every_form() {
    for (path, broken) in [
        ("src/api/fake.rs", "pub struct Api;"),
        ("src/mock/mod.rs", "pub struct Api;"),
        ("src/x.rs", "pub struct FakeTransport;"),
        ("src/x.rs", "fn fake_card() {}"),
        ("src/x.rs", "fn a() { let mocked = b(); }"),
        ("src/x.rs", "use crate::api::stub;"),
        ("src/x.rs", "const SAMPLE_ORDERS: u8 = 1;"),
        ("src/x.rs", "fn a() { m!(demo_card) }"),
        ("src/x.rs", "impl Transport for Offline { }"),
        ("src/x.rs", "impl<T> crate::api::Transport for Arc<T> { }"),
        (
            "src/x.rs",
            "use dika_contract::Card; fn a() -> Card { Card { id, balance } }",
        ),
        (
            "src/x.rs",
            "use dika_contract::{card::{Card as C}}; fn a() { C { id } }",
        ),
        ("src/x.rs", "fn a() { dika_contract::TopUp { id } }"),
        (
            "src/x.rs",
            "use dika_contract::top_up; fn a() { top_up::TimelineEntry { at } }",
        ),
        (
            "src/x.rs",
            "use dika_contract::Card; fn a() { view! { <p>{draw(Card { id })}</p> } }",
        ),
        (
            "src/x.rs",
            "use dika_contract::Card; fn a() { vec![Card { id }] }",
        ),
        (
            "src/x.rs",
            "use dika_contract::CardId; fn a() { CardId::parse(\"c1\") }",
        ),
        (
            "src/x.rs",
            "use dika_contract::Fen; fn a() { Fen::new(8640) }",
        ),
        ("src/x.rs", "fn a() { read(r#\"{\"id\": 1}\"#) }"),
        ("src/x.rs", "fn a() { read(include_str!(\"cards.json\")) }"),
        ("src/x.rs", "fn a() { serde_json::json!({ \"id\": 1 }) }"),
        ("src/x.rs", "#[cfg(feature = \"offline\")] fn a() {}"),
        ("src/x.rs", "fn a() { if cfg!(feature = \"preview\") {} }"),
    ] {
        let file = RustFile::parse(path, broken);
        assert!(!found(&file).is_empty(), "missed: {path}: {broken}");
    }
    for fine in [
        "use dika_contract::CreateTopUp; fn a() { CreateTopUp { amount, key } }",
        "use dika_contract::Card; fn a(card: &Card) { let Card { id, .. } = card; id.parse(\"x\") }",
        "#[cfg(feature = \"ssr\")] fn a() {} #[cfg(test)] mod tests { struct Fake; }",
        "use dika_contract::Fen; fn a() { Fen::try_from(typed); Fen::new(0) }",
    ] {
        assert_eq!(found(&RustFile::parse("src/x.rs", fine)), [], "{fine}");
    }
}
