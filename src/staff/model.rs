//! Staff accounts.

use foundation::define_id;

use super::roles::Role;

define_id!(
    /// One member of staff.
    StaffId, "stf"
);
define_id!(
    /// One signed-in browser of a member of staff.
    StaffSessionId, "sse"
);

/// How far a sign-in has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Nobody.
    None,
    /// The password was right; a code is wanted.
    Totp,
    /// The password was right; a second factor must be set up first.
    Enrol,
    /// In.
    In,
}

impl Stage {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::None => "none",
            Stage::Totp => "totp",
            Stage::Enrol => "enrol",
            Stage::In => "in",
        }
    }

    /// The stage of a stored session; anything unknown is nobody.
    pub fn from_stored(text: &str) -> Self {
        [Stage::Totp, Stage::Enrol, Stage::In].into_iter().find(|stage| stage.as_str() == text).unwrap_or(Stage::None)
    }
}

/// Roles as stored: codes separated by commas; a code that is not known any more gives nothing.
pub fn roles_of_stored(text: &str) -> Vec<Role> {
    text.split(',').filter_map(|code| code.parse().ok()).collect()
}

/// See [`roles_of_stored`].
pub fn roles_to_stored(roles: &[Role]) -> String {
    roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(",")
}
