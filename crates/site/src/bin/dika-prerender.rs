//! `dika-prerender FRAME OUT [CHUNKS]`: writes each page's HTML below the folder OUT.

use std::path::Path;

use anyhow::{Context, Result};

fn main() -> Result<()> {
    let mut args = std::env::args_os().skip(1);
    let usage = "usage: dika-prerender FRAME OUT [CHUNKS]";
    let (frame, out) = (args.next().context(usage)?, args.next().context(usage)?);
    let chunks = match args.next() {
        Some(list) => dika_site::chunks(
            &std::fs::read_to_string(list).context("the list of chunks can't be read")?,
        ),
        None => dika_site::Chunks::new(),
    };
    dika_site::write(Path::new(&frame), Path::new(&out), &chunks)
}
