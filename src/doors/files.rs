//! Files that people send.

use crate::uploads::door::{Looked, look_at};

/// A picture: refused with a sentence, or written anew within its bounds.
pub fn uploaded_picture(bytes: &[u8]) {
    match look_at(bytes) {
        Err(sentence) => assert!(!sentence.is_empty()),
        Ok(Looked { content_type: "image/jpeg", content, preview }) => {
            let preview = preview.expect("a picture has a preview");
            for (written, side_max) in [(&content, 2_600), (&preview, 480)] {
                let picture = image::load_from_memory_with_format(written, image::ImageFormat::Jpeg).expect("a JPEG");
                assert!(picture.width().max(picture.height()) <= side_max);
            }
        }
        Ok(looked) => assert_eq!(looked.content_type, "application/pdf"),
    }
}

/// A PDF file: refused with a sentence, or kept byte for byte.
pub fn uploaded_pdf(bytes: &[u8]) {
    match look_at(bytes) {
        Err(sentence) => assert!(!sentence.is_empty()),
        Ok(looked) if looked.content_type == "application/pdf" => {
            assert_eq!(looked.content, bytes, "kept as it came");
            assert!(bytes.starts_with(b"%PDF-"), "a PDF from the first byte");
        }
        Ok(looked) => assert_eq!(looked.content_type, "image/jpeg"),
    }
}
