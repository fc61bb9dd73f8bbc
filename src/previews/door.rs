//! Reports of a core system shown as pictures, for tests that throw bytes at them (`crate::doors`).

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};

use bytes::Bytes;

use super::render::{picture, sizes};

/// A PDF file: shown within bounds, or refused. A panic of the renderer is refused as well, as it is in the product, where
/// a thread of its own takes it.
pub fn report_preview(bytes: &[u8]) {
    let file = Bytes::copy_from_slice(bytes);
    let hook = take_hook();
    set_hook(Box::new(|_| ()));
    let shown = catch_unwind(AssertUnwindSafe(|| {
        let sizes = sizes(&file).ok()?;
        Some((sizes, picture(&file, 1).ok()?))
    }));
    set_hook(hook);
    if let Ok(Some((sizes, picture))) = shown {
        assert!(sizes.len() <= 60);
        for size in &sizes {
            assert!(u64::from(size.width) * u64::from(size.height) <= 4_100_000, "{size:?}");
        }
        assert!(picture.starts_with(b"\x89PNG"));
    }
}
