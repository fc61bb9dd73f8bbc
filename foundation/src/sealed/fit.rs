//! Whether stored texts and the keys of a configuration belong together. Keys that do not fit open nothing and find nobody:
//! that is told before anybody is served with them.

use super::{FieldKeys, MARK, OWNER};
use crate::vault::UnknownKey;

/// How a text begins that rests sealed and cannot be searched for.
const SEALED: &str = "sealed:";

/// What keys are worth for one stored text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// They open it, and find it.
    Fits,
    /// There is no key of its name.
    KeyMissing,
    /// There is a key of its name, and it is another one; or the text was changed.
    DoesNotOpen,
    /// They open it, and would not find it: `secrets.index_key` is another one.
    OtherIndex,
}

/// One stored text, judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// Name of the key that sealed it.
    pub key: String,
    /// Whether it opens.
    pub fit: Fit,
    /// Whether it carries an index.
    pub findable: bool,
}

impl FieldKeys {
    /// Judges a text as it rests in a sealed column; nothing for a text in the clear.
    pub fn judge(&self, stored: &str) -> Option<Judged> {
        let findable = stored.starts_with(MARK);
        let (owner, sealed) = if findable { stored.split_once('.')? } else { (OWNER, stored.strip_prefix(SEALED)?) };
        let (key, _) = sealed.split_once(':')?;
        let fit = match self.vault().open(owner, &format!("{SEALED}{sealed}")) {
            Ok(text) if findable && self.index_of(&text) != owner => Fit::OtherIndex,
            Ok(_) => Fit::Fits,
            Err(error) if error.is::<UnknownKey>() => Fit::KeyMissing,
            Err(_) => Fit::DoesNotOpen,
        };
        Some(Judged { key: key.to_owned(), fit, findable })
    }
}
