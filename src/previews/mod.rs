//! Reports read on the page itself: their pages as pictures, seal and all, beside the original file (B-25).
//!
//! Only what is paid for is shown, by the same rule as the file itself, asked again whenever a picture is fetched.
//! Rendering is bounded: so many pages, so many pixels, so much time, so many at once, on a thread of its own; pictures are
//! kept in memory for a while and nowhere else. A file that cannot be rendered can still be downloaded.

#[cfg(any(test, fuzzing))]
pub mod door;
mod engine;
mod link;
mod render;
mod routes;
mod watermark;

pub use engine::Previews;
pub use render::PageSize;
pub use routes::{files_router, router};
pub use watermark::stamp;
