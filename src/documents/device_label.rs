//! 设备标签 (S1-50): a small sheet to be fixed to the device: which device, found how, until when, and a QR code that leads to
//! the report.

use krilla::Document;
use krilla::metadata::Metadata;
use krilla::page::PageSettings;

use super::qr;
use super::sheet::{Align, Sheet, Style, black, grey, rule_ink, tint};
use super::typeface::Typeface;

/// 100 mm × 70 mm in points.
const WIDTH: f32 = 283.46;
const HEIGHT: f32 = 198.43;
const MARGIN: f32 = 12.0;
const LABEL_WIDTH: f32 = 50.0;
const ROW_HEIGHT: f32 = 19.0;
const QR_SIDE: f32 = 66.0;

/// What stands on a label.
#[derive(Debug, Clone)]
pub struct DeviceLabel {
    /// The institute that inspected it.
    pub institute_name: String,
    /// 设备名称.
    pub device_name: String,
    /// 注册代码; empty for what has none.
    pub registration_code: String,
    /// 使用单位.
    pub unit_name: String,
    /// 报告编号.
    pub report_no: String,
    /// 检验结论.
    pub conclusion: String,
    /// 检验日期, `YYYY-MM-DD`.
    pub inspected_on: String,
    /// 下次检验日期, `YYYY-MM-DD`.
    pub next_inspection_on: Option<String>,
    /// 监督电话.
    pub service_phone: String,
    /// Where the QR code leads.
    pub report_url: String,
}

/// Makes the PDF. Fails only if the address cannot be made a QR code.
pub fn device_label(typeface: &Typeface, label: &DeviceLabel) -> anyhow::Result<Vec<u8>> {
    let mut document = Document::new();
    let title = format!("设备标签 {}", label.report_no);
    document.set_metadata(Metadata::new().title(title).language("zh-CN".to_owned()));
    let mut page = document.start_page_with(PageSettings::from_wh(WIDTH, HEIGHT).expect("a label has a size"));
    let mut surface = page.surface();
    let mut sheet = Sheet::new(&mut surface, typeface);
    draw(&mut sheet, label)?;
    surface.finish();
    page.finish();
    document.finish().map_err(|error| anyhow::anyhow!("PDF: {error:?}"))
}

fn draw(sheet: &mut Sheet<'_, '_>, label: &DeviceLabel) -> anyhow::Result<()> {
    let middle = WIDTH / 2.0;
    sheet.frame(4.0, 4.0, WIDTH - 8.0, HEIGHT - 8.0, black(), 1.2);
    fitted(sheet, (middle, 22.0), WIDTH - 2.0 * MARGIN, &label.institute_name, 9.0);
    sheet.spaced_title(middle, 42.0, "特种设备检验标签", 2.0, Style::new(14.0, black()).bold());
    let rows = [
        ("设备名称", label.device_name.as_str()),
        ("注册代码", if label.registration_code.is_empty() { "—" } else { &label.registration_code }),
        ("使用单位", label.unit_name.as_str()),
        ("报告编号", label.report_no.as_str()),
        ("检验结论", label.conclusion.as_str()),
        ("检验日期", label.inspected_on.as_str()),
    ];
    let right = WIDTH - MARGIN - QR_SIDE - 8.0;
    let top = 52.0;
    for (position, (name, text)) in rows.into_iter().enumerate() {
        let y = top + position as f32 * ROW_HEIGHT;
        sheet.fill_box(MARGIN, y, LABEL_WIDTH, ROW_HEIGHT, tint());
        sheet.frame(MARGIN, y, right - MARGIN, ROW_HEIGHT, rule_ink(), 0.5);
        let style = Style::new(7.5, grey()).align(Align::Center);
        sheet.text(MARGIN + LABEL_WIDTH / 2.0, y + 12.2, name, style);
        let room = right - MARGIN - LABEL_WIDTH - 8.0;
        let size = size_for(sheet, text, 8.5, room);
        let line = sheet.typeface().wrap(text, size, room, 1).remove(0);
        sheet.text(MARGIN + LABEL_WIDTH + 4.0, y + 12.6, &line, Style::new(size, black()));
    }
    let x = WIDTH - MARGIN - QR_SIDE;
    qr::draw(sheet, &label.report_url, x, top + 2.0, QR_SIDE, black())?;
    let style = Style::new(7.0, grey()).align(Align::Center);
    sheet.text(x + QR_SIDE / 2.0, top + QR_SIDE + 14.0, "扫码查看报告", style);
    let bottom = top + 6.0 * ROW_HEIGHT;
    let next = label.next_inspection_on.as_deref().unwrap_or("以检验报告为准");
    let next = format!("下次检验日期：{next}");
    sheet.text(MARGIN, bottom + 16.0, &next, Style::new(9.5, black()).bold());
    let phone = format!("电话 {}", label.service_phone);
    sheet.text(WIDTH - MARGIN, bottom + 16.0, &phone, Style::new(7.0, grey()).align(Align::Right));
    Ok(())
}

/// A line that is made smaller until it fits.
fn fitted(sheet: &mut Sheet<'_, '_>, (x, y): (f32, f32), room: f32, text: &str, size: f32) {
    let size = size_for(sheet, text, size, room);
    sheet.text(x, y, text, Style::new(size, black()).align(Align::Center));
}

fn size_for(sheet: &Sheet<'_, '_>, text: &str, size: f32, room: f32) -> f32 {
    let natural = sheet.typeface().width(text, size);
    if natural > room { (size * room / natural).max(5.5) } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_names_the_device_and_leads_to_its_report() {
        let label = DeviceLabel {
            institute_name: "示例特种设备检验检测院".to_owned(),
            device_name: "曳引驱动乘客电梯".repeat(6),
            registration_code: "31105001122016030001".to_owned(),
            unit_name: "山城物业服务（集团）有限公司".to_owned(),
            report_no: "DT-2026-000001".to_owned(),
            conclusion: "合格".to_owned(),
            inspected_on: "2026-11-01".to_owned(),
            next_inspection_on: Some("2027-11-01".to_owned()),
            service_phone: "023-00000000".to_owned(),
            report_url: "https://pay.example.com/h5/#/pages/papers/report?id=rpt_0192f0c4a7b37f0e8d3c5a6b7c8d9e0f"
                .to_owned(),
        };
        let pdf = device_label(&Typeface::built_in(), &label).expect("made");
        let document = lopdf::Document::load_mem(&pdf).expect("a PDF");
        let text = document.extract_text(&[1]).expect("text");
        for wanted in ["31105001122016030001", "DT-2026-000001", "下次检验日期：2027-11-01"] {
            assert!(text.contains(wanted), "{wanted} in {text}");
        }
    }
}
