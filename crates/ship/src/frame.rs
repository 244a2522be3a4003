//! `index.html` as the frame of every page: source lines in, lines with hashed addresses out.

use anyhow::{Context, Result, bail};

use crate::inline::Inline;

/// The parsed source page.
pub struct Frame {
    /// Style sheets, in cascade order, relative to the checkout.
    pub sheets: Vec<String>,
    /// The lines that ship as they are, up to the comment that begins with `fold`.
    head: Vec<String>,
    /// Those from there up to `</head>`.
    fold: Vec<String>,
    /// From `</head>` on.
    rest: Vec<String>,
}

/// What the pages hold, and the addresses of what they load.
pub struct Assets<'a> {
    /// Style and script that stand in the page.
    pub inline: &'a Inline,
    /// The address of the icon, an SVG document. Browsers ask for it at their own moments, and more than once: under
    /// this address they keep it.
    pub icon: &'a str,
    /// The address of the style sheet that a page for everybody without fields and choices brings with the app.
    pub forms_sheet: &'a str,
    /// The address of the style sheet that a page for everybody brings with the app.
    pub own_sheet: &'a str,
    /// The address of the file with all style sheets, for pages whose browser keeps it.
    pub whole_sheet: &'a str,
    /// The address of the file with the script that comes with the styles, for such pages, too.
    pub boot_file: &'a str,
    /// The address of the script that starts the app.
    pub script: &'a str,
    /// The address of the main WebAssembly module.
    pub wasm: &'a str,
}

/// Where the part of a page ends that is seen first.
pub const FOLD: &str = "<div hidden id=\"fold\">";

impl Frame {
    /// Reads the source page: one element a line; lines marked `data-trunk` or `data-dev` are
    /// replaced by [`Frame::with_assets`], and those after a comment `fold:` come behind what is seen first.
    ///
    /// # Errors
    /// When there is no `</head>` or no style sheet.
    pub fn read(source: &str) -> Result<Self> {
        let mut frame = Self {
            sheets: Vec::new(),
            head: Vec::new(),
            fold: Vec::new(),
            rest: Vec::new(),
        };
        let mut in_comment = false;
        let mut in_fold = false;
        for line in source.lines().map(str::trim) {
            in_comment |= line.starts_with("<!--");
            in_fold |= line.starts_with("<!-- fold:");
            let skip = in_comment
                || line.is_empty()
                || line.contains("data-dev")
                || line.contains("data-trunk");
            in_comment &= !line.ends_with("-->");
            if line.contains("data-trunk") && line.contains("rel=\"css\"") {
                let sheet = line
                    .split("href=\"")
                    .nth(1)
                    .and_then(|rest| rest.split('"').next());
                frame.sheets.push(
                    sheet
                        .context("a style sheet without an address in index.html")?
                        .to_owned(),
                );
            }
            if skip {
                continue;
            }
            let to = if line.starts_with("</head>") || !frame.rest.is_empty() {
                &mut frame.rest
            } else if in_fold {
                &mut frame.fold
            } else {
                &mut frame.head
            };
            to.push(line.to_owned());
        }
        if frame.rest.is_empty() || frame.sheets.is_empty() {
            bail!("index.html needs a line `</head>` and the style sheets' links");
        }
        Ok(frame)
    }

    /// The page with everything that it loads, each asked for once and all at the same time: preloads whose mode
    /// equals that of the script's own fetch. What the first paint needs is in the page: on a slow network, a style
    /// sheet of its own would come a round trip later. What is read goes before what only runs: code has a low priority,
    /// and the scripts that the first paint does not need stand in the body, where the content is put before them.
    ///
    /// `crates/site` puts the content around the element `fold`, which has all styles and the page's first script, and
    /// into the style `first` what is needed up to there. It leaves out of each page what it doesn't need: a script with
    /// `data-for` for other pages; and of the two style sheets that not every page begins with, which are here twice, the
    /// style in the page or the link.
    pub fn with_assets(&self, assets: &Assets<'_>) -> String {
        let mut page = self.head.concat();
        page += &format!(
            // Ahead of the styles: where they are a link, a script behind it would wait, and all that follows.
            "<script>{}</script><style id=\"first\"></style>",
            assets.inline.early
        );
        let mut body = format!(
            "{FOLD}{}<link rel=\"icon\" type=\"image/svg+xml\" href=\"{}\">",
            self.fold.concat(),
            assets.icon
        );
        body += &format!("<style>{}</style>", assets.inline.style);
        body += &format!("<style id=\"forms\">{}</style>", assets.inline.forms_style);
        body += &format!(
            "<style id=\"own\" data-sheet=\"{}\">{}</style>",
            assets.whole_sheet, assets.inline.own_style
        );
        body += &format!(
            "<script data-file=\"{}\">{}</script>",
            assets.boot_file, assets.inline.boot
        );
        body += "</div>";
        for (name, address) in [("forms", assets.forms_sheet), ("own", assets.own_sheet)] {
            body += &format!("<link rel=\"stylesheet\" id=\"{name}-later\" href=\"{address}\">");
        }
        body += &format!(
            "<link rel=\"modulepreload\" fetchpriority=\"low\" href=\"{}\">",
            assets.script
        );
        body += &format!(
            "<link rel=\"preload\" href=\"{}\" as=\"fetch\" fetchpriority=\"low\" crossorigin>",
            assets.wasm
        );
        for (page, text) in &assets.inline.some {
            body += &format!("<script data-for=\"{page}\">{text}</script>");
        }
        body += &format!(
            "<script type=\"module\" fetchpriority=\"low\" src=\"{}\"></script></body>",
            assets.script
        );
        // The body's tags stand alone: white space there would be a text node to the app.
        page += &self.rest.concat().replacen("</body>", &body, 1);
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_plain_lines_and_replaces_marked_ones() {
        let source = "<!doctype html>\n<html>\n<head>\n<!-- a\n b -->\n<title>x</title>\n<!-- fold: later -->\n<meta name=\"y\">\n\
                      <link data-trunk rel=\"css\" href=\"style/a.css\">\n</head>\n<body></body>\n</html>\n";
        let frame = Frame::read(source).expect("a frame");
        assert_eq!(frame.sheets, ["style/a.css"]);
        let page = frame.with_assets(&Assets {
            inline: &Inline {
                style: "a{color:red}".to_owned(),
                forms_style: "c{}".to_owned(),
                own_style: "b{}".to_owned(),
                early: "e()".to_owned(),
                boot: "f()".to_owned(),
                some: vec![("service-points", "h()".to_owned())],
            },
            forms_sheet: "/a/f.css",
            own_sheet: "/a/o.css",
            whole_sheet: "/a/s.css",
            boot_file: "/a/b.js",
            icon: "/a/i.svg",
            script: "/a/s.js",
            wasm: "/a/w.wasm",
        });
        assert_eq!(
            page,
            "<!doctype html><html><head><title>x</title><script>e()</script><style id=\"first\"></style></head><body>\
             <div hidden id=\"fold\"><meta name=\"y\"><link rel=\"icon\" type=\"image/svg+xml\" href=\"/a/i.svg\">\
             <style>a{color:red}</style><style id=\"forms\">c{}</style><style id=\"own\" data-sheet=\"/a/s.css\">b{}</style>\
             <script data-file=\"/a/b.js\">f()</script></div>\
             <link rel=\"stylesheet\" id=\"forms-later\" href=\"/a/f.css\">\
             <link rel=\"stylesheet\" id=\"own-later\" href=\"/a/o.css\">\
             <link rel=\"modulepreload\" fetchpriority=\"low\" href=\"/a/s.js\">\
             <link rel=\"preload\" href=\"/a/w.wasm\" as=\"fetch\" fetchpriority=\"low\" crossorigin>\
             <script data-for=\"service-points\">h()</script>\
             <script type=\"module\" fetchpriority=\"low\" src=\"/a/s.js\"></script></body></html>"
        );
        assert!(!page.contains("data-trunk"));
    }
}
