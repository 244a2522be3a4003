use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use brotli::enc::BrotliEncoderParams;
use brotli::enc::StandardAlloc;
use brotli::interface::{PredictionModeContextMap, StaticCommand};
use brotli::{
    BrotliCompressCustomIoCustomDict, InputPair, InputReferenceMut, IoReaderWrapper,
    IoWriterWrapper,
};

use crate::web::pages::{FOLD, FOLD_END};

/// Where pages begin to differ from one another.
const END_OF_HEAD: &str = "<body>";
/// More heads than pages in both languages have, of two releases: they differ by the styles of what is seen first. The same
/// number of folds, each for a head and a place.
const MOST_KEPT: usize = 512;
/// Folds begin a multiple of this behind the head: at few places, so that what is packed once can point back at the head.
const STEP: usize = 1_024;
/// Stands for what a fold must not point at, because it differs from page to page: no text has it.
const UNKNOWN: &str = "\0";
/// How far back the packed text may point, as a power of two: past a page's head.
const WINDOW: i32 = 18;
/// The quality for what is packed for one request.
const QUICK: i32 = 5;
/// The quality for what is packed once.
const HARD: i32 = 11;
/// The end of a Brotli stream: a last block with nothing in it.
const END_OF_STREAM: u8 = 0b11;

/// Compresses pages, each for one request; built files lie compressed harder beside themselves. The style and script in a
/// page's head, most of what comes before anything is seen, are the same for many, and so are all styles in its fold: they
/// are packed hard, once. The rest is packed quickly and may point back at them. Clones share what is kept.
#[derive(Clone, Debug, Default)]
pub struct Packer {
    /// By the hash of what is packed, how, and what it may point at.
    kept: Arc<Mutex<HashMap<u64, Arc<[u8]>>>>,
}

/// A page in the parts in which it is packed.
#[derive(Debug)]
pub struct Page {
    html: String,
    /// Where its head ends.
    head: usize,
    /// Where its fold begins, behind the tag: that belongs to what is seen first, because engines that know `rel=expect`
    /// (crates/site) paint nothing before they have read it.
    fold: usize,
    /// Where its fold ends.
    rest: usize,
}

impl Page {
    /// Finds the parts, and puts spaces into the fold so that it begins at one of few places.
    pub fn new(mut html: String) -> Self {
        let head = html.find(END_OF_HEAD).unwrap_or_default();
        let fold = html[head..].find(FOLD).map(|at| head + at + FOLD.len());
        let end = fold.and_then(|fold| Some((fold, fold + html[fold..].find(FOLD_END)?)));
        let Some((fold, end)) = end else {
            let fold = fold.unwrap_or(head);
            return Self {
                html,
                head,
                fold,
                rest: fold,
            };
        };
        let spaces = (fold - head).next_multiple_of(STEP) - (fold - head);
        html.insert_str(fold, &" ".repeat(spaces));
        Self {
            html,
            head,
            fold: fold + spaces,
            rest: end + FOLD_END.len() + spaces,
        }
    }
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
    pub fn beginning(&self, page: &Page) -> io::Result<Vec<u8>> {
        let (head, seen) = page.html[..page.fold].split_at(page.head);
        let start = BrotliEncoderParams {
            quality: HARD,
            appendable: true,
            ..part_of_stream(head)
        };
        let mut packed = self.once(&start, "", head)?.to_vec();
        append(&mut packed, head, seen)?;
        Ok(packed)
    }

    /// What follows [`Packer::beginning`], up to the stream's end.
    ///
    /// # Errors
    /// None in practice: it writes to memory.
    pub fn rest(&self, page: &Page) -> io::Result<Vec<u8>> {
        let (before, rest) = page.html.split_at(page.rest);
        let fold = &before[page.fold..];
        let mut packed = Vec::new();
        if !fold.is_empty() {
            let next = BrotliEncoderParams {
                quality: HARD,
                catable: true,
                appendable: true,
                ..part_of_stream(fold)
            };
            let unknown = UNKNOWN.repeat(page.fold - page.head);
            let known = [&before[..page.head], &unknown].concat();
            packed.extend_from_slice(&self.once(&next, &known, fold)?);
        }
        append(&mut packed, before, rest)?;
        packed.push(END_OF_STREAM);
        Ok(packed)
    }

    /// A part of a stream that is the same in many: this text, which comes behind `before`.
    fn once(
        &self,
        params: &BrotliEncoderParams,
        before: &str,
        text: &str,
    ) -> io::Result<Arc<[u8]>> {
        let mut hash = DefaultHasher::new();
        (params.catable, before, text).hash(&mut hash);
        let hash = hash.finish();
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept.get(&hash).cloned();
        drop(kept);
        if let Some(known) = known {
            return Ok(known);
        }
        let mut packed = Vec::new();
        compress(&mut packed, params, before, text)?;
        let packed: Arc<[u8]> = packed.into();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(hash, packed.clone());
        Ok(packed)
    }
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

    fn styles(count: usize) -> String {
        let rule = |at| {
            let (margin, color) = (at * 7 % 40, at * 7_919);
            format!(".name-{at}{{margin:{margin}px;color:#{color:06x}}}")
        };
        (0..count).map(rule).collect()
    }

    /// A page like those of the app: styles with names that the body uses, then words.
    fn page(words: &str) -> String {
        let styles = styles(800);
        let rows: String = (0..60)
            .map(|at| format!("<li class=\"name-{at} name-{}\">{words} {at}</li>", at * 3))
            .collect();
        format!("<html><head><style>{styles}</style></head><body><ul>{rows}</ul></body></html>")
    }

    fn packed(packer: &Packer, page: &str) -> Vec<u8> {
        let page = Page::new(page.to_owned());
        let beginning = packer.beginning(&page).expect("packed");
        [beginning, packer.rest(&page).expect("packed")].concat()
    }

    /// A page like those of the app, with a fold behind what is seen first.
    fn folded(words: &str, seen: usize) -> String {
        let seen = "<p class=\"name-1\">seen</p>".repeat(seen);
        let fold = format!("{FOLD}<style>{}</style><script>1{FOLD_END}", styles(1_600));
        page(words).replace("<ul>", &[&seen, &fold, "<ul>"].concat())
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
    fn pages_with_a_fold_have_spaces_in_it_and_else_come_out_as_they_went_in() {
        let packer = Packer::default();
        for seen in (0..90).chain([0]) {
            let page = folded("卡内 23.50", seen);
            let came = unpacked(&packed(&packer, &page));
            let (before, fold) = came.split_once(FOLD).expect("a fold");
            assert_eq!([before, FOLD, fold.trim_start()].concat(), page, "{seen}");
            let at = before.find(END_OF_HEAD).expect("a head");
            let spaces = fold.len() - fold.trim_start().len();
            assert_eq!(
                (before.len() + FOLD.len() + spaces - at) % STEP,
                0,
                "{seen}"
            );
            assert!(spaces < STEP, "{spaces}");
        }
    }

    #[test]
    fn a_fold_is_packed_once_for_pages_of_any_words() {
        let packer = Packer::default();
        let pages = [
            folded("卡内 23.50", 20),
            folded("待领取 20.00", 21),
            folded("", 22),
        ];
        let packed = pages.map(|page| packed(&packer, &page));
        assert_eq!(
            packer.kept.lock().expect("kept").len(),
            2,
            "a head and a fold"
        );
        let alone = packed.map(|packed| unpacked(&packed).len() / packed.len());
        // Half of its styles are in the head already.
        assert!(alone.into_iter().all(|times| times >= 5), "{alone:?}");
    }

    #[test]
    fn what_is_seen_first_is_unpacked_without_the_rest() {
        let page = page("卡内 23.50").replace("<ul>", &format!("<ul><li>first</li>{FOLD}</div>"));
        let (before, _) = page.split_once("</div>").expect("a fold");
        assert!(before.ends_with(FOLD));
        let packed = Page::new(page.clone());
        let beginning = Packer::default().beginning(&packed).expect("packed");
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
        packer.beginning(&Page::new(two)).expect("packed");
        assert_eq!(packer.kept.lock().expect("kept").len(), 1);
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
