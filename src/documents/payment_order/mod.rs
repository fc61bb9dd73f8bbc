//! 缴款订单 (S0-32): what a finance office needs to pay and to file; payee, items, amount in figures and capitals, and a
//! QR code that leads back to the order.

mod head;
mod items;

use foundation::calendar::beijing_minute_text;
use foundation::money::Fen;
use krilla::Document;
use krilla::metadata::Metadata;
use krilla::page::PageSettings;

use super::sheet::{Align, PAGE_HEIGHT, PAGE_WIDTH, Sheet, Style, black, grey, red, rule_ink};
use super::table;
use super::typeface::{MISSING, Typeface};

/// Left and right edge of everything printed.
const LEFT: f32 = 42.0;
const RIGHT: f32 = PAGE_WIDTH - 42.0;
/// The table ends here at the latest; the foot follows.
const BODY_BOTTOM: f32 = PAGE_HEIGHT - 62.0;
/// Where the table starts on pages after the first.
const NEXT_PAGE_TOP: f32 = 66.0;
const NOTE_HEIGHT: f32 = 15.0;

/// Everything that stands on a payment order.
#[derive(Debug, Clone)]
pub struct PaymentOrderDocument {
    /// The institute that issues it.
    pub institute_name: String,
    /// 咨询电话.
    pub service_phone: String,
    /// 缴款订单号.
    pub order_no: String,
    /// 待支付, 已支付, …
    pub state_text: String,
    /// Prints 已作废 across every page.
    pub void: bool,
    /// 非税缴款书 or 增值税发票.
    pub receipt_class_text: String,
    /// 线上支付, 对公转账, 已汇款.
    pub method_text: String,
    /// 缴款单位.
    pub payer_name: String,
    /// 开票抬头, with the tax number if there is one.
    pub invoice_title: String,
    /// Who receives the money.
    pub payee: PaymentOrderPayee,
    /// What a transfer must carry, for orders that are paid by transfer.
    pub transfer: Option<PaymentOrderTransfer>,
    /// Fen.
    pub amount: Fen,
    /// Fen that are still to be paid after a part came (S0-35); nothing while no part came, and once it is paid.
    pub still_owed: Option<Fen>,
    /// One line per report; may be thousands.
    pub items: Vec<PaymentOrderItem>,
    /// Where the QR code leads.
    pub order_url: String,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Epoch milliseconds; shown while the order waits for money.
    pub expires_at: Option<i64>,
    /// Epoch milliseconds.
    pub paid_at: Option<i64>,
    /// Day on which the bank had the money, `YYYY-MM-DD`, where it is another one than that of the booking.
    pub came_on: Option<String>,
    /// When this copy is made, epoch milliseconds.
    pub printed_at: i64,
}

/// Who receives the money.
#[derive(Debug, Clone)]
pub struct PaymentOrderPayee {
    /// 收款单位.
    pub name: String,
    /// 户名.
    pub account_name: String,
    /// 开户银行.
    pub bank_name: String,
    /// 银行账号.
    pub bank_account: String,
}

/// What a transfer must carry (S0-35).
#[derive(Debug, Clone)]
pub struct PaymentOrderTransfer {
    /// The 20-digit payment code; nothing while it is being made.
    pub payment_code: Option<String>,
    /// Until when the code is good, epoch milliseconds.
    pub valid_until: Option<i64>,
    /// The rule, as a sentence.
    pub rule: String,
}

/// One line of the order.
#[derive(Debug, Clone)]
pub struct PaymentOrderItem {
    /// 报告编号.
    pub report_no: String,
    /// 设备名称.
    pub device_name: String,
    /// 注册代码.
    pub registration_code: String,
    /// 出厂编号.
    pub factory_serial_no: Option<String>,
    /// Fen.
    pub amount: Fen,
}

/// Makes the PDF. Fails only if a text cannot be made a QR code.
pub fn payment_order(typeface: &Typeface, order: &PaymentOrderDocument) -> anyhow::Result<Vec<u8>> {
    let notes = notes(typeface, order);
    let rows = items::measure(typeface, &order.items);
    let end_height = items::TOTAL_HEIGHT + 14.0 + notes.len() as f32 * NOTE_HEIGHT;
    let first_top = head::height(typeface, order);
    let pages = table::paginate(&rows, first_top, NEXT_PAGE_TOP, BODY_BOTTOM, end_height);
    let mut document = Document::new();
    document.set_metadata(
        Metadata::new()
            .title(format!("缴款订单 {}", order.order_no))
            .authors(vec![order.institute_name.clone()])
            .language("zh-CN".to_owned()),
    );
    let page_count = pages.len();
    for (index, range) in pages.into_iter().enumerate() {
        let size = PageSettings::from_wh(PAGE_WIDTH, PAGE_HEIGHT).expect("A4 has a size");
        let mut page = document.start_page_with(size);
        let mut surface = page.surface();
        let mut sheet = Sheet::new(&mut surface, typeface);
        let top = if index == 0 {
            head::draw(&mut sheet, order)?
        } else {
            continued(&mut sheet, order);
            NEXT_PAGE_TOP
        };
        let mut bottom = table::draw(&mut sheet, &items::COLUMNS, &rows[range], LEFT, top);
        if index + 1 == page_count {
            bottom = items::draw_total(&mut sheet, order.items.len(), order.amount, bottom);
            draw_notes(&mut sheet, &notes, bottom + 22.0);
        }
        foot(&mut sheet, order, index + 1, page_count);
        if order.void {
            watermark(&mut sheet, "已作废");
        }
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|error| anyhow::anyhow!("PDF: {error:?}"))
}

fn continued(sheet: &mut Sheet<'_, '_>, order: &PaymentOrderDocument) {
    sheet.text(LEFT, 50.0, "缴款订单（续）", Style::new(11.0, black()).bold());
    let number = format!("订单编号：{}　状态：{}", order.order_no, order.state_text);
    sheet.text(RIGHT, 50.0, &number, Style::new(9.0, grey()).align(Align::Right));
}

fn notes(typeface: &Typeface, order: &PaymentOrderDocument) -> Vec<String> {
    let first = if order.void {
        "1. 本订单已经作废，请勿缴款；订单中的报告可以重新下单。"
    } else if order.transfer.is_some() && order.still_owed.is_some() {
        "1. 已收到部分款项：请按上列户名、账号、开户行，只转“尚需缴款”的金额；微信扫码可以查看到账情况。"
    } else if order.transfer.is_some() {
        "1. 请按上列户名、账号、开户行和金额转账；微信扫描右上角二维码可以查看到账情况。"
    } else {
        "1. 请核对收款单位、账号和金额后缴款；微信扫描右上角二维码可以查看订单、在线支付。"
    };
    let mut notes = vec![
        "说明".to_owned(),
        first.to_owned(),
        "2. 本订单用于办理缴款，不作为收据或发票；缴款成功后，可以在订单中下载票据和检验报告。".to_owned(),
        format!("3. 如有疑问，请致电 {}。", order.service_phone),
    ];
    if let Some(transfer) = order.transfer.as_ref().filter(|_| !order.void) {
        notes.insert(1, format!("★ {}。", transfer.rule));
    }
    let texts = order.items.iter().map(|item| item.device_name.as_str());
    let texts = texts.chain([order.payer_name.as_str(), order.payee.name.as_str(), order.invoice_title.as_str()]);
    if texts.into_iter().any(|text| typeface.lacks_some_of(text)) {
        notes.push(format!("4. “{MISSING}”表示打印字库中没有的字，以系统登记的名称为准。"));
    }
    notes
}

fn draw_notes(sheet: &mut Sheet<'_, '_>, notes: &[String], top: f32) {
    for (position, note) in notes.iter().enumerate() {
        let style = if position == 0 || note.starts_with('★') {
            Style::new(9.0, black()).bold()
        } else {
            Style::new(8.5, grey())
        };
        sheet.text(LEFT, top + position as f32 * NOTE_HEIGHT, note, style);
    }
}

fn foot(sheet: &mut Sheet<'_, '_>, order: &PaymentOrderDocument, page: usize, page_count: usize) {
    let y = PAGE_HEIGHT - 34.0;
    sheet.line((LEFT, y - 12.0), (RIGHT, y - 12.0), rule_ink(), 0.5);
    let style = Style::new(8.0, grey());
    let printed = format!("打印时间：{}", beijing_minute_text(order.printed_at));
    sheet.text(LEFT, y, &printed, style);
    let number = format!("第 {page} 页，共 {page_count} 页");
    sheet.text((LEFT + RIGHT) / 2.0, y, &number, style.align(Align::Center));
    sheet.text(RIGHT, y, &order.order_no, style.align(Align::Right));
}

fn watermark(sheet: &mut Sheet<'_, '_>, word: &str) {
    let center = (PAGE_WIDTH / 2.0, PAGE_HEIGHT / 2.0);
    sheet.turned(-32.0, center, 0.14, |sheet| {
        let style = Style::new(120.0, red()).bold().align(Align::Center);
        sheet.text(center.0, center.1 + 42.0, word, style);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(count: usize) -> PaymentOrderDocument {
        let item = |number: usize| PaymentOrderItem {
            report_no: format!("DT-2026-{number:06}"),
            device_name: if number == 1 {
                "消防员电梯（超高层）".repeat(10)
            } else {
                "曳引驱动乘客电梯".to_owned()
            },
            registration_code: format!("3110500112201603{number:04}"),
            factory_serial_no: (!number.is_multiple_of(3)).then(|| format!("NL{number:07}")),
            amount: Fen(126_500),
        };
        PaymentOrderDocument {
            institute_name: "示例特种设备检验检测院".to_owned(),
            service_phone: "023-00000000".to_owned(),
            order_no: "WT2026326000018".to_owned(),
            state_text: "待支付".to_owned(),
            void: false,
            receipt_class_text: "非税缴款书".to_owned(),
            method_text: "线上支付".to_owned(),
            payer_name: "山城\u{2A6D6}物业服务（集团）有限公司".to_owned(),
            invoice_title: "山城物业服务（集团）有限公司　91500000DEM0000145".to_owned(),
            payee: PaymentOrderPayee {
                name: "示例特种设备检验检测院".to_owned(),
                account_name: "示例市财政局非税收入专户".to_owned(),
                bank_name: "示例银行股份有限公司示例市分行营业部".to_owned(),
                bank_account: "6200 0000 0000 0000 018".to_owned(),
            },
            transfer: None,
            amount: Fen(126_500 * count as i64),
            still_owed: None,
            items: (1..=count).map(item).collect(),
            order_url: "https://pay.example.com/h5/#/pages/order/order?id=ord_0192f0c4a7b37f0e8d3c5a6b7c8d9e0f"
                .to_owned(),
            created_at: 1_795_312_800_000,
            expires_at: Some(1_795_572_000_000),
            paid_at: None,
            came_on: None,
            printed_at: 1_795_312_860_000,
        }
    }

    fn pages_of(pdf: &[u8]) -> Vec<String> {
        let document = lopdf::Document::load_mem(pdf).expect("a PDF");
        let pages = document.get_pages();
        pages.keys().map(|number| document.extract_text(&[*number]).expect("text")).collect()
    }

    #[test]
    fn payee_amounts_and_every_item_can_be_read_back() {
        let pdf = payment_order(&Typeface::built_in(), &order(3)).expect("made");
        let pages = pages_of(&pdf);
        assert_eq!(pages.len(), 1);
        for text in ["示例市财政局非税收入专户", "叁仟柒佰玖拾伍元整", "3,795.00", "DT-2026-000003", "第 1 页，共 1 页"]
        {
            assert!(pages[0].contains(text), "{text} in {}", pages[0]);
        }
        assert!(pages[0].contains("打印字库中没有的字"));
        assert!(!pages[0].contains("已作废"));
    }

    #[test]
    fn an_order_paid_by_transfer_shows_account_code_and_rule() {
        let mut transfer = order(2);
        transfer.transfer = Some(PaymentOrderTransfer {
            payment_code: Some("50010126000000012345".to_owned()),
            valid_until: Some(1_795_572_000_000),
            rule: "转账时，摘要/附言/备注必须填写20位缴款码，否则无法自动入账".to_owned(),
        });
        let pdf = payment_order(&Typeface::built_in(), &transfer).expect("made");
        let text = pages_of(&pdf).concat();
        for wanted in
            ["50010126000000012345", "必须填写20位缴款码", "6200 0000 0000 0000 018", "示例市财政局非税收入专户"]
        {
            assert!(text.contains(wanted), "{wanted} in {text}");
        }
    }

    #[test]
    fn after_a_part_payment_the_paper_names_what_is_still_owed() {
        let mut transfer = order(2);
        transfer.transfer = Some(PaymentOrderTransfer {
            payment_code: Some("50010126000000012345".to_owned()),
            valid_until: None,
            rule: "转账时，摘要/附言/备注必须填写20位缴款码，否则无法自动入账".to_owned(),
        });
        transfer.still_owed = Some(Fen(53_000));
        let pdf = payment_order(&Typeface::built_in(), &transfer).expect("made");
        let text = pages_of(&pdf).concat();
        for wanted in ["尚需缴款", "￥530.00", "已收 ￥2,000.00", "只转“尚需缴款”的金额", "￥2,530.00"]
        {
            assert!(text.contains(wanted), "{wanted} in {text}");
        }
    }

    #[test]
    fn two_thousand_items_fill_numbered_pages_and_none_is_lost() {
        let pdf = payment_order(&Typeface::built_in(), &order(2_000)).expect("made");
        let pages = pages_of(&pdf);
        let all = pages.concat();
        for number in 1..=2_000 {
            assert!(all.contains(&format!("DT-2026-{number:06}")), "{number}");
        }
        let last = pages.last().expect("pages");
        assert!(last.contains(&format!("第 {0} 页，共 {0} 页", pages.len())));
        assert!(last.contains("2,530,000.00") && last.contains("2000"));
        assert!(pdf.len() < 2_000_000, "{} bytes", pdf.len());
    }

    #[test]
    fn a_void_order_says_so_on_every_page() {
        let mut void = order(100);
        void.void = true;
        void.state_text = "已作废".to_owned();
        let pdf = payment_order(&Typeface::built_in(), &void).expect("made");
        let pages = pages_of(&pdf);
        assert!(pages.len() > 1 && pages.iter().all(|page| page.contains("状态：已作废")));
    }
}
