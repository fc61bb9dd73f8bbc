//! 注册申请书 (S1-06): one sheet with what was typed on the phone, to be printed, signed and sealed.

use foundation::calendar::beijing_minute_text;
use krilla::Document;
use krilla::metadata::Metadata;
use krilla::page::PageSettings;

use super::sheet::{Align, PAGE_HEIGHT, PAGE_WIDTH, Sheet, Style, black, grey, rule_ink, tint};
use super::typeface::Typeface;

const LEFT: f32 = 52.0;
const RIGHT: f32 = PAGE_WIDTH - 52.0;
const LABEL_WIDTH: f32 = 112.0;
const TEXT_SIZE: f32 = 11.0;
const LINE_HEIGHT: f32 = 15.0;
const PADDING: f32 = 9.0;
const TOP: f32 = 142.0;

/// What stands on it; what was not typed yet is left to be written by hand.
#[derive(Debug, Clone)]
pub struct RegistrationForm {
    /// To whom it goes.
    pub institute_name: String,
    /// 咨询电话.
    pub service_phone: String,
    /// 认证单位, 认证单位（制造）.
    pub kind_text: String,
    /// 申请编号.
    pub registration_no: String,
    /// 企业名称.
    pub unit_name: String,
    /// 统一社会信用代码.
    pub uscc: String,
    /// 单位类型.
    pub unit_kind: String,
    /// 注册地.
    pub district: String,
    /// 详细地址.
    pub address: String,
    /// 法定代表人.
    pub legal_rep: String,
    /// 所属行业.
    pub industry: String,
    /// 注册人.
    pub registrant_name: String,
    /// His phone.
    pub registrant_phone: String,
    /// 邮箱.
    pub email: String,
    /// 安全管理负责人.
    pub safety_manager_name: String,
    /// His phone.
    pub safety_manager_phone: String,
    /// Epoch milliseconds.
    pub printed_at: i64,
}

impl RegistrationForm {
    fn rows(&self) -> [(&'static str, &str); 13] {
        [
            ("注册类型", &self.kind_text),
            ("企业名称", &self.unit_name),
            ("统一社会信用代码", &self.uscc),
            ("单位类型", &self.unit_kind),
            ("注册地", &self.district),
            ("详细地址", &self.address),
            ("法定代表人", &self.legal_rep),
            ("所属行业", &self.industry),
            ("注册人姓名", &self.registrant_name),
            ("注册人手机", &self.registrant_phone),
            ("邮箱", &self.email),
            ("安全管理负责人", &self.safety_manager_name),
            ("安全管理负责人手机", &self.safety_manager_phone),
        ]
    }
}

/// Makes the PDF.
pub fn registration_form(typeface: &Typeface, form: &RegistrationForm) -> anyhow::Result<Vec<u8>> {
    let mut document = Document::new();
    let title = format!("注册申请书 {}", form.registration_no);
    document.set_metadata(Metadata::new().title(title).language("zh-CN".to_owned()));
    let size = PageSettings::from_wh(PAGE_WIDTH, PAGE_HEIGHT).expect("A4 has a size");
    let mut page = document.start_page_with(size);
    let mut surface = page.surface();
    let mut sheet = Sheet::new(&mut surface, typeface);
    draw(&mut sheet, form);
    surface.finish();
    page.finish();
    document.finish().map_err(|error| anyhow::anyhow!("PDF: {error:?}"))
}

fn draw(sheet: &mut Sheet<'_, '_>, form: &RegistrationForm) {
    let middle = (LEFT + RIGHT) / 2.0;
    sheet.spaced_title(middle, 84.0, "注册申请书", 8.0, Style::new(22.0, black()).bold());
    sheet.text(LEFT, 118.0, &format!("致：{}", form.institute_name), Style::new(11.0, black()));
    let number = format!("申请编号：{}", form.registration_no);
    sheet.text(RIGHT, 118.0, &number, Style::new(10.0, grey()).align(Align::Right));
    let mut y = TOP;
    for (name, text) in form.rows() {
        y = row(sheet, y, name, text);
    }
    y += 26.0;
    let promises = [
        "我单位申请注册贵院服务平台账号，承诺以上内容及所附营业执照真实、完整、有效，并授权上述注册人",
        "代表本单位办理特种设备报检、缴费、领取报告和票据等事项。内容如有变化，我单位将及时办理变更。",
    ];
    for line in promises {
        sheet.text(LEFT, y, line, Style::new(10.5, black()));
        y += 18.0;
    }
    y += 26.0;
    sheet.text(LEFT, y, "法定代表人（签字）：", Style::new(11.0, black()));
    sheet.text(middle + 20.0, y, "单位（盖章）：", Style::new(11.0, black()));
    sheet.text(middle + 20.0, y + 66.0, "日期：　　　　年　　　月　　　日", Style::new(11.0, black()));
    foot(sheet, form);
}

/// One row of the table; returns where the next one begins.
fn row(sheet: &mut Sheet<'_, '_>, y: f32, name: &str, text: &str) -> f32 {
    let room = RIGHT - LEFT - LABEL_WIDTH - 2.0 * PADDING;
    let lines = sheet.typeface().wrap(text, TEXT_SIZE, room, 3);
    let height = LINE_HEIGHT * lines.len().max(1) as f32 + 2.0 * PADDING - 3.0;
    sheet.fill_box(LEFT, y, LABEL_WIDTH, height, tint());
    sheet.frame(LEFT, y, LABEL_WIDTH, height, rule_ink(), 0.6);
    sheet.frame(LEFT, y, RIGHT - LEFT, height, rule_ink(), 0.6);
    let style = Style::new(10.0, black()).align(Align::Center);
    sheet.text(LEFT + LABEL_WIDTH / 2.0, y + height / 2.0 + 3.6, name, style);
    for (position, line) in lines.iter().enumerate() {
        let baseline = y + PADDING + 9.6 + LINE_HEIGHT * position as f32;
        sheet.text(LEFT + LABEL_WIDTH + PADDING, baseline, line, Style::new(TEXT_SIZE, black()));
    }
    y + height
}

fn foot(sheet: &mut Sheet<'_, '_>, form: &RegistrationForm) {
    let y = PAGE_HEIGHT - 40.0;
    sheet.line((LEFT, y - 14.0), (RIGHT, y - 14.0), rule_ink(), 0.5);
    let how = "打印后由法定代表人签字并加盖公章，拍照或扫描后在原页面上传；也可邮寄或到服务窗口递交。";
    sheet.text(LEFT, y, how, Style::new(8.5, grey()));
    let made = format!("制表 {}　咨询 {}", beijing_minute_text(form.printed_at), form.service_phone);
    sheet.text(LEFT, y + 13.0, &made, Style::new(8.5, grey()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_stands_on_one_page_even_when_it_is_long() {
        let form = RegistrationForm {
            institute_name: "示例特种设备检验检测院".to_owned(),
            service_phone: "023-00000000".to_owned(),
            kind_text: "认证单位".to_owned(),
            registration_no: "ZC2026080300001".to_owned(),
            unit_name: "示".repeat(100),
            uscc: "91500000DEM0000145".to_owned(),
            unit_kind: "使用单位".to_owned(),
            district: "渝中区".to_owned(),
            address: "路".repeat(120),
            legal_rep: String::new(),
            industry: "房地产业（含物业管理）".to_owned(),
            registrant_name: "王小明".to_owned(),
            registrant_phone: "13900000001".to_owned(),
            email: String::new(),
            safety_manager_name: "李安全".to_owned(),
            safety_manager_phone: "13900000002".to_owned(),
            printed_at: 1_785_722_400_000,
        };
        let content = registration_form(&Typeface::built_in(), &form).expect("a paper");
        let read = lopdf::Document::load_mem(&content).expect("a PDF");
        assert_eq!(read.get_pages().len(), 1);
    }
}
