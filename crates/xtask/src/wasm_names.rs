//! Reads a linked WASM module just far enough to add up function bodies by crate.

use std::collections::HashMap;

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

/// Bytes of code for each crate, largest first. Generic code counts for the crate that wrote it.
///
/// # Errors
/// When the bytes aren't a module with a name section.
pub fn code_by_crate(module: &[u8]) -> Result<Vec<(String, u64)>> {
    let mut all = Reader(module);
    if all.take(8)? != b"\0asm\x01\0\0\0" {
        bail!("not a WebAssembly module");
    }
    let mut imported = 0;
    let mut bodies = Vec::new();
    let mut names = HashMap::new();
    while !all.0.is_empty() {
        let id = all.byte()?;
        let mut section = Reader(all.block()?);
        match id {
            0 if section.text()? == "name" => {
                while !section.0.is_empty() {
                    let kind = section.byte()?;
                    let mut part = Reader(section.block()?);
                    if kind == 1 {
                        for _ in 0..part.number()? {
                            let index = part.number()?;
                            names.insert(index, part.text()?);
                        }
                    }
                }
            }
            2 => imported = imported_functions(&mut section)?,
            10 => {
                for _ in 0..section.number()? {
                    bodies.push(section.block()?.len());
                }
            }
            _ => {}
        }
    }
    if names.is_empty() {
        bail!("it has no names");
    }
    let mut crates: HashMap<String, u64> = HashMap::new();
    for (at, size) in bodies.into_iter().enumerate() {
        let name = names.get(&(imported + at)).copied().unwrap_or("unnamed");
        *crates.entry(crate_of(name)).or_default() += size as u64;
    }
    let mut sorted: Vec<_> = crates.into_iter().collect();
    sorted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(sorted)
}

fn imported_functions(section: &mut Reader<'_>) -> Result<usize> {
    let mut functions = 0;
    for _ in 0..section.number()? {
        section.text()?;
        section.text()?;
        match section.byte()? {
            0 => {
                section.number()?;
                functions += 1;
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
    }
    Ok(functions)
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
        .trim_start_matches("dyn$u20$");
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
    fn adds_up_bodies_after_the_imports() {
        // One imported function, one own of three bytes, named `a::b`.
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        module.extend([2, 7, 1, 1, b'e', 1, b'f', 0, 0]);
        module.extend([10, 5, 1, 3, 0, 1, 0x0b]);
        let names = [
            0, 4, b'n', b'a', b'm', b'e', 1, 7, 1, 1, 4, b'a', b':', b':', b'b',
        ];
        module.push(0);
        module.push(u8::try_from(names.len() - 1).expect("short"));
        module.extend(&names[1..]);
        assert_eq!(
            code_by_crate(&module).expect("a module"),
            [("a".to_owned(), 3)]
        );
        assert!(code_by_crate(b"GIF8").is_err());
    }
}
