//! One row, read: from texts to facts, or to the reasons why not.

use std::path::PathBuf;

use foundation::money::Fen;
use foundation::text::{is_mobile_phone, mask_phone};
use url::Url;

use super::cleaning::{code, day, is_registration_code, key, kind_of_code, tidy};
use super::columns::{Field, Layout};
use super::price;
use super::report_file::FileRules;
use crate::accounts::intake::UnitRecord;
use crate::accounts::is_login_of_person;
use crate::fees::{PriceBasis, ReceiptClass};

/// Longest names, in characters (names of 100 characters occur).
const NAME_CHARACTERS_MAX: usize = 100;
/// Longest codes and numbers.
const CODE_CHARACTERS_MAX: usize = 64;
/// Longest addresses and places.
const PLACE_CHARACTERS_MAX: usize = 200;
/// No single fee is larger: 100 million yuan.
const AMOUNT_MAX: Fen = Fen(10_000_000_000);

/// A row as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRow {
    /// Line in the file (CSV), row in the sheet (XLSX) or place in the request, each from 1.
    pub line: u64,
    /// The texts of its cells.
    pub cells: Vec<String>,
    /// Why it cannot be read at all.
    pub fault: Option<String>,
}

/// The report's file, where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportFile {
    /// Comes later, or is there already.
    None,
    /// Lies beside the import file and has been looked at: a PDF of fitting size.
    Local(PathBuf),
    /// Is fetched by a job.
    Remote(Url),
}

/// What the core system wants of a fee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WantedState {
    /// 待缴.
    Payable,
    /// 已缴, settled elsewhere.
    Settled,
    /// 取消.
    Cancelled,
}

/// A row, read.
#[derive(Debug, Clone)]
pub struct FeeRow {
    /// 单位.
    pub unit: UnitRecord,
    /// 单位账号.
    pub unit_login: String,
    /// 报检人 and phone.
    pub applicant: Option<(String, String)>,
    /// 设备.
    pub device: DeviceFacts,
    /// 检验报告.
    pub report: ReportFacts,
    /// 待缴费.
    pub fee: FeeFacts,
    /// 收款单位.
    pub payee: PayeeFacts,
}

/// What a row says of the device.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct DeviceFacts {
    pub external_id: String,
    pub name: String,
    pub kind: String,
    pub kind_code: String,
    pub registration_code: String,
    pub device_code: Option<String>,
    pub use_cert_no: Option<String>,
    pub factory_serial_no: Option<String>,
    pub internal_no: Option<String>,
    pub district_code: Option<String>,
    pub place: Option<String>,
    pub next_inspection_on: Option<String>,
}

/// What a row says of the report.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct ReportFacts {
    pub external_id: String,
    pub report_no: String,
    pub conclusion: Option<String>,
    pub inspected_on: Option<String>,
    pub issued_on: String,
    pub file: ReportFile,
}

/// What a row says of the fee.
#[derive(Debug, Clone)]
pub struct FeeFacts {
    /// Key in the core system.
    pub external_id: String,
    /// Fen.
    pub amount: Fen,
    /// Which kind of receipt.
    pub receipt_class: ReceiptClass,
    /// Nothing when the row does not say.
    pub wanted: Option<WantedState>,
    /// Why it costs what it costs; nothing when the row does not say.
    pub price_basis: Option<PriceBasis>,
}

/// What a row says of the payee; only the code is always there.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct PayeeFacts {
    pub code: String,
    pub name: Option<String>,
    pub account_name: Option<String>,
    pub bank_name: Option<String>,
    pub bank_account: Option<String>,
}

/// Reads a row; the error is all reasons in one Chinese sentence.
pub fn read_row(raw: &RawRow, layout: &Layout, files: &FileRules) -> Result<FeeRow, String> {
    if let Some(fault) = &raw.fault {
        return Err(fault.clone());
    }
    let mut reader = RowReader { raw, layout, reasons: Vec::new() };
    let row = reader.row(files);
    if reader.reasons.is_empty() { Ok(row) } else { Err(reader.reasons.join("；")) }
}

/// Collects every reason instead of stopping at the first.
struct RowReader<'row> {
    raw: &'row RawRow,
    layout: &'row Layout,
    reasons: Vec<String>,
}

impl RowReader<'_> {
    fn row(&mut self, files: &FileRules) -> FeeRow {
        let unit = self.unit();
        let unit_login = self.unit_login(&unit.external_id);
        let applicant = self.applicant();
        let device = self.device();
        let report = self.report(files);
        let fee = self.fee();
        let payee = PayeeFacts {
            code: self.required_key(Field::PayeeCode),
            name: self.text(Field::PayeeName, NAME_CHARACTERS_MAX),
            account_name: self.text(Field::PayeeAccountName, NAME_CHARACTERS_MAX),
            bank_name: self.text(Field::PayeeBankName, NAME_CHARACTERS_MAX),
            bank_account: self.key(Field::PayeeBankAccount),
        };
        FeeRow { unit, unit_login, applicant, device, report, fee, payee }
    }

    fn unit(&mut self) -> UnitRecord {
        let uscc = self.code(Field::UnitUscc);
        if let Some(error) = uscc.as_deref().and_then(|uscc| wechat::uscc::check(uscc).err()) {
            self.reasons.push(error.to_string());
        }
        UnitRecord {
            external_id: self.required_key(Field::UnitExternalId),
            name: self.required_text(Field::UnitName, NAME_CHARACTERS_MAX),
            uscc,
            district_code: self.text(Field::UnitDistrict, 20),
            address: self.text(Field::UnitAddress, PLACE_CHARACTERS_MAX),
            phone: self.text(Field::UnitPhone, 30),
        }
    }

    fn unit_login(&mut self, unit_external_id: &str) -> String {
        let login = tidy(self.layout.text(&self.raw.cells, Field::UnitLogin));
        let login = if login.is_empty() { unit_external_id.to_owned() } else { login };
        if login.chars().count() > CODE_CHARACTERS_MAX || login.contains(char::is_whitespace) {
            self.reasons
                .push(format!("单位账号“{}”不能有空格，也不能超过 {CODE_CHARACTERS_MAX} 个字符", shorten(&login)));
        }
        if is_login_of_person(&login) {
            self.reasons.push(format!("单位账号“{}”是个人登录账号的写法（字母开头、带点），请换一个", shorten(&login)));
        }
        if is_mobile_phone(&login) {
            self.reasons.push("单位账号不能是手机号：手机号是报检人的账号".to_owned());
        }
        login
    }

    fn applicant(&mut self) -> Option<(String, String)> {
        let name = self.text(Field::ApplicantName, NAME_CHARACTERS_MAX);
        let phone = self.code(Field::ApplicantPhone)?;
        let plain: String = phone.trim_start_matches("+86").chars().filter(|character| *character != '-').collect();
        if !is_mobile_phone(&plain) {
            self.reasons.push(format!("报检人电话“{}”不是 11 位手机号", shorten(&phone)));
        }
        Some((name.unwrap_or_else(|| mask_phone(&plain)), plain))
    }

    fn device(&mut self) -> DeviceFacts {
        let registration_code = self.code(Field::RegistrationCode).unwrap_or_default();
        if !registration_code.is_empty() && !is_registration_code(&registration_code) {
            let shown = shorten(&registration_code);
            self.reasons.push(format!("注册代码“{shown}”应为 20 位（4 位类别、6 位区划、6 位年月、4 位顺序号）"));
        }
        let own_id = self.key(Field::DeviceExternalId);
        if own_id.is_none() && registration_code.is_empty() {
            self.reasons.push("注册代码和设备编号至少填一个".to_owned());
        }
        let kind_code = self.code(Field::DeviceKindCode);
        let kind_code = kind_code.unwrap_or_else(|| registration_code.chars().take(4).collect());
        let kind = self.text(Field::DeviceKind, 30);
        let kind = kind.unwrap_or_else(|| kind_of_code(&kind_code).unwrap_or("其他").to_owned());
        DeviceFacts {
            external_id: own_id.unwrap_or_else(|| registration_code.clone()),
            name: self.required_text(Field::DeviceName, NAME_CHARACTERS_MAX),
            kind,
            kind_code,
            registration_code,
            device_code: self.code(Field::DeviceCode),
            use_cert_no: self.text(Field::UseCertNo, 32),
            factory_serial_no: self.text(Field::FactorySerialNo, CODE_CHARACTERS_MAX),
            internal_no: self.text(Field::InternalNo, CODE_CHARACTERS_MAX),
            district_code: self.text(Field::DeviceDistrict, 20),
            place: self.text(Field::Place, PLACE_CHARACTERS_MAX),
            next_inspection_on: self.day(Field::NextInspectionOn),
        }
    }

    fn report(&mut self, files: &FileRules) -> ReportFacts {
        let report_no = self.required_text(Field::ReportNo, CODE_CHARACTERS_MAX);
        let inspected_on = self.day(Field::InspectedOn);
        let issued_on = self.day(Field::IssuedOn);
        if issued_on.is_none() && self.is_blank(Field::IssuedOn) {
            self.reasons.push("缺少签发日期".to_owned());
        }
        if inspected_on.is_some() && issued_on.is_some() && inspected_on > issued_on {
            self.reasons.push("检验日期晚于签发日期".to_owned());
        }
        let file_text = tidy(self.layout.text(&self.raw.cells, Field::ReportFile));
        let file = files.look_at(&file_text).unwrap_or_else(|reason| {
            self.reasons.push(reason);
            ReportFile::None
        });
        ReportFacts {
            external_id: self.key(Field::ReportExternalId).unwrap_or_else(|| report_no.clone()),
            report_no,
            conclusion: self.text(Field::Conclusion, NAME_CHARACTERS_MAX),
            inspected_on,
            issued_on: issued_on.unwrap_or_default(),
            file,
        }
    }

    fn fee(&mut self) -> FeeFacts {
        let external_id = self.required_key(Field::FeeExternalId);
        let amount_text = self.layout.text(&self.raw.cells, Field::Amount);
        let amount = match Fen::from_yuan_text(amount_text) {
            Ok(amount) if amount <= AMOUNT_MAX => amount,
            Ok(_) => {
                self.reasons.push(format!("金额超过上限 {} 元", AMOUNT_MAX.to_yuan_text()));
                Fen::ZERO
            }
            Err(error) => {
                self.reasons.push(if amount_text.trim().is_empty() {
                    "缺少金额".to_owned()
                } else {
                    error.to_string()
                });
                Fen::ZERO
            }
        };
        let class_text = tidy(self.layout.text(&self.raw.cells, Field::ReceiptClass));
        let receipt_class = receipt_class(&class_text).unwrap_or_else(|| {
            self.reasons.push(if class_text.is_empty() {
                "缺少收费类别".to_owned()
            } else {
                format!("收费类别“{}”应为 非税 或 增值税", shorten(&class_text))
            });
            ReceiptClass::Nontax
        });
        let state_text = tidy(self.layout.text(&self.raw.cells, Field::FeeState));
        let wanted = wanted_state(&state_text).unwrap_or_else(|()| {
            self.reasons.push(format!("缴费状态“{}”应为 待缴、已缴 或 取消", shorten(&state_text)));
            None
        });
        let cell = |field| self.layout.text(&self.raw.cells, field);
        let explained = price::read(cell(Field::PriceRule), cell(Field::PriceItems), cell(Field::LegalBasis), amount);
        let price_basis = explained.unwrap_or_else(|reason| {
            self.reasons.push(reason);
            None
        });
        FeeFacts { external_id, amount, receipt_class, wanted, price_basis }
    }

    fn is_blank(&self, field: Field) -> bool {
        tidy(self.layout.text(&self.raw.cells, field)).is_empty()
    }

    fn text(&mut self, field: Field, characters_max: usize) -> Option<String> {
        let text = tidy(self.layout.text(&self.raw.cells, field));
        if text.chars().count() > characters_max {
            self.reasons.push(format!("{}超过 {characters_max} 个字符", field.header()));
        }
        if text.contains(char::REPLACEMENT_CHARACTER) {
            self.reasons.push(format!("{}里有无法识别的字符，请检查文件编码", field.header()));
        }
        (!text.is_empty()).then_some(text)
    }

    fn required_text(&mut self, field: Field, characters_max: usize) -> String {
        self.text(field, characters_max).unwrap_or_else(|| {
            self.reasons.push(format!("缺少{}", field.header()));
            String::new()
        })
    }

    /// A code of the state, in upper case.
    fn code(&mut self, field: Field) -> Option<String> {
        self.key(field).map(|text| code(&text))
    }

    /// A key of the core system.
    fn key(&mut self, field: Field) -> Option<String> {
        self.text(field, CODE_CHARACTERS_MAX * 2).map(|text| key(&text)).filter(|text| {
            if text.chars().count() > CODE_CHARACTERS_MAX {
                self.reasons.push(format!("{}超过 {CODE_CHARACTERS_MAX} 个字符", field.header()));
            }
            !text.is_empty()
        })
    }

    fn required_key(&mut self, field: Field) -> String {
        self.key(field).unwrap_or_else(|| {
            self.reasons.push(format!("缺少{}", field.header()));
            String::new()
        })
    }

    fn day(&mut self, field: Field) -> Option<String> {
        let text = self.layout.text(&self.raw.cells, field);
        if tidy(text).is_empty() {
            return None;
        }
        let day = day(text);
        if day.is_none() {
            self.reasons.push(format!("{}“{}”不是有效日期，应如 2026-03-31", field.header(), shorten(text)));
        }
        day
    }
}

fn receipt_class(text: &str) -> Option<ReceiptClass> {
    match text.to_lowercase().as_str() {
        "非税" | "非税缴款书" | "nontax" => Some(ReceiptClass::Nontax),
        "增值税" | "增值税发票" | "vat" => Some(ReceiptClass::Vat),
        _ => None,
    }
}

fn wanted_state(text: &str) -> Result<Option<WantedState>, ()> {
    match text.to_lowercase().as_str() {
        "" => Ok(None),
        "待缴" | "待缴费" | "payable" => Ok(Some(WantedState::Payable)),
        "已缴" | "已缴费" | "settled" => Ok(Some(WantedState::Settled)),
        "取消" | "已取消" | "cancelled" => Ok(Some(WantedState::Cancelled)),
        _ => Err(()),
    }
}

fn shorten(text: &str) -> String {
    text.trim().chars().take(40).collect()
}
