//! The style of what a page shows first: those rules of its style sheets that the markup up to there uses. Both come
//! ahead of everything else, so that a slow network brings something to read with its first bytes.
//!
//! It is a stand-in: `public/boot.js` takes it away once all styles are there. So what can't be seen until then is left
//! out: rules for states that only a finger brings about, for print, for animation; and drawings.

use std::collections::BTreeSet;

/// A style sheet, minified, in rules.
#[derive(Debug)]
pub struct Sheet {
    rules: Vec<Rule>,
}

/// A rule of the sheet.
#[derive(Debug)]
struct Rule {
    /// The conditional rule around it, up to its brace.
    condition: Option<String>,
    selectors: Vec<Selector>,
    declarations: Vec<String>,
}

/// A selector that can match before anybody has touched the page.
#[derive(Debug)]
struct Selector {
    text: String,
    /// What must be in the markup, as [`names_in`] writes it.
    needs: Vec<String>,
    /// What must be there, or set by a script.
    needs_set: Vec<String>,
}

/// Attributes that the script ahead of the style puts on the page's root, if there is one (`public/early.js`).
const SET_BY_SCRIPTS: [&str; 2] = ["[data-theme", "[data-text"];
/// Pseudo-classes of states that the page comes without.
const STATES: [&str; 5] = ["active", "hover", "focus", "focus-visible", "focus-within"];
/// Drawn over or beside what they belong to, and nothing to be read.
const PSEUDO_ELEMENTS: [&str; 2] = ["before", "after"];
/// Conditions under which a page looks otherwise for few, who see it so a moment later.
const LATER: [&str; 4] = [
    "print",
    "prefers-contrast",
    "prefers-reduced-motion",
    "forced-colors",
];

/// Declarations that show only when something moves or is touched, or at the end of the page.
const UNSEEN: [&str; 9] = [
    "transition",
    "animation",
    "cursor",
    "touch-action",
    "-webkit-tap-highlight-color",
    "scroll-",
    "min-height:0",
    "min-height:100vh",
    "min-height:100dvh",
];

impl Sheet {
    /// Reads a sheet.
    pub fn read(css: &str) -> Self {
        let mut rules = Vec::new();
        for (prelude, block) in blocks(css) {
            if !prelude.starts_with('@') {
                rules.extend(Rule::read(None, prelude, block));
            } else if prelude.starts_with("@media") && !LATER.iter().any(|it| prelude.contains(it))
            {
                let inner = blocks(block).into_iter();
                rules.extend(
                    inner.filter_map(|(selectors, block)| {
                        Rule::read(Some(prelude), selectors, block)
                    }),
                );
            }
        }
        Self { rules }
    }

    /// The rules that this markup uses, in the sheet's order. `head` is what comes ahead of it, from the document's start on:
    /// its start tag counts, and whether a script is there.
    pub fn used_by(&self, head: &str, markup: &str) -> String {
        let root = head.find("<html").map_or("", |at| &head[at..]);
        let root = root.split_inclusive('>').next().unwrap_or_default();
        let is_set_by_script = head.contains("<script");
        let mut names = names_in(root);
        names.extend(names_in(markup));
        names.insert("body".to_owned());
        let used: Vec<(&Rule, String)> = (self.rules.iter())
            .filter_map(|rule| Some((rule, rule.selectors_used_by(&names, is_set_by_script)?)))
            .collect();
        let variables = variables_of(used.iter().map(|(rule, _)| *rule));
        let mut css = String::new();
        let mut open: Option<&str> = None;
        for (rule, selectors) in used {
            let declarations: Vec<&str> = (rule.declarations.iter())
                .map(String::as_str)
                .filter(|it| variable(it).is_none_or(|name| variables.contains(name)))
                .collect();
            if declarations.is_empty() {
                continue;
            }
            let condition = rule.condition.as_deref();
            if condition != open {
                css += open.map_or("", |_| "}");
                css += &condition.map(|it| format!("{it}{{")).unwrap_or_default();
                open = condition;
            }
            css += &format!("{selectors}{{{}}}", declarations.join(";"));
        }
        css + open.map_or("", |_| "}")
    }
}

impl Rule {
    fn read(condition: Option<&str>, selectors: &str, block: &str) -> Option<Self> {
        let selectors: Vec<Selector> = split(selectors, ',').filter_map(Selector::read).collect();
        let declarations: Vec<String> = split(block, ';')
            .map(str::trim)
            .filter(|it| !it.is_empty() && !it.contains("url("))
            .filter(|it| !UNSEEN.iter().any(|start| it.starts_with(start)))
            .map(str::to_owned)
            .collect();
        (!selectors.is_empty() && !declarations.is_empty()).then(|| Self {
            condition: condition.map(str::to_owned),
            selectors,
            declarations,
        })
    }

    fn selectors_used_by(&self, names: &BTreeSet<String>, is_set: bool) -> Option<String> {
        let are_there = |needs: &[String]| needs.iter().all(|need| names.contains(need));
        let used: Vec<&str> = (self.selectors.iter())
            .filter(|it| are_there(&it.needs) && (is_set || are_there(&it.needs_set)))
            .map(|selector| selector.text.as_str())
            .collect();
        (!used.is_empty()).then(|| used.join(","))
    }
}

impl Selector {
    /// `None` where it matches in a state alone that the page comes without.
    fn read(text: &str) -> Option<Self> {
        let (mut needs, mut needs_set) = (Vec::new(), Vec::new());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let after = &rest[first.len_utf8()..];
            let end = after.find(|letter| !is_name(letter)).unwrap_or(after.len());
            rest = match first {
                '.' => {
                    needs.push(format!(".{}", &after[..end]));
                    &after[end..]
                }
                '[' => {
                    let (condition, after) = after.split_once(']')?;
                    let need = format!("[{}", condition.replace('"', ""));
                    let is_set = SET_BY_SCRIPTS.iter().any(|set| need.starts_with(set));
                    // Whichever value it must have a part of.
                    let name = need.split(['^', '$', '*', '~', '|']).next();
                    let need = name
                        .filter(|it| !it.contains('='))
                        .map_or(need.clone(), str::to_owned);
                    if is_set { &mut needs_set } else { &mut needs }.push(need);
                    after
                }
                ':' if after.starts_with(':') => return None,
                ':' => {
                    let name = &after[..end];
                    if STATES.contains(&name) || PSEUDO_ELEMENTS.contains(&name) {
                        return None;
                    }
                    if let Some(inner) = after[end..].strip_prefix('(') {
                        let (argument, after) = inner.split_at(closing(inner, ')'));
                        if name == "lang" {
                            needs.push(format!("[lang={argument}"));
                        }
                        after.get(1..).unwrap_or_default()
                    } else {
                        &after[end..]
                    }
                }
                '#' => return None,
                letter if is_name(letter) => {
                    needs.push(rest[..=end].to_owned());
                    &after[end..]
                }
                _ => after,
            };
        }
        Some(Self {
            text: text.to_owned(),
            needs,
            needs_set,
        })
    }
}

fn is_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '-' || letter == '_'
}

/// The rules of a sheet or of a conditional rule: what stands before the braces, and in them.
fn blocks(css: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = css;
    while let Some((prelude, inner)) = rest.split_once('{') {
        let end = closing(inner, '}');
        found.push((prelude.trim(), &inner[..end]));
        rest = inner.get(end + 1..).unwrap_or_default();
    }
    found
}

/// Where the bracket closes that was open at the start of `text`; its end if nowhere.
fn closing(text: &str, end: char) -> usize {
    unquoted(text)
        .find(|(_, letter, depth)| *letter == end && *depth == 0)
        .map_or(text.len(), |(at, ..)| at)
}

/// The parts between `mark`, where it is in no brackets and no quotes.
fn split(text: &str, mark: char) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let place = unquoted(text).find(|(_, letter, depth)| *letter == mark && *depth == 0);
        let end = place.map_or(text.len(), |(at, ..)| at);
        rest = place.map(|_| &text[end + mark.len_utf8()..]);
        Some(&text[..end])
    })
}

/// The letters outside of quotes: where each is, and in how many brackets that the text has opened.
fn unquoted(text: &str) -> impl Iterator<Item = (usize, char, usize)> {
    let mut quote = None;
    let mut open = 0_usize;
    text.char_indices().filter_map(move |(at, letter)| {
        if quote.is_some() {
            quote = quote.filter(|it| *it != letter);
            return None;
        }
        let depth = open;
        match letter {
            '"' | '\'' => quote = Some(letter),
            '(' | '[' | '{' => open += 1,
            ')' | ']' | '}' => open = open.saturating_sub(1),
            _ => {}
        }
        Some((at, letter, depth))
    })
}

/// The variable that a declaration sets.
fn variable(declaration: &str) -> Option<&str> {
    let (name, _) = declaration.split_once(':')?;
    name.starts_with("--").then_some(name)
}

/// The variables on which the rules depend.
fn variables_of<'a>(rules: impl Iterator<Item = &'a Rule>) -> BTreeSet<&'a str> {
    let (sets, mut reads): (Vec<&str>, Vec<&str>) = rules
        .flat_map(|rule| rule.declarations.iter().map(String::as_str))
        .partition(|it| variable(it).is_some());
    let mut names = BTreeSet::new();
    while let Some(declaration) = reads.pop() {
        for part in declaration.split("var(").skip(1) {
            let name = part.split([')', ',']).next().unwrap_or_default().trim();
            if names.insert(name) {
                reads.extend(sets.iter().filter(|it| variable(it) == Some(name)));
            }
        }
    }
    names
}

/// What selectors may name, as this markup has it: elements, `.class`, `[attribute` and `[attribute=value`.
fn names_in(markup: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for tag in markup.split('<').skip(1) {
        let mut rest = tag;
        let element = &rest[..rest.find(|it| !is_name(it)).unwrap_or(rest.len())];
        if element.is_empty() {
            continue;
        }
        names.insert(element.to_owned());
        rest = &rest[element.len()..];
        while let Some(attributes) = rest.strip_prefix(' ') {
            let end = attributes
                .find(['=', ' ', '>', '/'])
                .unwrap_or(attributes.len());
            let name = &attributes[..end];
            names.insert(format!("[{name}"));
            rest = &attributes[end..];
            if let Some(value) = rest.strip_prefix("=\"") {
                let (value, after) = value.split_once('"').unwrap_or((value, ""));
                if name == "class" {
                    names.extend(value.split_whitespace().map(|class| format!(".{class}")));
                } else {
                    names.insert(format!("[{name}={value}"));
                }
                rest = after;
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(css: &str, markup: &str) -> String {
        let head = "<!doctype html><html lang=\"en\"><head><script>early()</script>";
        Sheet::read(css).used_by(head, markup)
    }

    #[test]
    fn without_a_script_the_appearance_is_the_one_in_the_markup() {
        let sheet = Sheet::read(
            ":root[data-theme=dark]{color:#fff}:root[data-text=care] p{margin:0}\
             @media(prefers-color-scheme:dark){:root:not([data-theme=light]){color:#eee}}",
        );
        let system = "@media(prefers-color-scheme:dark){:root:not([data-theme=light]){color:#eee}}";
        for (root, first) in [
            ("<html lang=\"en\">", String::new()),
            ("<html data-theme=\"light\">", String::new()),
            (
                "<html data-theme=\"dark\">",
                ":root[data-theme=dark]{color:#fff}".to_owned(),
            ),
            (
                "<html data-text=\"care\" lang=\"en\">",
                ":root[data-text=care] p{margin:0}".to_owned(),
            ),
        ] {
            let head = format!("<!doctype html>{root}<head>");
            assert_eq!(sheet.used_by(&head, "<p>a</p>"), first + system, "{root}");
        }
    }

    #[test]
    fn rules_for_what_is_not_there_are_left_out() {
        let markup = "<p class=\"note small\" role=\"status\">a</p><a href=\"/x\">b</a>";
        for kept in [
            "p{margin:0}",
            "*{box-sizing:border-box}",
            ".note{margin:0}",
            ".note.small>a:last-child{margin:0}",
            ".note:not(.large){margin:0}",
            "[role=status]{margin:0}",
            ":root{margin:0}",
            "html,body{margin:0}",
            ":lang(en){margin:0}",
            ":root[data-theme=dark] p{margin:0}",
            "a[href^=\"/\"]{margin:0}",
            "@media(prefers-color-scheme:dark){p{margin:0}}",
        ] {
            assert_eq!(used(kept, markup), kept);
        }
        for left in [
            "h1{margin:0}",
            ".other{margin:0}",
            ".note .other{margin:0}",
            "[role=alert]{margin:0}",
            "p[hidden]{margin:0}",
            ":lang(zh){margin:0}",
            "a:active{margin:0}",
            "a:focus:not(:focus-visible){margin:0}",
            "#one{margin:0}",
            "p:before{content:\"};\"}",
            "p::marker{margin:0}",
            "p{background:url(\"data:image/svg+xml,a;b\")}",
            "@keyframes turn{to{margin:0}}",
            "@media print{p{margin:0}}",
            "@media(prefers-contrast:more){p{margin:0}}",
        ] {
            assert_eq!(used(left, markup), "", "{left}");
        }
        assert_eq!(used("h1,p,.x{margin:0}", markup), "p{margin:0}");
        assert_eq!(used("*,:after{margin:0}", markup), "*{margin:0}");
        assert_eq!(
            used(
                "@media(a){h1{margin:0}p{margin:0}}@media(a){a{margin:1px}}p{top:0}",
                markup
            ),
            "@media(a){p{margin:0}a{margin:1px}}p{top:0}"
        );
    }

    #[test]
    fn variables_come_with_what_reads_them() {
        let css = ":root{--a:#fff;--b:var(--c);--c:1px;--d:2px}\
                   @media(prefers-color-scheme:dark){:root{--a:#000;--d:3px}}\
                   p{color:var(--a);margin:var(--b,var(--e))}h1{margin:var(--d)}";
        assert_eq!(
            used(css, "<p>"),
            ":root{--a:#fff;--b:var(--c);--c:1px}@media(prefers-color-scheme:dark){:root{--a:#000}}\
             p{color:var(--a);margin:var(--b,var(--e))}"
        );
    }

    #[test]
    fn names_are_read_from_tags_alone() {
        let names = names_in(
            "<a class=\"b c\" href=\"/d?e=f\">g class=\"h\"</a><input checked name=\"i\"><br/>",
        );
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                ".b",
                ".c",
                "[checked",
                "[class",
                "[href",
                "[href=/d?e=f",
                "[name",
                "[name=i",
                "a",
                "br",
                "input"
            ]
        );
    }
}
