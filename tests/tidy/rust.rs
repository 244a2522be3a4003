use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{
    Attribute, Item, Stmt,
    visit_mut::{self, VisitMut},
};

use crate::tree::{files, read};

/// A Rust file. What is compiled for tests only is left out: tests may name everything.
pub(crate) struct RustFile {
    /// From the root of the workspace.
    pub(crate) path: String,
    pub(crate) tree: syn::File,
}

impl RustFile {
    /// Parses a source.
    #[track_caller]
    pub(crate) fn parse(path: &str, source: &str) -> Self {
        let mut tree = syn::parse_file(source).unwrap_or_else(|why| panic!("{path}: {why}"));
        WithoutTests.visit_file_mut(&mut tree);
        Self {
            path: path.to_owned(),
            tree,
        }
    }

    /// Reads and parses a file.
    #[track_caller]
    pub(crate) fn read(path: &str) -> Self {
        Self::parse(path, &read(path))
    }

    /// All tokens in their order, without documentation.
    pub(crate) fn tokens(&self) -> Vec<Token> {
        flatten(self.tree.to_token_stream())
    }

    /// A place in this file, as messages give it.
    pub(crate) fn place(&self, line: usize) -> String {
        format!("{}:{line}", self.path)
    }
}

/// Every Rust file below a folder.
#[track_caller]
pub(crate) fn sources(folder: &str) -> Vec<RustFile> {
    let found = files(folder, ".rs");
    assert!(!found.is_empty(), "{folder} has no Rust files");
    found.iter().map(|path| RustFile::read(path)).collect()
}

/// Removes what is compiled for tests only.
struct WithoutTests;

impl VisitMut for WithoutTests {
    fn visit_file_mut(&mut self, file: &mut syn::File) {
        file.items.retain(|item| !is_for_tests(item_attrs(item)));
        visit_mut::visit_file_mut(self, file);
    }

    fn visit_item_mod_mut(&mut self, module: &mut syn::ItemMod) {
        if let Some((_, items)) = &mut module.content {
            items.retain(|item| !is_for_tests(item_attrs(item)));
        }
        visit_mut::visit_item_mod_mut(self, module);
    }

    fn visit_item_impl_mut(&mut self, block: &mut syn::ItemImpl) {
        block.items.retain(|item| match item {
            syn::ImplItem::Fn(item) => !is_for_tests(&item.attrs),
            syn::ImplItem::Const(item) => !is_for_tests(&item.attrs),
            _ => true,
        });
        visit_mut::visit_item_impl_mut(self, block);
    }

    fn visit_block_mut(&mut self, block: &mut syn::Block) {
        block.stmts.retain(|statement| match statement {
            Stmt::Item(item) => !is_for_tests(item_attrs(item)),
            Stmt::Local(local) => !is_for_tests(&local.attrs),
            _ => true,
        });
        visit_mut::visit_block_mut(self, block);
    }
}

/// The attributes of an item.
pub(crate) fn item_attrs(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Whether `#[cfg(test)]`, or a `cfg` that wants `test` and more, stands before an item.
fn is_for_tests(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| {
        attr.path().is_ident("cfg")
            && attr.meta.require_list().is_ok_and(|list| {
                let condition: String = flatten(list.tokens.clone())
                    .iter()
                    .map(|token| token.text.as_str())
                    .collect();
                condition == "test" || condition.starts_with("all(test")
            })
    })
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Word,
    Mark,
    /// A string, its text unescaped.
    Text,
    /// Another literal, as written.
    Literal,
    Open,
    Close,
}

/// A token with its line.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) text: String,
    pub(crate) line: usize,
}

impl Token {
    pub(crate) fn is(&self, text: &str) -> bool {
        self.kind != Kind::Text && self.text == text
    }
}

/// Tokens in their order; groups become an opening and a closing token. Documentation is left out.
pub(crate) fn flatten(stream: TokenStream) -> Vec<Token> {
    fn walk(stream: TokenStream, all: &mut Vec<Token>) {
        let mut rest = stream.into_iter().peekable();
        while let Some(tree) = rest.next() {
            let line = tree.span().start().line;
            let mut push = |kind, text: String| all.push(Token { kind, text, line });
            match tree {
                TokenTree::Ident(word) => {
                    push(Kind::Word, word.to_string().trim_start_matches("r#").into());
                }
                TokenTree::Punct(mark) if mark.as_char() == '#' => {
                    // `#[doc = …]` and `#![doc = …]`.
                    let inner =
                        matches!(rest.peek(), Some(TokenTree::Punct(it)) if it.as_char() == '!');
                    let mut ahead = rest.clone();
                    if inner {
                        ahead.next();
                    }
                    if let Some(TokenTree::Group(group)) = ahead.next()
                        && group.delimiter() == Delimiter::Bracket
                        && matches!(group.stream().into_iter().next(), Some(TokenTree::Ident(word)) if word == "doc")
                    {
                        rest = ahead;
                    } else {
                        push(Kind::Mark, "#".into());
                    }
                }
                TokenTree::Punct(mark) => push(Kind::Mark, mark.as_char().into()),
                TokenTree::Literal(literal) => match syn::Lit::new(literal) {
                    syn::Lit::Str(text) => push(Kind::Text, text.value()),
                    other => push(Kind::Literal, other.to_token_stream().to_string()),
                },
                TokenTree::Group(group) => {
                    let (open, close) = match group.delimiter() {
                        Delimiter::Parenthesis => ("(", ")"),
                        Delimiter::Brace => ("{", "}"),
                        Delimiter::Bracket => ("[", "]"),
                        Delimiter::None => ("", ""),
                    };
                    if !open.is_empty() {
                        push(Kind::Open, open.into());
                    }
                    walk(group.stream(), all);
                    if !close.is_empty() {
                        all.push(Token {
                            kind: Kind::Close,
                            text: close.into(),
                            line: group.span_close().start().line,
                        });
                    }
                }
            }
        }
    }
    let mut all = Vec::new();
    walk(stream, &mut all);
    all
}

/// The words among the tokens that are one of these, as places with the word.
pub(crate) fn words_among(file: &RustFile, words: &[&str]) -> Vec<String> {
    file.tokens()
        .iter()
        .filter(|token| token.kind == Kind::Word && words.contains(&token.text.as_str()))
        .map(|token| format!("{}: {}", file.place(token.line), token.text))
        .collect()
}

#[test]
fn tests_and_documentation_are_left_out_and_nothing_else() {
    let file = RustFile::parse(
        "x.rs",
        "//! f32\n/// f32\n#[cfg(not(test))] fn a() { #[cfg(test)] use b; let c = \"d\"; }\n\
         #[cfg(test)] mod tests { fn e() {} }\n#[cfg(all(test, unix))] fn f() {}\n\
         impl G { #[cfg(test)] fn h() {} #[doc(hidden)] fn i() {} }\n/* f32 */ macro_rules! j { () => { k } }",
    );
    let words: Vec<String> = file
        .tokens()
        .into_iter()
        .filter(|token| matches!(token.kind, Kind::Word | Kind::Text))
        .map(|token| token.text)
        .collect();
    assert_eq!(
        words,
        [
            "cfg",
            "not",
            "test",
            "fn",
            "a",
            "let",
            "c",
            "d",
            "impl",
            "G",
            "fn",
            "i",
            "macro_rules",
            "j",
            "k"
        ]
    );
    assert_eq!(file.tokens()[0].line, 3);
}
