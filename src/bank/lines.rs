//! Lines of a statement, read: who paid how much when, and what he wrote.

use foundation::money::Fen;
use foundation::text::fold_width;
use time::{Date, Month};

use super::mapping::{DateFormat, HEADER_ROWS_MAX, Mapping, header_form, header_key};
use crate::imports::RawRow;

const NAME_CHARACTERS_MAX: usize = 100;
const REMARK_CHARACTERS_MAX: usize = 500;
const NUMBER_CHARACTERS_MAX: usize = 64;
/// No single line is larger: ten billion yuan.
const AMOUNT_MAX: Fen = Fen(1_000_000_000_000);

/// A line that brought money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    /// The institute's account, as far as the line or the file names it.
    pub own_account: Option<String>,
    /// Day of the booking.
    pub booked_on: Date,
    /// How much.
    pub amount: Fen,
    /// Who paid.
    pub payer_name: String,
    /// From which account.
    pub payer_account: Option<String>,
    /// What he wrote, of all columns.
    pub remark: String,
    /// The bank's number.
    pub serial_no: Option<String>,
    /// The balance after it, as text.
    pub balance: Option<String>,
}

/// What a row of a statement is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Money in.
    Credit(Box<Credit>),
    /// Money out, a sum, a note of the bank.
    Other,
    /// Cannot be read; the reason is for people.
    Rejected(String),
}

/// The places of the columns in one file.
pub struct Columns {
    booked_on: usize,
    amount: Option<usize>,
    direction: Option<usize>,
    credit: Option<usize>,
    payer_name: usize,
    payer_account: Option<usize>,
    remarks: Vec<usize>,
    serial_no: Option<usize>,
    balance: Option<usize>,
    own_account: Option<usize>,
    date_format: DateFormat,
}

impl Columns {
    /// Finds the columns of a mapping in a header. The error names the column that is missing.
    pub fn of(mapping: &Mapping, header: &[String]) -> Result<Self, String> {
        let place = |name: &str| {
            let exact = header.iter().position(|cell| cell.trim() == name.trim());
            exact.or_else(|| header.iter().position(|cell| header_form(cell) == header_form(name)))
        };
        let required = |name: &str, what: &str| {
            if name.is_empty() {
                return Err(format!("还没有指定“{what}”列"));
            }
            place(name).ok_or_else(|| format!("表头中没有“{name}”列"))
        };
        let optional = |name: &Option<String>| match name.as_deref() {
            None | Some("") => Ok(None),
            Some(name) => place(name).map(Some).ok_or_else(|| format!("表头中没有“{name}”列")),
        };
        let (amount, credit) = (optional(&mapping.amount)?, optional(&mapping.credit)?);
        if amount.is_none() && credit.is_none() {
            return Err("还没有指定“金额”或“贷方金额”列".to_owned());
        }
        let mut remarks = vec![required(&mapping.remark, "摘要/附言")?];
        for name in &mapping.remark_more {
            remarks.extend(optional(&Some(name.clone()))?);
        }
        Ok(Self {
            booked_on: required(&mapping.booked_on, "交易日期")?,
            amount,
            direction: optional(&mapping.direction)?,
            credit,
            payer_name: required(&mapping.payer_name, "付款人")?,
            payer_account: optional(&mapping.payer_account)?,
            remarks,
            serial_no: optional(&mapping.serial_no)?,
            balance: optional(&mapping.balance)?,
            own_account: optional(&mapping.own_account)?,
            date_format: mapping.date_format,
        })
    }

    /// Reads one row below the header.
    pub fn read(&self, row: &RawRow) -> Line {
        let text = |at: usize| row.cells.get(at).map_or("", |cell| cell.trim());
        let amount = match self.amount_of(&text) {
            Ok(Some(amount)) => amount,
            Ok(None) => return Line::Other,
            Err(reason) => return Line::Rejected(reason),
        };
        if let Some(fault) = &row.fault {
            return Line::Rejected(fault.clone());
        }
        let day = text(self.booked_on);
        if day.is_empty() {
            // Sums at the end have an amount and no day.
            return Line::Other;
        }
        let Some(booked_on) = read_day(day, self.date_format) else {
            return Line::Rejected(format!("日期“{}”写法不对", shorten(day, 20)));
        };
        if amount > AMOUNT_MAX {
            return Line::Rejected("金额超出范围".to_owned());
        }
        let number = |at: Option<usize>| {
            let number =
                at.map(text).map(|text| text.trim_matches(['\t', '\'', '`']).trim()).filter(|text| !text.is_empty());
            number.map(|number| shorten(number, NUMBER_CHARACTERS_MAX))
        };
        let mut remark: Vec<&str> = Vec::new();
        for at in &self.remarks {
            let part = text(*at);
            if !part.is_empty() && !remark.contains(&part) {
                remark.push(part);
            }
        }
        Line::Credit(Box::new(Credit {
            own_account: number(self.own_account).map(|account| digits_of(&account)).filter(|digits| digits.len() >= 8),
            booked_on,
            amount,
            payer_name: shorten(text(self.payer_name), NAME_CHARACTERS_MAX),
            payer_account: number(self.payer_account),
            remark: shorten(&remark.join(" "), REMARK_CHARACTERS_MAX),
            serial_no: number(self.serial_no),
            balance: number(self.balance),
        }))
    }

    /// Money in; nothing for money out and for rows without an amount.
    fn amount_of<'a>(&self, text: &impl Fn(usize) -> &'a str) -> Result<Option<Fen>, String> {
        if let Some(credit) = self.credit {
            return Ok(read_amount(text(credit))?
                .filter(|(amount, out)| !out && *amount > Fen::ZERO)
                .map(|(amount, _)| amount));
        }
        let Some((amount, negative)) = self.amount.map(text).map(read_amount).transpose()?.flatten() else {
            return Ok(None);
        };
        let out = match self.direction.map(text) {
            Some(direction) if !direction.is_empty() => {
                let direction = fold_width(direction).to_lowercase();
                let is = |words: &[&str]| words.iter().any(|word| direction.contains(word));
                if is(&["借", "支", "往账", "转出", "付"]) || direction == "d" || direction == "debit" {
                    true
                } else if is(&["贷", "收", "来账", "转入", "入账"]) || direction == "c" || direction == "credit"
                {
                    false
                } else {
                    negative
                }
            }
            _ => negative,
        };
        Ok((!out && amount > Fen::ZERO).then_some(amount))
    }
}

/// An amount and whether it is negative; nothing for an empty cell or a dash.
fn read_amount(text: &str) -> Result<Option<(Fen, bool)>, String> {
    let plain = fold_width(text);
    let plain = plain.trim().trim_matches(['"', '\'', '\t']).trim();
    if plain.is_empty() || plain == "-" || plain == "--" {
        return Ok(None);
    }
    let (plain, negative) = match plain.strip_prefix('-') {
        Some(rest) => (rest, true),
        None => (plain.strip_prefix('+').unwrap_or(plain), false),
    };
    let (plain, negative) = match plain.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(rest) => (rest, true),
        None => (plain, negative),
    };
    let amount = Fen::from_yuan_text(plain).map_err(|error| error.to_string())?;
    Ok(Some((amount, negative)))
}

/// A day as banks write it, with or without a time behind it.
pub fn read_day(text: &str, format: DateFormat) -> Option<Date> {
    let plain = fold_width(text);
    let groups: Vec<&str> =
        plain.split(|character: char| !character.is_ascii_digit()).filter(|group| !group.is_empty()).collect();
    let first = groups.first()?;
    let number = |text: &str| text.parse::<i32>().ok();
    let (year, month, day) = match format {
        DateFormat::Ymd if first.len() >= 8 => (number(&first[..4])?, number(&first[4..6])?, number(&first[6..8])?),
        DateFormat::Ymd => (number(first)?, number(groups.get(1)?)?, number(groups.get(2)?)?),
        DateFormat::Mdy => (number(groups.get(2)?)?, number(first)?, number(groups.get(1)?)?),
        DateFormat::Dmy => (number(groups.get(2)?)?, number(groups.get(1)?)?, number(first)?),
    };
    if !(2000..2100).contains(&year) {
        return None;
    }
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    Date::from_calendar_date(year, month, u8::try_from(day).ok()?).ok()
}

fn shorten(text: &str, max: usize) -> String {
    text.chars().filter(|character| !character.is_control()).take(max).collect::<String>().trim().to_owned()
}

/// Only the digits: banks write accounts with blanks and dashes.
pub(super) fn digits_of(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// The institute's account as the rows above the header tell it: the digits behind 账号.
pub fn account_above(rows: &[RawRow], header_row: usize) -> Option<String> {
    for row in rows.iter().take(header_row.saturating_sub(1)) {
        let text = fold_width(&row.cells.join(" "));
        let place =
            ["账号", "帐号", "账户号", "卡号"].iter().find_map(|word| text.find(word).map(|at| at + word.len()));
        let Some(place) = place else { continue };
        let digits: String = text[place..]
            .chars()
            .skip_while(|character| !character.is_ascii_digit())
            .take_while(|character| character.is_ascii_digit() || *character == ' ' || *character == '-')
            .filter(char::is_ascii_digit)
            .collect();
        if digits.len() >= 8 {
            return Some(digits);
        }
    }
    None
}

/// The row among the first ones whose headers make this key.
pub fn header_with_key(rows: &[RawRow], key: &str) -> Option<usize> {
    rows.iter().take(HEADER_ROWS_MAX).position(|row| header_key(&row.cells) == key).map(|index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bank::mapping::guess;

    fn row(line: &str) -> RawRow {
        RawRow { line: 1, cells: line.split('|').map(str::to_owned).collect(), fault: None }
    }

    fn read(header: &str, line: &str) -> Line {
        let mapping = guess(&[row(header)]);
        Columns::of(&mapping, &row(header).cells).expect("complete").read(&row(line))
    }

    fn credit(header: &str, line: &str) -> Credit {
        match read(header, line) {
            Line::Credit(credit) => *credit,
            other => panic!("{other:?}"),
        }
    }

    const TWO: &str = "交易日期|借方金额|贷方金额|对方户名|对方账号|摘要|附言|交易流水号";
    const ONE: &str = "交易日期|交易金额|借贷标志|对方户名|摘要";

    #[test]
    fn money_in_is_read_whatever_the_bank_writes() {
        let found = credit(
            TWO,
            "20260803|0.00|1,265.00|示例物业001有限公司|\t6222000011112222|转账|缴款码 50010126000000012345|A1",
        );
        assert_eq!(found.amount, Fen(126_500));
        assert_eq!(found.booked_on, Date::from_calendar_date(2026, Month::August, 3).unwrap());
        assert_eq!(found.remark, "缴款码 50010126000000012345 转账");
        assert_eq!(found.payer_account.as_deref(), Some("6222000011112222"));
        assert_eq!(credit(ONE, "2026/8/3 10:22:31|＋605.5|贷|甲|检验费").amount, Fen(60_550));
        assert_eq!(credit(ONE, "2026年08月03日|605|C|甲|检验费").amount, Fen(60_500));
    }

    #[test]
    fn money_out_sums_and_blanks_are_left_out() {
        for line in ["20260803|100.00||甲|||x|1", "20260803|-|-|甲|||x|1", "合计|||||||", "|0.00|100.00||||合计|"]
        {
            assert_eq!(read(TWO, line), Line::Other, "{line}");
        }
        for line in ["20260803|605|借|甲|x", "20260803|-605||甲|x", "20260803|(605.00)||甲|x", "20260803|0||甲|x"]
        {
            assert_eq!(read(ONE, line), Line::Other, "{line}");
        }
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let Line::Rejected(reason) = read(ONE, "20261345|605|贷|甲|x") else { panic!("rejected") };
        assert!(reason.contains("日期"), "{reason}");
        let Line::Rejected(reason) = read(ONE, "20260803|六百|贷|甲|x") else { panic!("rejected") };
        assert!(reason.contains("金额"), "{reason}");
    }

    #[test]
    fn the_account_is_found_above_the_header() {
        let rows = [row("某某银行活期账户明细"), row("账号：|6222 0000 1111 2222 018|币种：人民币"), row(ONE)];
        assert_eq!(account_above(&rows, 3).as_deref(), Some("6222000011112222018"));
        assert_eq!(account_above(&rows, 2), None);
    }

    #[test]
    fn days_are_read_in_the_order_that_is_told() {
        let day = |text, format| read_day(text, format).map(|date| date.to_string());
        assert_eq!(day("08/03/2026", DateFormat::Mdy).as_deref(), Some("2026-08-03"));
        assert_eq!(day("03.08.2026", DateFormat::Dmy).as_deref(), Some("2026-08-03"));
        assert_eq!(day("20260803102231", DateFormat::Ymd).as_deref(), Some("2026-08-03"));
        assert_eq!(day("2026-02-29", DateFormat::Ymd), None);
    }
}
