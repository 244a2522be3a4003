//! What a student may see of a name or number: enough for its holder, not for others. Counts what
//! people see as one character (grapheme clusters), so that no accent is left without its letter.

use dika_contract::Typed;
use unicode_segmentation::UnicodeSegmentation;

/// `陈*`, `陈*明`, `A*** S***`: initials, and for longer Chinese names the last character. Blanks
/// around the name and inside a Chinese one (`王　明`) are layout, not name.
pub fn masked_name(name: &str) -> String {
    let name = Typed::new(name);
    let words = || name.folded().split_whitespace();
    if !name.folded().contains(is_han) {
        let initials = words().filter_map(|word| word.graphemes(true).next());
        let masked: Vec<String> = initials.map(|initial| format!("{initial}***")).collect();
        return masked.join(" ");
    }
    let name: String = words().collect();
    let letters: Vec<&str> = name.graphemes(true).collect();
    match letters.as_slice() {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first, _] => format!("{first}*"),
        [first, middle @ .., last] => format!("{first}{}{last}", "*".repeat(middle.len())),
    }
}

/// `3124****08`: four characters, stars, two characters; all stars where that would show too much.
pub fn masked_number(number: &str) -> String {
    let number = Typed::new(number);
    let number: String = number.folded().split_whitespace().collect();
    if number.is_ascii() && number.len() >= 8 {
        [&number[..4], "****", &number[number.len() - 2..]].concat()
    } else {
        "****".to_owned()
    }
}

/// Chinese characters of all blocks, for names alone: rare ones lie beyond the basic plane.
fn is_han(letter: char) -> bool {
    matches!(letter,
        '\u{3007}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{323af}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_show_enough_for_the_holder_only() {
        assert_eq!(masked_name("陈明"), "陈*");
        assert_eq!(masked_name("陈小明"), "陈*明");
        assert_eq!(masked_name("欧阳小明"), "欧**明");
        assert_eq!(masked_name("Amina Sow"), "A*** S***");
        assert_eq!(masked_number("3124001208"), "3124****08");
        assert_eq!(masked_number("1208"), "****");
        assert_eq!(masked_number("1234567"), "****");
        assert_eq!(masked_number("12345678"), "1234****78");
        assert_eq!(masked_number("学号一二三四"), "****");
    }

    #[test]
    fn blanks_and_invisible_marks_are_no_part_of_a_name() {
        for name in [
            " 王明 ",
            "\u{3000}王明\u{3000}",
            "王\u{3000}明",
            "王 明",
            "\u{feff}王明\u{200b}",
            "\t王明\r\n",
        ] {
            assert_eq!(masked_name(name), "王*", "{name:?}");
        }
        assert_eq!(masked_name("  Amina\u{a0} Sow "), "A*** S***");
        assert_eq!(masked_name("Ａｍｉｎａ Ｓｏｗ"), "A*** S***");
        assert_eq!(masked_name(" \u{3000}"), "");
        assert_eq!(masked_number(" 3124 0012\u{a0}08"), "3124****08");
        assert_eq!(masked_number("３１２４００１２０８"), "3124****08");
    }

    #[test]
    fn masks_count_what_people_see_as_one_character() {
        // Decomposed: e and U+0301.
        assert_eq!(masked_name("Jose\u{301}"), "J***");
        assert_eq!(masked_name("E\u{301}lodie Dupont"), "E\u{301}*** D***");
        assert_eq!(masked_name("Åsa Öberg"), "Å*** Ö***");
        assert_eq!(masked_name("Nguyễn Văn An"), "N*** V*** A***");
        // Devanagari and Thai: the vowel sign belongs to its letter.
        assert_eq!(masked_name("नि शा"), "नि*** शा***");
        // A rare character beyond the basic plane; one with a variation selector.
        assert_eq!(masked_name("\u{20bb7}野明"), "\u{20bb7}*明");
        assert_eq!(masked_name("葛\u{e0100}城"), "葛*");
        assert_eq!(masked_name("阿卜杜拉·买买提"), "阿******提");
        assert_eq!(masked_name("李Jose\u{301}"), "李***e\u{301}");
    }
}
