//! From people: the service account's messages, events and menu, and the clients for WeChat's service-account and
//! mini-program servers.
//!
//! Rules: a push is worked on once and answered within five seconds (`success` when there is nothing to say); words and
//! menu lead to pages, always through the OAuth entry; what is not understood is answered with the phone number. Texts
//! stand in `config/replies.toml`, the menu in `config/menu.toml`, until somebody writes others in the console
//! (`versions.rs`): the menu is pushed by hand, what is said holds at once.

mod clients;
mod entity;
mod followers;
mod links;
pub mod menu;
mod menu_office;
mod pushes;
mod replies;
mod replies_office;
mod routes;
mod versions;

#[cfg(test)]
mod tests;

pub use clients::WechatClients;
pub use followers::add_job_handlers;
pub use links::oauth_entry;
pub use replies::{LiveReplies, Replies};
pub use routes::router;

/// Routes of the institute's side: menu, replies, followers.
pub fn staff_router() -> utoipa_axum::router::OpenApiRouter<crate::app::SharedApp> {
    menu_office::staff_router().merge(replies_office::staff_router()).merge(followers::staff_router())
}
