//! What a computed `filter` does to the page's colours.

/// Whether a computed `filter` turns light into dark: `invert(1)`, `hue-rotate(180deg) invert(0.9)`.
pub(super) fn inverts(filter: &str) -> bool {
    let mostly = |amount: &&str| {
        amount.starts_with('1')
            || amount.starts_with("0.") && amount.as_bytes().get(2) >= Some(&b'5')
    };
    filter.split("invert(").skip(1).filter(mostly).count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::inverts;

    #[test]
    fn filters_that_turn_light_into_dark_are_known() {
        for (filter, turns) in [
            ("none", false),
            ("", false),
            ("invert(1)", true),
            ("invert(0.93) hue-rotate(180deg)", true),
            ("hue-rotate(180deg) invert(1) contrast(0.9)", true),
            ("invert(0.1)", false),
            ("invert(0)", false),
            ("invert(1) invert(1)", false),
            ("brightness(0.5)", false),
        ] {
            assert_eq!(inverts(filter), turns, "{filter}");
        }
    }
}
