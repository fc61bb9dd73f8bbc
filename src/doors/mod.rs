//! The doors through which bytes of strangers come in, each as one function that takes any bytes, has them read as the
//! product reads them, and asserts what must hold whatever they are: nothing panics, what is refused is refused with a
//! reason, what is accepted is bounded and survives a round trip, and nothing is believed that is not signed.
//!
//! Fuzz targets (`fuzz/`, `make fuzz`) throw bytes at them; the corpus that was found that way is replayed by the tests.
//! None of this is part of the product.

mod account;
mod files;
mod money;
mod requests;
#[cfg(test)]
mod tests;

pub use crate::bank::door::bank_statement;
pub use crate::imports::door::{core_system_batch, fee_file};
pub use crate::previews::door::report_preview;
pub use account::{account_push, sealed_push};
pub use files::{uploaded_pdf, uploaded_picture};
pub use money::{certificate_list, notice_content, payment_notice, trade_bill};
pub use requests::{request_texts, stored_texts};

/// A function that takes any bytes.
pub type Door = fn(&[u8]);

/// All doors by the name of their fuzz target and of their directory in `fuzz/corpus`.
pub const DOORS: [(&str, Door); 14] = [
    ("account_push", account_push),
    ("bank_statement", bank_statement),
    ("certificate_list", certificate_list),
    ("core_system_batch", core_system_batch),
    ("fee_file", fee_file),
    ("notice_content", notice_content),
    ("payment_notice", payment_notice),
    ("report_preview", report_preview),
    ("request_texts", request_texts),
    ("sealed_push", sealed_push),
    ("stored_texts", stored_texts),
    ("trade_bill", trade_bill),
    ("uploaded_pdf", uploaded_pdf),
    ("uploaded_picture", uploaded_picture),
];

/// The first byte as a choice, and the rest.
fn choice(bytes: &[u8]) -> (u8, &[u8]) {
    bytes.split_first().map_or((0, bytes), |(first, rest)| (*first, rest))
}

/// Bytes as text; what is no text is replaced, as decoders do.
fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}
