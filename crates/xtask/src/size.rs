//! `cargo xtask size`: what every shipped file weighs, and which crates the WASM's weight comes from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use dika_ship::{compress, files, wasm};

use crate::{budget, paths, say};

/// A shipped file.
struct File {
    /// Its path below `dist/`.
    name: String,
    kind: &'static str,
    raw: u64,
    gzip: u64,
    brotli: u64,
}

/// All shipped files.
pub struct Measured {
    files: Vec<File>,
    /// What the home page fetches more where a student was here before: paths below `dist/`.
    student: Vec<String>,
}

impl Measured {
    /// The largest file of each kind in brotli bytes; `home_visit`, all that a first visit to the home
    /// page fetches; and `student_visit`, all that a student's does.
    pub fn by_kind(&self) -> BTreeMap<String, u64> {
        let mut kinds = BTreeMap::new();
        for file in &self.files {
            let largest = kinds.entry(file.kind.to_owned()).or_insert(0);
            *largest = file.brotli.max(*largest);
        }
        kinds.remove("other");
        let sum = |wanted: &dyn Fn(&File) -> bool| -> u64 {
            let files = self.files.iter().filter(|file| wanted(file));
            files.map(|file| file.brotli).sum()
        };
        let home =
            sum(&|file| file.name == "index.html" || ["wasm_main", "script"].contains(&file.kind));
        let more = sum(&|file| self.student.contains(&file.name));
        kinds.insert("home_visit".to_owned(), home);
        kinds.insert("student_visit".to_owned(), home + more);
        kinds
    }
}

/// Weighs `dist/`.
///
/// # Errors
/// When nothing was built.
pub fn measure() -> Result<Measured> {
    let dist = paths::dist();
    if !dist.join("index.html").is_file() {
        bail!("there is no built app: run `cargo xtask build` first");
    }
    let mut files = Vec::new();
    for path in files::files_below(&dist)? {
        if path
            .extension()
            .is_some_and(|ext| ext == "br" || ext == "gz")
        {
            continue;
        }
        let raw = path.metadata()?.len();
        let packed = |suffix: &str| -> u64 {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            PathBuf::from(name)
                .metadata()
                .map_or(raw, |data| data.len())
        };
        let name = path
            .strip_prefix(&dist)
            .unwrap_or(&path)
            .to_string_lossy()
            .into_owned();
        files.push(File {
            kind: kind(&name),
            raw,
            gzip: packed(".gz"),
            brotli: packed(".br"),
            name,
        });
    }
    // What stands in every page weighs there; here it is weighed alone, to see it grow.
    let home = std::fs::read_to_string(dist.join("index.html"))?;
    for (kind, element) in [("style", "style"), ("boot", "script")] {
        let text = home
            .split_once(&format!("<{element}>"))
            .and_then(|(_, rest)| rest.split_once(&format!("</{element}>")))
            .map(|(text, _)| text)
            .with_context(|| format!("the home page holds no {element}"))?;
        files.push(File {
            name: format!("({element} in each page)"),
            kind,
            raw: text.len() as u64,
            gzip: compress::gzip(text.as_bytes())?.len() as u64,
            brotli: compress::brotli(text.as_bytes())?.len() as u64,
        });
    }
    let student = home
        .split_once("<meta name=\"dika-student\" content=\"")
        .and_then(|(_, rest)| rest.split_once('"'))
        .map(|(list, _)| list.split(' ').map(|address| address[1..].to_owned()))
        .context("the home page does not name a student's code")?
        .collect();
    Ok(Measured { files, student })
}

fn kind(name: &str) -> &'static str {
    let extension = Path::new(name)
        .extension()
        .and_then(|ext| ext.to_str())
        .unwrap_or_default();
    match extension {
        "wasm" if name.starts_with("assets/app-") => "wasm_main",
        "wasm" => "wasm_page",
        "js" if name.starts_with("assets/app-") => "script",
        "html" => "html_page",
        _ => "other",
    }
}

/// Prints the tables and checks the budget.
///
/// # Errors
/// When nothing was built, or something is over the budget.
pub fn run() -> Result<()> {
    let measured = measure()?;
    say::note(&format!("{:>9} {:>9} {:>9}  file", "raw", "gzip", "brotli"));
    for file in &measured.files {
        say::note(&format!(
            "{:>9} {:>9} {:>9}  {}",
            file.raw, file.gzip, file.brotli, file.name
        ));
    }
    let linked = paths::linked_wasm();
    if linked.is_file() {
        say::note("\nCode by crate, as linked (before wasm-opt; all modules together):");
        let module = std::fs::read(&linked)?;
        let crates = wasm::code_by_crate(&module).context("the linked module can't be read")?;
        let total: u64 = crates.iter().map(|(_, bytes)| bytes).sum();
        for (name, bytes) in crates.iter().filter(|(_, bytes)| bytes * 200 > total) {
            say::note(&format!(
                "{bytes:>9} {:>4} %  {name}",
                bytes * 100 / total.max(1)
            ));
        }
        say::note(&format!(
            "{total:>9}  100 %  in all; with brotli {}",
            compress::brotli(&module)?.len()
        ));
    }
    let budget = budget::Budget::read()?;
    say::note("\nBudget (brotli bytes, the largest of its kind):");
    for (kind, bytes) in measured.by_kind() {
        let limit = budget
            .limit(&kind)
            .map_or_else(|| "none".to_owned(), |limit| limit.to_string());
        say::note(&format!("{bytes:>9} of {limit:>7}  {kind}"));
    }
    budget.check(&measured.by_kind())
}
