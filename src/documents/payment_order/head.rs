//! The upper part of the first page: title, QR code, who pays whom, and the amount.

use foundation::calendar::beijing_minute_text;
use foundation::money::Fen;

use super::{LEFT, PaymentOrderDocument, RIGHT};
use crate::documents::qr;
use crate::documents::sheet::{Align, Sheet, Style, black, grey, rule_ink, tint};
use crate::documents::typeface::Typeface;

const TABLE_TOP: f32 = 116.0;
const LABEL_WIDTH: f32 = 66.0;
const QR_COLUMN_WIDTH: f32 = 116.0;
const TEXT_SIZE: f32 = 9.5;
const CODE_SIZE: f32 = 13.0;
const LINE_HEIGHT: f32 = 13.0;
const ROW_PADDING: f32 = 11.0;
const SHORT_ROW_HEIGHT: f32 = 24.0;
const AMOUNT_HEIGHT: f32 = 40.0;
const GAP_BELOW: f32 = 14.0;

struct Fact {
    label: &'static str,
    lines: Vec<String>,
    /// What must not be overlooked: large and bold.
    is_code: bool,
}

impl Fact {
    fn height(&self) -> f32 {
        self.lines.len() as f32 * LINE_HEIGHT + ROW_PADDING
    }
}

fn facts(typeface: &Typeface, order: &PaymentOrderDocument) -> Vec<Fact> {
    let width = RIGHT - LEFT - QR_COLUMN_WIDTH - LABEL_WIDTH - 16.0;
    let payee = &order.payee;
    let mut facts: Vec<Fact> = [
        ("缴款单位", &order.payer_name),
        ("开票抬头", &order.invoice_title),
        ("收款单位", &payee.name),
        ("收款户名", &payee.account_name),
        ("开户银行", &payee.bank_name),
        ("银行账号", &payee.bank_account),
    ]
    .into_iter()
    .map(|(label, text)| Fact { label, lines: typeface.wrap(text, TEXT_SIZE, width, 4), is_code: false })
    .collect();
    if let Some(transfer) = &order.transfer {
        let code = transfer.payment_code.clone().unwrap_or_else(|| "正在生成，请稍后重新下载".to_owned());
        facts.push(Fact { label: "缴款码", lines: vec![code], is_code: true });
    }
    if let Some(owed) = order.still_owed.filter(|_| !order.void) {
        let received = Fen(order.amount.0 - owed.0);
        let line = format!("￥{}（已收 ￥{}）", owed.to_yuan_text(), received.to_yuan_text());
        facts.push(Fact { label: "尚需缴款", lines: vec![line], is_code: true });
    }
    facts
}

fn short_facts(order: &PaymentOrderDocument) -> [(&'static str, String); 4] {
    let code_until = order.transfer.as_ref().and_then(|transfer| transfer.valid_until);
    let moment = match (order.paid_at, &order.came_on, code_until.or(order.expires_at)) {
        (Some(_), Some(came_on), _) => ("到账日期", came_on.clone()),
        (Some(paid_at), None, _) => ("缴款时间", beijing_minute_text(paid_at)),
        (None, _, Some(expires_at)) => ("缴款期限", beijing_minute_text(expires_at)),
        (None, _, None) => ("缴款时间", "—".to_owned()),
    };
    [
        ("票据类别", order.receipt_class_text.clone()),
        ("缴款方式", order.method_text.clone()),
        ("下单时间", beijing_minute_text(order.created_at)),
        moment,
    ]
}

/// Where the table of items starts.
pub(super) fn height(typeface: &Typeface, order: &PaymentOrderDocument) -> f32 {
    let facts_height: f32 = facts(typeface, order).iter().map(Fact::height).sum();
    TABLE_TOP + facts_height + 2.0 * SHORT_ROW_HEIGHT + AMOUNT_HEIGHT + GAP_BELOW
}

/// Draws it; returns where the table of items starts.
pub(super) fn draw(sheet: &mut Sheet<'_, '_>, order: &PaymentOrderDocument) -> anyhow::Result<f32> {
    let middle = (LEFT + RIGHT) / 2.0;
    sheet.spaced_title(middle, 50.0, &order.institute_name, 1.5, Style::new(11.0, grey()));
    sheet.spaced_title(middle, 80.0, "缴款订单", 9.0, Style::new(23.0, black()).bold());
    sheet.line((LEFT, 90.5), (RIGHT, 90.5), black(), 1.4);
    sheet.line((LEFT, 93.0), (RIGHT, 93.0), black(), 0.4);
    let number = format!("订单编号：{}", order.order_no);
    sheet.text(LEFT, 108.0, &number, Style::new(9.5, black()).bold());
    let state = format!("状态：{}", order.state_text);
    sheet.text(RIGHT, 108.0, &state, Style::new(9.5, black()).bold().align(Align::Right));

    let mut y = TABLE_TOP;
    let facts = facts(sheet.typeface(), order);
    let facts_right = RIGHT - QR_COLUMN_WIDTH;
    for fact in &facts {
        let style = if fact.is_code { Style::new(CODE_SIZE, black()).bold() } else { Style::new(TEXT_SIZE, black()) };
        row(sheet, (LEFT, y), (facts_right - LEFT, fact.height()), fact.label, &fact.lines, style);
        y += fact.height();
    }
    qr_column(sheet, order, facts_right, TABLE_TOP, y)?;
    let half = (RIGHT - LEFT) / 2.0;
    for (position, (label, text)) in short_facts(order).into_iter().enumerate() {
        let x = LEFT + half * (position % 2) as f32;
        row(sheet, (x, y), (half, SHORT_ROW_HEIGHT), label, &[text], Style::new(TEXT_SIZE, black()));
        if position % 2 == 1 {
            y += SHORT_ROW_HEIGHT;
        }
    }
    amount(sheet, order, y);
    y += AMOUNT_HEIGHT;
    sheet.frame(LEFT, TABLE_TOP, RIGHT - LEFT, y - TABLE_TOP, black(), 0.8);
    Ok(y + GAP_BELOW)
}

fn row(
    sheet: &mut Sheet<'_, '_>,
    (x, y): (f32, f32),
    (width, height): (f32, f32),
    label: &str,
    lines: &[String],
    style: Style,
) {
    sheet.fill_box(x, y, LABEL_WIDTH, height, tint());
    sheet.frame(x, y, width, height, rule_ink(), 0.5);
    sheet.line((x + LABEL_WIDTH, y), (x + LABEL_WIDTH, y + height), rule_ink(), 0.5);
    let label_style = Style::new(9.0, grey()).align(Align::Center);
    sheet.text(x + LABEL_WIDTH / 2.0, y + height / 2.0 + 3.2, label, label_style);
    let first = y + (height - lines.len() as f32 * LINE_HEIGHT) / 2.0 + 9.8;
    for (position, line) in lines.iter().enumerate() {
        let baseline = first + position as f32 * LINE_HEIGHT;
        sheet.text(x + LABEL_WIDTH + 8.0, baseline, line, style);
    }
}

fn qr_column(
    sheet: &mut Sheet<'_, '_>,
    order: &PaymentOrderDocument,
    x: f32,
    top: f32,
    bottom: f32,
) -> anyhow::Result<()> {
    sheet.frame(x, top, QR_COLUMN_WIDTH, bottom - top, rule_ink(), 0.5);
    let side = 86.0;
    let y = top + (bottom - top - side - 18.0) / 2.0;
    qr::draw(sheet, &order.order_url, x + (QR_COLUMN_WIDTH - side) / 2.0, y, side, black())?;
    let style = Style::new(8.0, grey()).align(Align::Center);
    sheet.text(x + QR_COLUMN_WIDTH / 2.0, y + side + 15.0, "微信扫码查看订单", style);
    Ok(())
}

fn amount(sheet: &mut Sheet<'_, '_>, order: &PaymentOrderDocument, y: f32) {
    sheet.fill_box(LEFT, y, LABEL_WIDTH, AMOUNT_HEIGHT, tint());
    sheet.frame(LEFT, y, RIGHT - LEFT, AMOUNT_HEIGHT, rule_ink(), 0.5);
    sheet.line((LEFT + LABEL_WIDTH, y), (LEFT + LABEL_WIDTH, y + AMOUNT_HEIGHT), rule_ink(), 0.5);
    let label_style = Style::new(9.0, grey()).align(Align::Center);
    let middle = LEFT + LABEL_WIDTH / 2.0;
    sheet.text(middle, y + 17.5, "金额合计", label_style);
    sheet.text(middle, y + 30.0, "人民币", label_style);
    let figures = format!("￥{}", order.amount.to_yuan_text());
    let figures_style = Style::new(15.0, black()).bold().align(Align::Right);
    let figures_width = sheet.text(RIGHT - 10.0, y + 25.5, &figures, figures_style);
    let capitals = format!("（大写）{}", order.amount.to_capitals());
    let room = RIGHT - LEFT - LABEL_WIDTH - figures_width - 30.0;
    let natural = sheet.typeface().width(&capitals, 12.0);
    let size = if natural > room { 12.0 * room / natural } else { 12.0 };
    sheet.text(LEFT + LABEL_WIDTH + 8.0, y + 24.5, &capitals, Style::new(size, black()).bold());
}
