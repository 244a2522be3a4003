//! `index.html` as the frame of every page: source lines in, lines with hashed addresses out.

use anyhow::{Context, Result, bail};

use crate::inline::Inline;

/// The parsed source page.
pub struct Frame {
    /// Style sheets, in cascade order, relative to the checkout.
    pub sheets: Vec<String>,
    /// The lines that ship as they are, up to `</head>`.
    head: Vec<String>,
    /// From `</head>` on.
    rest: Vec<String>,
}

/// What the pages hold, and the addresses of what they load.
pub struct Assets<'a> {
    /// Style and script that stand in the page.
    pub inline: &'a Inline,
    /// The icon, an SVG document.
    pub icon: &'a str,
    /// The address of the style sheet that a page for everybody without fields and choices brings with the app.
    pub forms_sheet: &'a str,
    /// The address of the style sheet that a page for everybody brings with the app.
    pub own_sheet: &'a str,
    /// The address of the file with all style sheets, for pages whose browser keeps it.
    pub whole_sheet: &'a str,
    /// The address of the script that starts the app.
    pub script: &'a str,
    /// The address of the main WebAssembly module.
    pub wasm: &'a str,
}

impl Frame {
    /// Reads the source page: one element a line; lines marked `data-trunk` or `data-dev` are
    /// replaced by [`Frame::with_assets`].
    ///
    /// # Errors
    /// When there is no `</head>` or no style sheet.
    pub fn read(source: &str) -> Result<Self> {
        let mut frame = Self {
            sheets: Vec::new(),
            head: Vec::new(),
            rest: Vec::new(),
        };
        let mut in_comment = false;
        for line in source.lines().map(str::trim) {
            in_comment |= line.starts_with("<!--");
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
    /// `crates/site` leaves out of each page what it doesn't need: a script with `data-for` for other pages; and of the two
    /// style sheets that not every page begins with, which are here twice, the style in the page or the link.
    pub fn with_assets(&self, assets: &Assets<'_>) -> String {
        let mut page = self.head.concat();
        // Browsers ask for an icon's address at their own moments, and more than once.
        page += &format!("<link rel=\"icon\" href=\"{}\">", data_address(assets.icon));
        page += &format!("<style>{}</style>", assets.inline.style);
        page += &format!("<style id=\"forms\">{}</style>", assets.inline.forms_style);
        page += &format!(
            "<style id=\"own\" data-sheet=\"{}\">{}</style>",
            assets.whole_sheet, assets.inline.own_style
        );
        page += &format!("<script>{}</script>", assets.inline.script);
        for (name, address) in [("forms", assets.forms_sheet), ("own", assets.own_sheet)] {
            page += &format!("<link rel=\"stylesheet\" id=\"{name}-later\" href=\"{address}\">");
        }
        page += &format!(
            "<link rel=\"modulepreload\" fetchpriority=\"low\" href=\"{}\">",
            assets.script
        );
        page += &format!(
            "<link rel=\"preload\" href=\"{}\" as=\"fetch\" fetchpriority=\"low\" crossorigin>",
            assets.wasm
        );
        // The body's tags stand alone: white space there would be a text node to the app.
        let mut scripts = format!("<script>{}</script>", assets.inline.after);
        for (page, text) in &assets.inline.some {
            scripts += &format!("<script data-for=\"{page}\">{text}</script>");
        }
        scripts += &format!(
            "<script type=\"module\" fetchpriority=\"low\" src=\"{}\"></script></body>",
            assets.script
        );
        page += &self.rest.concat().replacen("</body>", &scripts, 1);
        page
    }
}

/// A drawing as an address (RFC 2397) that can stand in a double-quoted attribute. Only what would end
/// the attribute or the address is escaped; quotes become single ones.
fn data_address(svg: &str) -> String {
    let mut address = String::from("data:image/svg+xml,");
    for c in svg.trim().chars() {
        match c {
            '"' => address.push('\''),
            '%' | '#' | '<' | '>' | '&' => address += &format!("%{:02X}", u32::from(c)),
            c => address.push(c),
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_plain_lines_and_replaces_marked_ones() {
        let source = "<!doctype html>\n<html>\n<head>\n<!-- a\n b -->\n<title>x</title>\n\
                      <link data-trunk rel=\"css\" href=\"style/a.css\">\n</head>\n<body></body>\n</html>\n";
        let frame = Frame::read(source).expect("a frame");
        assert_eq!(frame.sheets, ["style/a.css"]);
        let page = frame.with_assets(&Assets {
            inline: &Inline {
                style: "a{color:red}".to_owned(),
                forms_style: "c{}".to_owned(),
                own_style: "b{}".to_owned(),
                script: "f()".to_owned(),
                after: "g()".to_owned(),
                some: vec![("service-points", "h()".to_owned())],
            },
            forms_sheet: "/a/f.css",
            own_sheet: "/a/o.css",
            whole_sheet: "/a/s.css",
            icon: "<svg fill=\"#fff\"/>\n",
            script: "/a/s.js",
            wasm: "/a/w.wasm",
        });
        assert!(
            page.starts_with(
                "<!doctype html><html><head><title>x</title>\
                 <link rel=\"icon\" href=\"data:image/svg+xml,%3Csvg fill='%23fff'/%3E\">\
                 <style>a{color:red}</style><style id=\"forms\">c{}</style><style id=\"own\" data-sheet=\"/a/s.css\">b{}</style><script>f()</script>\
                 <link rel=\"stylesheet\" id=\"forms-later\" href=\"/a/f.css\">\
                 <link rel=\"stylesheet\" id=\"own-later\" href=\"/a/o.css\"><link rel=\"modulepreload\""
            ),
            "{page}"
        );
        assert!(
            page.ends_with(
                "crossorigin></head><body><script>g()</script>\
                 <script data-for=\"service-points\">h()</script><script type=\"module\" fetchpriority=\"low\" src=\"/a/s.js\"></script></body></html>"
            ),
            "{page}"
        );
        assert!(!page.contains("data-trunk"));
    }
}
