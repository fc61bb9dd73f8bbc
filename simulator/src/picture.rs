//! QR codes as PNG and SVG.

use std::io::Write;

use fast_qr::convert::svg::SvgBuilder;
use fast_qr::convert::{Builder, Shape};
use fast_qr::qr::{QRBuilder, QRCode};
use fast_qr::{ECL, Module};

/// White modules around the code.
const QUIET: usize = 4;

fn code(text: &str) -> Option<QRCode> {
    QRBuilder::new(text).ecl(ECL::M).build().ok()
}

/// An SVG of the code; `None` when the text is too long.
pub(crate) fn qr_svg(text: &str) -> Option<String> {
    code(text).map(|code| SvgBuilder::default().shape(Shape::Square).to_str(&code))
}

/// A grey-scale PNG of about `width_px` pixels; `None` when the text is too long.
pub(crate) fn qr_png(text: &str, width_px: u32) -> Option<Vec<u8>> {
    let code = code(text)?;
    let modules = code.size + 2 * QUIET;
    let scale = (width_px as usize / modules).max(1);
    let width = modules * scale;
    let mut rows = Vec::with_capacity(width * (width + 1));
    for y in 0..width {
        rows.push(0);
        for x in 0..width {
            let dark = inside(x / scale, y / scale, code.size).is_some_and(|(x, y)| code[y][x].value() == Module::DARK);
            rows.push(if dark { 0 } else { 255 });
        }
    }
    let width = u32::try_from(width).ok()?;
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = Vec::from(width.to_be_bytes());
    header.extend(width.to_be_bytes());
    // Eight bits, grey, deflate, no filter, not interlaced.
    header.extend([8, 0, 0, 0, 0]);
    chunk(&mut png, *b"IHDR", &header);
    chunk(&mut png, *b"IDAT", &zlib(&rows));
    chunk(&mut png, *b"IEND", &[]);
    Some(png)
}

fn inside(x: usize, y: usize, size: usize) -> Option<(usize, usize)> {
    let (x, y) = (x.checked_sub(QUIET)?, y.checked_sub(QUIET)?);
    (x < size && y < size).then_some((x, y))
}

fn chunk(png: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    let length = u32::try_from(data.len()).expect("pictures here are far below 4 GiB");
    png.extend(length.to_be_bytes());
    let mut body = kind.to_vec();
    body.extend_from_slice(data);
    let mut crc = flate2::Crc::new();
    crc.update(&body);
    png.extend(body);
    png.extend(crc.sum().to_be_bytes());
}

fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(data).and_then(|()| encoder.finish()).expect("writing into memory cannot fail")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_becomes_a_square_png_with_a_quiet_zone() {
        let png = qr_png("weixin://wxpay/bizpayurl/up?pr=NwY5Mz9&groupid=00", 430).expect("short text");
        assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
        assert_eq!(png[16..20], png[20..24]);
        assert!(qr_svg("x").expect("short text").contains("<svg"));
    }
}
