//! Which column of a statement holds what: guessed from the headers that the banks write, corrected and saved by a person.

use foundation::secret_hash::sha256_hex;
use foundation::text::search_form;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::imports::RawRow;

/// The header stands among the first rows; above it banks write account and period.
pub const HEADER_ROWS_MAX: usize = 40;

/// In which order day, month and year stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DateFormat {
    /// 2026-08-03, 20260803, 2026年8月3日, with or without a time behind it.
    #[default]
    Ymd,
    /// 08/03/2026.
    Mdy,
    /// 03/08/2026.
    Dmy,
}

/// The columns of a layout, each by its header.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Which row holds the headers, counted from 1, blank rows left out.
    pub header_row: usize,
    /// Day of the booking.
    pub booked_on: String,
    /// Amount, where one column holds both directions …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// … told apart by this one (借/贷, 收入/支出, 来账/往账) or by their sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<String>,
    /// Money in, where it has a column of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<String>,
    /// Money out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub debit: Option<String>,
    /// Who paid.
    pub payer_name: String,
    /// From which account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer_account: Option<String>,
    /// What he wrote.
    pub remark: String,
    /// Further columns in which he may have written (附言, 用途, 备注).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remark_more: Vec<String>,
    /// The bank's number of the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial_no: Option<String>,
    /// The balance after it; tells equal lines apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance: Option<String>,
    /// The institute's own account, where every line names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_account: Option<String>,
    /// How days are written.
    #[serde(default)]
    pub date_format: DateFormat,
}

/// Headers of the common banks (工行, 建行, 农行, 中行, 招行 and others) in their plain form, the better ones first.
const BOOKED_ON: &[&str] =
    &["交易日期", "记账日期", "入账日期", "交易日", "记账日", "交易时间", "入账时间", "记账时间", "日期", "起息日"];
const CREDIT: &[&str] = &[
    "贷方发生额",
    "贷方金额",
    "收入金额",
    "贷方",
    "收入",
    "转入金额",
    "存入金额",
    "入账金额",
    "来账金额",
    "贷方交易金额",
];
const DEBIT: &[&str] =
    &["借方发生额", "借方金额", "支出金额", "借方", "支出", "转出金额", "支取金额", "往账金额", "借方交易金额"];
const AMOUNT: &[&str] = &["交易金额", "发生额", "金额", "发生金额"];
const DIRECTION: &[&str] = &[
    "借/贷",
    "借贷",
    "借贷标志",
    "借贷方向",
    "收支方向",
    "收支",
    "收/支",
    "交易方向",
    "收付标志",
    "来往账标志",
    "交易类型",
];
const PAYER_NAME: &[&str] = &[
    "对方户名",
    "对方单位名称",
    "对方账户名称",
    "付款人名称",
    "付款方户名",
    "对方名称",
    "对方单位",
    "收/付方名称",
    "收付方名称",
    "对手方户名",
    "付款单位",
    "交易对方名称",
    "付款人户名",
];
const PAYER_ACCOUNT: &[&str] =
    &["对方账号", "付款人账号", "付款方账号", "收/付方账号", "收付方账号", "对方账户", "对手方账号", "交易对方账号"];
const REMARK: &[&str] = &[
    "附言",
    "交易附言",
    "转账附言",
    "附言/个性化信息",
    "摘要",
    "用途",
    "交易用途",
    "备注",
    "交易摘要",
    "业务摘要",
    "其它摘要",
    "其他摘要",
    "个性化信息",
    "客户附言",
];
const SERIAL_NO: &[&str] = &[
    "交易流水号",
    "账户明细编号-交易流水号",
    "流水号",
    "业务流水号",
    "核心流水号",
    "企业流水号",
    "会计流水号",
    "交易序号",
    "日志号",
    "回单编号",
    "业务参考号",
];
const BALANCE: &[&str] = &["余额", "账户余额", "交易后余额", "本次余额", "当前余额"];
const OWN_ACCOUNT: &[&str] = &["本方账号", "账号", "收款人账号", "本方账户", "我方账号"];

/// A header in the form in which headers are compared: 帐 as 账, without what stands in brackets, without units.
pub fn header_form(header: &str) -> String {
    let mut plain = String::new();
    let mut depth = 0_i32;
    for character in search_form(header).chars() {
        match character {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '帐' if depth <= 0 => plain.push('账'),
            character if depth <= 0 => plain.push(character),
            _ => {}
        }
    }
    plain.trim_end_matches("/元").trim_matches(['*', ':', '"', '\'']).to_owned()
}

/// 收(付)方名称 of 招行 loses its middle with the brackets: both forms are looked for.
fn forms(header: &str) -> [String; 2] {
    let kept: String = search_form(header).replace('帐', "账").chars().filter(|one| !"()[]".contains(*one)).collect();
    [header_form(header), kept]
}

/// Identifies a layout: equal headers in equal order.
pub fn header_key(cells: &[String]) -> String {
    let forms: Vec<String> = cells.iter().map(|cell| header_form(cell)).collect();
    sha256_hex(forms.join("|").trim_end_matches('|').as_bytes())
}

struct Headers<'a> {
    cells: &'a [String],
    forms: Vec<[String; 2]>,
}

impl Headers<'_> {
    fn find(&self, aliases: &[&str]) -> Option<String> {
        let equal =
            aliases.iter().find_map(|alias| self.forms.iter().position(|forms| forms.iter().any(|form| form == alias)));
        equal.map(|at| self.cells[at].trim().to_owned())
    }

    fn all(&self, aliases: &[&str]) -> Vec<String> {
        let fits = |forms: &[String; 2]| forms.iter().any(|form| aliases.contains(&form.as_str()));
        let found = self.forms.iter().zip(self.cells).filter(|(forms, _)| fits(forms));
        found.map(|(_, cell)| cell.trim().to_owned()).collect()
    }
}

/// What the headers of a row say.
fn of_header(header_row: usize, cells: &[String]) -> Mapping {
    let headers = Headers { cells, forms: cells.iter().map(|cell| forms(cell)).collect() };
    let remarks = headers.all(REMARK);
    let best = headers.find(REMARK).unwrap_or_default();
    let credit = headers.find(CREDIT);
    // 交易类型 tells the direction only where one column holds all amounts.
    let amount = if credit.is_none() { headers.find(AMOUNT) } else { None };
    let direction = amount.as_ref().and_then(|_| headers.find(DIRECTION));
    Mapping {
        header_row,
        booked_on: headers.find(BOOKED_ON).unwrap_or_default(),
        amount,
        direction,
        debit: credit.as_ref().and_then(|_| headers.find(DEBIT)),
        credit,
        payer_name: headers.find(PAYER_NAME).unwrap_or_default(),
        payer_account: headers.find(PAYER_ACCOUNT),
        remark_more: remarks.into_iter().filter(|header| *header != best).collect(),
        remark: best,
        serial_no: headers.find(SERIAL_NO),
        balance: headers.find(BALANCE),
        own_account: headers.find(OWN_ACCOUNT),
        date_format: DateFormat::Ymd,
    }
}

impl Mapping {
    fn weight(&self) -> usize {
        let optional = [&self.amount, &self.credit, &self.payer_account, &self.serial_no, &self.balance];
        let present = optional.iter().filter(|column| column.is_some()).count();
        let required = [&self.booked_on, &self.payer_name, &self.remark];
        present + 2 * required.iter().filter(|column| !column.is_empty()).count()
    }

    /// Whether a person need not be asked.
    pub fn is_complete(&self) -> bool {
        let has_amount = self.amount.is_some() || self.credit.is_some();
        has_amount && [&self.booked_on, &self.payer_name, &self.remark].iter().all(|column| !column.is_empty())
    }
}

/// The likeliest reading of a file's first rows.
pub fn guess(rows: &[RawRow]) -> Mapping {
    let readings = rows.iter().take(HEADER_ROWS_MAX).enumerate().map(|(index, row)| of_header(index + 1, &row.cells));
    let mut best = Mapping { header_row: 1, ..Mapping::default() };
    for reading in readings {
        // Of equal ones the first: lines below repeat no headers.
        if reading.weight() > best.weight() {
            best = reading;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(line: &str) -> RawRow {
        RawRow { line: 1, cells: line.split(',').map(str::to_owned).collect(), fault: None }
    }

    fn guessed(header: &str) -> Mapping {
        let mapping = guess(&[row("中国某某银行账户明细"), row("账号：,6222000000000000018"), row(header)]);
        assert_eq!(mapping.header_row, 3, "{header}");
        assert!(mapping.is_complete(), "{mapping:?}");
        mapping
    }

    #[test]
    fn the_layouts_of_the_large_banks_are_understood() {
        let icbc = guessed(
            "凭证号,本方账号,对方账号,交易时间,借/贷,借方发生额,贷方发生额,对方行号,摘要,用途,对方单位名称,余额,附言/个性化信息",
        );
        assert_eq!((icbc.credit.as_deref(), icbc.payer_name.as_str()), (Some("贷方发生额"), "对方单位名称"));
        assert_eq!(icbc.remark, "附言/个性化信息");
        assert_eq!(icbc.remark_more, ["摘要", "用途"]);
        let ccb = guessed(
            "账号,账户名称,交易时间,借方发生额（支取）,贷方发生额（收入）,余额,币种,对方户名,对方账号,对方开户机构,记账日期,摘要,备注,账户明细编号-交易流水号,企业流水号,凭证种类,凭证号",
        );
        assert_eq!(ccb.credit.as_deref(), Some("贷方发生额（收入）"));
        assert_eq!(ccb.booked_on, "记账日期");
        assert_eq!(ccb.serial_no.as_deref(), Some("账户明细编号-交易流水号"));
        let abc = guessed("交易时间,收入金额,支出金额,账户余额,交易行名,对方省市,对方账号,对方户名,交易用途");
        assert_eq!((abc.credit.as_deref(), abc.remark.as_str()), (Some("收入金额"), "交易用途"));
        let boc = guessed(
            "交易类型[ Transaction Type ],业务类型[ Business type ],付款人开户行号[ Account holding bank number of payer ],付款人账号[ Debit Account No. ],付款人名称[ Payer's Name ],收款人账号[ Payee's Account Number ],交易日期[ Transaction Date ],交易金额[ Trade Amount ],交易后余额[ After-transaction balance ],交易流水号[ Transaction reference number ],摘要[ Reference ],用途[ Purpose ],交易附言[ Remark ]",
        );
        assert_eq!(boc.amount.as_deref(), Some("交易金额[ Trade Amount ]"));
        assert_eq!(boc.direction.as_deref(), Some("交易类型[ Transaction Type ]"));
        assert_eq!(boc.remark, "交易附言[ Remark ]");
        let cmb = guessed(
            "交易日,交易时间,起息日,交易类型,借方金额,贷方金额,余额,摘要,流水号,业务名称,用途,业务参考号,业务摘要,其它摘要,收(付)方名称,收(付)方帐号",
        );
        assert_eq!((cmb.payer_name.as_str(), cmb.payer_account.as_deref()), ("收(付)方名称", Some("收(付)方帐号")));
        assert_eq!((cmb.booked_on.as_str(), cmb.credit.as_deref()), ("交易日", Some("贷方金额")));
    }

    #[test]
    fn a_file_that_is_not_understood_asks_a_person() {
        assert!(!guess(&[row("A,B,C"), row("1,2,3")]).is_complete());
        assert!(!guess(&[]).is_complete());
    }

    #[test]
    fn equal_headers_make_an_equal_layout() {
        let cells = |text: &str| row(text).cells;
        assert_eq!(header_key(&cells("交易日期,金 额,对方户名")), header_key(&cells("交易日期,金额（元）,对方户名,")));
        assert_ne!(header_key(&cells("交易日期,金额")), header_key(&cells("金额,交易日期")));
    }
}
