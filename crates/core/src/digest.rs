use std::fmt::Write;

use sha2::{Digest, Sha256};

/// SHA-256 of the parts, joined by line feeds, as hexadecimal digits. No part may hold a line feed.
pub fn digest(parts: &[&str]) -> String {
    hex(&Sha256::digest(parts.join("\n").as_bytes()))
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_joined_by_line_feeds() {
        // `printf 'a\nb' | sha256sum`
        assert_eq!(
            digest(&["a", "b"]),
            "7e18f737311b2dc3b2f269dd78396b0351f14fb66efa879f768cb23181883c78"
        );
        assert_eq!(hex(&[0, 9, 0xab]), "0009ab");
    }
}
