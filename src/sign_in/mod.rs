//! The ways in: password, SMS code, WeChat (S0-03…08, B-01).
//!
//! Rules: whoever proves who he is gets a new session with a token never seen before; a WeChat identity that is known at
//! that moment (OAuth round trip, `wx.login`) is bound to the account, and from then on it signs in by itself. Wrong
//! account and wrong password look the same and are counted the same; five wrong passwords in a row lock, time or an
//! SMS code unlocks. A code goes to any mobile phone, so that nobody learns who is a customer.

mod answer;
mod by_mini_program;
mod by_password;
mod by_sms;
mod caller;
mod entity;
mod entrance;
mod new_password;
mod oauth;
mod passwords;
mod phone_proof;
mod proof;
mod reply;
mod routes;
mod sms_codes;
mod suspicion;
mod tickets;
mod unknown_logins;

#[cfg(test)]
mod tests;

pub use answer::SessionAnswer;
pub use by_password::{demand_few_tries, refuse_unknown_login};
pub use by_sms::{account_of_phone, normal_phone, redeem_code, send_code_for};
pub use caller::{Caller, device_of};
pub use entrance::{WechatPerson, known_person};
pub use new_password::{change_password, first_password, first_password_expires_at, give_first_password};
#[cfg(test)]
pub use passwords::work;
pub use passwords::{check_new_password, hash_password, verify as verify_password};
pub use phone_proof::is_fresh as phone_was_just_proved;
pub use proof::{Proof, demand_proof};
pub use routes::CodeSent;
pub use routes::router;
pub use suspicion::CaptchaAnswer;
pub use unknown_logins::count_unknown_try;
