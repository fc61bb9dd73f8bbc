//! Pages of a PDF file as pictures.

use std::io::Cursor;
use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_interpret::font::FontQuery;
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::page::Page;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};
use image::{ExtendedColorType, ImageEncoder};
use serde::Serialize;

use crate::documents::built_in_font;

/// Pages shown of one file.
pub(super) const PAGES_MAX: usize = 60;
/// Width of a picture: 150 dots per inch of A4.
const WIDTH: f32 = 1_240.0;
/// Pixels of one picture.
const PIXELS_MAX: f32 = 4_000_000.0;
/// Sides of a page in points; PDF itself allows no larger ones.
const SIDES: std::ops::RangeInclusive<f32> = 8.0..=14_400.0;

/// The size of a page's picture in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PageSize {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// The sizes of the first pages.
pub(super) fn sizes(file: &Bytes) -> anyhow::Result<Vec<PageSize>> {
    let pdf = open(file)?;
    let pages = pdf.pages();
    ensure!(!pages.is_empty(), "the file has no pages");
    pages
        .iter()
        .take(PAGES_MAX)
        .map(|page| {
            let scale = scale_of(page)?;
            let (width, height) = page.render_dimensions();
            Ok(PageSize { width: (width * scale) as u32, height: (height * scale) as u32 })
        })
        .collect()
}

/// The picture of page `number` (from 1) as PNG.
pub(super) fn picture(file: &Bytes, number: usize) -> anyhow::Result<Vec<u8>> {
    ensure!((1..=PAGES_MAX).contains(&number), "page {number} is not shown");
    let pdf = open(file)?;
    let page = pdf.pages().get(number - 1).with_context(|| format!("there is no page {number}"))?;
    let scale = scale_of(page)?;
    let pixmap_settings = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
    let cache = RenderCache::new();
    let pixmap = render(page, &cache, &interpreter_settings(), &RenderSettings::default(), &pixmap_settings);
    let (width, height) = (u32::from(pixmap.width()), u32::from(pixmap.height()));
    // The background is white and opaque, and so is every pixel.
    let pixels: Vec<u8> =
        pixmap.data_as_u8_slice().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    let mut png = Cursor::new(Vec::new());
    image::codecs::png::PngEncoder::new(&mut png).write_image(&pixels, width, height, ExtendedColorType::Rgb8)?;
    Ok(png.into_inner())
}

fn open(file: &Bytes) -> anyhow::Result<Pdf> {
    Pdf::new(file.to_vec()).map_err(|error| anyhow::anyhow!("not a PDF that can be shown: {error:?}"))
}

/// Pixels per point.
fn scale_of(page: &Page<'_>) -> anyhow::Result<f32> {
    let (width, height) = page.render_dimensions();
    if !SIDES.contains(&width) || !SIDES.contains(&height) {
        bail!("a page of {width} × {height} points");
    }
    Ok((WIDTH / width).min((PIXELS_MAX / (width * height)).sqrt()))
}

/// Fonts that a file names but does not hold: for Chinese ours, for the rest those that every reader has.
fn interpreter_settings() -> InterpreterSettings {
    InterpreterSettings {
        font_resolver: Arc::new(|query| match query {
            FontQuery::Standard(font) => Some(font.get_font_data()),
            FontQuery::Fallback(font) if font.character_collection.is_some() => Some((Arc::new(built_in_font()), 0)),
            FontQuery::Fallback(font) => Some(font.pick_standard_font().get_font_data()),
        }),
        ..InterpreterSettings::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::{SampleReport, sample_report};

    fn sample() -> Bytes {
        let report = SampleReport {
            institute_name: "示例特种设备检验检测院".to_owned(),
            report_no: "DT-2026-000001".to_owned(),
            unit_name: "山城物业服务有限公司".to_owned(),
            device_name: "曳引驱动乘客电梯".to_owned(),
            device_kind: "电梯".to_owned(),
            registration_code: "31105001122016030001".to_owned(),
            factory_serial_no: None,
            place: None,
            conclusion: "合格".to_owned(),
            inspected_on: None,
            issued_on: "2026-11-05".to_owned(),
        };
        Bytes::from(sample_report(&report).expect("made"))
    }

    #[test]
    fn the_picture_of_a_report_shows_text_and_the_red_seal() {
        let file = sample();
        let sizes = sizes(&file).expect("sizes");
        assert_eq!(sizes.len(), 1);
        let picture = image::load_from_memory(&picture(&file, 1).expect("a picture")).expect("PNG").to_rgb8();
        assert_eq!((picture.width(), picture.height()), (sizes[0].width, sizes[0].height));
        let count = |fits: fn(&[u8; 3]) -> bool| picture.pixels().filter(|pixel| fits(&pixel.0)).count();
        assert!(count(|[red, green, blue]| *red > 180 && *green < 110 && *blue < 110) > 500, "the seal");
        assert!(count(|[red, green, blue]| *red < 80 && *green < 80 && *blue < 90) > 3_000, "the text");
        assert!(count(|pixel| *pixel == [255, 255, 255]) > 1_000_000, "the paper");
    }

    #[test]
    fn what_is_no_pdf_or_has_no_such_page_is_refused() {
        assert!(sizes(&Bytes::from_static(b"%PDF-1.7 nothing")).is_err());
        assert!(picture(&sample(), 2).is_err() && picture(&sample(), 0).is_err());
    }
}
