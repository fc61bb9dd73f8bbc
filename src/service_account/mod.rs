//! From people: the service account's messages, events and menu, and the clients for WeChat's service-account and
//! mini-program servers.
//!
//! Rules: a push is worked on once and answered within five seconds (`success` when there is nothing to say); words and
//! menu lead to pages, always through the OAuth entry; what is not understood is answered with the phone number. Texts
//! stand in `config/replies.toml`, the menu in `config/menu.toml`.

mod clients;
mod entity;
mod links;
pub mod menu;
mod pushes;
mod replies;
mod routes;

#[cfg(test)]
mod tests;

pub use clients::WechatClients;
pub use links::oauth_entry;
pub use replies::Replies;
pub use routes::router;
