//! Compressed copies beside each file, made once at build time with the slowest, best settings.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::files::files_below;
use crate::frame::FOLD;

/// What browsers gain nothing from: these are compressed already.
const ALREADY: &[&str] = &["br", "gz", "png", "jpg", "webp", "woff2", "ico"];

/// Writes `<file>.br` and `<file>.gz` beside every file below `dir` that gets smaller by it.
///
/// # Errors
/// When a file can't be read or written.
pub fn all_below(dir: &Path) -> Result<()> {
    let files: Vec<PathBuf> = files_below(dir)?
        .into_iter()
        .filter(|file| {
            !file
                .extension()
                .is_some_and(|ext| ALREADY.iter().any(|known| ext == *known))
        })
        .collect();
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let started: Vec<_> = (0..workers)
            .map(|worker| {
                let files = &files;
                scope.spawn(move || {
                    files
                        .iter()
                        .skip(worker)
                        .step_by(workers)
                        .try_for_each(|file| beside(file))
                })
            })
            .collect();
        started
            .into_iter()
            .try_for_each(|worker| match worker.join() {
                Ok(done) => done,
                Err(panic) => std::panic::resume_unwind(panic),
            })
    })
}

/// Writes the compressed copies of one file.
///
/// # Errors
/// When a file can't be read or written.
pub fn beside(file: &Path) -> Result<()> {
    let bytes = std::fs::read(file).with_context(|| format!("{} can't be read", file.display()))?;
    let fold = bytes
        .windows(FOLD.len())
        .position(|part| part == FOLD.as_bytes());
    let parts = bytes.split_at(fold.unwrap_or(0));
    for (suffix, packed) in [("br", brotli_of(parts)?), ("gz", gzip(&bytes)?)] {
        if packed.len() < bytes.len() {
            let mut name = file.as_os_str().to_owned();
            name.push(".");
            name.push(suffix);
            std::fs::write(name, packed)?;
        }
    }
    Ok(())
}

/// Brotli at its best, in a window that every browser takes.
///
/// # Errors
/// None in practice: it writes to memory.
pub fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    brotli_of((&[], bytes))
}

/// The same, so that the first part can be unpacked before the second has come.
fn brotli_of((first, second): (&[u8], &[u8])) -> Result<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: first.len() + second.len(),
        ..Default::default()
    };
    let mut writer = brotli::CompressorWriter::with_params(Vec::new(), 4_096, &params);
    if !first.is_empty() {
        writer.write_all(first)?;
        writer.flush()?;
    }
    writer.write_all(second)?;
    Ok(writer.into_inner())
}

/// Gzip at its best.
///
/// # Errors
/// None in practice: it writes to memory.
pub fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(bytes)?;
    Ok(writer.finish()?)
}
