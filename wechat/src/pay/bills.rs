//! Reading trade and fund-flow bills line by line, by the names in their header (pay v3 §8, pitfalls D3).
//!
//! The layout: UTF-8 with BOM, CRLF; a header line; rows whose every value is preceded by a back-quote; a second
//! header and one row of sums. Files without BOM, with LF only, with fewer, more or unknown columns are read alike.

use std::io::{BufRead, Read};
use std::sync::Arc;

/// A line longer than this is no bill.
const LINE_BYTES_MAX: u64 = 1024 * 1024;
const CONTINUATION_LINES_MAX: usize = 100;
/// Columns that hold texts of people, which may contain the separator, the likeliest first.
const TEXT_COLUMNS: [&str; 5] = ["商品名称", "商户数据包", "备注", "设备号", "费率备注"];
const SEPARATOR: &str = ",`";

/// Why a bill cannot be read. Line numbers begin with 1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BillError {
    /// The reader failed.
    #[error("line {line}: {source}")]
    Read {
        /// Where.
        line: u64,
        /// Why.
        source: std::io::Error,
    },
    /// Not UTF-8, or a line without end.
    #[error("line {line}: not text, or too long")]
    Text {
        /// Where.
        line: u64,
    },
    /// The file has no header line.
    #[error("the file is empty")]
    Empty,
    /// A row has another number of values than the header has columns.
    #[error("line {line}: {found} values for {expected} columns")]
    Columns {
        /// Where.
        line: u64,
        /// Columns of the header.
        expected: usize,
        /// Values in the row.
        found: usize,
    },
}

/// One row, or the sums: values by the name of their column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillRow {
    columns: Arc<[String]>,
    values: Vec<String>,
}

impl BillRow {
    /// The value of a column exactly as the file has it; `None` when the layout lacks the column.
    pub fn get(&self, column: &str) -> Option<&str> {
        let index = self.columns.iter().position(|name| name == column)?;
        self.values.get(index).map(String::as_str)
    }

    /// The value of a column of yuan, in fen; `None` when it is missing or no amount of whole fen.
    pub fn amount_fen(&self, column: &str) -> Option<i64> {
        decimal(self.get(column)?, 2)
    }

    /// Columns and values in file order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.columns.iter().map(String::as_str).zip(self.values.iter().map(String::as_str))
    }
}

/// Reads a bill; memory stays at one row.
pub struct BillReader<R> {
    reader: R,
    line: u64,
    columns: Arc<[String]>,
    lookahead: Option<String>,
    summary: Option<BillRow>,
}

impl<R: BufRead> BillReader<R> {
    /// Reads the header line.
    pub fn new(mut reader: R) -> Result<Self, BillError> {
        let mut line = 0;
        let first = read_line(&mut reader, &mut line)?.ok_or(BillError::Empty)?;
        let columns = names(first.strip_prefix('\u{feff}').unwrap_or(&first));
        let lookahead = read_line(&mut reader, &mut line)?;
        Ok(Self { reader, line, columns, lookahead, summary: None })
    }

    /// The names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The next row, or `None` at the end of the rows; then [`Self::summary`] has the sums.
    pub fn next_row(&mut self) -> Result<Option<BillRow>, BillError> {
        let Some(mut record) = self.take_line()? else {
            return Ok(None);
        };
        if is_summary_header(&record) {
            self.read_summary(&record)?;
            return Ok(None);
        }
        let line = self.line;
        for _ in 0..CONTINUATION_LINES_MAX {
            let continues = |next: &String| !next.starts_with('`') && !is_summary_header(next);
            let Some(next) = self.lookahead.take_if(|next| continues(next)) else {
                break;
            };
            record.push('\n');
            record.push_str(&next);
            self.lookahead = read_line(&mut self.reader, &mut self.line)?;
        }
        let record = record.trim_end_matches(['\r', '\n']);
        let values = values(record, &self.columns).map_err(|found| BillError::Columns {
            line: line.saturating_sub(1).max(1),
            expected: self.columns.len(),
            found,
        })?;
        Ok(Some(BillRow { columns: Arc::clone(&self.columns), values }))
    }

    /// The row of sums, known once [`Self::next_row`] has returned `None`; a cut file has none.
    pub fn summary(&self) -> Option<&BillRow> {
        self.summary.as_ref()
    }

    /// The next line that is not blank.
    fn take_line(&mut self) -> Result<Option<String>, BillError> {
        while let Some(line) = self.lookahead.take() {
            self.lookahead = read_line(&mut self.reader, &mut self.line)?;
            if !line.trim().is_empty() {
                return Ok(Some(line));
            }
        }
        Ok(None)
    }

    fn read_summary(&mut self, header: &str) -> Result<(), BillError> {
        let columns = names(header);
        if let Some(record) = self.take_line()? {
            let values = values(&record, &columns).map_err(|found| BillError::Columns {
                line: self.line,
                expected: columns.len(),
                found,
            })?;
            self.summary = Some(BillRow { columns, values });
        }
        Ok(())
    }
}

/// Reads a decimal number as an integer of `digits` decimal places: `decimal("6.12000", 2)` is 612. `None` for
/// anything else, also when further places are not zero. No floating point is involved.
pub fn decimal(text: &str, digits: usize) -> Option<i64> {
    let text = text.trim();
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (kept, dropped) = fraction.split_at_checked(digits).unwrap_or((fraction, ""));
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || dropped.bytes().any(|byte| byte != b'0') {
        return None;
    }
    let number: i64 = format!("{whole}{kept:0<digits$}").parse().ok()?;
    Some(if negative { -number } else { number })
}

fn read_line<R: BufRead>(reader: &mut R, line: &mut u64) -> Result<Option<String>, BillError> {
    let mut bytes = Vec::new();
    *line += 1;
    let at = *line;
    let read = reader.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes);
    if read.map_err(|source| BillError::Read { line: at, source })? == 0 {
        return Ok(None);
    }
    if bytes.len() as u64 == LINE_BYTES_MAX {
        return Err(BillError::Text { line: at });
    }
    let mut text = String::from_utf8(bytes).map_err(|_| BillError::Text { line: at })?;
    text.truncate(text.trim_end_matches('\n').trim_end_matches('\r').len());
    Ok(Some(text))
}

fn names(line: &str) -> Arc<[String]> {
    line.split(',').map(|name| name.trim().trim_start_matches('`').to_owned()).collect()
}

/// The second header begins with 总交易单数 or 资金流水总笔数 and has no values.
fn is_summary_header(line: &str) -> bool {
    let first = line.split(',').next().unwrap_or_default().trim();
    !line.contains('`') && first.contains('总') && (first.ends_with("单数") || first.ends_with("笔数"))
}

/// Splits a row into as many values as there are columns, or tells how many it found. Surplus parts belong to a
/// text with a separator inside: to the first text column with which all amounts are amounts again.
fn values(record: &str, columns: &[String]) -> Result<Vec<String>, usize> {
    let parts: Vec<&str> = record.strip_prefix('`').unwrap_or(record).split(SEPARATOR).collect();
    let owned = |parts: Vec<&str>| parts.into_iter().map(str::to_owned).collect::<Vec<String>>();
    if parts.len() == columns.len() {
        return Ok(owned(parts));
    }
    let found = parts.len();
    let surplus = found.checked_sub(columns.len()).ok_or(found)?;
    for name in TEXT_COLUMNS {
        let Some(index) = columns.iter().position(|column| column == name) else {
            continue;
        };
        let mut values: Vec<String> = owned(parts[..index].to_vec());
        values.push(parts[index..=index + surplus].join(SEPARATOR));
        values.extend(owned(parts[index + surplus + 1..].to_vec()));
        if columns.iter().zip(&values).all(|(column, value)| fits(column, value)) {
            return Ok(values);
        }
    }
    Err(found)
}

fn fits(column: &str, value: &str) -> bool {
    let is_amount = column.contains("金额") || column.contains("手续费") || column.contains("结余");
    let is_rate = column == "费率";
    value.is_empty() || (!is_amount || decimal(value, 5).is_some()) && (!is_rate || value.ends_with('%'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<BillRow>, Option<BillRow>) {
        let mut reader = BillReader::new(text.as_bytes()).expect("a header");
        let mut rows = Vec::new();
        while let Some(row) = reader.next_row().expect("readable") {
            rows.push(row);
        }
        (rows, reader.summary().cloned())
    }

    #[test]
    fn separators_and_line_ends_inside_a_text_stay_in_it() {
        let text = "微信订单号,商品名称,商户数据包,手续费,费率,新列\n\
                    `1,`电梯,`检验, `加急,`a`b,`0.60000,`0.60%,`x\n\
                    `2,`第一行\n第二行,`,`0.00000,`0.60%,`\n\
                    总交易单数,手续费总金额\n`2.0,`0.60\n";
        let (rows, summary) = read(text);
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].get("商品名称"), Some("电梯,`检验, `加急"));
        assert_eq!(rows[0].get("商户数据包"), Some("a`b"));
        assert_eq!(rows[0].get("新列"), Some("x"));
        assert_eq!(rows[1].get("商品名称"), Some("第一行\n第二行"));
        assert_eq!(rows[1].get("订单金额"), None);
        assert_eq!(summary.and_then(|sums| sums.amount_fen("手续费总金额")), Some(60));
    }

    #[test]
    fn an_empty_day_has_no_rows_but_sums() {
        let (rows, summary) = read("\u{feff}交易时间,商户号\r\n总交易单数\r\n`0.0\r\n");
        assert!(rows.is_empty());
        assert_eq!(summary.as_ref().and_then(|sums| sums.get("总交易单数")), Some("0.0"));
    }

    #[test]
    fn a_row_that_lacks_values_is_an_error_with_its_line() {
        let mut reader = BillReader::new("甲,乙\n`1\n总交易单数\n`1.0\n".as_bytes()).expect("a header");
        let error = reader.next_row().expect_err("one value for two columns");
        assert!(matches!(error, BillError::Columns { line: 2, expected: 2, found: 1 }), "{error}");
    }

    #[test]
    fn decimals_are_read_without_floating_point() {
        assert_eq!(decimal("1020.00", 2), Some(102_000));
        assert_eq!(decimal("-0.12000", 2), Some(-12));
        assert_eq!(decimal("45.0", 0), Some(45));
        assert_eq!(decimal("3", 2), Some(300));
        assert_eq!(decimal("19.90", 2), Some(1990));
        for wrong in ["", ".5", "1.005", "1e3", "１", "1,000.00", "--1", "99999999999999999999"] {
            assert_eq!(decimal(wrong, 2), None, "{wrong}");
        }
    }
}
