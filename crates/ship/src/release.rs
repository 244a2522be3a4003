//! The built app as a whole, step by step.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::files::{self, ASSETS};
use crate::frame::{Assets, Frame};
use crate::inline::{self, Inline};
use crate::programs::Programs;
use crate::{code, compress, css, variables, worker};

/// The file in the built app that names the sources it was built from. Pages ask for it to learn that a
/// new release is out.
pub const VERSION_FILE: &str = "version.json";

/// The content of [`VERSION_FILE`].
pub fn version_file(version: &str) -> String {
    format!("{{\"version\":\"{version}\"}}\n")
}

/// What a release is built from.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// The checkout.
    pub root: &'a Path,
    /// The app's module as the linker wrote it, names and relocations included.
    pub linked: &'a Path,
    /// Names the sources in [`VERSION_FILE`].
    pub version: &'a str,
}

/// Builds the app that ships into the folder `out`, whose former content is removed. `scratch` is a folder for
/// intermediate files; `step` is told what is being done.
///
/// # Errors
/// When a step fails.
pub fn build(
    sources: &Sources<'_>,
    programs: &Programs<'_>,
    scratch: &Path,
    out: &Path,
    step: fn(&str),
) -> Result<()> {
    files::empty(scratch)?;
    files::empty(out)?;
    let assets = out.join(ASSETS);
    std::fs::create_dir_all(&assets)?;

    step("splitting, binding, optimising");
    let code = code::build(sources.linked, programs, scratch, &assets)?;

    let public = sources.root.join("public");
    let page = std::fs::read_to_string(sources.root.join("index.html"))
        .context("index.html is missing")?;
    let frame = Frame::read(&page)?;
    let (some, for_all): (Vec<_>, Vec<_>) = (frame.sheets.iter().cloned())
        .partition(|sheet| [inline::FORMS_SHEET, inline::OWN_SHEET].contains(&sheet.as_str()));
    let [forms, own] = &some[..] else {
        bail!("index.html needs the style sheets that not every page has, in their order");
    };
    let bundled = |sheets: &[String]| css::bundle(sources.root, sheets, programs, scratch);
    let [style, forms_style, own_style] = variables::shortened([
        &bundled(&for_all)?,
        &bundled(std::slice::from_ref(forms))?,
        &bundled(std::slice::from_ref(own))?,
    ]);
    let script = |parts: &[&str]| inline::script(parts, &public, programs, scratch);
    let some = inline::SOME
        .iter()
        .map(|(page, part)| Ok((*page, script(&[part])?)))
        .collect::<Result<_>>()?;
    let inline = Inline {
        style,
        forms_style,
        own_style,
        early: script(inline::EARLY)?,
        boot: script(inline::BOOT)?,
        some,
    };
    let inline = inline.checked()?;
    let forms_sheet = files::write_hashed(&assets, "forms", "css", inline.forms_style.as_bytes())?;
    let own_sheet = files::write_hashed(&assets, "own", "css", inline.own_style.as_bytes())?;
    let whole = [
        inline.style.as_str(),
        &inline.forms_style,
        &inline.own_style,
    ];
    let whole = whole.concat();
    let whole_sheet = files::write_hashed(&assets, "style", "css", whole.as_bytes())?;
    let boot_file = files::write_hashed(&assets, "boot", "js", inline.boot.as_bytes())?;
    copy_public(&public, out)?;
    std::fs::write(out.join(VERSION_FILE), version_file(sources.version))?;

    step("prerendering");
    let icon = std::fs::read(public.join("icon.svg")).context("public/icon.svg is missing")?;
    let icon = files::write_hashed(&assets, "icon", "svg", &icon)?;
    let template = scratch.join("frame.html");
    std::fs::write(
        &template,
        frame.with_assets(&Assets {
            inline: &inline,
            icon: &format!("/{ASSETS}/{icon}"),
            forms_sheet: &format!("/{ASSETS}/{forms_sheet}"),
            own_sheet: &format!("/{ASSETS}/{own_sheet}"),
            whole_sheet: &format!("/{ASSETS}/{whole_sheet}"),
            boot_file: &format!("/{ASSETS}/{boot_file}"),
            script: &code.script,
            wasm: &code.wasm,
        }),
    )?;
    let chunks = scratch.join("chunks.txt");
    let lines: String = code
        .chunks
        .iter()
        .map(|(point, addresses)| format!("{point} {}\n", addresses.join(" ")))
        .collect();
    std::fs::write(&chunks, lines)?;
    let mut prerender = std::process::Command::new(programs.prerender);
    (programs.run)(prerender.args([&template, out, &chunks]))
        .context("the pages could not be prerendered")?;

    step("compressing");
    compress::all_below(out)?;
    worker::write(out, programs, scratch)
}

/// Copies what ships under its own name: all of `public/` but the parts of the pages' own scripts.
fn copy_public(public: &Path, out: &Path) -> Result<()> {
    for file in files::files_below(public)? {
        let name = file.strip_prefix(public)?;
        if inline::is_part(name) {
            continue;
        }
        let to = out.join(name);
        if let Some(folder) = to.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::copy(&file, to)?;
    }
    Ok(())
}
