//! Who knows whom inside a crate.
//!
//! What counts:
//! - A node of the graph is a module in a file of its own; an inline `mod x { … }` belongs to its file.
//! - Naming an item (by `use`, by an inline path, in an attribute's string, in the tokens of a macro) is an arrow
//!   to the module that *defines* it, through re-exports and aliases. Who takes `ui::Button` knows `ui::button`.
//! - A parent that declares its children, or re-exports their items, knows nothing: no arrow.
//! - A parent that uses a child's item knows the child; a child that uses `super::Item`, an item which the parent
//!   defines, knows the parent. Both at once are a circle: the item belongs into a module of its own.
//! - A method that a module gives to a type of *another* module (`impl World` beside `mod world`) is found by its
//!   name, if that has several words and nothing else in the crate has a method of that name: calling it is an
//!   arrow to its module.
//! - What is compiled for tests only doesn't count.
//!
//! Not seen: other calls of methods through a value whose type's module is never named, and macros that come from
//! another crate and name a module of this one.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::{
    Item, UseTree, Visibility,
    spanned::Spanned as _,
    visit::{self, Visit},
};

use crate::{
    rust::{Kind, RustFile, Token, flatten},
    tree::{files, packages, read, root},
};

/// One module: a file, or an inline module inside one.
#[derive(Default)]
struct Module {
    name: String,
    path: String,
    parent: Option<usize>,
    /// The module that has a file of its own to which this one belongs.
    owner: usize,
    children: HashMap<String, usize>,
    items: HashSet<String>,
    imports: Vec<Import>,
    mentions: Vec<Mention>,
    /// Methods by the path of the type that gets them.
    methods: Vec<(Vec<String>, String)>,
    /// Names of methods called.
    calls: Vec<(String, usize)>,
}

/// A name that a `use` brings in; `*` for all names.
struct Import {
    name: String,
    path: Vec<String>,
    line: usize,
    is_public: bool,
}

/// A path that is named inline.
struct Mention {
    path: Vec<String>,
    line: usize,
}

/// What a path leads to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Target {
    Module(usize),
    /// Something that this module defines.
    Item(usize),
}

/// One module knows another, and where that is seen first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Arrow {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) place: String,
}

/// The modules of one crate.
pub(crate) struct Crate {
    modules: Vec<Module>,
}

impl Crate {
    /// Reads a crate from its root file.
    #[track_caller]
    fn read(name: &str, root_file: &str) -> Self {
        Self::load(name, root_file, &|path| {
            root().join(path).is_file().then(|| read(path))
        })
    }

    #[track_caller]
    fn load(name: &str, root_file: &str, source: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut all = Self {
            modules: Vec::new(),
        };
        let text = source(root_file).unwrap_or_else(|| panic!("{root_file} is missing"));
        let folder = root_file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let file = RustFile::parse(root_file, &text);
        let at = all.add(name.to_owned(), root_file.to_owned(), None, None);
        all.take(at, &file.tree.items, folder, folder, source);
        all
    }

    fn add(
        &mut self,
        name: String,
        path: String,
        parent: Option<usize>,
        owner: Option<usize>,
    ) -> usize {
        let at = self.modules.len();
        self.modules.push(Module {
            name,
            path,
            parent,
            owner: owner.unwrap_or(at),
            ..Module::default()
        });
        at
    }

    /// Takes the items of a module. `folder` is where its children's files lie, `beside` the file's own folder.
    #[track_caller]
    fn take(
        &mut self,
        at: usize,
        items: &[Item],
        folder: &str,
        beside: &str,
        source: &dyn Fn(&str) -> Option<String>,
    ) {
        for item in items {
            if let Some(name) = name_of(item) {
                self.modules[at].items.insert(name);
            }
            let Item::Mod(module) = item else {
                Reader {
                    module: &mut self.modules[at],
                }
                .visit_item(item);
                continue;
            };
            let name = module.ident.to_string();
            let full = format!("{}::{name}", self.modules[at].name);
            if let Some((_, inner)) = &module.content {
                let (path, owner) = (self.modules[at].path.clone(), self.modules[at].owner);
                let child = self.add(full, path, Some(at), Some(owner));
                self.modules[at].children.insert(name.clone(), child);
                self.take(child, inner, &format!("{folder}/{name}"), beside, source);
                continue;
            }
            let given = module.attrs.iter().find_map(|attr| match &attr.meta {
                syn::Meta::NameValue(pair) if pair.path.is_ident("path") => {
                    let tokens = flatten(pair.value.to_token_stream());
                    tokens
                        .first()
                        .map(|token| format!("{beside}/{}", token.text))
                }
                _ => None,
            });
            let candidates = match given {
                Some(path) => vec![path],
                None => vec![
                    format!("{folder}/{name}.rs"),
                    format!("{folder}/{name}/mod.rs"),
                ],
            };
            let found = candidates
                .iter()
                .find_map(|path| Some((path.clone(), source(path)?)));
            let (path, text) =
                found.unwrap_or_else(|| panic!("{full}: none of {candidates:?} exists"));
            let file = RustFile::parse(&path, &text);
            let child = self.add(full, path.clone(), Some(at), None);
            self.modules[at].children.insert(name, child);
            let own = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let below = match path.strip_suffix("/mod.rs") {
                Some(folder) => folder.to_owned(),
                None => path.trim_end_matches(".rs").to_owned(),
            };
            self.take(child, &file.tree.items, &below, own, source);
        }
    }

    fn is_below(&self, module: usize, above: usize) -> bool {
        let mut at = Some(module);
        while let Some(here) = at {
            if here == above {
                return true;
            }
            at = self.modules[here].parent;
        }
        false
    }

    /// Where a path leads, seen from a module. Several targets where `cfg` chooses between them; none for what
    /// other crates hold.
    fn resolve(
        &self,
        from: usize,
        path: &[String],
        seen: &mut HashSet<(usize, String)>,
    ) -> Vec<Target> {
        let mut at = from;
        let mut rest = path;
        let mut anchored = false;
        while let [first, others @ ..] = rest {
            match first.as_str() {
                "crate" => {
                    at = 0;
                    anchored = true;
                }
                "self" => anchored = true,
                "super" => {
                    at = self.modules[at].parent.unwrap_or(at);
                    anchored = true;
                }
                _ => break,
            }
            rest = others;
        }
        let Some((first, others)) = rest.split_first() else {
            return if anchored {
                vec![Target::Module(at)]
            } else {
                Vec::new()
            };
        };
        let mut found = Vec::new();
        for target in self.lookup(at, first, !others.is_empty(), seen) {
            match target {
                Target::Module(module) if !others.is_empty() => {
                    let mut path = vec!["self".to_owned()];
                    path.extend_from_slice(others);
                    let inner = self.resolve(module, &path, seen);
                    if inner.is_empty() {
                        // A name that only a macro makes.
                        found.push(Target::Item(module));
                    }
                    found.extend(inner);
                }
                // What follows an item is a variant or an associated item.
                other => found.push(other),
            }
        }
        found
    }

    /// What a name means in a module.
    fn lookup(
        &self,
        at: usize,
        name: &str,
        more_follows: bool,
        seen: &mut HashSet<(usize, String)>,
    ) -> Vec<Target> {
        if !seen.insert((at, name.to_owned())) {
            return Vec::new();
        }
        let module = &self.modules[at];
        let child = module.children.get(name).copied();
        let mut found = Vec::new();
        if module.items.contains(name) && !(more_follows && child.is_some()) {
            found.push(Target::Item(at));
        } else if let Some(child) = child {
            found.push(Target::Module(child));
        }
        if found.is_empty() {
            for import in module.imports.iter().filter(|it| it.name == name) {
                found.extend(self.resolve(at, &import.path, seen));
            }
        }
        if found.is_empty() {
            for import in module.imports.iter().filter(|it| it.name == "*") {
                for target in self.resolve(at, &import.path, &mut seen.clone()) {
                    if let Target::Module(of) = target
                        && of != at
                    {
                        found.extend(self.lookup(of, name, more_follows, seen));
                    }
                }
            }
        }
        seen.remove(&(at, name.to_owned()));
        found
    }

    /// Every arrow between modules with a file of their own.
    pub(crate) fn arrows(&self) -> Vec<Arrow> {
        let mut found: BTreeMap<(usize, usize), (String, usize)> = BTreeMap::new();
        let mut note = |from: usize, target: Target, path: &str, line: usize| {
            let Target::Item(to) = target else { return };
            let (from, to) = (self.modules[from].owner, self.modules[to].owner);
            if from != to {
                let place = found
                    .entry((from, to))
                    .or_insert_with(|| (path.to_owned(), line));
                place.1 = place.1.min(line);
            }
        };
        let foreign = self.foreign_methods();
        for (at, module) in self.modules.iter().enumerate() {
            for import in module.imports.iter().filter(|it| it.name != "*") {
                for target in self.resolve(at, &import.path, &mut HashSet::new()) {
                    let re_exported = import.is_public
                        && matches!(target, Target::Item(of) if self.is_below(of, module.owner));
                    if !re_exported {
                        note(at, target, &module.path, import.line);
                    }
                }
            }
            for mention in &module.mentions {
                for target in self.resolve(at, &mention.path, &mut HashSet::new()) {
                    note(at, target, &module.path, mention.line);
                }
            }
            for (name, line) in &module.calls {
                if let Some(of) = foreign.get(name) {
                    note(at, Target::Item(*of), &module.path, *line);
                }
            }
        }
        found
            .into_iter()
            .map(|((from, to), (path, line))| Arrow {
                from: self.modules[from].name.clone(),
                to: self.modules[to].name.clone(),
                place: format!("{path}:{line}"),
            })
            .collect()
    }

    /// Methods that one module gives to another module's type, and that nothing else in the crate is called.
    fn foreign_methods(&self) -> HashMap<String, usize> {
        let mut homes: HashMap<&str, BTreeSet<usize>> = HashMap::new();
        let mut foreign: BTreeSet<&str> = BTreeSet::new();
        for (at, module) in self.modules.iter().enumerate() {
            for (of, name) in &module.methods {
                homes.entry(name).or_default().insert(module.owner);
                let of = self.resolve(at, of, &mut HashSet::new());
                let elsewhere = |target: &Target| matches!(target, Target::Item(of) if self.modules[*of].owner != module.owner);
                if of.iter().any(elsewhere) {
                    foreign.insert(name);
                }
            }
        }
        homes
            .into_iter()
            // Other crates' types have methods of one word by the same names: `query`, `close`.
            .filter(|(name, homes)| {
                homes.len() == 1 && name.contains('_') && foreign.contains(name)
            })
            .filter_map(|(name, homes)| Some((name.to_owned(), homes.first().copied()?)))
            .collect()
    }
}

/// What an item is called in its module, if it has a name there.
fn name_of(item: &Item) -> Option<String> {
    Some(match item {
        Item::Const(item) => item.ident.to_string(),
        Item::Enum(item) => item.ident.to_string(),
        Item::Fn(item) => item.sig.ident.to_string(),
        Item::Macro(item) => item.ident.as_ref()?.to_string(),
        Item::Static(item) => item.ident.to_string(),
        Item::Struct(item) => item.ident.to_string(),
        Item::Trait(item) => item.ident.to_string(),
        Item::TraitAlias(item) => item.ident.to_string(),
        Item::Type(item) => item.ident.to_string(),
        Item::Union(item) => item.ident.to_string(),
        _ => return None,
    })
}

/// Collects what one item names.
struct Reader<'a> {
    module: &'a mut Module,
}

impl Reader<'_> {
    /// Paths and method calls in tokens that are no syntax tree.
    fn tokens(&mut self, stream: TokenStream) {
        let tokens = flatten(stream);
        let is = |at: usize, text: &str| tokens.get(at).is_some_and(|token: &Token| token.is(text));
        let mut at = 0;
        while at < tokens.len() {
            let token = &tokens[at];
            let before = |text: &str| at > 0 && is(at - 1, text);
            if token.kind != Kind::Word {
                at += 1;
                continue;
            }
            if before(".") {
                if is(at + 1, "(") || is(at + 1, ":") {
                    self.module.calls.push((token.text.clone(), token.line));
                }
                at += 1;
                continue;
            }
            let mut path = vec![token.text.clone()];
            let mut next = at + 1;
            while is(next, ":")
                && is(next + 1, ":")
                && tokens.get(next + 2).is_some_and(|it| it.kind == Kind::Word)
            {
                path.push(tokens[next + 2].text.clone());
                next += 3;
            }
            // A lone word in lower case may be a local variable, a field or an attribute's name.
            let lone_value = path.len() == 1
                && path[0].starts_with(char::is_lowercase)
                && !is(next, "(")
                && !is(next, "!");
            // `$name::x` is whatever the macro is given, except `$crate`.
            let given = before("$") && path[0] != "crate";
            let absolute = at > 1 && is(at - 1, ":") && is(at - 2, ":");
            if !lone_value && !given && !absolute {
                self.module.mentions.push(Mention {
                    path,
                    line: token.line,
                });
            }
            at = next;
        }
    }

    fn import(&mut self, tree: &UseTree, before: &[String], is_public: bool) {
        let mut path = before.to_vec();
        match tree {
            UseTree::Path(part) => {
                path.push(part.ident.to_string());
                self.import(&part.tree, &path, is_public);
            }
            UseTree::Name(leaf) => {
                let mut name = leaf.ident.to_string();
                if name == "self" {
                    name = path.last().cloned().unwrap_or_default();
                } else {
                    path.push(name.clone());
                }
                self.bring(name, path, leaf.ident.span().start().line, is_public);
            }
            UseTree::Rename(leaf) => {
                if leaf.ident != "self" {
                    path.push(leaf.ident.to_string());
                }
                let line = leaf.ident.span().start().line;
                self.bring(leaf.rename.to_string(), path, line, is_public);
            }
            UseTree::Glob(glob) => {
                self.bring("*".to_owned(), path, glob.span().start().line, is_public);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(tree, before, is_public);
                }
            }
        }
    }

    fn bring(&mut self, name: String, path: Vec<String>, line: usize, is_public: bool) {
        self.module.imports.push(Import {
            name,
            path,
            line,
            is_public,
        });
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if item.leading_colon.is_none() {
            let is_public = !matches!(item.vis, Visibility::Inherited);
            self.import(&item.tree, &[], is_public);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            let words: Vec<String> = path
                .segments
                .iter()
                .map(|it| it.ident.to_string())
                .collect();
            self.module.mentions.push(Mention {
                path: words,
                line: path.span().start().line,
            });
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attr: &'ast syn::Attribute) {
        if attr.path().is_ident("doc") {
            return;
        }
        self.tokens(attr.meta.to_token_stream());
        // `#[serde(with = "crate::wire::text")]`.
        for token in flatten(attr.meta.to_token_stream()) {
            if token.kind == Kind::Text
                && token.text.contains("::")
                && let Ok(path) = syn::parse_str::<syn::Path>(&token.text)
            {
                let words = path
                    .segments
                    .iter()
                    .map(|it| it.ident.to_string())
                    .collect();
                self.module.mentions.push(Mention {
                    path: words,
                    line: token.line,
                });
            }
        }
    }

    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let line = call.method.span().start().line;
        self.module.calls.push((call.method.to_string(), line));
        visit::visit_expr_method_call(self, call);
    }

    fn visit_item_impl(&mut self, block: &'ast syn::ItemImpl) {
        let of: Vec<String> = match &*block.self_ty {
            syn::Type::Path(of) => of
                .path
                .segments
                .iter()
                .map(|it| it.ident.to_string())
                .collect(),
            _ => Vec::new(),
        };
        for item in &block.items {
            if let syn::ImplItem::Fn(item) = item {
                // A trait's method may be called on anything: its home is wherever the trait is.
                let of = if block.trait_.is_some() {
                    Vec::new()
                } else {
                    of.clone()
                };
                self.module.methods.push((of, item.sig.ident.to_string()));
            }
        }
        visit::visit_item_impl(self, block);
    }
}

/// The circles among the arrows: groups of modules each of which knows all others of its group in some way.
pub(crate) fn circles(arrows: &[Arrow]) -> Vec<BTreeSet<String>> {
    let mut next: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for arrow in arrows {
        next.entry(&arrow.from).or_default().insert(&arrow.to);
    }
    let reach = |from: &str| {
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        let mut open: Vec<&str> = next.get(from).into_iter().flatten().copied().collect();
        while let Some(at) = open.pop() {
            if reached.insert(at) {
                open.extend(next.get(at).into_iter().flatten().copied());
            }
        }
        reached
    };
    let reached: BTreeMap<&str, BTreeSet<&str>> = next.keys().map(|at| (*at, reach(at))).collect();
    let mut found: BTreeSet<BTreeSet<String>> = BTreeSet::new();
    for (at, from_here) in &reached {
        if from_here.contains(at) {
            let back = |other: &&&str| reached.get(**other).is_some_and(|it| it.contains(at));
            found.insert(
                from_here
                    .iter()
                    .filter(back)
                    .map(|it| (*it).to_owned())
                    .collect(),
            );
        }
    }
    found.into_iter().collect()
}

/// The root files of a package: the library, the programs, the integration tests.
fn crate_roots(package: &str) -> Vec<(String, String)> {
    let path = |file: &str| {
        if package.is_empty() {
            file.to_owned()
        } else {
            format!("{package}/{file}")
        }
    };
    let name = package
        .rsplit('/')
        .next()
        .filter(|it| !it.is_empty())
        .unwrap_or("dika");
    let mut found = Vec::new();
    for (file, what) in [("src/lib.rs", ""), ("src/main.rs", " (program)")] {
        if root().join(path(file)).is_file() {
            found.push((format!("{name}{what}"), path(file)));
        }
    }
    for folder in ["src/bin", "tests", "benches", "examples"] {
        for file in files(&path(folder), ".rs") {
            let below = file[path(folder).len() + 1..].to_owned();
            let is_root = !below.contains('/')
                || (below.ends_with("/main.rs") && below.matches('/').count() == 1);
            if is_root {
                found.push((format!("{name} {below}"), file));
            }
        }
    }
    found
}

/// Every crate of the workspace: libraries, programs, tests.
pub(crate) fn crates() -> Vec<Crate> {
    packages()
        .iter()
        .flat_map(|package| crate_roots(package))
        .map(|(name, file)| Crate::read(&name, &file))
        .collect()
}

/// Circles that are still there. Only ever shortened: the test fails where a module listed here is in no circle.
const KNOWN: [&[&str]; 0] = [];

#[test]
fn no_modules_know_each_other_in_a_circle() {
    let (mut broken, mut modules, mut still): (Vec<String>, usize, BTreeSet<String>) =
        Default::default();
    for krate in crates() {
        modules += krate
            .modules
            .iter()
            .enumerate()
            .filter(|(at, it)| it.owner == *at)
            .count();
        let arrows = krate.arrows();
        for circle in circles(&arrows) {
            still.extend(circle.iter().cloned());
            if KNOWN
                .iter()
                .any(|known| circle.iter().all(|it| known.contains(&it.as_str())))
            {
                continue;
            }
            broken.push(format!("a circle of {}:", circle.len()));
            let inside =
                |arrow: &&Arrow| circle.contains(&arrow.from) && circle.contains(&arrow.to);
            broken.extend(
                arrows
                    .iter()
                    .filter(inside)
                    .map(|it| format!("  {} → {} ({})", it.from, it.to, it.place)),
            );
        }
    }
    assert!(modules > 200, "only {modules} modules were found");
    let gone: Vec<_> = KNOWN
        .iter()
        .copied()
        .flatten()
        .filter(|it| !still.contains(**it))
        .collect();
    assert!(
        gone.is_empty(),
        "in no circle any more, take them off the list: {gone:?}"
    );
    crate::tree::assert_none("modules know each other one way", broken);
}

/// The arrows of a crate given as files.
#[cfg(test)]
fn arrows_of(sources: &[(&str, &str)]) -> Vec<String> {
    let krate = Crate::load("x", "lib.rs", &|path| {
        let found = sources
            .iter()
            .find(|it| path.trim_start_matches('/') == it.0)?;
        Some(found.1.to_owned())
    });
    let arrows = krate.arrows();
    let mut said: Vec<String> = arrows
        .iter()
        .map(|it| {
            format!(
                "{} → {}",
                it.from.trim_start_matches("x::"),
                it.to.trim_start_matches("x::")
            )
        })
        .collect();
    said.sort();
    for circle in circles(&arrows) {
        said.push(format!(
            "circle: {}",
            circle.into_iter().collect::<Vec<_>>().join(" ")
        ));
    }
    said
}

#[test]
fn two_modules_in_a_circle_are_found_by_use_and_by_path() {
    for (a, b) in [
        (
            "use crate::b::B; pub struct A;",
            "use crate::a::A; pub struct B;",
        ),
        (
            "pub struct A(super::b::B);",
            "pub struct B; fn f(_: crate::a::A) {}",
        ),
        (
            "use crate::{b::{B as C, self}}; pub struct A;",
            "pub fn f() { use super::a; a::A; } pub struct B;",
        ),
        (
            "pub struct A; fn f() { view! { <super::b::B/> } }",
            "pub struct B; fn f() { m!(x, crate::a::A {}) }",
        ),
        (
            "use crate::b::*; pub struct A; fn f() -> B { B }",
            "pub struct B; use crate::a as z; type Z = z::A;",
        ),
        (
            "#[serde(with = \"crate::b::f\")] pub struct A;",
            "pub fn f() { Vec::<super::a::A>::new() }",
        ),
        (
            "pub struct A; fn f() { crate::B }",
            "pub struct B; macro_rules! m { () => { $crate::a::A } }",
        ),
        (
            "use self::inner::g; pub struct A; mod inner { pub fn g(_: crate::b::B) {} }",
            "pub struct B; fn f(_: crate::A) {}",
        ),
    ] {
        let found = arrows_of(&[
            ("lib.rs", "mod a; mod b; pub use a::A; pub use b::B;"),
            ("a.rs", a),
            ("b.rs", b),
        ]);
        assert_eq!(found, ["a → b", "b → a", "circle: x::a x::b"], "{a} | {b}");
    }
}

#[test]
fn a_parent_that_re_exports_knows_nothing_and_one_that_uses_does() {
    let quiet = arrows_of(&[
        ("lib.rs", "pub mod a; pub(crate) use a::f;"),
        ("a/mod.rs", "mod b; mod c; pub use b::B; pub use c::f;"),
        ("a/b.rs", "pub struct B;"),
        ("a/c.rs", "use super::B; pub fn f(_: B) {}"),
    ]);
    assert_eq!(quiet, ["a::c → a::b"]);
    let circle = arrows_of(&[
        ("lib.rs", "mod a;"),
        (
            "a.rs",
            "mod b; pub use b::B; pub struct A; fn f() { B::new() }",
        ),
        ("a/b.rs", "use super::A; pub struct B(A);"),
    ]);
    assert_eq!(circle, ["a → a::b", "a::b → a", "circle: x::a x::a::b"]);
    let root = arrows_of(&[
        (
            "lib.rs",
            "mod a; pub struct Shared; pub fn start() { a::go() }",
        ),
        ("a.rs", "use crate::Shared; pub fn go() {}"),
    ]);
    assert_eq!(root, ["a → x", "x → a", "circle: x x::a"]);
}

#[test]
fn a_longer_circle_and_one_through_methods_are_found() {
    let long = arrows_of(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "pub fn a() { crate::b::b() }"),
        ("b.rs", "pub fn b() { crate::c::c() }"),
        ("c.rs", "pub fn c() { crate::a::a() }"),
    ]);
    assert_eq!(long.last().expect("a circle"), "circle: x::a x::b x::c");
    let methods = arrows_of(&[
        ("lib.rs", "mod world; mod trades;"),
        (
            "world.rs",
            "pub struct World; impl World { fn tick(&mut self) { self.settle_all() } }",
        ),
        (
            "trades.rs",
            "use crate::world::World; impl World { pub fn settle_all(&mut self) {} }",
        ),
    ]);
    assert_eq!(
        methods.last().expect("a circle"),
        "circle: x::trades x::world"
    );
}

#[test]
fn tests_visibilities_documents_and_other_crates_make_no_arrow() {
    let found = arrows_of(&[
        ("lib.rs", "mod a; mod b;"),
        (
            "a.rs",
            "//! crate::b::B\n/// [`crate::b::B`]\npub(super) struct A; pub(in crate::b) fn f(b: u8) { b; self.b; other::b::B; ::b::B }\n\
             #[cfg(test)] mod tests { use crate::b::B; } #[cfg(test)] use crate::b::B;",
        ),
        ("b.rs", "use crate::a::A; pub struct B(A);"),
    ]);
    assert_eq!(found, ["b → a"]);
}

#[test]
fn other_files_are_found_where_rust_finds_them() {
    let found = arrows_of(&[
        (
            "lib.rs",
            "#[path = \"odd/name.rs\"] mod a; mod b { mod c; } #[cfg(unix)] mod d; #[cfg(unix)] use d as e; #[cfg(not(unix))] use a as e; type E = e::Both;",
        ),
        ("odd/name.rs", "pub struct A; pub struct Both;"),
        ("b/c.rs", "use crate::a::A;"),
        ("d.rs", "pub struct Both;"),
    ]);
    assert_eq!(found, ["b::c → a", "x → a", "x → d"]);
}
