//! A report that looks like one and says 示例 on it: what the demo data offers for download.

use krilla::Document;
use krilla::metadata::Metadata;
use krilla::page::PageSettings;

use super::seal;
use super::sheet::{Align, PAGE_HEIGHT, PAGE_WIDTH, Sheet, Style, black, grey, rule_ink, tint};
use super::typeface::Typeface;

const LEFT: f32 = 56.0;
const RIGHT: f32 = PAGE_WIDTH - 56.0;
const LABEL_WIDTH: f32 = 84.0;
const ROW_HEIGHT: f32 = 30.0;

/// What stands on a sample report.
#[derive(Debug, Clone)]
pub struct SampleReport {
    /// The institute; also the text of the seal.
    pub institute_name: String,
    /// 报告编号.
    pub report_no: String,
    /// 使用单位.
    pub unit_name: String,
    /// 设备名称.
    pub device_name: String,
    /// 设备种类, such as 电梯.
    pub device_kind: String,
    /// 注册代码.
    pub registration_code: String,
    /// 出厂编号.
    pub factory_serial_no: Option<String>,
    /// 使用地点.
    pub place: Option<String>,
    /// 检验结论.
    pub conclusion: String,
    /// 检验日期, `YYYY-MM-DD`.
    pub inspected_on: Option<String>,
    /// 签发日期, `YYYY-MM-DD`.
    pub issued_on: String,
}

/// Makes the PDF, one page of some 30 KB.
pub fn sample_report(report: &SampleReport) -> anyhow::Result<Vec<u8>> {
    let typeface = Typeface::built_in();
    let mut document = Document::new();
    let title = format!("{}检验报告 {}", report.device_kind, report.report_no);
    let authors = vec![report.institute_name.clone()];
    document.set_metadata(Metadata::new().title(title).authors(authors).language("zh-CN".to_owned()));
    let mut page = document.start_page_with(PageSettings::from_wh(PAGE_WIDTH, PAGE_HEIGHT).expect("A4 has a size"));
    let mut surface = page.surface();
    let mut sheet = Sheet::new(&mut surface, &typeface);
    let bottom = head_and_facts(&mut sheet, report);
    let bottom = findings(&mut sheet, report, bottom + 18.0);
    signatures(&mut sheet, report, bottom + 34.0);
    surface.finish();
    page.finish();
    document.finish().map_err(|error| anyhow::anyhow!("PDF: {error:?}"))
}

fn head_and_facts(sheet: &mut Sheet<'_, '_>, report: &SampleReport) -> f32 {
    let middle = PAGE_WIDTH / 2.0;
    let number = format!("报告编号：{}", report.report_no);
    sheet.text(RIGHT, 56.0, &number, Style::new(9.5, black()).align(Align::Right));
    sheet.text(LEFT, 56.0, "示例报告，不具效力", Style::new(9.5, grey()));
    sheet.spaced_title(middle, 106.0, &report.institute_name, 2.0, Style::new(13.0, black()));
    let title = format!("{}定期检验报告", report.device_kind);
    sheet.spaced_title(middle, 144.0, &title, 6.0, Style::new(25.0, black()).bold());
    sheet.line((LEFT, 160.0), (RIGHT, 160.0), black(), 1.2);

    let dash = || "—".to_owned();
    let rows = [
        ("使用单位", report.unit_name.clone()),
        ("设备名称", report.device_name.clone()),
        ("注册代码", report.registration_code.clone()),
        ("出厂编号", report.factory_serial_no.clone().unwrap_or_else(dash)),
        ("使用地点", report.place.clone().unwrap_or_else(dash)),
        ("检验日期", report.inspected_on.clone().unwrap_or_else(dash)),
        ("签发日期", report.issued_on.clone()),
    ];
    let mut y = 178.0;
    for (label, text) in rows {
        sheet.fill_box(LEFT, y, LABEL_WIDTH, ROW_HEIGHT, tint());
        sheet.frame(LEFT, y, RIGHT - LEFT, ROW_HEIGHT, rule_ink(), 0.6);
        let label_style = Style::new(10.0, grey()).align(Align::Center);
        sheet.text(LEFT + LABEL_WIDTH / 2.0, y + 18.6, label, label_style);
        let lines = sheet.typeface().wrap(&text, 10.0, RIGHT - LEFT - LABEL_WIDTH - 18.0, 2);
        let first = if lines.len() == 1 { y + 18.6 } else { y + 12.6 };
        for (position, line) in lines.iter().enumerate() {
            let baseline = first + position as f32 * 12.0;
            sheet.text(LEFT + LABEL_WIDTH + 10.0, baseline, line, Style::new(10.0, black()));
        }
        y += ROW_HEIGHT;
    }
    sheet.frame(LEFT, 178.0, RIGHT - LEFT, y - 178.0, black(), 1.0);
    y
}

fn findings(sheet: &mut Sheet<'_, '_>, report: &SampleReport, top: f32) -> f32 {
    let names = ["技术资料审查", "外观与标志", "安全保护装置", "电气与接地", "运行与性能试验", "使用环境与防护"];
    let row_height = 24.0;
    let columns = [LEFT, LEFT + 44.0, LEFT + 290.0, RIGHT];
    let mut y = top;
    sheet.fill_box(LEFT, y, RIGHT - LEFT, row_height, tint());
    let head_style = Style::new(9.5, grey()).align(Align::Center);
    for (position, head) in ["序号", "检验项目", "检验结果"].iter().enumerate() {
        let middle = (columns[position] + columns[position + 1]) / 2.0;
        sheet.text(middle, y + 15.6, head, head_style);
    }
    y += row_height;
    for (position, name) in names.iter().enumerate() {
        sheet.line((LEFT, y), (RIGHT, y), rule_ink(), 0.6);
        let style = Style::new(10.0, black());
        let number = (position + 1).to_string();
        sheet.text((columns[0] + columns[1]) / 2.0, y + 15.8, &number, style.align(Align::Center));
        sheet.text(columns[1] + 10.0, y + 15.8, name, style);
        sheet.text((columns[2] + columns[3]) / 2.0, y + 15.8, "符合", style.align(Align::Center));
        y += row_height;
    }
    for x in &columns[1..3] {
        sheet.line((*x, top), (*x, y), rule_ink(), 0.6);
    }
    sheet.frame(LEFT, top, RIGHT - LEFT, y - top, black(), 1.0);
    let height = 52.0;
    sheet.frame(LEFT, y, RIGHT - LEFT, height, black(), 1.0);
    sheet.fill_box(LEFT + 0.5, y + 0.5, LABEL_WIDTH, height - 1.0, tint());
    let label_style = Style::new(10.0, grey()).align(Align::Center);
    sheet.text(LEFT + LABEL_WIDTH / 2.0, y + 29.6, "检验结论", label_style);
    let middle = (LEFT + LABEL_WIDTH + RIGHT) / 2.0;
    let conclusion_style = Style::new(18.0, black()).bold().align(Align::Center);
    sheet.text(middle, y + 32.5, &report.conclusion, conclusion_style);
    y + height
}

fn signatures(sheet: &mut Sheet<'_, '_>, report: &SampleReport, top: f32) {
    let style = Style::new(10.5, black());
    for (position, name) in ["检验：示例一", "审核：示例二", "批准：示例三"].iter().enumerate() {
        sheet.text(LEFT, top + position as f32 * 30.0, name, style);
    }
    let center = (RIGHT - 86.0, top + 46.0);
    sheet.text(center.0, top + 28.0, &report.institute_name, style.align(Align::Center));
    sheet.text(center.0, top + 66.0, &report.issued_on, style.align(Align::Center));
    seal::draw(sheet, center, 62.0, &report.institute_name, "示例");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_says_that_it_is_one() {
        let report = SampleReport {
            institute_name: "示例特种设备检验检测院".to_owned(),
            report_no: "DT-2026-000001".to_owned(),
            unit_name: "山城物业服务有限公司".to_owned(),
            device_name: "曳引驱动乘客电梯".to_owned(),
            device_kind: "电梯".to_owned(),
            registration_code: "31105001122016030001".to_owned(),
            factory_serial_no: None,
            place: Some("重庆市渝中区示例路 1 号".to_owned()),
            conclusion: "合格".to_owned(),
            inspected_on: Some("2026-11-01".to_owned()),
            issued_on: "2026-11-05".to_owned(),
        };
        let pdf = sample_report(&report).expect("made");
        let document = lopdf::Document::load_mem(&pdf).expect("a PDF");
        let text = document.extract_text(&[1]).expect("text");
        for expected in ["示例报告，不具效力", "DT-2026-000001", "31105001122016030001", "合格"] {
            assert!(text.contains(expected), "{expected} in {text}");
        }
        assert!(pdf.len() < 100_000, "{} bytes", pdf.len());
    }
}
