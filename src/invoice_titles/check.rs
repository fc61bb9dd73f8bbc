//! The rules of a title: live on the page and again when it is used.

use std::collections::BTreeMap;

use foundation::problem::Problem;
use foundation::text::{fold_width, is_email, is_invisible, plain_line};

use super::kind::InvoiceKind;
use super::model::{NewInvoiceTitle, TitleFacts, TitleKind};

const NAME_CHARACTERS_MAX: usize = 100;
const TEXT_CHARACTERS_MAX: usize = 100;
const CODE_CHARACTERS_MAX: usize = 32;

/// Which fields are wrong and why, in Chinese.
pub type WrongFields = BTreeMap<&'static str, String>;

/// Brings a title to its form (no control characters, codes half-width and upper case) and checks it. The tax number
/// may be missing: whether it is needed depends on the receipt, see [`demand_fit`].
pub fn check(new: &NewInvoiceTitle) -> Result<TitleFacts, WrongFields> {
    let mut wrong = WrongFields::new();
    let mut reject = |field: &'static str, reason: String| {
        wrong.entry(field).or_insert(reason);
    };
    let name = plain_line(&new.name);
    if name.is_empty() {
        reject("name", "请填写抬头名称".to_owned());
    } else if name.chars().count() > NAME_CHARACTERS_MAX {
        reject("name", format!("抬头名称最多 {NAME_CHARACTERS_MAX} 个字"));
    }
    let tax_no = optional(&new.tax_no, code_text);
    if let Some(reason) = tax_no.as_deref().and_then(tax_no_fault) {
        reject("tax_no", reason);
    }
    let address = optional(&new.address, plain_line);
    let bank_name = optional(&new.bank_name, plain_line);
    for (field, text) in [("address", &address), ("bank_name", &bank_name)] {
        if text.as_deref().is_some_and(|text| text.chars().count() > TEXT_CHARACTERS_MAX) {
            reject(field, format!("最多 {TEXT_CHARACTERS_MAX} 个字"));
        }
    }
    let phone = optional(&new.phone, |text| plain_line(&fold_width(text)));
    if phone.as_deref().is_some_and(|phone| !is_phone(phone)) {
        reject("phone", "电话只能有数字和连接号".to_owned());
    }
    let bank_account = optional(&new.bank_account, code_text);
    if bank_account.as_deref().is_some_and(|account| !is_code(account)) {
        reject("bank_account", format!("银行账号应为数字，最多 {CODE_CHARACTERS_MAX} 位"));
    }
    let email = optional(&new.email, |text| plain_line(&fold_width(text)));
    if email.as_deref().is_some_and(|email| !is_email(email)) {
        reject("email", "邮箱地址写法不对".to_owned());
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    // A person's receipt carries the name only.
    let tax_no = tax_no.filter(|_| new.kind == TitleKind::Organization);
    Ok(TitleFacts { kind: new.kind, name, tax_no, address, phone, bank_name, bank_account, email })
}

/// Whether the title is enough for this kind of receipt: a VAT invoice of a unit carries the tax number, a special one is
/// made out to units only.
pub fn demand_fit(kind: InvoiceKind, title: &TitleFacts) -> Result<(), Problem> {
    if kind == InvoiceKind::Special && title.kind == TitleKind::Individual {
        let problem = Problem::unacceptable("invoice_title_wrong", "专用发票只能开给单位");
        return Err(problem.field("kind", "专用发票的抬头应为单位").advice("请改选普通发票，或换成单位抬头"));
    }
    let needs_tax_no = kind != InvoiceKind::FiscalReceipt && title.kind == TitleKind::Organization;
    if needs_tax_no && title.tax_no.is_none() {
        let problem = Problem::unacceptable("invoice_title_wrong", "单位开增值税发票须填写税号");
        return Err(problem.field("tax_no", "请填写纳税人识别号").advice("请补填税号后再提交"));
    }
    Ok(())
}

/// The answer for a title that cannot be used.
pub fn wrong_title(wrong: WrongFields) -> Problem {
    let first = wrong.values().next().cloned().unwrap_or_default();
    let problem = Problem::unacceptable("invoice_title_wrong", format!("开票抬头有误：{first}"));
    let problem = problem.advice("请按提示改正后再提交");
    wrong.into_iter().fold(problem, |problem, (field, reason)| problem.field(field, reason))
}

/// 15, 17, 18 or 20 letters and digits; the 18 of a unified social credit code also end in the right check character.
fn tax_no_fault(tax_no: &str) -> Option<String> {
    let characters_fit = tax_no.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if !characters_fit || !matches!(tax_no.len(), 15 | 17 | 18 | 20) {
        return Some("税号应为 15、17、18 或 20 位数字和大写字母".to_owned());
    }
    if tax_no.len() == 18 {
        return wechat::uscc::check(tax_no).err().map(|error| error.to_string());
    }
    None
}

fn optional(text: &Option<String>, clean: impl Fn(&str) -> String) -> Option<String> {
    text.as_deref().map(clean).filter(|text| !text.is_empty())
}

fn code_text(text: &str) -> String {
    let half_width = fold_width(text);
    half_width
        .chars()
        .filter(|character| !character.is_whitespace() && !is_invisible(*character) && *character != '-')
        .flat_map(char::to_uppercase)
        .collect()
}

fn is_phone(phone: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_digit() || b"+-() ".contains(&byte);
    phone.len() <= CODE_CHARACTERS_MAX && phone.bytes().all(fits) && phone.bytes().any(|byte| byte.is_ascii_digit())
}

fn is_code(code: &str) -> bool {
    code.len() <= CODE_CHARACTERS_MAX && code.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn title(name: &str, tax_no: Option<&str>) -> NewInvoiceTitle {
        NewInvoiceTitle {
            kind: TitleKind::Organization,
            name: name.to_owned(),
            tax_no: tax_no.map(str::to_owned),
            address: None,
            phone: None,
            bank_name: None,
            bank_account: None,
            email: None,
        }
    }

    #[test]
    fn a_pasted_title_is_brought_to_its_form() {
        let facts =
            check(&title(" 山城\u{200B}物业\t服务（集团）有限公司 ", Some(" ９１５０ 0000-dem0000145"))).expect("fits");
        assert_eq!(facts.name, "山城物业 服务（集团）有限公司");
        assert_eq!(facts.tax_no.as_deref(), Some("91500000DEM0000145"));
    }

    #[test]
    fn names_up_to_a_hundred_characters_are_taken() {
        assert!(check(&title(&"𠮷".repeat(100), None)).is_ok());
        assert!(check(&title(&"梯".repeat(101), None)).expect_err("too long").contains_key("name"));
        assert!(check(&title(" \u{3000}\n", None)).expect_err("empty").contains_key("name"));
    }

    #[test]
    fn a_typing_error_in_a_credit_code_is_seen() {
        let wrong = check(&title("甲", Some("91500000DEM0000146"))).expect_err("check character");
        assert!(wrong.contains_key("tax_no"));
        assert!(check(&title("甲", Some("91500000DEM000030T"))).is_ok());
    }

    #[test]
    fn tax_numbers_of_a_wrong_length_are_refused() {
        for tax_no in ["1", "9150000000000014", "91500000DEM000014512345"] {
            assert!(check(&title("甲", Some(tax_no))).expect_err(tax_no).contains_key("tax_no"));
        }
        for tax_no in ["500000000000001", "50000000000000001", "50000000000000000001"] {
            assert!(check(&title("甲", Some(tax_no))).is_ok(), "{tax_no}");
        }
    }

    #[test]
    fn every_wrong_field_is_named() {
        let new = NewInvoiceTitle {
            phone: Some("打我手机".to_owned()),
            email: Some("a@b".to_owned()),
            bank_account: Some("6222;DROP".to_owned()),
            address: Some("路".repeat(101)),
            ..title("", None)
        };
        let wrong = check(&new).expect_err("all wrong");
        assert_eq!(wrong.keys().copied().collect::<Vec<_>>(), ["address", "bank_account", "email", "name", "phone"]);
    }

    #[test]
    fn a_unit_needs_its_tax_number_for_vat_and_a_person_gets_no_special_invoice() {
        let unit = check(&title("甲公司", None)).expect("fits");
        assert!(demand_fit(InvoiceKind::FiscalReceipt, &unit).is_ok());
        assert_eq!(demand_fit(InvoiceKind::Ordinary, &unit).expect_err("no number").code(), "invoice_title_wrong");
        let person = check(&NewInvoiceTitle { kind: TitleKind::Individual, ..title("张三", None) }).expect("fits");
        assert!(demand_fit(InvoiceKind::Ordinary, &person).is_ok());
        assert!(demand_fit(InvoiceKind::Special, &person).is_err());
    }
}
