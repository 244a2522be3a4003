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
    visits: Vec<Visit>,
}

impl Measured {
    /// The largest file of each kind in brotli bytes; and by the names of [`VISITS`] what a cold visit fetches: `_page` as it
    /// comes, `_visit` as long as somebody only reads, and what the first touch of a control brings beside (`_touch`).
    pub fn by_kind(&self) -> BTreeMap<String, u64> {
        let mut kinds = BTreeMap::new();
        for file in &self.files {
            let largest = kinds.entry(file.kind.to_owned()).or_insert(0);
            *largest = file.brotli.max(*largest);
        }
        kinds.remove("other");
        let weight = |name: &String| -> u64 {
            let file = self.files.iter().find(|file| file.name == *name);
            file.map_or(0, |file| file.brotli)
        };
        let all = |names: &[String]| names.iter().map(weight).sum::<u64>();
        for visit in &self.visits {
            let at_once = weight(&visit.page) + all(&visit.at_once);
            let name = visit.name;
            kinds.insert(format!("{name}_visit"), at_once + all(&visit.ahead));
            if !visit.ahead.is_empty() {
                kinds.insert(format!("{name}_page"), at_once);
            }
            if !visit.touched.is_empty() {
                kinds.insert(format!("{name}_touch"), all(&visit.touched));
            }
        }
        kinds
    }
}

/// Pages whose visits are weighed: a name, the page's file, and whether a student was here before.
const VISITS: [(&str, &str, bool); 6] = [
    ("home", "index.html", false),
    ("student", "index.html", true),
    ("points", "service-points/index.html", false),
    ("guide", "guide/index.html", false),
    ("password", "guide/password/index.html", false),
    ("triage", "where-is-my-money/index.html", false),
];

/// What a cold visit to a page fetches: paths below `dist/`.
struct Visit {
    name: &'static str,
    page: String,
    /// Beside the page, as soon as it is there.
    at_once: Vec<String>,
    /// Once the page has been read for a while.
    ahead: Vec<String>,
    /// With the first touch of what only the app answers.
    touched: Vec<String>,
}

impl Visit {
    fn read(name: &'static str, page: &str, by_student: bool) -> Result<Self> {
        let html = std::fs::read_to_string(paths::dist().join(page))
            .with_context(|| format!("{page} is not built"))?;
        let (before, rest) = html
            .split_once("<template id=\"code\">")
            .unwrap_or((&html, ""));
        let (template, after) = rest.split_once("</template>").unwrap_or(("", rest));
        let mut at_once = addresses(before);
        at_once.extend(addresses(after));
        let mut ahead = addresses(template);
        let mut touched = Vec::new();
        if by_student {
            at_once.append(&mut ahead);
            // A page that came whole fetches these once something on it may have changed (src/pages/home/as_it_came.rs).
            let student = html
                .split_once("<meta name=\"dika-student\" content=\"")
                .and_then(|(_, rest)| rest.split_once('"'))
                .context("the home page does not name a student's code")?;
            touched.extend(student.0.split(' ').map(|address| address[1..].to_owned()));
        } else if ahead.iter().any(|name| kind(name) == "wasm_page") {
            // As public/wait.js does: what all pages share, where the page has more code than that.
            (ahead, touched) =
                (ahead.into_iter()).partition(|name| ["wasm_main", "script"].contains(&kind(name)));
        }
        if at_once.is_empty() && ahead.is_empty() {
            bail!("{page} asks for no code");
        }
        Ok(Self {
            name,
            page: page.to_owned(),
            at_once,
            ahead,
            touched,
        })
    }
}

/// The files of the app that this HTML asks for, once each.
fn addresses(html: &str) -> Vec<String> {
    let mut found: Vec<String> = html
        .split("href=\"/assets/")
        .skip(1)
        .filter_map(|rest| rest.split_once('"'))
        .map(|(name, _)| format!("assets/{name}"))
        .collect();
    found.sort();
    found.dedup();
    found
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
    for (kind, start) in [
        ("early", "<script>"),
        ("first_style", "<style id=\"first\""),
        ("style", "<style data-sheet="),
        ("boot", "<script data-file="),
    ] {
        let text = home
            .split_once(start)
            .and_then(|(_, rest)| rest.split_once("</"))
            .map(|(text, _)| text.split_once('>').map_or(text, |(_, text)| text))
            .with_context(|| format!("the home page holds no {kind}"))?;
        files.push(File {
            name: format!("({kind} in each page)"),
            kind,
            raw: text.len() as u64,
            gzip: compress::gzip(text.as_bytes())?.len() as u64,
            brotli: compress::brotli(text.as_bytes())?.len() as u64,
        });
    }
    let visits = VISITS
        .iter()
        .map(|(name, page, by_student)| Visit::read(name, page, *by_student))
        .collect::<Result<_>>()?;
    Ok(Measured { files, visits })
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
