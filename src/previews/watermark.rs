//! A watermark over every page of a PDF file: who shared it, and until when (B-27). The digital signature of a file does
//! not survive it; whoever must check one asks for the original.

use anyhow::{Context, ensure};
use lopdf::{Dictionary, Document, LoadOptions, Object, ObjectId, Stream, dictionary};

use crate::documents::{Typeface, watermark_sheet};

const NAME: &str = "TejianWatermark";
/// What the watermark's own sheet measures, points: A4.
const SHEET: [f32; 2] = [595.28, 841.89];
const PAGES_MAX: usize = 500;
/// One compressed stream may unpack to so much while the file is read.
const STREAM_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Page trees are not deeper.
const DEPTH_MAX: usize = 64;

/// The file with `text` over every page. Fails for files with a password, without pages, or not readable.
pub fn stamp(typeface: &Typeface, file: &[u8], text: &str) -> anyhow::Result<Vec<u8>> {
    let options = LoadOptions { max_decompressed_size: Some(STREAM_BYTES_MAX), ..LoadOptions::default() };
    let mut document = Document::load_mem_with_options(file, options)?;
    ensure!(!document.is_encrypted() && !document.trailer.has(b"Encrypt"), "the file has a password");
    let pages = pages_of(&document);
    ensure!(!pages.is_empty(), "the file has no pages");
    ensure!(pages.len() <= PAGES_MAX, "the file has more than {PAGES_MAX} pages");
    let mark = bring_in(&mut document, &watermark_sheet(typeface, text)?)?;
    let before = document.add_object(Stream::new(Dictionary::new(), b"q\n".to_vec()));
    for page in pages {
        mark_page(&mut document, page, mark, before)?;
    }
    let mut stamped = Vec::with_capacity(file.len() + 64 * 1024);
    document.save_to(&mut stamped)?;
    Ok(stamped)
}

/// The pages, up to one more than are taken. Not collected: that would make room for as many as the file says there are.
fn pages_of(document: &Document) -> Vec<ObjectId> {
    let mut pages = Vec::new();
    for page in document.page_iter().take(PAGES_MAX + 1) {
        pages.push(page);
    }
    pages
}

/// Makes the one page of `sheet` a drawing that pages of `document` can use.
fn bring_in(document: &mut Document, sheet: &[u8]) -> anyhow::Result<ObjectId> {
    let mut sheet = Document::load_mem(sheet)?;
    sheet.renumber_objects_with(document.max_id + 1);
    let page = sheet.get_pages().into_values().next().context("the watermark has a page")?;
    let resources = inherited(&sheet, page, b"Resources").cloned().unwrap_or_else(|| Dictionary::new().into());
    let content = sheet.get_page_content(page);
    document.max_id = sheet.max_id;
    document.objects.extend(sheet.objects);
    let drawing = dictionary! {
        "Type" => "XObject",
        "Subtype" => "Form",
        "FormType" => 1,
        "BBox" => vec![0.into(), 0.into(), SHEET[0].into(), SHEET[1].into()],
        "Resources" => resources,
    };
    let mut stream = Stream::new(drawing, content);
    // It is as good uncompressed.
    stream.compress().ok();
    Ok(document.add_object(stream))
}

fn mark_page(document: &mut Document, page: ObjectId, mark: ObjectId, before: ObjectId) -> anyhow::Result<()> {
    let mut resources = match inherited(document, page, b"Resources") {
        Some(object) => resolved(document, object).as_dict().cloned().unwrap_or_default(),
        None => Dictionary::new(),
    };
    let mut drawings = match resources.get(b"XObject") {
        Ok(object) => resolved(document, object).as_dict().cloned().unwrap_or_default(),
        Err(_) => Dictionary::new(),
    };
    drawings.set(NAME, Object::Reference(mark));
    resources.set("XObject", drawings);
    let [left, bottom, right, top] = sides(document, page);
    let (across, up) = ((right - left) / SHEET[0], (top - bottom) / SHEET[1]);
    let draw = format!("\nQ\nq {across:.4} 0 0 {up:.4} {left:.2} {bottom:.2} cm /{NAME} Do Q\n");
    let after = document.add_object(Stream::new(Dictionary::new(), draw.into_bytes()));
    let drawn = match document.get_dictionary(page)?.get(b"Contents") {
        Ok(object) => match resolved(document, object) {
            Object::Array(parts) => parts.clone(),
            _ => vec![object.clone()],
        },
        Err(_) => Vec::new(),
    };
    let parts = std::iter::once(before.into()).chain(drawn).chain(std::iter::once(after.into()));
    let contents: Vec<Object> = parts.collect();
    let page = document.get_object_mut(page)?.as_dict_mut()?;
    page.set("Contents", contents);
    page.set("Resources", resources);
    Ok(())
}

/// The value of a page, or of the nearest of its parents that has one.
fn inherited<'a>(document: &'a Document, page: ObjectId, key: &[u8]) -> Option<&'a Object> {
    let mut node = document.get_dictionary(page).ok()?;
    for _ in 0..DEPTH_MAX {
        if let Ok(value) = node.get(key) {
            return Some(value);
        }
        node = document.get_dictionary(node.get(b"Parent").and_then(Object::as_reference).ok()?).ok()?;
    }
    None
}

fn resolved<'a>(document: &'a Document, object: &'a Object) -> &'a Object {
    document.dereference(object).map_or(object, |(_, object)| object)
}

/// Left, bottom, right and top of what is shown of a page, points.
fn sides(document: &Document, page: ObjectId) -> [f32; 4] {
    let shown = inherited(document, page, b"CropBox").or_else(|| inherited(document, page, b"MediaBox"));
    let numbers: Vec<f32> = shown
        .and_then(|shown| resolved(document, shown).as_array().ok())
        .map(|numbers| numbers.iter().filter_map(|number| resolved(document, number).as_float().ok()).collect())
        .unwrap_or_default();
    match numbers[..] {
        [x0, y0, x1, y1] if (x1 - x0).abs() >= 1.0 && (y1 - y0).abs() >= 1.0 => {
            [x0.min(x1), y0.min(y1), x0.max(x1), y0.max(y1)]
        }
        _ => [0.0, 0.0, SHEET[0], SHEET[1]],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::{SampleReport, sample_report};

    #[test]
    fn every_page_says_who_shared_it_and_keeps_what_it_said() {
        let typeface = Typeface::built_in();
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
        let stamped = stamp(&typeface, &sample_report(&report).expect("made"), "由山城物业分享").expect("stamped");
        let document = Document::load_mem(&stamped).expect("a PDF");
        let text = document.extract_text(&[1]).expect("text");
        assert!(text.contains("DT-2026-000001") && text.contains("合格"), "{text}");
        let page = document.get_pages()[&1];
        assert!(String::from_utf8_lossy(&document.get_page_content(page)).contains("/TejianWatermark Do"));
        assert!(stamp(&typeface, b"%PDF-1.7 nothing", "x").is_err());
    }

    #[test]
    fn a_report_that_claims_more_pages_than_there_is_memory_is_marked_on_those_it_has() {
        let mut claiming = Document::with_version("1.5");
        let (outer, inner) = (claiming.new_object_id(), claiming.new_object_id());
        let page = claiming.add_object(dictionary! { "Type" => "Page", "Parent" => inner });
        for (pages, kid, count) in [(inner, page, i64::MAX / 2), (outer, inner, 1)] {
            claiming.set_object(pages, dictionary! { "Type" => "Pages", "Kids" => vec![kid.into()], "Count" => count });
        }
        let catalog = claiming.add_object(dictionary! { "Type" => "Catalog", "Pages" => outer });
        claiming.trailer.set("Root", catalog);
        let mut file = Vec::new();
        claiming.save_to(&mut file).expect("saved");
        let stamped = stamp(&Typeface::built_in(), &file, "由山城物业分享").expect("stamped");
        assert_eq!(Document::load_mem(&stamped).expect("a PDF").page_iter().count(), 1);
    }
}
