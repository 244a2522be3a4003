//! Reads a linked WASM module just far enough to add up function bodies by crate, to cut functions
//! that are never called, and to drop what only the splitter needs.

use std::collections::HashMap;
use std::ops::Range;

use anyhow::{Context, Result, bail};

/// A position in the module's bytes.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (head, tail) = self
            .0
            .split_at_checked(count)
            .context("the module ends early")?;
        self.0 = tail;
        Ok(head)
    }

    fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    /// An unsigned LEB128 number.
    fn number(&mut self) -> Result<usize> {
        let mut value = 0_u64;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return usize::try_from(value).context("a number out of range");
            }
        }
        bail!("a number doesn't end")
    }

    /// Bytes after their count.
    fn block(&mut self) -> Result<&'a [u8]> {
        let count = self.number()?;
        self.take(count)
    }

    fn text(&mut self) -> Result<&'a str> {
        Ok(std::str::from_utf8(self.block()?)?)
    }
}

/// A module's functions.
struct Functions<'a> {
    /// Where each body of the module's own lies, its size's number not counted.
    bodies: Vec<Range<usize>>,
    /// Where the code section's payload begins: relocations count from there.
    code: usize,
    /// How many functions are imported; they come first in the count.
    imported: usize,
    names: HashMap<usize, &'a str>,
}

impl<'a> Functions<'a> {
    fn read(module: &'a [u8]) -> Result<Self> {
        let mut found = Self {
            bodies: Vec::new(),
            code: 0,
            imported: 0,
            names: HashMap::new(),
        };
        for section in sections(module)? {
            let mut payload = Reader(section.payload);
            match section.id {
                0 if section.name == "name" => {
                    payload.text()?;
                    while !payload.0.is_empty() {
                        let kind = payload.byte()?;
                        let mut part = Reader(payload.block()?);
                        // Kind 1: the functions'.
                        if kind == 1 {
                            for _ in 0..part.number()? {
                                let index = part.number()?;
                                found.names.insert(index, part.text()?);
                            }
                        }
                    }
                }
                2 => found.imported = imported_functions(&mut payload)?,
                10 => {
                    found.code = section.at;
                    for _ in 0..payload.number()? {
                        let size = payload.block()?.len();
                        let end = section.at + section.payload.len() - payload.0.len();
                        found.bodies.push(end - size..end);
                    }
                }
                _ => {}
            }
        }
        if found.names.is_empty() {
            bail!("it has no names");
        }
        Ok(found)
    }

    /// Each body and its function's name.
    fn named(&self) -> impl Iterator<Item = (&Range<usize>, &'a str)> {
        self.bodies.iter().enumerate().map(|(at, body)| {
            (
                body,
                self.names
                    .get(&(self.imported + at))
                    .copied()
                    .unwrap_or("unnamed"),
            )
        })
    }
}

/// A section of a module.
struct Section<'a> {
    id: u8,
    /// A custom section's name.
    name: &'a str,
    payload: &'a [u8],
    /// Where the payload begins.
    at: usize,
    /// The section with its head.
    whole: &'a [u8],
}

fn sections(module: &[u8]) -> Result<Vec<Section<'_>>> {
    let mut all = Reader(module);
    if all.take(8)? != b"\0asm\x01\0\0\0" {
        bail!("not a WebAssembly module");
    }
    let mut found = Vec::new();
    while !all.0.is_empty() {
        let before = all.0;
        let id = all.byte()?;
        let payload = all.block()?;
        let at = module.len() - all.0.len() - payload.len();
        let whole = &before[..before.len() - all.0.len()];
        let name = if id == 0 { Reader(payload).text()? } else { "" };
        found.push(Section {
            id,
            name,
            payload,
            at,
            whole,
        });
    }
    Ok(found)
}

/// The module with the functions that `is_unused` names made to trap at once. Nothing moves; what
/// only these functions used, later tools find unused and drop. Tells how many bytes of code were cut.
///
/// Small functions stay: the compiler gives one body to equal functions, under one of their names,
/// and large ones equal to one that is needed do not happen by chance.
///
/// # Errors
/// When the bytes aren't a linked module with names and relocations.
pub fn cut(module: &[u8], is_unused: impl Fn(&str) -> bool) -> Result<(Vec<u8>, usize)> {
    /// In bytes.
    const LARGE: usize = 100;
    let functions = Functions::read(module)?;
    let bodies: Vec<&Range<usize>> = functions
        .named()
        .filter(|(body, name)| body.len() >= LARGE && is_unused(name))
        .map(|(body, _)| body)
        .collect();
    let mut changed = module.to_vec();
    for body in &bodies {
        // No locals, `unreachable`, then `nop` up to the last byte, which is `end` already.
        let code = &mut changed[body.start..body.end - 1];
        code.fill(0x01);
        code[..2].fill(0);
    }
    let mut rebuilt = changed[..8].to_vec();
    for section in sections(&changed)? {
        if section.name == "reloc.CODE" {
            let payload = relocations_outside(section.payload, functions.code, &bodies)?;
            rebuilt.push(0);
            write_number(&mut rebuilt, payload.len());
            rebuilt.extend(payload);
        } else {
            rebuilt.extend_from_slice(section.whole);
        }
    }
    Ok((rebuilt, bodies.iter().map(|body| body.len()).sum()))
}

/// A relocation section's payload without the entries inside `bodies`, which are in ascending order.
fn relocations_outside(payload: &[u8], code: usize, bodies: &[&Range<usize>]) -> Result<Vec<u8>> {
    let mut old = Reader(payload);
    let name = old.text()?;
    let target = old.number()?;
    let mut entries = Vec::new();
    let mut kept = 0;
    for _ in 0..old.number()? {
        let before = old.0;
        let kind = old.number()?;
        let at = code + old.number()?;
        old.number()?;
        // Addresses in memory and offsets carry a signed addend; for skipping it, its length is enough.
        if matches!(kind, 3..=5 | 8 | 9 | 11 | 14..=17 | 21..=23 | 25) {
            while old.byte()? & 0x80 != 0 {}
        }
        let next = bodies.partition_point(|body| body.end <= at);
        if !bodies.get(next).is_some_and(|body| body.contains(&at)) {
            entries.extend_from_slice(&before[..before.len() - old.0.len()]);
            kept += 1;
        }
    }
    let mut new = Vec::with_capacity(entries.len() + 32);
    write_number(&mut new, name.len());
    new.extend_from_slice(name.as_bytes());
    write_number(&mut new, target);
    write_number(&mut new, kept);
    new.extend(entries);
    Ok(new)
}

/// An unsigned LEB128 number.
fn write_number(to: &mut Vec<u8>, mut value: usize) {
    loop {
        let low = u8::try_from(value & 0x7f).unwrap_or_default();
        value >>= 7;
        if value == 0 {
            to.push(low);
            return;
        }
        to.push(low | 0x80);
    }
}

/// The module without the linker's own sections: symbols and relocations, which only the splitter
/// reads and no later tool drops.
///
/// # Errors
/// When the bytes aren't a module.
pub fn without_relocations(module: &[u8]) -> Result<Vec<u8>> {
    let mut kept = module.get(..8).unwrap_or_default().to_vec();
    for section in sections(module)? {
        let of_linker = ["linking", "reloc.", "__wasm_split"]
            .iter()
            .any(|own| section.name.starts_with(own));
        if !of_linker {
            kept.extend_from_slice(section.whole);
        }
    }
    Ok(kept)
}

/// Bytes of code for each crate, largest first. Generic code counts for the crate that wrote it.
///
/// # Errors
/// When the bytes aren't a module with a name section.
pub fn code_by_crate(module: &[u8]) -> Result<Vec<(String, u64)>> {
    let mut crates: HashMap<String, u64> = HashMap::new();
    for (body, name) in Functions::read(module)?.named() {
        *crates.entry(crate_of(name)).or_default() += body.len() as u64;
    }
    let mut sorted: Vec<_> = crates.into_iter().collect();
    sorted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(sorted)
}

/// The module with its functions' imports from `from` under short names, and for each the long name that it
/// had, in the order of the short ones.
///
/// # Errors
/// When the bytes aren't a module.
pub fn with_short_imports(module: &[u8], from: &str) -> Result<(Vec<u8>, Vec<String>)> {
    let mut rebuilt = module.get(..8).unwrap_or_default().to_vec();
    let mut renamed = Vec::new();
    for section in sections(module)? {
        if section.id != 2 {
            rebuilt.extend_from_slice(section.whole);
            continue;
        }
        let mut old = Reader(section.payload);
        let count = old.number()?;
        let mut new = Vec::with_capacity(section.payload.len());
        write_number(&mut new, count);
        for _ in 0..count {
            let (of, name) = (old.text()?, old.text()?);
            let start = old.0;
            let is_function = import_kind(&mut old)?;
            let name = if is_function && of == from {
                renamed.push(name.to_owned());
                short_name(renamed.len() - 1)
            } else {
                name.to_owned()
            };
            for text in [of, &name] {
                write_number(&mut new, text.len());
                new.extend_from_slice(text.as_bytes());
            }
            new.extend_from_slice(&start[..start.len() - old.0.len()]);
        }
        rebuilt.push(2);
        write_number(&mut rebuilt, new.len());
        rebuilt.extend(new);
    }
    Ok((rebuilt, renamed))
}

/// `a`, `b` … `z`, `aa`, `ba` …: a name for each number.
pub fn short_name(mut number: usize) -> String {
    let mut name = String::new();
    loop {
        let letter = u8::try_from(number % 26).unwrap_or_default();
        name.push(char::from(b'a' + letter));
        if number < 26 {
            return name;
        }
        number = number / 26 - 1;
    }
}

fn imported_functions(section: &mut Reader<'_>) -> Result<usize> {
    let mut functions = 0;
    for _ in 0..section.number()? {
        section.text()?;
        section.text()?;
        functions += usize::from(import_kind(section)?);
    }
    Ok(functions)
}

/// Reads what is imported, after its names; whether it is a function.
fn import_kind(section: &mut Reader<'_>) -> Result<bool> {
    let kind = section.byte()?;
    match kind {
        0 => {
            section.number()?;
        }
        1 => {
            section.byte()?;
            limits(section)?;
        }
        2 => limits(section)?,
        3 => {
            section.take(2)?;
        }
        other => bail!("an import of unknown kind {other}"),
    }
    Ok(kind == 0)
}

fn limits(section: &mut Reader<'_>) -> Result<()> {
    let has_maximum = section.byte()? & 1 == 1;
    section.number()?;
    if has_maximum {
        section.number()?;
    }
    Ok(())
}

/// The crate in a symbol, mangled in the new or the old way, or demangled.
fn crate_of(symbol: &str) -> String {
    // `_RNvNtCs1234_4core3fmt…`: a crate is `C`, perhaps `s…_`, then length and name. The last one
    // before generic arguments is hard to tell; the first is the one that wrote the function.
    if let Some(rest) = symbol.strip_prefix("_R")
        && let Some(name) = rest
            .match_indices('C')
            .find_map(|(at, _)| v0_crate(&rest[at + 1..]))
    {
        return name.to_owned();
    }
    if let Some(rest) = symbol.strip_prefix("_ZN") {
        return old_crate(rest).unwrap_or("unnamed").to_owned();
    }
    let path = symbol.trim_start_matches(['<', '&', '(', '*', '[']);
    let path = path
        .strip_prefix("dyn ")
        .or_else(|| path.strip_prefix("mut "))
        .unwrap_or(path);
    match path.split_once("::") {
        Some((name, _))
            if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') =>
        {
            name.to_owned()
        }
        _ => "other".to_owned(),
    }
}

fn v0_crate(rest: &str) -> Option<&str> {
    let rest = match rest.strip_prefix('s') {
        Some(tagged) => tagged.split_once('_')?.1,
        None => rest,
    };
    sized_name(rest)
}

fn old_crate(rest: &str) -> Option<&str> {
    let name = sized_name(rest)?;
    // `_$LT$alloc..vec..Vec$LT$T$GT$$u20$as…`: an implementation names its type first.
    let Some(inside) = name
        .strip_prefix("_$LT$")
        .or_else(|| name.strip_prefix("$LT$"))
    else {
        return Some(name);
    };
    let inside = inside
        .trim_start_matches("$RF$")
        .trim_start_matches("mut$u20$")
        .trim_start_matches("dyn$u20$")
        // A blanket implementation counts for the trait's crate.
        .trim_start_matches("T$u20$as$u20$");
    let end = inside
        .find("..")
        .or_else(|| inside.find('$'))
        .unwrap_or(inside.len());
    Some(&inside[..end])
}

/// Decimal length, perhaps `_`, then so many bytes.
fn sized_name(rest: &str) -> Option<&str> {
    let digits = rest.find(|c: char| !c.is_ascii_digit())?;
    let length: usize = rest[..digits].parse().ok()?;
    let name = rest[digits..]
        .strip_prefix('_')
        .filter(|_| rest.as_bytes().get(digits) == Some(&b'_') && length > 0);
    let plain = rest.get(digits..digits + length)?;
    // An underscore separates only before a digit or another underscore.
    match name {
        Some(after) if after.starts_with(|c: char| c.is_ascii_digit() || c == '_') => {
            after.get(..length)
        }
        _ => Some(plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_crate_in_every_kind_of_symbol() {
        assert_eq!(crate_of("_ZN4core3fmt5write17h0123456789abcdefE"), "core");
        assert_eq!(
            crate_of(
                "_ZN65_$LT$alloc..vec..Vec$LT$T$GT$$u20$as$u20$core..clone..Clone$GT$5clone17h0123456789abcdefE"
            ),
            "alloc"
        );
        assert_eq!(
            crate_of(
                "_ZN53_$LT$T$u20$as$u20$tachys..view..any_view..IntoAny$GT$8into_any17h0123456789abcdefE"
            ),
            "tachys"
        );
        assert_eq!(crate_of("_RNvNtCs1234_4core3fmt5write"), "core");
        assert_eq!(crate_of("_RNvCs1_4dika4main"), "dika");
        assert_eq!(
            crate_of("<alloc::vec::Vec<T> as core::clone::Clone>::clone"),
            "alloc"
        );
        assert_eq!(
            crate_of("dlmalloc::dlmalloc::Dlmalloc<A>::malloc"),
            "dlmalloc"
        );
        assert_eq!(crate_of("memcpy"), "other");
    }

    #[test]
    fn cuts_large_functions_and_their_relocations() {
        // One function of 100 bytes named `f`, and relocations at its bytes 5 and outside.
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        let mut body = vec![7; 100];
        body[99] = 0x0b;
        module.extend([10, 102, 1, 100]);
        module.extend(&body);
        module.extend([0, 11, 4, b'n', b'a', b'm', b'e', 1, 4, 1, 0, 1, b'f']);
        let name = [
            10, b'r', b'e', b'l', b'o', b'c', b'.', b'C', b'O', b'D', b'E',
        ];
        // Of kind 0, without an addend, and of kind 3, with one of two bytes.
        let (inside, outside) = ([0, 7, 1], [3, 110, 1, 0xff, 0]);
        module.extend([0, 21]);
        module.extend([&name[..], &[0, 2], &inside, &outside].concat());
        let (cut, bytes) = cut(&module, |name| name == "f").expect("a module");
        assert_eq!(bytes, 100);
        let at = 12;
        assert_eq!(cut[at..at + 3], [0, 0, 1]);
        assert_eq!(cut[at + 98..at + 100], [1, 0x0b]);
        assert!(cut.ends_with(&[&[0, 18], &name[..], &[0, 1], &outside].concat()));
    }

    #[test]
    fn adds_up_bodies_after_the_imports() {
        // One imported function, one own of three bytes, named `a::b`.
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        module.extend([2, 7, 1, 1, b'e', 1, b'f', 0, 0]);
        module.extend([10, 5, 1, 3, 0, 1, 0x0b]);
        let names = [
            14, 4, b'n', b'a', b'm', b'e', 1, 7, 1, 1, 4, b'a', b':', b':', b'b',
        ];
        module.push(0);
        module.extend(names);
        assert_eq!(
            code_by_crate(&module).expect("a module"),
            [("a".to_owned(), 3)]
        );
        assert!(code_by_crate(b"GIF8").is_err());
        let with = [
            &module[..],
            &[0, 8, 7, b'l', b'i', b'n', b'k', b'i', b'n', b'g'],
        ]
        .concat();
        assert_eq!(without_relocations(&with).expect("a module"), module);
    }

    #[test]
    fn short_names_differ() {
        let names: Vec<String> = (0..800).map(short_name).collect();
        assert_eq!(names[..3], ["a", "b", "c"]);
        assert_eq!(names[26], "aa");
        let different: std::collections::HashSet<_> = names.iter().collect();
        assert_eq!(different.len(), names.len());
    }

    #[test]
    fn renames_imported_functions_of_one_module_only() {
        // One type () -> (); imports g.long (function), g.m (memory), h.long (function).
        let mut module = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0".to_vec();
        module.extend(b"\x02\x1a\x03\x01g\x04long\0\0\x01g\x01m\x02\0\x01\x01h\x04long\0\0");
        let (renamed, names) = with_short_imports(&module, "g").expect("a module");
        assert_eq!(names, ["long"]);
        let mut wanted = module[..14].to_vec();
        wanted.extend(b"\x02\x17\x03\x01g\x01a\0\0\x01g\x01m\x02\0\x01\x01h\x04long\0\0");
        assert_eq!(renamed, wanted);
    }
}
