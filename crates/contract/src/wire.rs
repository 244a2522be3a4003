//! Macros for the two shapes that most wire types have: closed sets of words, and checked text.
//! A crate that uses them declares `extern crate alloc;` and a feature `schema`.

/// An enum that travels as a lower-case word and survives words it does not know.
///
/// The last variant, in the `else` block, also stands for every word that this version does not know.
#[macro_export]
macro_rules! wire_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $($(#[$vmeta:meta])* $variant:ident = $word:literal,)+
        } else {
            $(#[$fmeta:meta])* $fallback:ident = $fword:literal,
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$vmeta])* $variant,)+
            $(#[$fmeta])*
            $fallback,
        }

        impl $name {
            /// Every value that this version knows, the fallback last.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+ Self::$fallback];

            /// The word that travels.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::$fallback => $fword,
                }
            }

            /// Reads a word; one that this version does not know gives the fallback.
            pub fn from_word(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)+
                    _ => Self::$fallback,
                }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = <alloc::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                Ok(Self::from_word(&word))
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> alloc::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let words: Vec<&str> = Self::ALL.iter().map(|value| value.as_str()).collect();
                schemars::json_schema!({
                    "type": "string",
                    "description": concat!(
                        "Clients accept words that are not listed here and treat them as `",
                        $fword, "`."
                    ),
                    "examples": words,
                    "x-known-values": words,
                })
            }
        }
    };
}

/// Text that is checked when it is made and when it is read from the wire.
///
/// `$check` is a `fn(&str) -> bool`; `$what` says in a few words what a good value looks like, `$pattern` says the same
/// as a regular expression, for the OpenAPI document.
/// With `secret`, `Debug` shows nothing of the value and there is no `Display`. With `typed`, moreover, a
/// person typed the value: the server reads it from the wire with this method of
/// [`Typed`](crate::typed::Typed).
#[macro_export]
macro_rules! wire_text {
    (@body $name:ident, $check:expr, $what:literal, $pattern:literal) => {
        impl $name {
            /// Takes the text if it has the right shape, else gives nothing.
            pub fn parse(text: &str) -> Option<Self> {
                ($check)(text).then(|| Self(text.into()))
            }

            /// The text as it travels.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <alloc::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                // The value itself never goes into the message: it may be private.
                Self::read(&text).ok_or_else(|| {
                    serde::de::Error::custom(concat!(stringify!($name), ": expected ", $what))
                })
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> alloc::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "pattern": $pattern,
                    "description": $what,
                })
            }
        }
    };
    (@plain $name:ident) => {
        impl $name {
            fn read(text: &str) -> Option<Self> {
                Self::parse(text)
            }
        }
    };
    (@secret $(#[$meta:meta])* $name:ident, $what:literal, $pattern:literal, $check:expr) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(alloc::string::String);

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }

        $crate::wire_text!(@body $name, $check, $what, $pattern);
    };
    (
        $(#[$meta:meta])* pub struct $name:ident, secret,
        $what:literal, pattern $pattern:literal, $check:expr
    ) => {
        $crate::wire_text!(@secret $(#[$meta])* $name, $what, $pattern, $check);
        $crate::wire_text!(@plain $name);
    };
    (
        $(#[$meta:meta])* pub struct $name:ident, typed $reader:ident,
        $what:literal, pattern $pattern:literal, $check:expr
    ) => {
        $crate::wire_text!(@secret $(#[$meta])* $name, $what, $pattern, $check);

        impl $name {
            #[cfg(not(target_arch = "wasm32"))]
            fn read(text: &str) -> Option<Self> {
                $crate::typed::Typed::new(text).$reader().ok()
            }

            // The app sends these and never receives one.
            #[cfg(target_arch = "wasm32")]
            fn read(text: &str) -> Option<Self> {
                Self::parse(text)
            }
        }
    };
    (
        $(#[$meta:meta])* pub struct $name:ident,
        $what:literal, pattern $pattern:literal, $check:expr
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(alloc::string::String);

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(&self.0)
            }
        }

        $crate::wire_text!(@plain $name);
        $crate::wire_text!(@body $name, $check, $what, $pattern);
    };
}
