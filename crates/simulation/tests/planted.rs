//! The planted bugs of `mutants/` fit the sources as they are: `cargo xtask simulate --mutants`, which takes hours and so is
//! seldom run, can plant each of them.

use std::path::Path;
use std::process::Command;

/// Whether git could apply the patch to these sources: forwards, or to take it out of them again.
fn fits(root: &Path, patch: &Path, direction: &[&str]) -> bool {
    let output = Command::new("git")
        .current_dir(root)
        .args(["apply", "--check"])
        .args(direction)
        .arg(patch)
        .output()
        .expect("git");
    if !output.status.success() {
        println!("{}", String::from_utf8_lossy(&output.stderr));
    }
    output.status.success()
}

#[test]
fn every_planted_bug_fits_the_sources_and_is_in_none_of_them() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.join("../..");
    let mut patches = 0;
    for entry in std::fs::read_dir(here.join("mutants")).expect("the planted bugs") {
        let patch = entry.expect("a file").path();
        assert!(fits(&root, &patch, &[]), "{} fits no more", patch.display());
        assert!(
            !fits(&root, &patch, &["--reverse"]),
            "{} is in the sources",
            patch.display()
        );
        patches += 1;
    }
    assert!(patches > 10, "{patches} planted bugs");
}
