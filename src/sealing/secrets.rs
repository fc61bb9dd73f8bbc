//! Secrets that rooms seal themselves: which are wanted, and what became of them.

use foundation::vault::Vault;

use super::run::Wanted;

impl Wanted {
    /// Whether it is wanted that this stored text is sealed (again).
    pub fn takes(self, vault: &Vault, stored: &str) -> bool {
        match self {
            Wanted::Clear => Vault::is_clear(stored),
            Wanted::ClearAndOlder => vault.is_stale(stored),
        }
    }
}

/// What became of the secrets of a room.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Secrets {
    /// Sealed (again).
    pub sealed: u64,
    /// Stayed as they were, because no key of `secrets.keys` opens them.
    pub unopened: u64,
}

impl Secrets {
    /// These and those of another room.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        Self { sealed: self.sealed + others.sealed, unopened: self.unopened + others.unopened }
    }
}
