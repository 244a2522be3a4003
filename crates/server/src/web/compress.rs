use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use brotli::enc::BrotliEncoderParams;
use brotli::enc::StandardAlloc;
use brotli::interface::{PredictionModeContextMap, StaticCommand};
use brotli::{
    BrotliCompressCustomIoCustomDict, InputPair, InputReferenceMut, IoReaderWrapper,
    IoWriterWrapper,
};

use crate::web::pages::FOLD;

/// Where pages begin to differ from one another.
const END_OF_HEAD: &str = "<body>";
/// More heads than pages in both languages have, of two releases: they differ by the styles of what is seen first.
const MOST_HEADS: usize = 512;
/// How far back the packed text may point, as a power of two: past a page's head.
const WINDOW: i32 = 18;
/// The quality for what is packed for one request.
const QUICK: i32 = 5;
/// The quality for what is packed once.
const HARD: i32 = 11;
/// The end of a Brotli stream: a last block with nothing in it.
const END_OF_STREAM: u8 = 0b11;

/// Heads, and how they are packed.
type Heads = HashMap<Box<str>, Arc<[u8]>>;

/// Compresses pages, each for one request; built files lie compressed harder beside themselves. The style and script in a
/// page's head, most of what comes before anything is seen, are the same for many: they are packed hard, once. What follows
/// is packed quickly and may point back at them. Clones share what is kept.
#[derive(Clone, Debug, Default)]
pub struct Packer {
    heads: Arc<Mutex<Heads>>,
}

/// Packs a page with gzip.
///
/// # Errors
/// None in practice: it writes to memory.
pub fn gzip(page: &str) -> io::Result<Vec<u8>> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(page.as_bytes())?;
    writer.finish()
}

impl Packer {
    /// The first piece of a page, packed with Brotli: what is seen first can be unpacked from it.
    ///
    /// # Errors
    /// None in practice: it writes to memory.
    pub fn beginning(&self, page: &str) -> io::Result<Vec<u8>> {
        let (end, fold) = places(page);
        let mut packed = self.head(&page[..end])?.to_vec();
        append(&mut packed, &page[..end], &page[end..fold])?;
        Ok(packed)
    }

    /// The beginning of a stream: this text, and no end.
    fn head(&self, head: &str) -> io::Result<Arc<[u8]>> {
        let heads = self.heads.lock().unwrap_or_else(PoisonError::into_inner);
        let known = heads.get(head).cloned();
        drop(heads);
        if let Some(known) = known {
            return Ok(known);
        }
        let mut packed = Vec::new();
        let params = BrotliEncoderParams {
            quality: HARD,
            appendable: true,
            ..part_of_stream(head)
        };
        compress(&mut packed, &params, "", head)?;
        let packed: Arc<[u8]> = packed.into();
        let mut heads = self.heads.lock().unwrap_or_else(PoisonError::into_inner);
        if heads.len() >= MOST_HEADS {
            heads.clear();
        }
        heads.insert(head.into(), packed.clone());
        Ok(packed)
    }
}

/// What follows [`Packer::beginning`], up to the stream's end.
///
/// # Errors
/// None in practice: it writes to memory.
pub fn rest(page: &str) -> io::Result<Vec<u8>> {
    let (_, fold) = places(page);
    let mut packed = Vec::new();
    append(&mut packed, &page[..fold], &page[fold..])?;
    packed.push(END_OF_STREAM);
    Ok(packed)
}

/// Where the head of a page ends, and what is seen first. The tag behind that belongs to it: engines that know
/// `rel=expect` (crates/site) paint nothing before they have read it.
fn places(page: &str) -> (usize, usize) {
    let end = page.find(END_OF_HEAD).unwrap_or_default();
    let fold = page[end..].find(FOLD);
    (end, fold.map_or(end, |at| end + at + FOLD.len()))
}

/// Adds what comes next in a page.
fn append(packed: &mut Vec<u8>, before: &str, next: &str) -> io::Result<()> {
    let params = BrotliEncoderParams {
        quality: QUICK,
        catable: true,
        appendable: true,
        ..part_of_stream(next)
    };
    compress(packed, &params, before, next)
}

/// Ends at a whole byte, and without the stream's end.
fn part_of_stream(text: &str) -> BrotliEncoderParams {
    BrotliEncoderParams {
        lgwin: WINDOW,
        size_hint: text.len(),
        bare_stream: true,
        byte_align: true,
        ..Default::default()
    }
}

/// Adds a text, to which the reader comes with `before` unpacked.
fn compress(
    packed: &mut Vec<u8>,
    params: &BrotliEncoderParams,
    before: &str,
    text: &str,
) -> io::Result<()> {
    let (mut taken, mut given) = ([0; 4_096], [0; 4_096]);
    BrotliCompressCustomIoCustomDict(
        &mut IoReaderWrapper(&mut text.as_bytes()),
        &mut IoWriterWrapper(packed),
        &mut taken,
        &mut given,
        params,
        StandardAlloc::default(),
        &mut |_: &mut PredictionModeContextMap<InputReferenceMut<'_>>,
              _: &mut [StaticCommand],
              _: InputPair<'_>,
              _: &mut StandardAlloc| (),
        before.as_bytes(),
        io::ErrorKind::UnexpectedEof.into(),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page like those of the app: styles with names that the body uses, then words.
    fn page(words: &str) -> String {
        let styles: String = (0..800)
            .map(|at| {
                format!(
                    ".name-{at}{{margin:{}px;color:#{:06x}}}",
                    at * 7 % 40,
                    at * 7_919
                )
            })
            .collect();
        let rows: String = (0..60)
            .map(|at| format!("<li class=\"name-{at} name-{}\">{words} {at}</li>", at * 3))
            .collect();
        format!("<html><head><style>{styles}</style></head><body><ul>{rows}</ul></body></html>")
    }

    fn packed(packer: &Packer, page: &str) -> Vec<u8> {
        let beginning = packer.beginning(page).expect("packed");
        [beginning, rest(page).expect("packed")].concat()
    }

    fn unpacked(packed: &[u8]) -> String {
        let mut text = Vec::new();
        brotli::BrotliDecompress(&mut &packed[..], &mut text).expect("a whole stream");
        String::from_utf8(text).expect("text")
    }

    #[test]
    fn pages_come_out_as_they_went_in() {
        let packer = Packer::default();
        let no_body = "no page";
        let empty = "";
        for page in [
            page("卡内 23.50"),
            page("卡内 0.00"),
            page(""),
            format!("<body>{no_body}"),
            format!("{no_body}<body>"),
            no_body.to_owned(),
            empty.to_owned(),
            page("").replace("<ul>", &format!("<ul><li>a</li>{FOLD}</div>")),
        ] {
            assert_eq!(unpacked(&packed(&packer, &page)), page);
        }
    }

    #[test]
    fn what_is_seen_first_is_unpacked_without_the_rest() {
        let page = page("卡内 23.50").replace("<ul>", &format!("<ul><li>first</li>{FOLD}</div>"));
        let (before, _) = page.split_once("</div>").expect("a fold");
        assert!(before.ends_with(FOLD));
        let beginning = Packer::default().beginning(&page).expect("packed");
        let mut text = vec![0; before.len()];
        let mut reader = brotli::Decompressor::new(&beginning[..], 4_096);
        std::io::Read::read_exact(&mut reader, &mut text).expect("all of it");
        assert_eq!(String::from_utf8(text).expect("text"), before);
    }

    #[test]
    fn a_head_is_packed_once_and_smaller_than_quickly() {
        let packer = Packer::default();
        let (one, two) = (page("卡内 23.50"), page("待领取 20.00"));
        let packed = packed(&packer, &one);
        packer.beginning(&two).expect("packed");
        assert_eq!(packer.heads.lock().expect("heads").len(), 1);
        let mut quickly = Vec::new();
        let params = BrotliEncoderParams {
            quality: QUICK,
            lgwin: WINDOW,
            ..Default::default()
        };
        brotli::BrotliCompress(&mut one.as_bytes(), &mut quickly, &params).expect("packed");
        assert!(
            packed.len() < quickly.len(),
            "{} bytes, {} quickly",
            packed.len(),
            quickly.len()
        );
    }
}
