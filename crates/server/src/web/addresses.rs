//! Which paths are addresses of the app, and what is left of one that was copied with signs around it.

use dika_contract::OrderId;

/// The list of the app's addresses with parameters, which the build writes: a line each, a pattern such as
/// `/cards/{id}/top-up/{main|utilities}`, a space, the name of its page in the folder `shells`.
pub const SHELLS_FILE: &str = "shells/addresses.txt";

/// Name of the page in `shells` for a path, by the list in [`SHELLS_FILE`]. A path whose ids or words the app
/// would not accept has none.
pub fn shell<'a>(list: &'a str, path: &str) -> Option<&'a str> {
    list.lines().find_map(|line| {
        let (pattern, page) = line.split_once(' ')?;
        fits(pattern, path).then_some(page)
    })
}

fn fits(pattern: &str, path: &str) -> bool {
    pattern.split('/').count() == path.split('/').count()
        && pattern
            .split('/')
            .zip(path.split('/'))
            .all(|(part, given)| {
                match part
                    .strip_prefix('{')
                    .and_then(|part| part.strip_suffix('}'))
                {
                    // All ids of the contract have one form.
                    Some("id") => OrderId::parse(given).is_some(),
                    Some(words) => words.split('|').any(|word| word == given),
                    None => part == given,
                }
            })
}

/// The path without the signs and words that follow it where a link was copied out of a text: `/guide.`,
/// `/guide%E3%80%82`, `/orders/7%E7%9C%8B`. `None` where nothing follows, or where a whole segment is words: that is
/// another address, not a sign after one.
///
/// An address of the app is made of ASCII letters, digits, `-`, `_` and `/`. Whatever stands after the last of
/// these is dropped, and so is everything from the first character outside of ASCII on.
pub fn without_trailing_signs(path: &str) -> Option<&str> {
    let before_prose = &path[..first_outside_ascii(path).unwrap_or(path.len())];
    let kept = &before_prose[..end_of_address(before_prose)];
    if kept.len() == path.len() || kept.is_empty() {
        return None;
    }
    let rest = &path[kept.len()..];
    (!kept.ends_with('/') || !has_words(rest)).then(|| match kept.trim_end_matches('/') {
        "" => "/",
        page => page,
    })
}

/// Where the first character outside of ASCII begins, escaped or not.
fn first_outside_ascii(path: &str) -> Option<usize> {
    let bytes = path.as_bytes();
    (0..bytes.len()).find(|&at| {
        !bytes[at].is_ascii() || escaped(&bytes[at..]).is_some_and(|byte| !byte.is_ascii())
    })
}

/// The end of the last character that an address can end with. The digits of an escape are none.
fn end_of_address(path: &str) -> usize {
    let bytes = path.as_bytes();
    let (mut at, mut end) = (0, 0);
    while at < bytes.len() {
        if escaped(&bytes[at..]).is_some() {
            at += 3;
            continue;
        }
        let byte = bytes[at];
        at += 1;
        if byte.is_ascii_alphanumeric() || b"-_/".contains(&byte) {
            end = at;
        }
    }
    end
}

/// The byte that an escape such as `%E3` at the start of `bytes` stands for.
fn escaped(bytes: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = bytes else {
        return None;
    };
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    u8::try_from(digit(high)? << 4 | digit(low)?).ok()
}

/// Whether letters or digits of any script stand in a part of a path.
fn has_words(part: &str) -> bool {
    let bytes = part.as_bytes();
    let (mut at, mut plain) = (0, Vec::new());
    while at < bytes.len() {
        let byte = escaped(&bytes[at..]);
        plain.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&plain)
        .chars()
        .any(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_after_an_address_are_dropped() {
        for (path, kept) in [
            ("/guide.", "/guide"),
            ("/guide...", "/guide"),
            ("/guide/.", "/guide"),
            ("/guide,", "/guide"),
            ("/guide)!", "/guide"),
            ("/guide%22", "/guide"),
            ("/guide%2F%20", "/guide"),
            ("/guide%e3%80%82", "/guide"),
            ("/guide\u{3002}", "/guide"),
            ("/guide%EF%BC%89%E3%80%82", "/guide"),
            ("/orders/a-b_7%E7%9C%8B%E7%9C%8B", "/orders/a-b_7"),
            ("/orders/7%EF%BC%8Csee.it", "/orders/7"),
            ("/orders/7.%E7%9C%8B", "/orders/7"),
            ("/%E3%80%82", "/"),
            ("/.", "/"),
            ("/guide/%E2%80%A6", "/guide"),
        ] {
            assert_eq!(without_trailing_signs(path), Some(kept), "{path}");
        }
    }

    #[test]
    fn an_address_alone_and_other_addresses_are_left_as_they_are() {
        for path in [
            "/",
            "/guide",
            "/guide/",
            "/orders/no!id",
            "/orders/a.b",
            "/%E6%8C%87%E5%8D%97",
            "/guide/%E6%8C%87%E5%8D%97",
            "/guide/%e2%91%a0a",
            "/guide%2",
            "",
        ] {
            assert_eq!(without_trailing_signs(path), None, "{path}");
        }
    }

    #[test]
    fn shells_are_found_by_the_list() {
        let list = "/cards/{id}/top-up/{main|utilities} top-up\n/orders/{id} order\n";
        for (path, page) in [
            ("/orders/7", Some("order")),
            ("/cards/a_b-c/top-up/utilities", Some("top-up")),
            ("/cards/7/top-up/gold", None),
            ("/cards/7/top-up/main|utilities", None),
            ("/orders/", None),
            ("/orders/no!id", None),
            ("/orders/7/8", None),
            ("/orders", None),
        ] {
            assert_eq!(shell(list, path), page, "{path}");
        }
        assert_eq!(shell("", "/orders/7"), None);
        assert_eq!(shell("/orders/{id}\n", "/orders/7"), None);
    }
}
