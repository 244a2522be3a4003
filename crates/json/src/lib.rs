//! A JSON deserializer for the contract's types, small enough to ship to a phone.
//!
//! `serde_json` was the largest library in the shipped module (`docs/decisions/0003`): it describes each
//! error, reads structs from arrays, and reads fractions, none of which the app needs. This reader accepts
//! exactly JSON. The tests compare it with `serde_json`.

use std::fmt;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor,
};

/// The text is not JSON, or does not have the requested shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unreadable")
    }
}

impl std::error::Error for Unreadable {}

impl Error for Unreadable {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }

    fn invalid_type(_: serde::de::Unexpected<'_>, _: &dyn serde::de::Expected) -> Self {
        Self
    }

    fn invalid_value(_: serde::de::Unexpected<'_>, _: &dyn serde::de::Expected) -> Self {
        Self
    }

    fn invalid_length(_: usize, _: &dyn serde::de::Expected) -> Self {
        Self
    }

    fn missing_field(_: &'static str) -> Self {
        Self
    }

    fn duplicate_field(_: &'static str) -> Self {
        Self
    }
}

/// Deserializes a whole text.
///
/// # Errors
/// [`Unreadable`], without a position: whoever receives the reply can't repair it.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Unreadable> {
    let mut reader = Reader {
        text,
        at: 0,
        depth: 0,
    };
    let value = T::deserialize(&mut reader)?;
    reader.skip_space();
    if reader.at == text.len() {
        Ok(value)
    } else {
        Err(Unreadable)
    }
}

/// Maximum nesting; deeper than any reply, and small enough to protect the stack.
const MAX_DEPTH: u8 = 64;

/// A position in the text, always on a character boundary.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u8,
}

impl Reader<'_> {
    fn byte(&self) -> u8 {
        // A zero byte stands for the end: JSON never contains one unescaped.
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    fn skip_space(&mut self) {
        while matches!(self.byte(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
    }

    /// The next byte that is not white space.
    fn peek(&mut self) -> u8 {
        self.skip_space();
        self.byte()
    }

    fn takes(&mut self, byte: u8) -> bool {
        let taken = self.peek() == byte;
        if taken {
            self.at += 1;
        }
        taken
    }

    fn expect(&mut self, byte: u8) -> Result<(), Unreadable> {
        self.takes(byte).then_some(()).ok_or(Unreadable)
    }

    fn word(&mut self, word: &str) -> Result<(), Unreadable> {
        self.skip_space();
        let found = self.text[self.at..].starts_with(word);
        self.at += word.len();
        found.then_some(()).ok_or(Unreadable)
    }

    fn boolean(&mut self) -> Result<bool, Unreadable> {
        if self.peek() == b't' {
            self.word("true").map(|()| true)
        } else {
            self.word("false").map(|()| false)
        }
    }

    fn string(&mut self) -> Result<String, Unreadable> {
        self.expect(b'"')?;
        let mut read = String::new();
        loop {
            let start = self.at;
            while !matches!(self.byte(), b'"' | b'\\' | 0..0x20) {
                self.at += 1;
            }
            read.push_str(&self.text[start..self.at]);
            let mark = self.byte();
            self.at += 1;
            match mark {
                b'"' => return Ok(read),
                b'\\' => read.push(self.escaped()?),
                _ => return Err(Unreadable),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, Unreadable> {
        let letter = self.byte();
        self.at += 1;
        Ok(match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let mut code = self.hex4()?;
                // A high surrogate must be followed by a low one.
                if (0xd800..0xdc00).contains(&code) {
                    if self.byte() != b'\\' {
                        return Err(Unreadable);
                    }
                    self.at += 1;
                    if self.byte() != b'u' {
                        return Err(Unreadable);
                    }
                    self.at += 1;
                    let low = self
                        .hex4()?
                        .checked_sub(0xdc00)
                        .filter(|low| *low < 0x400)
                        .ok_or(Unreadable)?;
                    code = 0x1_0000 + (code - 0xd800) * 0x400 + low;
                }
                char::from_u32(code).ok_or(Unreadable)?
            }
            _ => return Err(Unreadable),
        })
    }

    /// Four hexadecimal digits.
    fn hex4(&mut self) -> Result<u32, Unreadable> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = char::from(self.byte()).to_digit(16).ok_or(Unreadable)?;
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }

    fn digits(&mut self) -> Result<(), Unreadable> {
        let start = self.at;
        while self.byte().is_ascii_digit() {
            self.at += 1;
        }
        (self.at > start).then_some(()).ok_or(Unreadable)
    }

    /// Skips a number. Returns whether it is an integer.
    fn number(&mut self) -> Result<bool, Unreadable> {
        self.takes(b'-');
        if self.byte() == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        let mut is_integer = true;
        if self.byte() == b'.' {
            self.at += 1;
            self.digits()?;
            is_integer = false;
        }
        if matches!(self.byte(), b'e' | b'E') {
            self.at += 1;
            if matches!(self.byte(), b'+' | b'-') {
                self.at += 1;
            }
            self.digits()?;
            is_integer = false;
        }
        Ok(is_integer)
    }

    fn integer(&mut self) -> Result<i64, Unreadable> {
        self.skip_space();
        let start = self.at;
        if !self.number()? {
            return Err(Unreadable);
        }
        self.text[start..self.at].parse().map_err(|_| Unreadable)
    }

    fn enter(&mut self, mark: u8) -> Result<(), Unreadable> {
        self.expect(mark)?;
        self.depth += 1;
        (self.depth < MAX_DEPTH).then_some(()).ok_or(Unreadable)
    }

    /// Whether another item or key follows; consumes `end` if not.
    fn another(&mut self, first: &mut bool, end: u8) -> Result<bool, Unreadable> {
        if self.takes(end) {
            self.depth -= 1;
            return Ok(false);
        }
        if !std::mem::take(first) {
            self.expect(b',')?;
        }
        Ok(true)
    }

    /// Skips the value of an unknown field. It must still be valid JSON.
    fn skip(&mut self) -> Result<(), Unreadable> {
        match self.peek() {
            b'"' => self.string().map(drop),
            b'n' => self.word("null"),
            b't' | b'f' => self.boolean().map(drop),
            mark @ (b'[' | b'{') => {
                self.enter(mark)?;
                let (mut first, end) = (true, if mark == b'[' { b']' } else { b'}' });
                while self.another(&mut first, end)? {
                    if mark == b'{' {
                        self.string()?;
                        self.expect(b':')?;
                    }
                    self.skip()?;
                }
                Ok(())
            }
            _ => self.number().map(drop),
        }
    }
}

/// Forwards several of serde's methods to one.
macro_rules! forward {
    ($target:ident: $($method:ident)+) => {
        $(
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
                self.$target(visitor)
            }
        )+
    };
}

impl<'de> Deserializer<'de> for &mut Reader<'_> {
    type Error = Unreadable;

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_bool(self.boolean()?)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_i64(self.integer()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_string(self.string()?)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_str(&self.string()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        if self.peek() == b'n' {
            self.word("null")?;
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.word("null")?;
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.enter(b'[')?;
        visitor.visit_seq(Items {
            reader: self,
            first: true,
        })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.enter(b'{')?;
        visitor.visit_map(Items {
            reader: self,
            first: true,
        })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.deserialize_map(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.skip()?;
        visitor.visit_unit()
    }

    forward!(deserialize_i64: deserialize_i8 deserialize_i16 deserialize_i32 deserialize_u8
        deserialize_u16 deserialize_u32 deserialize_u64);
    forward!(deserialize_string: deserialize_str deserialize_char);
    // The contract uses none of these: its enums are strings, its amounts integers.
    forward!(unsupported: deserialize_any deserialize_f32 deserialize_f64 deserialize_bytes
        deserialize_byte_buf);

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.unsupported(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.unsupported(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.unsupported(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.unsupported(visitor)
    }
}

impl Reader<'_> {
    fn unsupported<'de, V: Visitor<'de>>(&mut self, _: V) -> Result<V::Value, Unreadable> {
        Err(Unreadable)
    }
}

/// The items of an array or the entries of an object.
struct Items<'r, 'a> {
    reader: &'r mut Reader<'a>,
    first: bool,
}

impl<'de> SeqAccess<'de> for Items<'_, '_> {
    type Error = Unreadable;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Unreadable> {
        if self.reader.another(&mut self.first, b']')? {
            seed.deserialize(&mut *self.reader).map(Some)
        } else {
            Ok(None)
        }
    }
}

impl<'de> MapAccess<'de> for Items<'_, '_> {
    type Error = Unreadable;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Unreadable> {
        if !self.reader.another(&mut self.first, b'}')? {
            return Ok(None);
        }
        let key = seed.deserialize(&mut *self.reader)?;
        self.reader.expect(b':')?;
        Ok(Some(key))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<S::Value, Unreadable> {
        seed.deserialize(&mut *self.reader)
    }
}

#[cfg(test)]
mod tests {
    use dika_contract::{Directory, Problem, Session, TopUp};
    use proptest::prelude::*;
    use serde::Deserialize;
    use serde_json::Value;

    use super::{Unreadable, read};

    #[derive(Clone, Debug, PartialEq, Deserialize)]
    struct Shape {
        text: String,
        count: i64,
        #[serde(default)]
        small: Option<u8>,
        #[serde(default)]
        flag: bool,
        #[serde(default)]
        items: Vec<Shape>,
    }

    fn both(text: &str) -> (Option<Shape>, Option<Shape>) {
        (read(text).ok(), serde_json::from_str(text).ok())
    }

    #[test]
    fn reads_what_the_standard_allows() {
        for text in [
            r#"{"text":"","count":0}"#,
            " {\n\t\"count\" : -12 ,\r \"text\":\"卡\u{1f4b3}\" } ",
            r#"{"text":"\"\\\/\b\f\n\r\t\u5361\ud83d\udcb3","count":9223372036854775807}"#,
            r#"{"text":"a","count":1,"small":null,"flag":true,"items":[{"text":"b","count":2}]}"#,
            r#"{"text":"a","count":1,"more":[1.5e-3,{"x":[null,true,false,"\u0000"]},-0,[],{}]}"#,
        ] {
            let (ours, theirs) = both(text);
            assert!(ours.is_some(), "{text}");
            assert_eq!(ours, theirs, "{text}");
        }
    }

    #[test]
    fn refuses_what_the_standard_forbids() {
        for text in [
            "",
            "{",
            "null",
            "[]",
            "{}",
            r#"{"text":"a","count":1"#,
            r#"{"text":"a","count":1}}"#,
            r#"{"text":"a","count":1,}"#,
            r#"{"text":"a" "count":1}"#,
            r#"{"text":"a","count":01}"#,
            r#"{"text":"a","count":1.0}"#,
            r#"{"text":"a","count":--1}"#,
            r#"{"text":"a","count":9223372036854775808}"#,
            r#"{"text":"\ud83d","count":1}"#,
            r#"{"text":"\udcb3","count":1}"#,
            r#"{"text":"\x","count":1}"#,
            "{\"text\":\"a\nb\",\"count\":1}",
            r#"{"text":"a","count":1,"text":"b"}"#,
            r#"{"text":"a","count":1,"small":256}"#,
            r#"{"text":"a","count":1,"more":[1,]}"#,
            r#"{"text":"a","count":1,"more":nul}"#,
            r#"{"text":"a","count":1,"more":+1}"#,
        ] {
            let (ours, theirs) = both(text);
            assert_eq!(ours, None, "{text}");
            assert_eq!(theirs, None, "{text}");
        }
    }

    #[test]
    fn a_hostile_depth_ends_in_an_error() {
        let deep = [
            r#"{"text":"a","count":1,"more":"#.to_owned(),
            "[".repeat(100_000),
        ]
        .concat();
        assert_eq!(read::<Shape>(&deep), Err(Unreadable));
    }

    #[test]
    fn reads_the_contract() {
        let directory: Directory = read(Directory::SEED_JSON).expect("the directory");
        let theirs: Directory = serde_json::from_str(Directory::SEED_JSON).expect("the directory");
        assert_eq!(directory, theirs);
        assert!(read::<Session>(r#"{"sandbox":true,"new_field":{"a":[1]}}"#).is_ok());
        assert!(read::<Problem>("<html>502 Bad Gateway</html>").is_err());
        assert!(read::<TopUp>("{}").is_err());
    }

    /// Any JSON value.
    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((any::<String>(), inner), 0..6)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_text_is_read_back(text: String, count: i64, small: Option<u8>, more in any_value()) {
            let json = serde_json::json!({ "more": more, "text": text, "count": count, "small": small });
            let wanted = Shape { text, count, small, flag: false, items: Vec::new() };
            prop_assert_eq!(&read::<Shape>(&json.to_string()), &Ok(wanted.clone()));
            let pretty = serde_json::to_string_pretty(&json).expect("a value");
            prop_assert_eq!(read::<Shape>(&pretty), Ok(wanted));
        }

        #[test]
        fn a_damaged_text_is_judged_alike(value in any_value(), at: prop::sample::Index, with: char) {
            let json = serde_json::json!({ "text": "a", "count": 1, "more": value }).to_string();
            let mut damaged: Vec<char> = json.chars().collect();
            let at = at.index(damaged.len());
            damaged[at] = with;
            let damaged: String = damaged.into_iter().collect();
            let (ours, theirs) = both(&damaged);
            // A number too large for `serde_json` is still JSON, where nobody asks for its value.
            if theirs.is_some() || !damaged.contains(['e', 'E']) {
                prop_assert_eq!(ours, theirs, "{}", damaged);
            }
        }
    }
}
