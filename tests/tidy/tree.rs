use std::{
    fs,
    path::{Path, PathBuf},
};

/// The root of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file's text, by its path from the root.
#[track_caller]
pub(crate) fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

/// Every file below a folder whose name has the given ending, as sorted paths from the root.
pub(crate) fn files(folder: &str, ending: &str) -> Vec<String> {
    fn walk(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() {
                if !matches!(name.to_str(), Some("target" | "node_modules" | "dist")) {
                    walk(&path, ending, found);
                }
            } else if name.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), ending, &mut found);
    let mut names: Vec<String> = found
        .iter()
        .filter_map(|path| path.strip_prefix(root()).ok()?.to_str().map(str::to_owned))
        .collect();
    names.sort();
    names
}

/// The folders of the workspace's packages, from the root; the app's own is the empty path.
pub(crate) fn packages() -> Vec<String> {
    let mut found = vec![String::new()];
    for entry in fs::read_dir(root().join("crates"))
        .expect("crates/")
        .flatten()
    {
        if entry.path().join("Cargo.toml").is_file() {
            found.push(format!("crates/{}", entry.file_name().to_string_lossy()));
        }
    }
    found.sort();
    found
}

/// Fails with the places that break a rule, if there are any.
#[track_caller]
pub(crate) fn assert_none(rule: &str, broken: Vec<String>) {
    assert!(broken.is_empty(), "{rule}\n{}", broken.join("\n"));
}

/// Whether a word stands in a line, and not as a part of a longer one.
pub(crate) fn has_word(line: &str, word: &str) -> bool {
    let part = |letter: char| letter.is_alphanumeric() || letter == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !(before.is_some_and(part) && word.starts_with(part)
            || after.is_some_and(part) && word.ends_with(part))
    })
}

#[test]
fn a_word_is_not_found_inside_a_longer_one() {
    assert!(has_word("let x: f64 = y;", "f64"));
    assert!(!has_word("let leaf64 = y;", "f64"));
}
