//! A bank slip that looks like one and says 示例 on it: the proof of the demo's remittances.

use foundation::money::Fen;
use krilla::Document;
use krilla::metadata::Metadata;
use krilla::page::PageSettings;

use super::sheet::{Align, Sheet, Style, black, grey, rule_ink, tint};
use super::typeface::Typeface;

const WIDTH: f32 = 560.0;
const HEIGHT: f32 = 320.0;
const LEFT: f32 = 36.0;
const LABEL_WIDTH: f32 = 92.0;
const ROW_HEIGHT: f32 = 28.0;

/// What stands on a sample slip.
#[derive(Debug, Clone)]
pub struct SampleSlip {
    /// 付款人.
    pub payer_name: String,
    /// 付款账号.
    pub payer_account: String,
    /// 收款人.
    pub payee_name: String,
    /// 金额.
    pub amount: Fen,
    /// 交易日期, `YYYY-MM-DD`.
    pub remitted_on: String,
    /// 流水号.
    pub serial_no: String,
    /// 附言.
    pub remark: String,
}

/// Makes the PDF, one small page.
pub fn sample_slip(slip: &SampleSlip) -> anyhow::Result<Vec<u8>> {
    let typeface = Typeface::built_in();
    let mut document = Document::new();
    document.set_metadata(Metadata::new().title("电子回单（示例）".to_owned()).language("zh-CN".to_owned()));
    let mut page = document.start_page_with(PageSettings::from_wh(WIDTH, HEIGHT).expect("a slip has a size"));
    let mut surface = page.surface();
    let mut sheet = Sheet::new(&mut surface, &typeface);
    sheet.spaced_title(WIDTH / 2.0, 46.0, "示例银行电子回单", 4.0, Style::new(18.0, black()).bold());
    sheet.text(WIDTH - LEFT, 66.0, "示例，不具效力", Style::new(9.0, grey()).align(Align::Right));
    let amount = format!("￥{}　{}", slip.amount.to_yuan_text(), slip.amount.to_capitals());
    let rows = [
        ("付款人", slip.payer_name.clone()),
        ("付款账号", slip.payer_account.clone()),
        ("收款人", slip.payee_name.clone()),
        ("金额", amount),
        ("交易日期", slip.remitted_on.clone()),
        ("流水号", slip.serial_no.clone()),
        ("附言", slip.remark.clone()),
    ];
    let mut y = 78.0;
    for (label, text) in &rows {
        sheet.fill_box(LEFT, y, LABEL_WIDTH, ROW_HEIGHT, tint());
        sheet.frame(LEFT, y, WIDTH - 2.0 * LEFT, ROW_HEIGHT, rule_ink(), 0.6);
        sheet.text(LEFT + 10.0, y + 18.0, label, Style::new(10.0, grey()));
        sheet.text(LEFT + LABEL_WIDTH + 10.0, y + 18.0, text, Style::new(10.5, black()));
        y += ROW_HEIGHT;
    }
    surface.finish();
    page.finish();
    document.finish().map_err(|error| anyhow::anyhow!("PDF: {error:?}"))
}
