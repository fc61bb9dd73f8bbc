//! What a file is by its content, and whether it is taken.

use bytes::Bytes;

use super::{pdf, picture};

/// Endings of what is kept, whatever came.
pub(super) const EXTENSIONS: [&str; 2] = [PICTURE, PDF];
const PICTURE: &str = "jpg";
const PDF: &str = "pdf";

/// A file that was looked at and is taken.
#[derive(Debug)]
pub struct Accepted {
    /// Its media type, by its content.
    pub content_type: &'static str,
    /// Ending of its key in the file store.
    pub extension: &'static str,
    /// What is kept.
    pub content: Bytes,
    /// A small JPEG of it, for pictures.
    pub preview: Option<Bytes>,
}

/// Looks at a whole file. The error is a sentence for people. Takes up to a second and some 200 MB: call it from a thread
/// that may block, and few at a time.
pub fn check(content: &[u8], pdf_pages_max: usize) -> Result<Accepted, String> {
    match kind_of(content) {
        Some(Kind::Picture(format)) => {
            let picture = picture::rewrite(content, format)?;
            Ok(Accepted {
                content_type: "image/jpeg",
                extension: PICTURE,
                content: picture.full.into(),
                preview: Some(picture.preview.into()),
            })
        }
        Some(Kind::Pdf) => {
            pdf::check(content, pdf_pages_max)?;
            Ok(Accepted {
                content_type: "application/pdf",
                extension: PDF,
                content: Bytes::copy_from_slice(content),
                preview: None,
            })
        }
        None => Err("只能上传 JPG、PNG、WebP 图片或 PDF 文件".to_owned()),
    }
}

enum Kind {
    Picture(image::ImageFormat),
    Pdf,
}

fn kind_of(content: &[u8]) -> Option<Kind> {
    match content {
        [0xff, 0xd8, 0xff, ..] => Some(Kind::Picture(image::ImageFormat::Jpeg)),
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some(Kind::Picture(image::ImageFormat::Png)),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => {
            Some(Kind::Picture(image::ImageFormat::WebP))
        }
        [b'%', b'P', b'D', b'F', b'-', ..] => Some(Kind::Pdf),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_claims_do_not_matter_only_content_does() {
        for content in
            [&b"<html><script>alert(1)</script>"[..], b"MZ\x90\0", b"PK\x03\x04", b"GIF89a", b"", b" %PDF-1.4"]
        {
            assert!(check(content, 10).is_err(), "{content:?}");
        }
    }
}
