//! Talk to staff: what people write to the service account, and what no keyword answers, reaches a desk in the console
//! and is answered there by customer-service message (mp §11, desk D10).
//!
//! Rules: a person has one thread. WeChat lets the desk answer within 48 hours of what the person wrote last, and five
//! times until he writes again; both are counted here, and said before somebody types in vain. Afterwards an answer goes
//! as an ordinary message (inbox, and its channels). While a thread is open no automatic answer comes between. Answers go
//! out in the order in which they were written. Pictures are looked at and written anew, whoever sent them. What was said
//! is deleted after `messages.conversation_days`, pictures as well.

mod answers;
mod canned;
mod desk;
mod entity;
mod find;
mod forget;
mod inbound;
mod jobs;
mod model;
mod pictures;
mod routes;
mod store;

pub use desk::ConversationDesk;
pub use find::{ConversationFound, SaidWith, matching, said_with};
pub use inbound::{Arrived, hear, is_open};
pub use jobs::add_job_handlers;
pub use routes::staff_router;
pub use store::told_answer;
