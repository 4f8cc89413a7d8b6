//! Closed lists: every entry has a number that goes into signed bytes, a word for files, and a title for people.

use thiserror::Error;

/// A word that is in no such list.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("not one of the {what}: {words}")]
pub struct UnknownWord {
    pub(crate) what: &'static str,
    pub(crate) words: String,
}

/// Declares such a list. A number once given is never given again, and none is changed.
macro_rules! coded {
    ($(#[$doc:meta])* pub enum $name:ident: $int:ty, $what:literal {
        $($(#[$entry_doc:meta])* $entry:ident = $code:literal, $word:literal, $title:literal;)+
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $(#[doc = $title] #[doc = "."] $(#[$entry_doc])* $entry = $code,)+
        }

        impl $name {
            /// Every entry, by number.
            pub const ALL: &[$name] = &[$($name::$entry,)+];

            /// The number that stands for it in signed bytes.
            pub const fn code(self) -> $int {
                match self { $($name::$entry => $code,)+ }
            }

            /// The entry of that number.
            pub const fn from_code(code: $int) -> Option<$name> {
                match code { $($code => Some($name::$entry),)+ _ => None }
            }

            /// Its word in files.
            pub const fn word(self) -> &'static str {
                match self { $($name::$entry => $word,)+ }
            }

            /// What it is called among people.
            pub const fn title(self) -> &'static str {
                match self { $($name::$entry => $title,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::coded::UnknownWord;

            fn from_str(text: &str) -> Result<$name, $crate::coded::UnknownWord> {
                $name::ALL.iter().copied().find(|e| e.word() == text).ok_or_else(|| {
                    $crate::coded::UnknownWord { what: $what, words: [$($word,)+].join(", ") }
                })
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<$name, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(self.word())
            }
        }
    };
}

pub(crate) use coded;
