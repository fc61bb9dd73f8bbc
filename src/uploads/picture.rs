//! Pictures, decoded within limits and written anew.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage};

/// Longer sides are refused unseen.
const SIDE_MAX: u32 = 16_000;
/// Width times height; a phone of today takes 50 million.
const PIXELS_MAX: u64 = 64_000_000;
/// What decoding may take.
const MEMORY_MAX_BYTES: u64 = 320 * 1024 * 1024;
/// A bank slip is readable at this; larger ones are made smaller.
const KEPT_SIDE_MAX: u32 = 2_600;
const PREVIEW_SIDE_MAX: u32 = 480;
const KEPT_QUALITY: u8 = 88;
const PREVIEW_QUALITY: u8 = 75;

/// A picture written anew.
#[derive(Debug)]
pub struct Picture {
    /// JPEG, upright, at most 2600 pixels long.
    pub full: Vec<u8>,
    /// JPEG, at most 480 pixels long.
    pub preview: Vec<u8>,
}

/// Decodes and encodes again. The error is a sentence for people.
pub fn rewrite(content: &[u8], format: ImageFormat) -> Result<Picture, String> {
    let unreadable = |error: image::ImageError| match error {
        image::ImageError::Limits(_) => "图片太大，请压缩后再上传".to_owned(),
        _ => "图片已损坏或不完整，请重新拍照或截图后上传".to_owned(),
    };
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(MEMORY_MAX_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(content), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS_MAX || decoder.total_bytes() > MEMORY_MAX_BYTES {
        return Err("图片太大，请压缩后再上传".to_owned());
    }
    // Where there is none, or it cannot be read, the picture stands as it is.
    let orientation = decoder.orientation().ok();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    if let Some(orientation) = orientation {
        picture.apply_orientation(orientation);
    }
    let picture = shrunk(picture, KEPT_SIDE_MAX);
    let full = on_white(&picture);
    let preview = on_white(&shrunk(picture, PREVIEW_SIDE_MAX));
    Ok(Picture {
        full: encoded(&full, KEPT_QUALITY).map_err(unreadable)?,
        preview: encoded(&preview, PREVIEW_QUALITY).map_err(unreadable)?,
    })
}

fn shrunk(picture: DynamicImage, side_max: u32) -> DynamicImage {
    if picture.width().max(picture.height()) <= side_max {
        return picture;
    }
    picture.thumbnail(side_max, side_max)
}

/// JPEG knows no transparency: what shines through is white, as paper is.
fn on_white(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let pixels = picture.to_rgba8();
    RgbImage::from_fn(pixels.width(), pixels.height(), |x, y| {
        let [red, green, blue, alpha] = pixels.get_pixel(x, y).0;
        let mixed = |channel: u8| {
            let (channel, alpha) = (u32::from(channel), u32::from(alpha));
            ((channel * alpha + 255 * (255 - alpha)) / 255) as u8
        };
        Rgb([mixed(red), mixed(green), mixed(blue)])
    })
}

fn encoded(picture: &RgbImage, quality: u8) -> Result<Vec<u8>, image::ImageError> {
    let mut content = Vec::new();
    JpegEncoder::new_with_quality(&mut content, quality).encode_image(picture)?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut content = Vec::new();
        let picture = RgbImage::from_pixel(width, height, Rgb([200, 30, 30]));
        DynamicImage::ImageRgb8(picture).write_to(&mut Cursor::new(&mut content), ImageFormat::Png).unwrap();
        content
    }

    #[test]
    fn a_picture_is_written_anew_and_what_was_hidden_behind_it_is_gone() {
        let mut content = png(3_000, 1_500);
        content.extend_from_slice(b"PK\x03\x04<script>evil</script>");
        let picture = rewrite(&content, ImageFormat::Png).unwrap();
        assert!(picture.full.starts_with(&[0xff, 0xd8, 0xff]));
        assert!(!picture.full.windows(6).any(|window| window == b"script"));
        let kept = image::load_from_memory(&picture.full).unwrap();
        assert_eq!((kept.width(), kept.height()), (2_600, 1_300));
        let preview = image::load_from_memory(&picture.preview).unwrap();
        assert_eq!((preview.width(), preview.height()), (480, 240));
    }

    #[test]
    fn a_picture_that_claims_to_be_huge_is_refused_before_it_is_decoded() {
        let mut content = png(4, 4);
        // Width and height stand at bytes 16 to 24 of the first chunk; its checksum follows at 29.
        content[16..24].copy_from_slice(&[0, 0, 0xC3, 0x50, 0, 0, 0xC3, 0x50]);
        let mut crc = 0xffff_ffff_u32;
        for byte in &content[12..29] {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
            }
        }
        content[29..33].copy_from_slice(&(!crc).to_be_bytes());
        assert_eq!(rewrite(&content, ImageFormat::Png).unwrap_err(), "图片太大，请压缩后再上传");
    }

    #[test]
    fn a_picture_that_is_cut_off_is_refused() {
        let content = png(400, 400);
        assert!(rewrite(&content[..content.len() / 2], ImageFormat::Png).is_err());
    }
}
