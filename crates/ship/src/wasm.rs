//! Reads and rewrites single sections of a WebAssembly module.

use std::collections::HashMap;

use anyhow::{Result, bail};
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasmparser::{ExternalKind, KnownCustom, Name, Parser, Payload, TypeRef};

/// Functions that were renamed: former and new name.
pub type Renamed = Vec<(String, String)>;

/// Removes the exports whose name `is_unused` accepts.
///
/// # Errors
/// When the bytes aren't a WebAssembly module.
pub fn without_exports(module: &[u8], is_unused: impl Fn(&str) -> bool) -> Result<Vec<u8>> {
    with_exports(module, |name, _| {
        (!is_unused(name)).then(|| name.to_owned())
    })
}

/// Gives short names to the functions that the module exports. Returns the module, and each function's former and
/// short name. Memory, tables and globals keep their names: the splitter's chunks import them by name.
///
/// # Errors
/// When the bytes aren't a WebAssembly module.
pub fn short_exports(module: &[u8]) -> Result<(Vec<u8>, Renamed)> {
    let mut renamed = Vec::new();
    let module = with_exports(module, |name, kind| {
        if kind != ExternalKind::Func {
            return Some(name.to_owned());
        }
        let short = short_name(renamed.len());
        renamed.push((name.to_owned(), short.clone()));
        Some(short)
    })?;
    Ok((module, renamed))
}

/// Copies a module. `name` returns an export's new name, or `None` to remove it.
fn with_exports(
    module: &[u8],
    mut name: impl FnMut(&str, ExternalKind) -> Option<String>,
) -> Result<Vec<u8>> {
    with_replaced_section(module, |payload, copy| {
        let Payload::ExportSection(old) = payload else {
            return Ok(false);
        };
        let mut new = wasm_encoder::ExportSection::new();
        for export in old.clone() {
            let export = export?;
            if let Some(name) = name(export.name, export.kind) {
                let kind = RoundtripReencoder.export_kind(export.kind)?;
                new.export(&name, kind, export.index);
            }
        }
        copy.section(&new);
        Ok(true)
    })
}

/// Gives short names to the functions that the module imports from `from`. Returns the module and the
/// former names, in the order of the short ones: the n-th is now [`short_name`]`(n)`.
///
/// # Errors
/// When the bytes aren't a WebAssembly module.
pub fn short_imports(module: &[u8], from: &str) -> Result<(Vec<u8>, Vec<String>)> {
    let mut renamed = Vec::new();
    let module = with_replaced_section(module, |payload, copy| {
        let Payload::ImportSection(old) = payload else {
            return Ok(false);
        };
        let mut new = wasm_encoder::ImportSection::new();
        for import in old.clone().into_imports() {
            let import = import?;
            let kind = RoundtripReencoder.entity_type(import.ty)?;
            if import.module == from && matches!(import.ty, TypeRef::Func(_)) {
                new.import(import.module, &short_name(renamed.len()), kind);
                renamed.push(import.name.to_owned());
            } else {
                new.import(import.module, import.name, kind);
            }
        }
        copy.section(&new);
        Ok(true)
    })?;
    Ok((module, renamed))
}

/// Copies a module. `replace` may write a section of its own into the copy and then returns `true`; where it
/// returns `false`, the section is copied.
fn with_replaced_section(
    module: &[u8],
    mut replace: impl FnMut(&Payload<'_>, &mut wasm_encoder::Module) -> Result<bool>,
) -> Result<Vec<u8>> {
    let mut copy = wasm_encoder::Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        if replace(&payload, &mut copy)? {
            continue;
        }
        if let Some((id, range)) = payload.as_section() {
            let data = &module[usize::try_from(range.start)?..usize::try_from(range.end)?];
            copy.section(&wasm_encoder::RawSection { id, data });
        }
    }
    Ok(copy.finish())
}

/// `a`, `b` … `z`, `aa`, `ba` …: a different name for each number.
pub fn short_name(mut number: usize) -> String {
    let mut name = String::new();
    loop {
        let letter = u8::try_from(number % 26).unwrap_or_default();
        name.push(char::from(b'a' + letter));
        if number < 26 {
            return name;
        }
        number = number / 26 - 1;
    }
}

/// Bytes of code by crate, largest first. Generic code counts for the crate that wrote it.
///
/// # Errors
/// When the bytes aren't a module with a name section.
pub fn code_by_crate(module: &[u8]) -> Result<Vec<(String, u64)>> {
    let mut imported = 0_u32;
    let mut bodies: Vec<u64> = Vec::new();
    let mut names: HashMap<u32, &str> = HashMap::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => {
                bodies.push(body.range().end - body.range().start);
            }
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(parts) = section.as_known() {
                    for part in parts {
                        if let Name::Function(functions) = part? {
                            for function in functions {
                                let function = function?;
                                names.insert(function.index, function.name);
                            }
                        }
                    }
                }
            }
            _ => {}
        }
    }
    if names.is_empty() {
        bail!("the module has no function names");
    }
    let mut crates: HashMap<String, u64> = HashMap::new();
    for (index, bytes) in (imported..).zip(bodies) {
        let name = names.get(&index).map_or("unnamed", |name| name);
        *crates.entry(crate_of(name)).or_default() += bytes;
    }
    let mut sorted: Vec<_> = crates.into_iter().collect();
    sorted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(sorted)
}

/// The first crate that a symbol's path names: `alloc` for `<alloc::vec::Vec<T> as core::clone::Clone>::clone`.
/// `other` for a symbol that isn't Rust's.
fn crate_of(symbol: &str) -> String {
    let path = format!("{:#}", rustc_demangle::demangle(symbol));
    let Some((before, _)) = path.split_once("::") else {
        return "other".to_owned();
    };
    let start = before
        .rfind(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .map_or(0, |at| at + 1);
    match &before[start..] {
        "" => "other".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection,
        ImportSection, MemorySection, MemoryType, Module, NameMap, NameSection, TypeSection,
    };

    use super::*;

    const MEMORY: MemoryType = MemoryType {
        minimum: 1,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    };

    /// Imports the functions `g.long` and `h.long`, exports its own `first` and `second` and its memory.
    fn module() -> Vec<u8> {
        let mut module = Module::new();
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut imports = ImportSection::new();
        imports.import("g", "long", EntityType::Function(0));
        imports.import("h", "long", EntityType::Function(0));
        let mut functions = FunctionSection::new();
        functions.function(0).function(0);
        let mut memories = MemorySection::new();
        memories.memory(MEMORY);
        let mut exports = ExportSection::new();
        exports.export("first", ExportKind::Func, 2);
        exports.export("second", ExportKind::Func, 3);
        exports.export("memory", ExportKind::Memory, 0);
        let mut code = CodeSection::new();
        for _ in 0..2 {
            let mut body = Function::new([]);
            body.instructions().end();
            code.function(&body);
        }
        let mut names = NameSection::new();
        let mut of_functions = NameMap::new();
        of_functions.append(2, "_ZN4core3fmt5write17h0123456789abcdefE");
        of_functions.append(3, "memcpy");
        names.functions(&of_functions);
        module
            .section(&types)
            .section(&imports)
            .section(&functions)
            .section(&memories)
            .section(&exports)
            .section(&code)
            .section(&names);
        module.finish()
    }

    fn exports(module: &[u8]) -> Vec<(String, u32)> {
        let mut found = Vec::new();
        for payload in Parser::new(0).parse_all(module) {
            if let Payload::ExportSection(exports) = payload.expect("a module") {
                for export in exports {
                    let export = export.expect("an export");
                    found.push((export.name.to_owned(), export.index));
                }
            }
        }
        found
    }

    #[test]
    fn unused_exports_go() {
        let changed = without_exports(&module(), |name| name == "first").expect("a module");
        assert_eq!(
            exports(&changed),
            [("second".to_owned(), 3), ("memory".to_owned(), 0)]
        );
    }

    #[test]
    fn exported_functions_get_short_names() {
        let (changed, renamed) = short_exports(&module()).expect("a module");
        let pair = |old: &str, new: &str| (old.to_owned(), new.to_owned());
        assert_eq!(renamed, [pair("first", "a"), pair("second", "b")]);
        assert_eq!(
            exports(&changed),
            [
                ("a".to_owned(), 2),
                ("b".to_owned(), 3),
                ("memory".to_owned(), 0)
            ]
        );
    }

    #[test]
    fn functions_imported_from_one_module_get_short_names() {
        let (changed, renamed) = short_imports(&module(), "g").expect("a module");
        assert_eq!(renamed, ["long"]);
        let mut imports = Vec::new();
        for payload in Parser::new(0).parse_all(&changed) {
            if let Payload::ImportSection(section) = payload.expect("a module") {
                for import in section.into_imports() {
                    let import = import.expect("an import");
                    imports.push(format!("{}.{}", import.module, import.name));
                }
            }
        }
        assert_eq!(imports, ["g.a", "h.long"]);
        assert_eq!(exports(&changed), exports(&module()));
    }

    #[test]
    fn what_is_no_module_is_refused() {
        assert!(short_exports(b"GIF8").is_err());
        assert!(without_exports(b"GIF8", |_| true).is_err());
        assert!(short_imports(b"GIF8", "g").is_err());
        assert!(code_by_crate(b"GIF8").is_err());
    }

    #[test]
    fn adds_up_code_by_crate() {
        let sizes = code_by_crate(&module()).expect("a module");
        assert_eq!(sizes, [("core".to_owned(), 2), ("other".to_owned(), 2)]);
    }

    #[test]
    fn names_the_crate_in_every_kind_of_symbol() {
        for (symbol, name) in [
            ("_ZN4core3fmt5write17h0123456789abcdefE", "core"),
            (
                "_ZN63_$LT$alloc..vec..Vec$LT$T$GT$$u20$as$u20$core..clone..Clone$GT$5clone17h0123456789abcdefE",
                "alloc",
            ),
            (
                "_ZN53_$LT$T$u20$as$u20$tachys..view..any_view..IntoAny$GT$8into_any17h0123456789abcdefE",
                "tachys",
            ),
            ("_RNvNtCs1234_4core3fmt5write", "core"),
            ("_RNvCs1_4dika4main", "dika"),
            ("<alloc::vec::Vec<T> as core::clone::Clone>::clone", "alloc"),
            ("dlmalloc::dlmalloc::Dlmalloc<A>::malloc", "dlmalloc"),
            ("memcpy", "other"),
        ] {
            assert_eq!(crate_of(symbol), name);
        }
    }

    #[test]
    fn short_names_differ() {
        let names: Vec<String> = (0..800).map(short_name).collect();
        assert_eq!(names[..3], ["a", "b", "c"]);
        assert_eq!(names[26], "aa");
        let different: std::collections::HashSet<_> = names.iter().collect();
        assert_eq!(different.len(), names.len());
    }
}
