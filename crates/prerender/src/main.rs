//! `dika-prerender FRAME OUT`: writes each page's HTML below the folder OUT.

use std::path::Path;

use anyhow::{Context, Result};

fn main() -> Result<()> {
    let mut args = std::env::args_os().skip(1);
    let mut next = |what: &'static str| args.next().context(what);
    let (frame, out) = (
        next("usage: dika-prerender FRAME OUT")?,
        next("usage: dika-prerender FRAME OUT")?,
    );
    dika_prerender::write(Path::new(&frame), Path::new(&out))
}
