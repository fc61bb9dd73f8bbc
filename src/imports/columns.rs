//! The columns of an import file: Chinese headers as people write them, short English names as programs do.

use foundation::text::fold_width;

/// One fact of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Field {
    UnitExternalId,
    UnitName,
    UnitUscc,
    UnitDistrict,
    UnitAddress,
    UnitPhone,
    UnitLogin,
    ApplicantName,
    ApplicantPhone,
    DeviceExternalId,
    DeviceName,
    DeviceKind,
    DeviceKindCode,
    RegistrationCode,
    DeviceCode,
    UseCertNo,
    FactorySerialNo,
    InternalNo,
    DeviceDistrict,
    Place,
    NextInspectionOn,
    ReportExternalId,
    ReportNo,
    Conclusion,
    InspectedOn,
    IssuedOn,
    ReportFile,
    FeeExternalId,
    Amount,
    ReceiptClass,
    FeeState,
    PayeeCode,
    PayeeName,
    PayeeAccountName,
    PayeeBankName,
    PayeeBankAccount,
    PriceRule,
    PriceItems,
    LegalBasis,
}

/// A column: its header, its other names, and whether a file must have it.
pub struct Column {
    /// What it holds.
    pub field: Field,
    /// The header in the template.
    pub header: &'static str,
    /// Short English name, also the key in JSON.
    pub alias: &'static str,
    /// Other headers that institutes use.
    pub others: &'static [&'static str],
    /// Whether a file without it is refused.
    pub required: bool,
    /// What goes in, for the documentation.
    pub note: &'static str,
}

const fn column(
    field: Field,
    header: &'static str,
    alias: &'static str,
    others: &'static [&'static str],
    required: bool,
    note: &'static str,
) -> Column {
    Column { field, header, alias, others, required, note }
}

/// All columns in the order of the template; a [`Field`]'s number is its place here.
pub const COLUMNS: &[Column] = &[
    column(Field::UnitExternalId, "单位编号", "unit_id", &["单位ID"], true, "业务系统中单位的唯一编号，改名时不变"),
    column(Field::UnitName, "单位名称", "unit_name", &["使用单位", "使用单位名称"], true, "不超过 100 个字"),
    column(Field::UnitUscc, "统一社会信用代码", "uscc", &["信用代码"], false, "18 位，校验位须正确；没有就留空"),
    column(
        Field::UnitDistrict,
        "单位区县",
        "unit_district",
        &["单位区县代码"],
        false,
        "GB/T 2260 六位代码；尚无代码的区写名称",
    ),
    column(Field::UnitAddress, "单位地址", "unit_address", &[], false, "不超过 200 个字"),
    column(Field::UnitPhone, "单位电话", "unit_phone", &[], false, "不超过 30 个字符"),
    column(Field::UnitLogin, "单位账号", "unit_login", &[], false, "单位登录用的账号；留空则用单位编号"),
    column(Field::ApplicantName, "报检人", "applicant_name", &["报检人姓名"], false, "不超过 100 个字"),
    column(
        Field::ApplicantPhone,
        "报检人电话",
        "applicant_phone",
        &["报检人手机", "手机号"],
        false,
        "11 位手机号，即登录账号",
    ),
    column(
        Field::DeviceExternalId,
        "设备编号",
        "device_id",
        &["设备ID"],
        false,
        "业务系统中设备的唯一编号；留空则用注册代码",
    ),
    column(Field::DeviceName, "设备名称", "device_name", &[], true, "例如 曳引驱动乘客电梯"),
    column(Field::DeviceKind, "设备种类", "device_kind", &[], false, "例如 电梯；留空则由品种代码或注册代码得出"),
    column(
        Field::DeviceKindCode,
        "设备品种代码",
        "device_kind_code",
        &["设备类别代码"],
        false,
        "特种设备目录代码，例如 3110",
    ),
    column(
        Field::RegistrationCode,
        "注册代码",
        "registration_code",
        &["设备注册代码"],
        false,
        "20 位，文本格式，可有字母和前导零",
    ),
    column(Field::DeviceCode, "设备代码", "device_code", &[], false, "文本格式"),
    column(Field::UseCertNo, "使用登记证编号", "use_cert_no", &["使用证编号"], false, "不超过 32 个字符"),
    column(Field::FactorySerialNo, "出厂编号", "factory_serial_no", &["产品编号"], false, "不同厂家可以相同"),
    column(Field::InternalNo, "单位内编号", "internal_no", &[], false, ""),
    column(
        Field::DeviceDistrict,
        "设备区县",
        "device_district",
        &["区县", "区县代码"],
        false,
        "现在所在的区县，不从注册代码截取",
    ),
    column(Field::Place, "使用地点", "place", &["设备地点", "安装地点"], false, "不超过 200 个字"),
    column(Field::NextInspectionOn, "下次检验日期", "next_inspection_on", &[], false, "2026-03-31"),
    column(
        Field::ReportExternalId,
        "报告唯一号",
        "report_id",
        &["报告ID"],
        false,
        "业务系统中报告的唯一编号；留空则用报告编号",
    ),
    column(Field::ReportNo, "报告编号", "report_no", &[], true, "全院唯一"),
    column(Field::Conclusion, "检验结论", "conclusion", &["结论"], false, "例如 合格"),
    column(Field::InspectedOn, "检验日期", "inspected_on", &[], false, "2026-03-31"),
    column(Field::IssuedOn, "签发日期", "issued_on", &["出具日期", "报告日期"], true, "2026-03-31"),
    column(
        Field::ReportFile,
        "报告文件",
        "report_file",
        &["报告PDF", "PDF"],
        false,
        "PDF：相对于导入文件的路径，或 http(s) 地址；也可以以后上传",
    ),
    column(Field::FeeExternalId, "费用编号", "fee_id", &["费用ID"], true, "业务系统中费用的唯一编号"),
    column(
        Field::Amount,
        "金额",
        "amount",
        &["金额（元）", "金额(元)", "应缴金额"],
        true,
        "元，最多两位小数；0 表示免收费",
    ),
    column(Field::ReceiptClass, "收费类别", "receipt_class", &["票据类别"], true, "非税 或 增值税"),
    column(Field::FeeState, "缴费状态", "fee_state", &[], false, "待缴（默认）、已缴（已在别处缴清）或 取消"),
    column(Field::PayeeCode, "收款单位编码", "payee_code", &["收款编码"], true, ""),
    column(Field::PayeeName, "收款单位", "payee_name", &["收款单位名称"], false, "首次出现的收款单位必填"),
    column(Field::PayeeAccountName, "收款户名", "payee_account_name", &["户名"], false, "留空则同收款单位"),
    column(Field::PayeeBankName, "开户银行", "payee_bank_name", &["开户行"], false, "首次出现的收款单位必填"),
    column(
        Field::PayeeBankAccount,
        "银行账号",
        "payee_bank_account",
        &["收款账号"],
        false,
        "首次出现的收款单位必填，文本格式",
    ),
    column(Field::PriceRule, "收费标准", "price_rule", &["计费标准"], false, "适用的收费标准，不超过 200 个字"),
    column(
        Field::PriceItems,
        "费用明细",
        "price_items",
        &["计费明细"],
        false,
        "项目=金额，用分号隔开，合计等于金额；例如 检验费=1000；超层费=265",
    ),
    column(Field::LegalBasis, "收费依据", "legal_basis", &["收费文件"], false, "文件名称和文号，不超过 200 个字"),
];

impl Field {
    /// The header by which people know it.
    pub fn header(self) -> &'static str {
        COLUMNS[self as usize].header
    }
}

/// Where each field stands in the rows of one file.
#[derive(Debug, Clone)]
pub struct Layout {
    positions: Vec<Option<usize>>,
    /// Headers that mean nothing to us; told, so that a spelling mistake is noticed.
    pub unknown_headers: Vec<String>,
}

impl Layout {
    /// Reads a header row. Fails with a sentence when a required column is missing or one comes twice.
    pub fn of_header(header: &[String]) -> Result<Self, String> {
        let mut positions = vec![None; COLUMNS.len()];
        let mut unknown_headers = Vec::new();
        for (position, text) in header.iter().enumerate() {
            let name = comparable(text);
            if name.is_empty() {
                continue;
            }
            match COLUMNS.iter().find(|column| column.is_called(&name)) {
                Some(column) if positions[column.field as usize].is_some() => {
                    return Err(format!("表头“{}”出现了两次", column.header));
                }
                Some(column) => positions[column.field as usize] = Some(position),
                None => unknown_headers.push(text.trim().chars().take(40).collect()),
            }
        }
        let missing: Vec<&str> = COLUMNS
            .iter()
            .filter(|column| column.required && positions[column.field as usize].is_none())
            .map(|column| column.header)
            .collect();
        if !missing.is_empty() {
            return Err(format!("缺少必需的列：{}。请对照模板检查第一行表头", missing.join("、")));
        }
        Ok(Self { positions, unknown_headers })
    }

    /// The layout of rows that have every column in the order of [`COLUMNS`].
    pub fn complete() -> Self {
        Self { positions: (0..COLUMNS.len()).map(Some).collect(), unknown_headers: Vec::new() }
    }

    /// The text of a field as it stands in the row; empty when the file has no such column.
    pub fn text<'row>(&self, cells: &'row [String], field: Field) -> &'row str {
        self.positions[field as usize].and_then(|position| cells.get(position)).map_or("", String::as_str)
    }
}

impl Column {
    fn is_called(&self, name: &str) -> bool {
        let mut names = [self.header, self.alias].into_iter().chain(self.others.iter().copied());
        names.any(|own| comparable(own) == name)
    }
}

fn comparable(header: &str) -> String {
    let visible = |character: &char| !character.is_whitespace() && !matches!(character, '*' | '\u{feff}');
    fold_width(header).to_lowercase().chars().filter(visible).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_at_its_own_number() {
        for (place, column) in COLUMNS.iter().enumerate() {
            assert_eq!(column.field as usize, place, "{}", column.header);
        }
    }

    #[test]
    fn chinese_and_english_headers_are_understood_in_any_order() {
        let header: Vec<String> = COLUMNS.iter().rev().map(|column| column.alias.to_uppercase()).collect();
        let layout = Layout::of_header(&header).unwrap();
        let cells: Vec<String> = header.iter().map(|name| format!("value of {name}")).collect();
        assert_eq!(layout.text(&cells, Field::Amount), "value of AMOUNT");
    }

    #[test]
    fn a_file_without_a_required_column_is_refused_by_its_name() {
        let header: Vec<String> =
            COLUMNS.iter().filter(|column| column.alias != "amount").map(|column| column.header.to_owned()).collect();
        assert!(Layout::of_header(&header).unwrap_err().contains("金额"));
    }

    #[test]
    fn the_documentation_names_every_column() {
        let documentation = include_str!("../../docs/integration.md");
        for Column { header, alias, required, note, .. } in COLUMNS {
            let line = format!("| {header} | `{alias}` | {} | {note} |", if *required { "yes" } else { "" });
            assert!(documentation.lines().any(|written| written == line), "docs/integration.md lacks {line}");
        }
    }
}
