//! The app's pages as whole documents: ahead of time as files where the server looks for them, and for a student
//! with the data that they show ([`pages`]).
//!
//! `<route>/index.html` for each page with an address of its own, `shells/<data-page>.html` for each
//! page with an id in its address, `404.html` for all other addresses, `legal/<name>.html` for the pages on privacy and
//! terms, which come without the app; the same below `en/`. `assets/rescue-<hash>.json` for what the rescue notice of each
//! language says.

mod arrange;
mod first_style;
/// What the page's first script compares before the app takes the page over.
pub mod nodes;
/// Pages with a student's data, for the server.
pub mod pages;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use arrange::{Arranger, Parts};
use dika::legal::{self, LegalPage};
use dika::prerender::{Page, page, rescue};
use dika::route::Route;
use dika_contract::Language;
use dika_server::web::page_headers::{INLINE_FILE, Inline};
use dika_server::web::pages::{FOLD, FOLD_END};
use sha2::{Digest, Sha256};

/// A file to write: where, and its whole text.
pub type File = (PathBuf, String);

/// The addresses of the files that a chunk's pages need beside the app itself, by the chunk's name.
pub type Chunks = HashMap<String, Vec<String>>;

/// Reads a list of chunks: a line each, its name and then the addresses, spaces between.
pub fn chunks(list: &str) -> Chunks {
    let mut chunks = Chunks::new();
    for line in list.lines() {
        let mut words = line.split_whitespace().map(str::to_owned);
        if let Some(name) = words.next() {
            chunks.insert(name, words.collect());
        }
    }
    chunks
}

/// Every page in both languages, in `frame`: the text of `index.html` as it ships, with nothing but scripts in its body.
/// A page whose code is a chunk asks for it together with the app.
///
/// # Errors
/// When the frame lacks one of the places that a page fills.
pub fn files(frame: &str, chunks: &Chunks) -> Result<Vec<File>> {
    let mut files = Vec::new();
    let arranger = Arranger::default();
    let fill = |path: &str, language| fill(&arranger, frame, chunks, path, language);
    for language in Language::ALL.iter().copied() {
        let folder = match language {
            Language::Chinese => PathBuf::new(),
            Language::English => PathBuf::from(language.tag()),
        };
        for route in Route::prerendered() {
            let path = route.to_string();
            let file = folder.join(path.trim_start_matches('/')).join("index.html");
            files.push((file, fill(&path, language)?));
        }
        for route in Route::shells() {
            let file = folder.join("shells").join(format!("{}.html", route.page()));
            files.push((file, fill(&route.to_string(), language)?));
        }
        files.push((
            folder.join("404.html"),
            fill(&Route::NotFound.to_string(), language)?,
        ));
        for page in legal::pages(language) {
            let file = folder.join("legal").join(format!("{}.html", page.name));
            files.push((file, without_app(&arranger, frame, &page, language)?));
        }
    }
    let inline: String = files
        .iter()
        .map(|(file, html)| Inline::of(html).lines(file))
        .collect();
    files.push((PathBuf::from(INLINE_FILE), inline));
    for language in Language::ALL.iter().copied() {
        let words = rescue(language).words;
        files.push((PathBuf::from(words_file(&words)), words));
    }
    files.push((PathBuf::from(SHELLS), shell_addresses()));
    Ok(files)
}

/// The file that says which page of the folder `shells` belongs to which addresses, for whoever serves them. A line
/// each: a pattern, where `{id}` stands for an id of the contract and `{a|b}` for one of these words; a space; the
/// page's name.
pub const SHELLS: &str = "shells/addresses.txt";

fn shell_addresses() -> String {
    let mut lines: Vec<String> = Route::shells()
        .iter()
        .map(|route| format!("{} {}\n", route.pattern(), route.page()))
        .collect();
    lines.sort();
    lines.concat()
}

/// Writes every page below `out`.
///
/// # Errors
/// As [`files`], and when a file can't be written.
pub fn write(frame: &Path, out: &Path, chunks: &Chunks) -> Result<()> {
    let frame = std::fs::read_to_string(frame)
        .with_context(|| format!("{} can't be read", frame.display()))?;
    for (name, text) in files(&frame, chunks)? {
        let file = out.join(name);
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&file, text)
            .with_context(|| format!("{} can't be written", file.display()))?;
    }
    Ok(())
}

fn fill(
    arranger: &Arranger,
    frame: &str,
    chunks: &Chunks,
    path: &str,
    language: Language,
) -> Result<String> {
    let page = page(path, language);
    let behind = behind_app(&page);
    let asks = page.body.contains("<input");
    let Page {
        title,
        description,
        body,
        name,
        waits_with_code,
        chunk,
        student_chunk,
        ..
    } = page;
    let addresses =
        |name: Option<&str>| name.and_then(|name| chunks.get(name)).into_iter().flatten();
    let html = replace(frame, "<html lang=\"", "\"", language.tag())?;
    let html = replace(&html, "<title>", "</title>", &escape(&title))?;
    let html = replace(
        &html,
        "<meta name=\"description\" content=\"",
        "\"",
        &escape(&description),
    )?;
    let preloads: String = addresses(chunk)
        .map(|address| {
            // In the mode of the script's own fetch, or it would be fetched twice.
            format!("<link rel=\"preload\" href=\"{address}\" as=\"fetch\" fetchpriority=\"low\" crossorigin>")
        })
        .collect();
    let html = html.replacen(FOLD_END, &[FOLD_END, &preloads].concat(), 1);
    let html = without_others_scripts(&html, name, waits_with_code);
    let html = with_sheet(&html, FORMS, !waits_with_code || asks)?;
    // On a home page a student's cards may be the first thing to be seen.
    let is_own = !waits_with_code || name == Route::Home.page();
    let html = in_one_element(&with_sheet(&html, OWN, is_own)?);
    // Pages that come without a student's own styles come with their scripts, too (docs/decisions/0013).
    let html = if is_own { html } else { without_files(&html) };
    let html = if waits_with_code {
        let (html, code) = without_code(&html)?;
        // Ahead of the script that looks for it.
        let template = [FOLD, TEMPLATE, &code, TEMPLATE_END].concat();
        html.replacen(FOLD, &template, 1)
    } else {
        html
    };
    // The script before the first paint, which comes after it, knows who was here.
    let student: Vec<&str> = addresses(student_chunk).map(String::as_str).collect();
    let html = if student.is_empty() {
        html
    } else {
        let list = format!("{FOLD}{STUDENT}{}\">", student.join(" "));
        html.replacen(FOLD, &list, 1)
    };
    let parts = Parts::of(&html).context("the frame has no fold in its body")?;
    Ok(arranger.arranged(
        parts.head,
        parts.fold,
        &body,
        &[&behind, parts.body.0, parts.body.1].concat(),
    ))
}

/// The style sheets that not every page begins with, as the frame names them: of fields, choices and what they find; of a
/// student's own pages and of what a tap opens.
const FORMS: &str = "forms";
const OWN: &str = "own";

/// A page with such a style sheet in it from the start, or else with the link to it, which comes with the app. The frame
/// has both.
fn with_sheet(page: &str, sheet: &str, from_start: bool) -> Result<String> {
    let (page, _) = if from_start {
        without(
            page,
            &format!("<link rel=\"stylesheet\" id=\"{sheet}-later\""),
            ">",
        )?
    } else {
        without(page, &format!("<style id=\"{sheet}\""), "</style>")?
    };
    Ok(page)
}

/// The page with its styles in one element: each has a hash of its own in the page's policy.
fn in_one_element(page: &str) -> String {
    let mut html = page.to_owned();
    for sheet in [FORMS, OWN] {
        let start = format!("</style><style id=\"{sheet}\"");
        let Some((before, rest)) = html.split_once(&start) else {
            continue;
        };
        let Some(((styles, text), (attributes, rest))) =
            before.rsplit_once("<style>").zip(rest.split_once('>'))
        else {
            continue;
        };
        // What the last one says of all of them.
        html = [styles, "<style", attributes, ">", text, rest].concat();
    }
    html
}

/// What brings the app later, where `public/wait.js` finds it.
const TEMPLATE: &str = "<template id=\"code\">";
const TEMPLATE_END: &str = "</template>";

/// A built page that brings the app at once, whether it was built so or to do it later. One that `is_whole` does not ask
/// for a student's own part of the app.
fn with_code_at_once(page: &str, is_whole: bool) -> String {
    let for_student = if is_whole {
        without(page, STUDENT, ">").ok()
    } else {
        None
    };
    let page = for_student.as_ref().map_or(page, |(page, _)| page);
    let html = page.split_once(TEMPLATE).and_then(|(before, rest)| {
        let (code, after) = rest.split_once(TEMPLATE_END)?;
        let (after, _) = without(after, WAITS, "</script>").ok()?;
        let (body, end) = after.rsplit_once("</body>")?;
        Some([before, body, code, "</body>", end].concat())
    });
    html.unwrap_or_else(|| page.to_owned())
}

/// Names the code of a student's home page.
const STUDENT: &str = "<meta name=\"dika-student\" content=\"";

/// The script that brings the app later.
const WAITS: &str = "<script id=\"waits\"";

/// Takes all that brings the app out of a page: the page, and what was taken.
fn without_code(page: &str) -> Result<(String, String)> {
    let (mut html, mut code) = (page.to_owned(), String::new());
    for (from, to) in [
        ("<link rel=\"stylesheet\"", ">"),
        ("<link rel=\"modulepreload\"", ">"),
        ("<link rel=\"preload\"", ">"),
        ("<script type=\"module\"", "</script>"),
    ] {
        let (rest, taken) = without(&html, from, to)?;
        html = rest;
        code += &taken;
    }
    Ok((html, code))
}

/// Takes what lies from `from` to the next `to` out of a page, wherever it does: the page, and what was taken.
fn without(page: &str, from: &str, to: &str) -> Result<(String, String)> {
    let (mut html, mut all) = (page.to_owned(), String::new());
    while let Some((before, rest)) = html.split_once(from) {
        let (taken, after) = rest
            .split_once(to)
            .with_context(|| format!("the frame lacks `{to}` after `{from}`"))?;
        all += &[from, taken, to].concat();
        html = [before, after].concat();
    }
    Ok((html, all))
}

/// The page whose scripts name no files.
fn without_files(page: &str) -> String {
    const FILE: &str = " data-file=\"";
    let mut parts = page.split(FILE);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |html, part| {
        html + part.split_once('"').map_or(part, |(_, rest)| rest)
    })
}

/// Takes the scripts out of a page that the frame has for other pages than the one of this name, or for pages that bring
/// the app later.
fn without_others_scripts(page: &str, name: &str, waits: bool) -> String {
    const FROM: &str = "<script data-for=\"";
    const TO: &str = "</script>";
    let mut html = String::new();
    let mut rest = page;
    while let Some((before, script)) = rest.split_once(FROM) {
        html += before;
        let end = script.find(TO).map_or(script.len(), |at| at + TO.len());
        let whose = script.split('"').next();
        if whose == Some(name) || (waits && whose == Some("waits")) {
            html += if whose == Some(name) {
                "<script"
            } else {
                WAITS
            };
            html += script[..end].trim_start_matches(|letter| letter != '>');
        }
        rest = &script[end..];
    }
    html + rest
}

/// A page in the frame without what loads the app.
fn without_app(
    arranger: &Arranger,
    frame: &str,
    page: &LegalPage,
    language: Language,
) -> Result<String> {
    let (html, _) = without_code(&without_others_scripts(frame, page.name, false))?;
    let html = with_sheet(&with_sheet(&html, FORMS, false)?, OWN, false)?;
    let html = replace(&html, "<html lang=\"", "\"", language.tag())?;
    let html = replace(&html, "<title>", "</title>", &escape(page.title))?;
    let html = replace(
        &html,
        "<meta name=\"description\" content=\"",
        "\"",
        &escape(page.description),
    )?;
    let parts = Parts::of(&html).context("the frame has no fold in its body")?;
    Ok(arranger.arranged(parts.head, parts.fold, &page.body, "</body></html>"))
}

/// What follows the app in the page's body, for times when it can't run. After the app's own nodes: it must find the page
/// as it was rendered.
fn behind_app(page: &Page) -> String {
    let mut behind = String::new();
    let nodes = nodes::sum(&page.body);
    if let Some((words, links)) = &page.without_scripts {
        behind += "<noscript><div class=\"rescue\"><p class=\"rescue-text\">";
        behind += &escape(words);
        behind += "</p>";
        behind += &rescue_links(links);
        behind += "</div></noscript>";
    }
    let notice = &page.rescue;
    behind += &format!(
        "<div hidden id=\"rescue\" class=\"rescue\" data-nodes=\"{nodes}\" data-words=\"/{}\">\
         <p class=\"rescue-text\">{}</p>\
         <button type=\"button\" class=\"rescue-button\" data-action=\"reload\">{}</button>{}</div>",
        words_file(&notice.words),
        escape(notice.text),
        escape(notice.reload),
        rescue_links(&notice.links)
    );
    behind
}

fn rescue_links(links: &[(String, &str)]) -> String {
    let link = |(address, words): &(String, &str)| {
        let words = escape(words);
        format!("<a class=\"rescue-link\" href=\"{address}\">{words}</a>")
    };
    links.iter().map(link).collect()
}

/// The file with what the rescue notice says, named by its content.
fn words_file(words: &str) -> String {
    let hash = Sha256::digest(words.as_bytes());
    let digits: String = hash
        .iter()
        .take(5)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("assets/rescue-{digits}.json")
}

/// Puts `text` between `from` and the next `to`; `from` must be there exactly once.
fn replace(html: &str, from: &str, to: &str, text: &str) -> Result<String> {
    let (Some((before, rest)), 1) = (html.split_once(from), html.matches(from).count()) else {
        bail!("the frame must have `{from}` exactly once");
    };
    let (_, after) = rest
        .split_once(to)
        .with_context(|| format!("the frame lacks `{to}` after `{from}`"))?;
    Ok([before, from, text, to, after].concat())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: &str = "<!doctype html><html lang=\"zh-CN\"><head><title>x</title>\
                         <meta name=\"description\" content=\"y\"></head><body><div hidden id=\"fold\"><script>boot()</script></div></body></html>";

    fn fill(frame: &str, chunks: &Chunks, path: &str, language: Language) -> Result<String> {
        super::fill(&Arranger::default(), frame, chunks, path, language)
    }

    #[test]
    fn every_page_is_there_in_both_languages_with_its_own_words() {
        let files = files(FRAME, &Chunks::new()).expect("pages");
        assert_eq!(
            files.len(),
            2 * (Route::prerendered().len() + Route::shells().len() + 4) + 2
        );
        let pages = |name: &Path| name.extension().is_some_and(|it| it == "html");
        for (name, text) in files.iter().filter(|(name, _)| pages(name)) {
            let lang = if name.starts_with("en") {
                "en"
            } else {
                "zh-CN"
            };
            assert!(
                text.starts_with(&format!("<!doctype html><html lang=\"{lang}\">")),
                "{}",
                name.display()
            );
            assert!(
                !text.contains("<title>x<") && text.contains("data-page="),
                "{}",
                name.display()
            );
        }
        for name in [
            "index.html",
            "service-points/index.html",
            "en/index.html",
            "shells/order.html",
            "en/404.html",
            "legal/privacy.html",
            "en/legal/terms.html",
        ] {
            assert!(
                files.iter().any(|(file, _)| file == Path::new(name)),
                "{name}"
            );
        }
    }

    #[test]
    fn addresses_with_parameters_have_their_patterns() {
        assert_eq!(
            shell_addresses(),
            "/bindings/{id} confirm-identity\n\
             /cards/{id} card\n\
             /cards/{id}/top-up/{main|utilities} top-up\n\
             /orders/{id} order\n"
        );
    }

    #[test]
    fn a_page_of_a_chunk_asks_for_it() {
        let chunk = page("/service-points", Language::English)
            .chunk
            .expect("a chunk");
        let list = chunks(&format!("{chunk} /a.wasm /b.wasm\n"));
        let asks = |path| {
            fill(FRAME, &list, path, Language::English)
                .expect("a page")
                .matches("rel=\"preload\"")
                .count()
        };
        assert_eq!((asks("/service-points"), asks("/")), (2, 0));
    }

    #[test]
    fn a_page_to_be_read_keeps_its_code_for_later() {
        let frame = FRAME
            .replace(
                "<script>boot()</script></div>",
                "<style>all</style><style id=\"forms\">forms</style><style id=\"own\" data-sheet=\"/all.css\">own</style><script data-file=\"/boot.js\">boot()</script></div>\
                 <link rel=\"stylesheet\" id=\"forms-later\" href=\"/forms.css\">\
                 <link rel=\"stylesheet\" id=\"own-later\" href=\"/own.css\"><link rel=\"modulepreload\" href=\"/app.js\">\
                 <link rel=\"preload\" href=\"/app.wasm\" as=\"fetch\">",
            )
            .replace(
                "</body>",
                "<script data-for=\"waits\">wait()</script>\
                 <script data-for=\"service-points\">filter()</script>\
                 <script type=\"module\" src=\"/app.js\"></script></body>",
            );
        let list = chunks("open_pages /open.wasm\nown_pages /own.wasm\n");
        let page = |path| fill(&frame, &list, path, Language::English).expect("a page");
        let points = page("/service-points");
        assert!(
            points.contains(
                "<div hidden id=\"fold\"><template id=\"code\">\
                 <link rel=\"stylesheet\" id=\"own-later\" href=\"/own.css\">\
                 <link rel=\"modulepreload\" href=\"/app.js\">\
                 <link rel=\"preload\" href=\"/open.wasm\""
            ),
            "{points}"
        );
        assert!(
            points.contains(
                "src=\"/app.js\"></script></template><style>allforms</style>\
                 <script>boot()</script></div>"
            ),
            "{points}"
        );
        assert!(
            points.ends_with(
                "<script id=\"waits\">wait()</script><script>filter()</script></body></html>"
            ),
            "{points}"
        );
        // Nothing is asked there.
        let guide = page("/guide");
        assert!(
            guide.contains(
                "<div hidden id=\"fold\"><template id=\"code\">\
                 <link rel=\"stylesheet\" id=\"forms-later\" href=\"/forms.css\">\
                 <link rel=\"stylesheet\" id=\"own-later\" href=\"/own.css\"><link rel=\"modulepreload\""
            ) && guide.contains("</template><style>all</style><script>boot()</script></div>"),
            "{guide}"
        );
        let form = page("/bind/gdut");
        for other in ["<template", "filter()", "wait()", "/own.css", "/forms.css"] {
            assert!(!form.contains(other), "{other}: {form}");
        }
        assert!(form.contains("<style data-sheet=\"/all.css\">allformsown</style>"));
        assert!(
            form.ends_with("<script type=\"module\" src=\"/app.js\"></script></body></html>"),
            "{form}"
        );
        // The home page is a student's, too: whole, with the app in its template, and at once where a student is known.
        let home = page("/");
        assert!(
            home.contains(
                "<template id=\"code\"><link rel=\"stylesheet\" id=\"forms-later\" href=\"/forms.css\">\
                 <link rel=\"modulepreload\""
            ) && home.contains("<style data-sheet=\"/all.css\">allown</style><script data-file=\"/boot.js\">boot()</script></div>"),
            "{home}"
        );
        assert!(
            !home.contains("own.css") && home.contains("wait()"),
            "{home}"
        );
        let students = with_code_at_once(&home, false);
        assert!(!students.contains("<template"), "{students}");
        assert!(
            students.ends_with(
                "<link rel=\"stylesheet\" id=\"forms-later\" href=\"/forms.css\">\
                 <link rel=\"modulepreload\" href=\"/app.js\">\
                 <link rel=\"preload\" href=\"/app.wasm\" as=\"fetch\">\
                 <script type=\"module\" src=\"/app.js\"></script></body></html>"
            ),
            "{students}"
        );
        // What draws a student's own part comes later where nothing on the page is late.
        let named = home.replacen(FOLD, &[FOLD, STUDENT, "/page-1.wasm\">"].concat(), 1);
        assert_eq!(with_code_at_once(&named, true), students);
        assert!(with_code_at_once(&named, false).contains("/page-1.wasm"));
        assert_eq!(with_code_at_once(&form, false), form);
    }

    /// Classes in the selectors of a style sheet.
    fn classes(sheet: &str) -> std::collections::BTreeSet<String> {
        sheet
            .split('}')
            .filter_map(|rule| rule.split('{').next())
            .flat_map(|selector| selector.split('.').skip(1))
            .map(|rest| {
                let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
                rest.split(|letter| !is_name(letter))
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            })
            .collect()
    }

    #[test]
    fn a_page_for_everybody_is_whole_without_the_sheets_that_come_with_its_code() {
        let sheet = |name: &str| {
            let file = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("../../style")
                .join(name);
            std::fs::read_to_string(file).expect("a style sheet")
        };
        let alone = |name: &str, others: &[&str]| {
            let others = others.iter().flat_map(|name| classes(&sheet(name)));
            &classes(&sheet(name)) - &others.collect::<std::collections::BTreeSet<_>>()
        };
        let mut own = alone("own.css", &["base.css", "ui.css", "pages.css", "forms.css"]);
        // Empty until the app has something to say.
        own.remove("toast-layer");
        assert!(own.contains("sheet") && own.contains("face"), "{own:?}");
        let forms = alone("forms.css", &["base.css", "ui.css", "pages.css"]);
        assert!(
            forms.contains("opt") && forms.contains("point"),
            "{forms:?}"
        );
        let mut without_forms = 0;
        let routes = Route::prerendered().into_iter().chain([Route::NotFound]);
        for route in routes.filter(Route::waits_with_code) {
            let html = page(&route.to_string(), Language::Chinese).body;
            // As above.
            let asks = html.contains("<input");
            without_forms += usize::from(!asks);
            let used = html
                .split("class=\"")
                .skip(1)
                .filter_map(|rest| rest.split('"').next());
            let undressed: Vec<&str> = used
                .flat_map(str::split_whitespace)
                .filter(|class| {
                    // Home has a student's styles from the start.
                    let is_own = own.contains(*class) && route != Route::Home;
                    is_own || (!asks && forms.contains(*class))
                })
                .collect();
            assert!(undressed.is_empty(), "{route}: {undressed:?}");
        }
        assert_eq!(
            without_forms, 3,
            "home, the guide's first page, and unknown addresses"
        );
    }

    #[test]
    fn a_page_that_needs_scripts_says_so_after_the_app_where_there_are_none() {
        let page = |path| fill(FRAME, &Chunks::new(), path, Language::English).expect("a page");
        let form = page("/bind/gdut");
        let (app, rest) = form.split_once("<noscript>").expect("a notice");
        assert!(app.contains("</main>") && rest.contains("</noscript>"));
        assert!(rest.contains("href=\"/guide\"") && rest.contains("href=\"/service-points\""));
        assert!(!page("/guide").contains("<noscript>"));
    }

    #[test]
    fn a_page_on_privacy_or_terms_comes_without_the_app() {
        let frame = FRAME.replace(
            "</div></body>",
            "</div><link rel=\"modulepreload\" href=\"/assets/app.js\">\
             <link rel=\"preload\" href=\"/assets/app.wasm\" as=\"fetch\"></body>",
        );
        let frame = frame.replace(
            "</body>",
            "<script type=\"module\" src=\"/assets/app.js\"></script></body>",
        );
        for page in legal::pages(Language::English) {
            let html = without_app(&Arranger::default(), &frame, &page, Language::English)
                .expect("a page");
            assert!(!html.contains("/assets/"), "{html}");
            assert!(html.contains("<script>boot()</script></div>"), "{html}");
            assert!(
                html.contains(page.title) && !html.contains("rescue"),
                "{html}"
            );
        }
    }

    #[test]
    fn a_page_carries_the_rescue_notice_in_its_own_language_and_names_the_file_with_its_words() {
        let files = files(FRAME, &Chunks::new()).expect("files");
        for (folder, own, other) in [("", "重新加载", "Reload"), ("en/", "Reload", "重新加载")]
        {
            let text = |name: &str| {
                let found = files.iter().find(|(file, _)| file == Path::new(name));
                &found.unwrap_or_else(|| panic!("no {name}")).1
            };
            let page = text(&format!("{folder}guide/index.html"));
            let (_, notice) = page
                .split_once("<div hidden id=\"rescue\"")
                .expect("a notice");
            let (notice, end) = notice.split_once("</div>").expect("an end");
            assert!(notice.contains(own) && !notice.contains(other), "{notice}");
            assert!(end.ends_with("</body></html>"), "{end}");
            let (_, address) = notice.split_once("data-words=\"/").expect("an address");
            let (file, _) = address.split_once('"').expect("its end");
            let words: HashMap<String, String> =
                serde_json::from_str(text(file)).expect("an object of texts");
            // Ours to say when nothing else came: in the page, too.
            assert!(notice.contains(&words["failed"]), "{notice}");
            for kind in ["missing", "lockdown", "crashed", "slow", "wechat"] {
                assert!(!notice.contains(&words[kind]), "{kind}: {notice}");
            }
        }
    }

    #[test]
    fn home_names_what_a_student_needs_ahead_of_the_script_that_fetches_it() {
        let chunk = page("/", Language::English).student_chunk.expect("a chunk");
        let list = chunks(&format!("{chunk} /a.wasm /b.wasm\n"));
        let mark =
            "<div hidden id=\"fold\"><meta name=\"dika-student\" content=\"/a.wasm /b.wasm\">";
        let page = |path| fill(FRAME, &list, path, Language::English).expect("a page");
        assert!(page("/").contains(mark));
        assert!(!page("/guide").contains("dika-student"));
    }

    #[test]
    fn a_frame_without_a_place_is_refused() {
        assert!(
            files(
                &FRAME.replace("<body>", "<body class=\"x\">"),
                &Chunks::new()
            )
            .is_err()
        );
    }
}
