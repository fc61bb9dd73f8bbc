//! The people who hold the simulated phones.

use serde::{Deserialize, Serialize};

use crate::random;

/// One WeChat user, seen by both apps of one open-platform account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Name on the phone page.
    pub name: String,
    /// Phone number bound to WeChat.
    pub phone: String,
    /// openid under the service account.
    pub mp_openid: String,
    /// openid under the mini-program.
    pub mini_openid: String,
    /// Equal for both apps.
    pub unionid: String,
    /// Whether the person follows the service account.
    pub follows: bool,
    /// Unix second of the last follow; 0 when never.
    pub followed_at: i64,
}

impl Person {
    /// A person with fixed ids made from `tag` (letters and digits, at most 12 characters).
    #[must_use]
    pub fn new(name: &str, phone: &str, tag: &str) -> Self {
        Self {
            name: name.into(),
            phone: phone.into(),
            mp_openid: format!("{:0<28}", format!("oMp-{tag}")),
            mini_openid: format!("{:0<28}", format!("oMini-{tag}")),
            unionid: format!("{:0<28}", format!("oUnion-{tag}")),
            follows: false,
            followed_at: 0,
        }
    }

    /// A stranger known only by an openid of the service account.
    pub(crate) fn stranger(mp_openid: &str) -> Self {
        Self {
            name: format!("用户{}", random::digits(4)),
            phone: format!("1390001{}", random::digits(4)),
            mp_openid: mp_openid.into(),
            mini_openid: format!("oMini-{}", random::letters(22)),
            unionid: format!("oUnion-{}", random::letters(21)),
            follows: false,
            followed_at: 0,
        }
    }

    /// Whether `openid` is this person under either app.
    #[must_use]
    pub fn has_openid(&self, openid: &str) -> bool {
        self.mp_openid == openid || self.mini_openid == openid
    }
}

/// The six people of the demonstration, phone numbers 13900000001 to 13900000006: the applicants of the demo data.
#[must_use]
pub fn demo_people() -> Vec<Person> {
    [
        ("测试一号", "first"),
        ("测试二号", "second"),
        ("测试三号", "third"),
        ("测试四号", "fourth"),
        ("测试五号", "fifth"),
        ("测试六号", "sixth"),
    ]
    .iter()
    .enumerate()
    .map(|(index, (name, tag))| Person::new(name, &format!("1390000{:04}", index + 1), tag))
    .collect()
}
