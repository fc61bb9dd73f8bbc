//! Personal fields where they rest. A column of type [`Findable`] or [`Sealed`] is encrypted by its own conversion: no
//! query and no handler can write it in the clear by mistake, because a plain text does not have the type. What is read is
//! opened by the same conversion, only in the rows that a page reads.
//!
//! `Findable` carries in front a blind index, HMAC-SHA-256 under a key of its own (`secrets.index_key`): equal texts have
//! equal indexes, so that a phone is found, compared and kept unique without being opened. `Sealed` has none. Keys of
//! `secrets.keys` rotate: the newest seals, each opens what it sealed. Why a column is sealed, or not, stands in
//! `docs/decisions/0008-sealed-personal-fields.md`.

mod column;
mod fit;
mod keys;

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use sea_orm::sea_query::{ArrayType, ColumnType, Nullable, StringLen, ValueType, ValueTypeErr};
use sea_orm::{ColIdx, DbErr, QueryResult, TryFromU64, TryGetError, TryGetable, Value};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use column::{INDEX_LENGTH, is, is_one_of};
pub use fit::{Fit, Judged};
pub use keys::{FieldKeys, install, keys};

use crate::vault::UnknownKey;

/// How a findable text begins; nothing that people enter into such a field does.
const MARK: char = '~';
/// What a field is sealed for; a text of another kind does not open here.
const OWNER: &str = "field";

/// A text that rests sealed and can be found again by its whole value, such as a phone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Findable(String);

/// A text that rests sealed and is never searched for, such as a postal address.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Sealed(String);

/// The index alone, where a text is compared and never read again.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct BlindIndex(String);

impl BlindIndex {
    /// The index of a text; nothing for nothing.
    pub fn of(text: &str) -> Self {
        if text.is_empty() { Self::default() } else { Self(keys().index_of(text)) }
    }
    /// As stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Findable {
    fn rest(&self) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let keys = keys();
        let index = keys.index_of(&self.0);
        let sealed = keys.vault().seal(&index, &self.0);
        format!("{index}.{}", sealed.trim_start_matches("sealed:"))
    }

    fn open(stored: &str) -> anyhow::Result<String> {
        if !stored.starts_with(MARK) {
            return Ok(stored.to_owned());
        }
        let (index, sealed) = stored.split_once('.').unwrap_or((stored, ""));
        keys().vault().open(index, &format!("sealed:{sealed}"))
    }

    /// Whether a stored text should be sealed (again).
    pub fn is_stale(stored: &str) -> bool {
        let sealed = stored.strip_prefix(MARK).and_then(|rest| rest.split_once('.'));
        !stored.is_empty() && sealed.is_none_or(|(_, sealed)| keys().vault().is_stale(&format!("sealed:{sealed}")))
    }
}

impl Sealed {
    fn rest(&self) -> String {
        if self.0.is_empty() { String::new() } else { keys().vault().seal(OWNER, &self.0) }
    }

    fn open(stored: &str) -> anyhow::Result<String> {
        keys().vault().open(OWNER, stored)
    }

    /// Whether a stored text should be sealed (again).
    pub fn is_stale(stored: &str) -> bool {
        !stored.is_empty() && keys().vault().is_stale(stored)
    }
}

impl BlindIndex {
    fn rest(&self) -> String {
        self.0.clone()
    }
    #[allow(clippy::unnecessary_wraps, reason = "the same shape as of the fields that are opened")]
    fn open(stored: &str) -> anyhow::Result<String> {
        Ok(stored.to_owned())
    }
}

/// A key that is missing is told apart from a text that is broken: the first passes by itself.
fn unopened(error: anyhow::Error, into: &'static str) -> DbErr {
    match error.downcast::<UnknownKey>() {
        Ok(unknown) => DbErr::TryIntoErr { from: "a sealed field", into, source: Arc::new(unknown) },
        Err(error) => DbErr::Type(format!("a sealed field does not open: {error:#}")),
    }
}

macro_rules! column_type {
    ($type:ident) => {
        impl fmt::Debug for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                // Of people: not even for a log.
                formatter.write_str(concat!(stringify!($type), "(…)"))
            }
        }

        impl From<$type> for Value {
            fn from(text: $type) -> Value {
                Value::String(Some(text.rest()))
            }
        }

        impl TryGetable for $type {
            fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
                let stored = String::try_get_by(row, index)?;
                $type::open(&stored).map($type).map_err(|error| TryGetError::DbErr(unopened(error, stringify!($type))))
            }
        }

        impl TryFromU64 for $type {
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                Err(DbErr::ConvertFromU64(stringify!($type)))
            }
        }

        impl ValueType for $type {
            fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
                match value {
                    Value::String(Some(stored)) => $type::open(&stored).map($type).map_err(|_| ValueTypeErr),
                    _ => Err(ValueTypeErr),
                }
            }
            fn type_name() -> String {
                stringify!($type).to_owned()
            }
            fn array_type() -> ArrayType {
                ArrayType::String
            }
            fn column_type() -> ColumnType {
                ColumnType::String(StringLen::None)
            }
        }

        impl Nullable for $type {
            fn null() -> Value {
                Value::String(None)
            }
        }
    };
}

column_type!(Findable);
column_type!(Sealed);
column_type!(BlindIndex);

macro_rules! plain_text {
    ($type:ident) => {
        impl $type {
            /// The text in the clear.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Deref for $type {
            type Target = str;
            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $type {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl From<&str> for $type {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<&String> for $type {
            fn from(text: &String) -> Self {
                Self(text.clone())
            }
        }

        impl From<$type> for String {
            fn from(text: $type) -> String {
                text.0
            }
        }

        /// As it rests: what is written into a job or an answer by mistake tells nobody anything.
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.rest())
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let stored = String::deserialize(deserializer)?;
                $type::open(&stored).map($type).map_err(serde::de::Error::custom)
            }
        }
    };
}

plain_text!(Findable);
plain_text!(Sealed);

#[cfg(test)]
mod tests;
