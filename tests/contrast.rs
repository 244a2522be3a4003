//! Every pair of colours that carries words or must be seen, computed from `style/tokens.css` as a
//! browser would, specificity and all: light and dark, by system and by choice, in care mode, in high
//! contrast. 4.5:1 for words, 3:1 for edges, shapes and the focus ring; 7:1 and 4.5:1 where more
//! contrast is asked for.
#![expect(clippy::float_arithmetic, reason = "contrast is defined in floats")]

use std::collections::HashMap;

const TOKENS: &str = include_str!("../style/tokens.css");

const WORDS: &[(&str, &[&str])] = &[
    (
        "--text",
        &[
            "--bg",
            "--surface",
            "--surface-2",
            "--press",
            "--info-soft",
            "--wait-soft",
            "--success-soft",
            "--warn-soft",
            "--danger-soft",
            "--brand-soft",
        ],
    ),
    ("--muted", &["--bg", "--surface", "--surface-2"]),
    ("--link", &["--bg", "--surface"]),
    (
        "--brand-text",
        &["--surface", "--surface-2", "--brand-soft"],
    ),
    ("--on-primary", &["--primary", "--primary-press"]),
    ("--success", &["--success-soft"]),
    ("--info", &["--info-soft"]),
    ("--wait", &["--wait-soft"]),
    ("--warn", &["--warn-soft"]),
    ("--danger", &["--danger-soft", "--surface", "--bg"]),
    ("--on-toast", &["--toast"]),
    (
        "--on-face",
        &[
            "--face-1", "--face-2", "--gdut-1", "--gdut-2", "--hemc-1", "--hemc-2",
        ],
    ),
    ("--on-due", &["--due"]),
];

const SHAPES: &[(&str, &[&str])] = &[
    ("--edge", &["--bg", "--surface"]),
    ("--focus", &["--bg", "--surface"]),
    ("--brand-text", &["--bg"]),
    ("--success", &["--bg"]),
    ("--info", &["--bg"]),
    ("--wait", &["--bg", "--surface"]),
    ("--warn", &["--bg"]),
    ("--art-line", &["--surface", "--art-body"]),
];

/// What is read first of all: where more contrast is asked for, it gets more than anything else.
const MORE: &[(&str, &[&str])] = &[
    ("--text", &["--bg", "--surface", "--surface-2"]),
    ("--muted", &["--bg", "--surface", "--surface-2"]),
    ("--on-primary", &["--primary"]),
    (
        "--on-face",
        &["--gdut-1", "--gdut-2", "--hemc-1", "--hemc-2"],
    ),
];
/// What then is seen better: edges, and a button on its ground.
const MORE_SHAPES: &[(&str, &[&str])] = &[
    ("--line", &["--bg", "--surface"]),
    ("--edge", &["--bg", "--surface"]),
    ("--primary", &["--bg", "--surface"]),
];

/// A browser, and what is chosen on it.
#[derive(Clone, Copy, Debug)]
struct View {
    system_dark: bool,
    theme: Option<&'static str>,
    care: bool,
    contrast: bool,
}

impl View {
    /// Whether the media query holds.
    fn is(self, query: &str) -> bool {
        query.split(" and ").all(|part| match part.trim() {
            "(prefers-color-scheme: dark)" => self.system_dark,
            "(prefers-contrast: more)" => self.contrast,
            "(prefers-reduced-motion: reduce)" | "print" => false,
            other => panic!("a media query that this test does not know: {other}"),
        })
    }

    /// Whether the selector means the root.
    fn has(self, selector: &str) -> bool {
        match selector {
            ":root" => true,
            r#":root:not([data-theme="light"])"# => self.theme != Some("light"),
            r#":root[data-theme="dark"]"# => self.theme == Some("dark"),
            ":root[data-theme]" => self.theme.is_some(),
            r#":root[data-text="care"]"# => self.care,
            other => panic!("a selector that this test does not know: {other}"),
        }
    }

    fn is_dark(self) -> bool {
        self.theme == Some("dark") || (self.system_dark && self.theme.is_none())
    }

    fn all() -> Vec<Self> {
        let both = [false, true];
        let mut all = Vec::new();
        for theme in [None, Some("light"), Some("dark")] {
            for system_dark in both {
                for care in both {
                    all.extend(both.map(|contrast| Self {
                        system_dark,
                        theme,
                        care,
                        contrast,
                    }));
                }
            }
        }
        all
    }
}

/// The sheet's rules: media query, selectors, declarations.
fn rules(sheet: &str) -> Vec<(String, Vec<String>, String)> {
    let mut bare = String::new();
    for (at, part) in sheet.split("/*").enumerate() {
        let rest = part.split_once("*/").map(|(_, rest)| rest);
        bare.push_str(if at == 0 {
            part
        } else {
            rest.unwrap_or_default()
        });
    }
    let (mut rules, mut media, mut rest) = (Vec::new(), String::new(), bare.as_str());
    while let Some(at) = rest.find(['{', '}']) {
        let (before, after) = (rest[..at].trim(), &rest[at + 1..]);
        if rest.as_bytes()[at] == b'}' {
            media.clear();
            rest = after;
        } else if let Some(query) = before.strip_prefix("@media") {
            query.trim().clone_into(&mut media);
            rest = after;
        } else {
            let (body, after) = after.split_once('}').expect("the rule ends");
            let selectors = before.split(',').map(|it| it.trim().to_owned()).collect();
            rules.push((media.clone(), selectors, body.to_owned()));
            rest = after;
        }
    }
    rules
}

/// The custom properties as the root has them: the most specific selector wins, then the last rule.
fn computed(sheet: &str, view: View) -> HashMap<String, String> {
    let mut won: HashMap<String, (usize, String)> = HashMap::new();
    for (media, selectors, body) in rules(sheet) {
        if !media.is_empty() && !view.is(&media) {
            continue;
        }
        let fits = selectors.iter().filter(|selector| view.has(selector));
        // Each pseudo-class and each attribute counts the same; `:not` counts as what is in it.
        let Some(weight) = fits.map(|it| 1 + it.matches('[').count()).max() else {
            continue;
        };
        for declaration in body.split(';') {
            let Some((name, value)) = declaration.trim().split_once(':') else {
                continue;
            };
            let beaten = won.get(name).is_some_and(|(heavier, _)| *heavier > weight);
            if !beaten {
                won.insert(name.to_owned(), (weight, value.trim().to_owned()));
            }
        }
    }
    let raw: HashMap<String, String> = won
        .into_iter()
        .map(|(name, (_, value))| (name, value))
        .collect();
    let resolve = |value: &str| {
        let mut value = value.to_owned();
        for _ in 0..4 {
            let Some(name) = value
                .strip_prefix("var(")
                .and_then(|it| it.strip_suffix(')'))
            else {
                break;
            };
            value.clone_from(&raw[name]);
        }
        value
    };
    raw.iter()
        .map(|(name, value)| (name.clone(), resolve(value)))
        .collect()
}

/// Relative luminance of `#rgb` or `#rrggbb`.
fn luminance(colour: &str) -> f64 {
    let hex = colour
        .strip_prefix('#')
        .unwrap_or_else(|| panic!("{colour} is no hex colour"));
    let digits: Vec<u32> = hex.chars().map(|c| c.to_digit(16).expect("hex")).collect();
    let channel = |at: usize| {
        let value = match digits.len() {
            3 => digits[at] * 17,
            _ => digits[at * 2] * 16 + digits[at * 2 + 1],
        };
        let value = f64::from(value) / 255.0;
        if value <= 0.040_45 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * channel(0) + 0.7152 * channel(1) + 0.0722 * channel(2)
}

fn too_low(
    name: &str,
    tokens: &HashMap<String, String>,
    pairs: &[(&str, &[&str])],
    least: f64,
) -> Vec<String> {
    let mut faults = Vec::new();
    for (front, grounds) in pairs {
        for ground in *grounds {
            let (a, b) = (luminance(&tokens[*front]), luminance(&tokens[*ground]));
            let ratio = (a.max(b) + 0.05) / (a.min(b) + 0.05);
            if ratio < least {
                faults.push(format!(
                    "{name}: {front} on {ground} is {ratio:.2}, must be {least}"
                ));
            }
        }
    }
    faults
}

/// What can't be read or seen in this sheet, in every view.
fn faults(sheet: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for view in View::all() {
        let (name, tokens) = (format!("{view:?}"), computed(sheet, view));
        faults.extend(too_low(&name, &tokens, WORDS, 4.5));
        faults.extend(too_low(&name, &tokens, SHAPES, 3.0));
        if view.contrast {
            faults.extend(too_low(&name, &tokens, MORE, 7.0));
            faults.extend(too_low(&name, &tokens, MORE_SHAPES, 4.5));
        }
    }
    faults
}

#[test]
fn words_and_shapes_can_be_seen_in_every_view() {
    let faults = faults(TOKENS);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_dark_theme_is_the_same_by_system_and_by_choice() {
    for view in View::all() {
        let plain = View {
            system_dark: view.is_dark(),
            theme: None,
            ..view
        };
        assert_eq!(computed(TOKENS, view), computed(TOKENS, plain), "{view:?}");
    }
}

/// A judge who never finds anything may be blind: a rule for high contrast that the dark theme's
/// selectors outweigh, which darkens its buttons and reaches nothing else.
#[test]
fn a_rule_that_is_outweighed_is_found() {
    let weak = ":root { --line: var(--text); --edge: var(--text); --primary: #04572f; }";
    let (before, rest) = TOKENS
        .split_once("@media (prefers-contrast: more) {")
        .expect("high contrast has rules");
    let (_, after) = rest
        .split_once("/* Care mode")
        .expect("care mode comes next");
    let sheet =
        format!("{before}@media (prefers-contrast: more) {{ {weak} }}\n/* Care mode{after}");
    let faults = faults(&sheet).join("\n");
    for pair in ["--primary on --bg", "--line on --bg"] {
        assert!(faults.contains(pair), "{pair} is not found in: {faults}");
    }
}
