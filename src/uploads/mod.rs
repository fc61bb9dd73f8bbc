//! Files from people: pictures and PDF files, sent in parts that can be sent again.
//!
//! Rules: what a file is, its content decides, never its name or what the sender says. Pictures are decoded within limits
//! and written anew, so that nothing but the picture survives (no place where it was taken, no second file behind it).
//! A PDF is taken as it is, if it is one from the first byte to the last, is not encrypted, runs and launches nothing, and
//! holds no files. No text of a person becomes part of a path. A file belongs to the unit for which it was sent; papers for a
//! registration belong to their sender alone, until an officer sees them beside his decision.

mod check;
#[cfg(any(test, fuzzing))]
pub mod door;
mod entity;
mod link;
mod model;
mod pdf;
mod picture;
mod receive;
mod removal;
mod routes;
mod staff_routes;
mod store;
mod sweep;
mod uploader;
mod used;
mod view;

pub use model::{Purpose, UploadId, UploadState};
pub use receive::rewrite_picture;
pub use routes::{files_router, router};
pub use staff_routes::staff_router;
pub(crate) use store::by_ids;
pub use store::{UploadRow, find_for, hand_over, ready_for, ready_of};
pub use sweep::add_job_handlers;
pub use uploader::Uploader;
pub use view::Upload;
