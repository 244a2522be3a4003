//! Drawings that stand in a page or a style sheet as an address.

/// A drawing as an address (RFC 2397) that can stand between double quotes. Only what would end the quotes or the
/// address is escaped; quotes become single ones.
pub fn of(svg: &str) -> String {
    let mut address = String::from("data:image/svg+xml,");
    for c in svg.trim().chars() {
        match c {
            '"' => address.push('\''),
            '%' | '#' | '<' | '>' | '&' => address += &format!("%{:02X}", u32::from(c)),
            // Paths may be broken into lines.
            '\n' => address.push(' '),
            c => address.push(c),
        }
    }
    address
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_ends_the_quotes_or_the_address() {
        assert_eq!(
            super::of("<svg fill=\"#fff\"\nd='50%'/>\n"),
            "data:image/svg+xml,%3Csvg fill='%23fff' d='50%25'/%3E"
        );
    }
}
