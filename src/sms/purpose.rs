//! What one-time codes are good for.

/// What a code is good for; a code of one purpose opens nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodePurpose {
    /// Signing in.
    SignIn,
    /// Confirming something that one does while signed in (`sign_in::proof`).
    Confirm,
    /// Showing that one holds a phone that is to become the account's.
    NewPhone,
    /// A new password without the old one.
    Recover,
}

impl CodePurpose {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            CodePurpose::SignIn => "sign_in",
            CodePurpose::Confirm => "confirm",
            CodePurpose::NewPhone => "new_phone",
            CodePurpose::Recover => "recover",
        }
    }

    /// What the message calls it: whoever is asked for a code by somebody else should see what it does.
    pub fn text(self) -> &'static str {
        match self {
            CodePurpose::SignIn => "登录",
            CodePurpose::Confirm => "操作确认",
            CodePurpose::NewPhone => "绑定新手机号",
            CodePurpose::Recover => "找回密码",
        }
    }
}
