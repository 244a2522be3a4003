use alloc::string::String;

/// The first of each ten decimal digits outside ASCII that NFKC leaves alone, in the Basic
/// Multilingual Plane: Arabic, Devanagari, Bengali, Thai, Tibetan, Mongolian and the rest.
const DIGITS: [u16; 36] = [
    0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66,
    0x0de6, 0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90,
    0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
];

/// Folds a text character by character; folding twice changes nothing more. A fold of the whole text
/// at once could compose across characters.
pub(super) fn fold(text: &str, nfkc: impl Fn(&str) -> String) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii_graphic() {
            folded.push(letter);
        } else if let Some(plain) = plain(letter) {
            folded.extend(plain);
        } else {
            let normal = same_sign(letter, &nfkc);
            // A half-width form may become one that is dropped or a dash.
            folded.extend(plain(normal).unwrap_or(Some(normal)));
        }
    }
    folded
}

/// What a character becomes whatever the normal forms say: nothing for an invisible mark, a space, a
/// hyphen, or a digit. `None`: the normal form decides.
fn plain(letter: char) -> Option<Option<char>> {
    if is_blank(letter) {
        Some(Some(' '))
    } else if is_invisible(letter) {
        Some(None)
    } else if is_dash(letter) {
        Some(Some('-'))
    } else {
        digit(letter).map(Some)
    }
}

fn digit(letter: char) -> Option<char> {
    let code = u16::try_from(u32::from(letter)).ok()?;
    let first = DIGITS
        .iter()
        .find(|first| (**first..**first + 10).contains(&code))?;
    char::from_digit(u32::from(code - first), 10)
}

pub(super) fn is_blank(letter: char) -> bool {
    // U+2800 is a Braille cell without dots.
    letter.is_whitespace() || letter == '\u{2800}'
}

/// Marks that take no room: control characters, direction marks, zero-width and soft-hyphen
/// characters, fillers, variation selectors, tags.
pub(super) fn is_invisible(letter: char) -> bool {
    (letter.is_control() && !letter.is_whitespace())
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

fn is_dash(letter: char) -> bool {
    matches!(
        letter,
        '-' | '\u{2d7}' | '\u{2010}'
            ..='\u{2015}'
                | '\u{2043}'
                | '\u{207b}'
                | '\u{208b}'
                | '\u{2212}'
                | '\u{2500}'
                | '\u{2501}'
                | '\u{2796}'
                | '\u{2e3a}'
                | '\u{2e3b}'
                | '\u{30fc}'
                | '\u{fe31}'
                | '\u{fe32}'
                | '\u{fe58}'
                | '\u{fe63}'
                | '\u{ff0d}'
                | '\u{ff70}'
    )
}

/// The same sign in its usual width and type; the sign itself where NFKC knows none. Not for signs that
/// stand for several (`㎏`, `½`, `⑩`), and not for raised, lowered, enclosed ones and Roman numerals,
/// which say something else than the plain sign does: `10²` is not 102, `①20` is not 120.
fn same_sign(letter: char, nfkc: impl Fn(&str) -> String) -> char {
    let decorated = matches!(letter,
        '\u{aa}' | '\u{b2}' | '\u{b3}' | '\u{b9}' | '\u{ba}' | '\u{2b0}'..='\u{2b8}'
        | '\u{2e0}'..='\u{2e4}' | '\u{1d2c}'..='\u{1d6a}' | '\u{1d78}' | '\u{1d9b}'..='\u{1dbf}'
        | '\u{2070}'..='\u{209f}' | '\u{2150}'..='\u{218f}' | '\u{2460}'..='\u{24ff}'
        | '\u{2c7c}' | '\u{2c7d}' | '\u{3200}'..='\u{33ff}' | '\u{a69c}' | '\u{a69d}'
        | '\u{a7f1}'..='\u{a7f4}' | '\u{a7f8}' | '\u{a7f9}' | '\u{ab5c}'..='\u{ab5f}'
        | '\u{10780}'..='\u{107ba}' | '\u{1f100}'..='\u{1f2ff}');
    if decorated {
        return letter;
    }
    let normal = nfkc(letter.encode_utf8(&mut [0; 4]));
    let mut signs = normal.chars();
    match (signs.next(), signs.next()) {
        (Some(sign), None) => sign,
        _ => letter,
    }
}
