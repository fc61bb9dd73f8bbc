//! Files that travel: what was handed in can be told from what comes back.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
use rand::Rng;

/// The file of the report with this number; the same each time, of a size between one and fifty thousand bytes.
pub fn report(number: &str) -> Vec<u8> {
    let spread = number.bytes().fold(7_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
    let line = format!("% {number}\n");
    let lines = 1 + spread % 50_000 / line.len();
    format!("%PDF-1.4\n{}%%EOF\n", line.repeat(lines)).into_bytes()
}

/// A photograph of a bank's slip, another one each time.
pub fn slip(random: &mut impl Rng) -> anyhow::Result<Vec<u8>> {
    let photograph = RgbImage::from_fn(64, 48, |_, _| Rgb([random.random(), random.random(), random.random()]));
    let mut content = Cursor::new(Vec::new());
    photograph.write_to(&mut content, ImageFormat::Png)?;
    Ok(content.into_inner())
}
