use std::collections::BTreeSet;

use crate::{
    rust::{RustFile, sources},
    tree::{assert_none, files, read},
    views::{self, Part},
};

/// The names of the parts that `src/ui` offers: every public component.
pub(crate) fn parts() -> Vec<String> {
    sources("src/ui").iter().flat_map(components).collect()
}

fn components(file: &RustFile) -> Vec<String> {
    file.tree
        .items
        .iter()
        .filter_map(|item| match item {
            syn::Item::Fn(item)
                if matches!(item.vis, syn::Visibility::Public(_))
                    && item.attrs.iter().any(|it| it.path().is_ident("component")) =>
            {
                Some(item.sig.ident.to_string())
            }
            _ => None,
        })
        .collect()
}

#[test]
fn the_gallery_shows_every_part() {
    let parts = parts();
    assert!(parts.len() > 30, "only {} parts were found", parts.len());
    let mut shown = BTreeSet::new();
    for file in sources("src/pages/gallery") {
        for part in views::parts(&file) {
            if let Part::Tag(name) = part {
                shown.insert(name);
            }
        }
    }
    let missing = parts
        .into_iter()
        .filter(|part| !shown.contains(part))
        .collect();
    assert_none("src/pages/gallery shows what there is", missing);
}

/// Every named colour of CSS.
const NAMED: &str = "aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue blueviolet \
    brown burlywood cadetblue chartreuse chocolate coral cornflowerblue cornsilk crimson cyan darkblue darkcyan \
    darkgoldenrod darkgray darkgreen darkgrey darkkhaki darkmagenta darkolivegreen darkorange darkorchid darkred \
    darksalmon darkseagreen darkslateblue darkslategray darkslategrey darkturquoise darkviolet deeppink deepskyblue \
    dimgray dimgrey dodgerblue firebrick floralwhite forestgreen fuchsia gainsboro ghostwhite gold goldenrod gray \
    green greenyellow grey honeydew hotpink indianred indigo ivory khaki lavender lavenderblush lawngreen \
    lemonchiffon lightblue lightcoral lightcyan lightgoldenrodyellow lightgray lightgreen lightgrey lightpink \
    lightsalmon lightseagreen lightskyblue lightslategray lightslategrey lightsteelblue lightyellow lime limegreen \
    linen magenta maroon mediumaquamarine mediumblue mediumorchid mediumpurple mediumseagreen mediumslateblue \
    mediumspringgreen mediumturquoise mediumvioletred midnightblue mintcream mistyrose moccasin navajowhite navy \
    oldlace olive olivedrab orange orangered orchid palegoldenrod palegreen paleturquoise palevioletred papayawhip \
    peachpuff peru pink plum powderblue purple rebeccapurple red rosybrown royalblue saddlebrown salmon sandybrown \
    seagreen seashell sienna silver skyblue slateblue slategray slategrey snow springgreen steelblue tan teal thistle \
    tomato turquoise violet wheat white whitesmoke yellow yellowgreen";

const FUNCTIONS: [&str; 10] = [
    "rgb(", "rgba(", "hsl(", "hsla(", "hwb(", "lab(", "lch(", "oklab(", "oklch(", "color(",
];

/// Declarations that write a colour instead of taking a token.
fn colours(path: &str, css: &str) -> Vec<String> {
    let mut broken = Vec::new();
    let css = without_comments(css);
    let mut at = 0;
    // What lies between braces and semicolons: selectors, which have no value, and declarations.
    for piece in css.split_inclusive(['{', '}', ';']) {
        let line = css[..at + piece.len() - piece.trim_start().len()]
            .matches('\n')
            .count()
            + 1;
        at += piece.len();
        if piece.ends_with('{') {
            continue;
        }
        let Some((_, value)) = piece.split_once(':') else {
            continue;
        };
        let hex = value.match_indices('#').any(|(at, _)| {
            value[at + 1..]
                .chars()
                .take_while(char::is_ascii_hexdigit)
                .count()
                >= 3
        });
        let lower = value.to_lowercase();
        let function = FUNCTIONS.iter().any(|name| lower.contains(name));
        let named = !lower.contains("url(")
            && lower
                .split(|letter: char| !letter.is_alphanumeric() && letter != '-' && letter != '_')
                .any(|word| NAMED.split_whitespace().any(|name| name == word));
        if hex || function || named {
            broken.push(format!("{path}:{line}: {}", piece.trim()));
        }
    }
    broken
}

#[test]
fn colours_live_in_the_tokens() {
    let mut broken = Vec::new();
    for path in files("style", ".css") {
        if !path.ends_with("/tokens.css") {
            broken.extend(colours(&path, &read(&path)));
        }
    }
    assert_none("style/tokens.css holds every colour", broken);
}

#[test]
fn colours_are_caught() {
    for broken in [
        "a { color: #fff; }",
        "a { color:\n  white\n}",
        "a{border:1px solid RebeccaPurple}",
        "a { background: linear-gradient(OKLCH(1 0 0), var(--x)); }",
        "@media print { a { color: black } }",
        "a { --x: rgba(0, 0, 0, 0.1); }",
    ] {
        assert_eq!(colours("x.css", broken).len(), 1, "missed: {broken}");
    }
    let fine = "a:hover, #fab .red { color: var(--red); white-space: nowrap; /* red */ background: url(red.svg#abc) }";
    assert_eq!(
        colours("x.css", &fine.replace("#abc", "")),
        Vec::<String>::new()
    );
    assert_eq!(
        colours("x.css", "a {}\n/* x\n */\nb { color: red }"),
        ["x.css:4: color: red }"]
    );
}

/// Comments become blank; lines stay where they are.
fn without_comments(css: &str) -> String {
    let mut plain = String::new();
    let mut rest = css;
    while let Some(start) = rest.find("/*") {
        plain.push_str(&rest[..start]);
        let end = rest[start..]
            .find("*/")
            .map_or(rest.len(), |end| start + end + 2);
        plain.extend(rest[start..end].matches('\n'));
        rest = &rest[end..];
    }
    plain + rest
}

#[test]
fn parts_and_their_styles_stand_in_the_same_order() {
    let file = RustFile::read("src/ui/mod.rs");
    let modules: Vec<String> = file
        .tree
        .items
        .iter()
        .filter_map(|item| match item {
            syn::Item::Mod(module) => Some(module.ident.to_string()),
            _ => None,
        })
        .collect();
    let mut total = 0;
    for sheet in ["style/ui.css", "style/forms.css", "style/own.css"] {
        let blocks: Vec<String> = read(sheet)
            .lines()
            .filter_map(|line| {
                let name = line.strip_prefix("/* ")?.strip_suffix(" */")?;
                let is_name = name
                    .chars()
                    .all(|letter| letter.is_ascii_lowercase() || letter == '_');
                is_name.then(|| name.to_owned())
            })
            .collect();
        total += blocks.len();
        let unknown: Vec<&String> = blocks
            .iter()
            .filter(|name| !modules.contains(name))
            .collect();
        assert!(
            unknown.is_empty(),
            "{sheet} dresses parts that src/ui lacks: {unknown:?}"
        );
        let dressed: Vec<&String> = modules
            .iter()
            .filter(|name| blocks.contains(name))
            .collect();
        assert_eq!(
            dressed,
            blocks.iter().collect::<Vec<_>>(),
            "{sheet} has its blocks in the order of src/ui/mod.rs"
        );
    }
    assert!(total > 20, "only {total} blocks were found");
}

/// Styles in markup: the content security policy refuses them, and the tokens could not reach them.
fn inline_styles(file: &RustFile) -> Vec<String> {
    let mut broken: Vec<String> = views::parts(file)
        .into_iter()
        .filter_map(|part| match part {
            Part::Attribute { name, line, .. } => {
                let plain = name.trim_start_matches("attr:");
                let style = plain == "style" || plain.starts_with("style:");
                style.then(|| format!("{}: {name}", file.place(line)))
            }
            _ => None,
        })
        .collect();
    let tokens = file.tokens();
    for (at, token) in tokens.iter().enumerate() {
        let method = at > 0
            && tokens[at - 1].is(".")
            && token.is("style")
            && tokens.get(at + 1).is_some_and(|it| it.is("("));
        let markup = token.kind == crate::rust::Kind::Text
            && [" style=", "<style"]
                .iter()
                .any(|it| token.text.contains(it));
        let named = token.kind == crate::rust::Kind::Text && token.text == "style";
        if method || markup || named {
            broken.push(format!("{}: {}", file.place(token.line), token.text));
        }
    }
    broken
}

#[test]
fn no_markup_holds_a_style() {
    let mut broken: Vec<String> = sources("src").iter().flat_map(inline_styles).collect();
    let pages = files("public", ".html");
    for path in ["index.html".to_owned()].into_iter().chain(pages) {
        let html = read(&path).to_lowercase();
        if [" style=", "<style", " onclick=", " onload=", " onerror="]
            .iter()
            .any(|it| html.contains(it))
        {
            broken.push(path);
        }
    }
    assert_none("looks come from classes and attributes", broken);
}

#[test]
fn styles_in_markup_are_caught() {
    for broken in [
        "fn a() { view! { <p style=\"color: red\"/> } }",
        "fn a() { view! { <p style:width=move || w()/> } }",
        "fn a() { view! { <B attr:style=\"x\"/> } }",
        "fn a() { p().style(\"x\") }",
        "fn a() { \"<p style='x'>\" }",
        "fn a() { e.set_attribute(\"style\", x) }",
    ] {
        assert!(
            !inline_styles(&RustFile::parse("x.rs", broken)).is_empty(),
            "missed: {broken}"
        );
    }
    let fine = "fn a(style: u8) { view! { <p class=\"style\"/> }; self.style }";
    assert_eq!(
        inline_styles(&RustFile::parse("x.rs", fine)).len(),
        1,
        "a class named style is no style; the string is"
    );
}
