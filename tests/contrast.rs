//! Every pair of colours that carries words or must be seen, computed from `style/tokens.css`, in
//! the light and in the dark theme: 4.5:1 for words, 3:1 for edges, shapes and the focus ring.
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
    ("--warn", &["--bg"]),
    ("--art-line", &["--surface", "--art-body"]),
];

/// The custom properties of the first rule with this selector, over `base`.
fn theme(selector: &str, base: &HashMap<String, String>) -> HashMap<String, String> {
    let (_, rest) = TOKENS
        .split_once(&format!("{selector} {{"))
        .expect("the rule exists");
    let (body, _) = rest.split_once('}').expect("the rule ends");
    let mut all = base.clone();
    for line in body.lines() {
        if let Some((name, value)) = line.trim().split_once(':') {
            let value = value.split(';').next().unwrap_or_default().trim();
            all.insert(name.to_owned(), value.to_owned());
        }
    }
    all
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

#[test]
fn words_and_shapes_can_be_seen_in_both_themes() {
    let light = theme(":root", &HashMap::new());
    let dark = theme(":root[data-theme=\"dark\"]", &light);
    let mut faults = Vec::new();
    for (name, tokens) in [("light", &light), ("dark", &dark)] {
        faults.extend(too_low(name, tokens, WORDS, 4.5));
        faults.extend(too_low(name, tokens, SHAPES, 3.0));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_dark_theme_is_the_same_by_system_and_by_choice() {
    let none = HashMap::new();
    assert_eq!(
        theme(":root:not([data-theme=\"light\"])", &none),
        theme(":root[data-theme=\"dark\"]", &none)
    );
}
