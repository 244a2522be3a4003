//! Changes to the scripts that wasm-bindgen and the splitter generate: all of them, in one place (the table
//! in this crate's documentation gives reasons and bytes). Each fails where the text that it changes isn't found
//! as expected, because a new version of a tool may write something else.

use std::collections::{BTreeMap, HashSet};

use anyhow::{Context, Result, bail};

use crate::wasm::short_name;

/// Points the glue at the main module's final file. The name is relative to the script's own address.
///
/// # Errors
/// When the glue doesn't name the module exactly once.
pub fn main_module_address(glue: &str, file: &str) -> Result<String> {
    replace_once(glue, "'app_bg.wasm'", &format!("'{file}'"))
}

/// Points the splitter's script at the chunks' final files, given by the names that the splitter gave them.
///
/// # Errors
/// When the script doesn't name each chunk exactly once.
pub fn chunk_addresses(link: &str, files: &BTreeMap<String, String>) -> Result<String> {
    let mut link = link.to_owned();
    for (stem, file) in files {
        link = replace_once(
            &link,
            &format!("\"./{stem}.wasm\""),
            &format!("\"./{file}\""),
        )?;
    }
    Ok(link)
}

/// Lets the glue end its instance of the module: from then on, calls from outside (timers, events, promises) do
/// nothing. After a panic, Rust's closures would otherwise go on in a state that nobody knows.
///
/// # Errors
/// When the glue doesn't keep the module's exports as expected.
pub fn with_end(glue: &str) -> Result<String> {
    let exports = "let wasmModule, wasmInstance, wasm;";
    if glue.matches(exports).count() != 1 {
        bail!("expected `{exports}` once in the glue: wasm-bindgen writes something new");
    }
    Ok([
        glue,
        "\nexport const end = () => { wasm = new Proxy({}, { get: () => () => 0 }); };\n",
    ]
    .concat())
}

/// Lets the glue write HTML where the page's policy takes it from the policy `dika` alone (Trusted Types): Leptos writes
/// what its templates hold, in which texts are escaped.
///
/// # Errors
/// When the glue doesn't write HTML at exactly one place.
pub fn with_trusted_html(glue: &str) -> Result<String> {
    let writes = ".innerHTML = getStringFromWasm0(arg1, arg2);";
    let trusting = ".innerHTML = trusted(getStringFromWasm0(arg1, arg2));";
    let glue = replace_once(glue, writes, trusting)?;
    Ok([
        &glue,
        "\nconst html = self.trustedTypes && trustedTypes.createPolicy('dika', { createHTML: (it) => it });\n\
         const trusted = (it) => html ? html.createHTML(it) : it;\n",
    ]
    .concat())
}

/// Marks the glue's registries of objects to be freed as free of side effects, so that esbuild removes those of
/// classes that nothing uses. The classes here are streams, which a dependency exports and nothing makes.
///
/// # Errors
/// When there is no such registry.
pub fn removable_registries(glue: &str) -> Result<String> {
    let made = ": new FinalizationRegistry(";
    if !glue.contains(made) {
        bail!("expected `{made}` in the glue: wasm-bindgen writes something new");
    }
    Ok(glue.replace(made, ": /* @__PURE__ */ new FinalizationRegistry("))
}

/// Renames the module's exports where the glue calls them, as `wasm.NAME`.
///
/// # Errors
/// When the glue doesn't call one of them.
pub fn export_names(glue: &str, renamed: &[(String, String)]) -> Result<String> {
    let mut pieces = glue.split("wasm.");
    let mut changed = pieces.next().unwrap_or_default().to_owned();
    let mut found = HashSet::new();
    for piece in pieces {
        changed += "wasm.";
        let end = piece
            .find(|letter: char| !is_part_of_name(letter))
            .unwrap_or(piece.len());
        match renamed.iter().find(|(name, _)| *name == piece[..end]) {
            Some((name, short)) => {
                found.insert(name);
                changed += short;
                changed += &piece[end..];
            }
            None => changed += piece,
        }
    }
    if let Some((missing, _)) = renamed.iter().find(|(name, _)| !found.contains(name)) {
        bail!("the glue doesn't call the export `{missing}`: wasm-bindgen writes something new");
    }
    Ok(changed)
}

/// Gives the glue's functions the short names under which the main module imports them, in the order of
/// `imported`, and removes the others, which no module imports.
///
/// # Errors
/// When the object of imports isn't found, or lacks one of `imported`.
pub fn import_names(glue: &str, imported: &[String]) -> Result<String> {
    let (start, end) = ("\n    const import0 = {\n", "\n    };\n");
    let (before, rest) = glue
        .split_once(start)
        .context("the glue has no object of imports: wasm-bindgen writes something new")?;
    let (entries, after) = rest
        .split_once(end)
        .context("the glue's object of imports doesn't end: wasm-bindgen writes something new")?;
    let mut kept = String::new();
    let mut found = 0;
    // An entry begins on a line that is indented by eight spaces and holds its name.
    let mut keeps = true;
    for line in entries.lines() {
        let name = line
            .strip_prefix("        ")
            .filter(|rest| !rest.starts_with([' ', '}']))
            .and_then(|rest| rest.split_once(':'));
        match name {
            Some(("__proto__", _)) => keeps = true,
            Some((name, function)) => {
                let short = imported.iter().position(|imported| imported == name);
                keeps = short.is_some();
                if let Some(short) = short {
                    found += 1;
                    kept += &format!("{}:{function}\n", short_name(short));
                }
                continue;
            }
            None => {}
        }
        if keeps {
            kept += line;
            kept += "\n";
        }
    }
    if found != imported.len() {
        bail!(
            "the glue lacks {} of the functions that the module imports: wasm-bindgen writes something new",
            imported.len() - found
        );
    }
    Ok([before, start, &kept, end, after].concat())
}

/// The exports that the glue calls, as `wasm.NAME`, and that the bundled script doesn't name: what calls them was
/// removed by the bundler, because nothing uses it.
pub fn unused_exports<'a>(glue: &'a str, script: &str) -> HashSet<&'a str> {
    let named = names(script);
    glue.split("wasm.")
        .skip(1)
        .map(|rest| {
            let end = rest.find(|letter: char| !is_part_of_name(letter));
            &rest[..end.unwrap_or(rest.len())]
        })
        .filter(|export| !export.is_empty() && !named.contains(export))
        .collect()
}

/// All names in a script, words of its texts and comments included.
pub fn names(script: &str) -> HashSet<&str> {
    script
        .split(|letter: char| !is_part_of_name(letter))
        .collect()
}

fn is_part_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == '$'
}

fn replace_once(text: &str, from: &str, to: &str) -> Result<String> {
    if text.matches(from).count() != 1 {
        bail!("expected `{from}` exactly once: a tool writes something new");
    }
    Ok(text.replace(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_replaced_once_or_refused() {
        let changed = main_module_address("fetch('app_bg.wasm')", "app-1.wasm").expect("found");
        assert_eq!(changed, "fetch('app-1.wasm')");
        assert!(main_module_address("fetch('app.wasm')", "app-1.wasm").is_err());

        let files = BTreeMap::from([("chunk_1".to_owned(), "page-2.wasm".to_owned())]);
        let changed = chunk_addresses("new URL(\"./chunk_1.wasm\")", &files).expect("found");
        assert_eq!(changed, "new URL(\"./page-2.wasm\")");
        assert!(chunk_addresses("new URL(\"./chunk_10.wasm\")", &files).is_err());
    }

    #[test]
    fn registries_are_marked_or_missed() {
        let changed =
            removable_registries("a ? {}\n    : new FinalizationRegistry(f)").expect("found");
        assert!(changed.contains(": /* @__PURE__ */ new FinalizationRegistry(f)"));
        assert!(removable_registries("new FinalizationRegistry(f)").is_err());
    }

    #[test]
    fn the_glue_can_end_its_instance() {
        let glue = with_end("let wasmModule, wasmInstance, wasm;\nwasm.go();").expect("found");
        assert!(glue.contains("export const end = () => { wasm = "));
        assert!(with_end("let wasm;").is_err());
    }

    #[test]
    fn html_is_written_by_the_policy_or_not_at_all() {
        let write = "arg0.innerHTML = getStringFromWasm0(arg1, arg2);";
        let glue = with_trusted_html(write).expect("found");
        assert!(glue.contains("arg0.innerHTML = trusted(getStringFromWasm0(arg1, arg2));"));
        assert!(glue.contains("createPolicy('dika'"));
        assert!(with_trusted_html("").is_err());
        assert!(with_trusted_html(&write.repeat(2)).is_err());
    }

    #[test]
    fn calls_of_exports_get_the_short_names() {
        let renamed = [("long".to_owned(), "a".to_owned())];
        let changed = export_names("wasm.long(1); wasm.longer(2); wasm.long", &renamed);
        assert_eq!(changed.expect("found"), "wasm.a(1); wasm.longer(2); wasm.a");
        assert!(export_names("wasm.longer(2)", &renamed).is_err());
    }

    #[test]
    fn the_glue_keeps_what_is_imported() {
        let glue = "a\n    const import0 = {\n        __proto__: null,\n        __wbg_one_1: function(x) {\n            \
                    return 1;\n        },\n        __wbg_two_2: function() {\n            return { a: 2 };\n        \
                    },\n    };\n    rest";
        let short = import_names(glue, &["__wbg_two_2".to_owned()]).expect("glue");
        assert!(short.contains("a: function() {\n            return { a: 2 };\n        },\n"));
        assert!(short.contains("__proto__: null") && short.ends_with("rest"));
        assert!(!short.contains("one"));
        assert!(import_names(glue, &["__wbg_three_3".to_owned()]).is_err());
        assert!(import_names("rest", &[]).is_err());
    }

    #[test]
    fn exports_are_unused_when_the_bundler_removed_their_callers() {
        let glue = "class A { free() { wasm.__wbg_a_free(1); } } f(wasm.memory.buffer); wasm.go()";
        let unused = unused_exports(glue, "f(x.memory.buffer);x.go()");
        assert_eq!(unused, HashSet::from(["__wbg_a_free"]));
    }

    #[test]
    fn names_are_whole() {
        let found = names("wasm.__wbg_a_free(b>>>0,1)");
        assert!(found.contains("__wbg_a_free") && !found.contains("__wbg_a"));
    }
}
