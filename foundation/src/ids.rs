//! Typed identifiers: a prefix that says what it is, then a UUID v7 without dashes, so that they sort by time
//! (`ord_0192f0c4…`).

use uuid::Uuid;

/// The text of a new identifier with `prefix`, unique and sorted by the time of making.
pub fn new_id_text(prefix: &str) -> String {
    format!("{prefix}_{}", Uuid::now_v7().simple())
}

/// Characters that are not mistaken for each other when read out.
const SPOKEN: &[u8; 30] = b"23456789ABCDEFGHJKMNPQRSTUWXYZ";

/// An identifier of one request, short enough to be read out on the phone: `7KM2-9QXD-4TB` (54 random bits).
pub fn new_trace_id() -> String {
    let mut rest = Uuid::new_v4().as_u128();
    let mut text = String::with_capacity(13);
    for position in 0..11 {
        if position == 4 || position == 8 {
            text.push('-');
        }
        text.push(char::from(SPOKEN[(rest % SPOKEN.len() as u128) as usize]));
        rest /= SPOKEN.len() as u128;
    }
    text
}

/// Whether `text` is `prefix_` and 32 lower-case hex digits.
pub fn is_id_text(prefix: &str, text: &str) -> bool {
    text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')).is_some_and(|rest| {
        rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    })
}

/// Defines a newtype over `String` for one kind of identifier: `new()`, parsing that refuses foreign prefixes,
/// serde, OpenAPI schema and display.
#[macro_export]
macro_rules! define_id {
    ($(#[$meta:meta])* $name:ident, $prefix:literal) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, utoipa::ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = String)]
        pub struct $name(String);

        impl $name {
            /// A fresh identifier.
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self {
                Self($crate::ids::new_id_text($prefix))
            }
            /// The text as stored and shown.
            pub fn as_str(&self) -> &str {
                &self.0
            }
            /// Takes back what was stored; unlike `parse` it trusts the database.
            pub fn from_stored(text: String) -> Self {
                Self(text)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::ids::MalformedId;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                if $crate::ids::is_id_text($prefix, text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err($crate::ids::MalformedId { expected_prefix: $prefix })
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

/// A text that is no identifier of the expected kind.
#[derive(Debug, Clone, thiserror::Error)]
#[error("编号格式不对，应以 {expected_prefix}_ 开头")]
pub struct MalformedId {
    /// What it should have started with.
    pub expected_prefix: &'static str,
}
