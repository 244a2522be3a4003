use dika_contract::ErrorCode;

/// Words that no reader of the app should meet: codes, and what programs write when they trip.
const NOT_FOR_READERS: [&str; 14] = [
    "undefined",
    "[object",
    "NaN",
    "panicked",
    "unwrap",
    "Err(",
    "Some(",
    "None)",
    "Fault",
    "JsValue",
    "TypeError",
    "<html",
    "<!doctype",
    "application/problem",
];

/// Refuses text that speaks to programmers.
///
/// # Panics
/// When there is nothing, or a code, or a program's own words.
pub fn assert_plain(text: &str, where_seen: &str) {
    assert!(
        text.chars().filter(|letter| letter.is_alphabetic()).count() >= 4,
        "{where_seen}: there is next to nothing to read: {text:?}"
    );
    let codes = ErrorCode::ALL
        .iter()
        .map(|code| code.as_str())
        .filter(|code| code.contains('_'));
    for word in NOT_FOR_READERS.into_iter().chain(codes) {
        assert!(
            !text.contains(word),
            "{where_seen}: readers meet {word:?} in: {text}"
        );
    }
}
