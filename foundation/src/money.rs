//! Money: whole fen in an `i64`, checked arithmetic, one place for yuan text and for capitals (壹佰元整).

use std::fmt;
use std::iter::Sum;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An amount of money in fen (1/100 yuan). Never a float: 19.90 yuan is `Fen(1990)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = i64, example = 126500)]
pub struct Fen(pub i64);

/// Why a text is no amount of money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not `123`, `123.4`, `123.45` or `1,234.50`.
    #[error("金额“{0}”写法不对，应为元，最多两位小数，例如 1265.00")]
    Malformed(String),
    /// Outside what one fee or order can be.
    #[error("金额超出范围")]
    OutOfRange,
}

impl Fen {
    /// No money.
    pub const ZERO: Fen = Fen(0);

    /// Sum of both, or `OutOfRange` on overflow.
    pub fn plus(self, other: Fen) -> Result<Fen, MoneyError> {
        self.0.checked_add(other.0).map(Fen).ok_or(MoneyError::OutOfRange)
    }

    /// Reads yuan as people and spreadsheets write them: `1265`, `1265.5`, `1,265.00`, `￥1265.00`, `1265.00元`;
    /// full-width digits are taken too. At most two decimals; no sign, no exponent.
    pub fn from_yuan_text(text: &str) -> Result<Fen, MoneyError> {
        let malformed = || MoneyError::Malformed(text.chars().take(40).collect());
        let plain = crate::text::fold_width(text);
        let plain = plain.trim().trim_start_matches(['¥', '￥']).trim_end_matches('元').trim();
        let (whole, decimals) = plain.split_once('.').unwrap_or((plain, ""));
        let whole = without_thousands_separators(whole).ok_or_else(malformed)?;
        let digits_only = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits_only(&whole) || !digits_only(decimals) || plain.ends_with('.') {
            return Err(malformed());
        }
        // A spreadsheet may print 1265.000; more than two decimals are fine only if they are zeros.
        if decimals.len() > 2 && decimals[2..].bytes().any(|byte| byte != b'0') {
            return Err(malformed());
        }
        let cents: String = decimals.chars().chain("00".chars()).take(2).collect();
        let yuan: i64 = whole.parse().map_err(|_| MoneyError::OutOfRange)?;
        let fen: i64 = cents.parse().map_err(|_| malformed())?;
        yuan.checked_mul(100).and_then(|value| value.checked_add(fen)).map(Fen).ok_or(MoneyError::OutOfRange)
    }

    /// `1,265.00`: two decimals and thousands separators, without a currency sign.
    pub fn to_yuan_text(self) -> String {
        let magnitude = self.0.unsigned_abs();
        let whole = (magnitude / 100).to_string();
        let mut grouped = String::new();
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let sign = if self.0 < 0 { "-" } else { "" };
        format!("{sign}{grouped}.{:02}", magnitude % 100)
    }

    /// Chinese capitals as documents demand them: `壹仟贰佰陆拾伍元整`, `壹元零伍分`, `零元整`.
    pub fn to_capitals(self) -> String {
        const DIGITS: [&str; 10] = ["零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"];
        let magnitude = self.0.unsigned_abs();
        let (yuan, jiao, fen) = (magnitude / 100, (magnitude / 10 % 10) as usize, (magnitude % 10) as usize);
        let mut text = String::from(if self.0 < 0 { "负" } else { "" });
        if yuan > 0 {
            text.push_str(&whole_capitals(yuan));
            text.push('元');
        } else if jiao == 0 && fen == 0 {
            text.push_str("零元");
        }
        match (jiao, fen) {
            (0, 0) => text.push('整'),
            (jiao, 0) => text.push_str(&format!("{}角整", DIGITS[jiao])),
            (0, fen) if yuan > 0 => text.push_str(&format!("零{}分", DIGITS[fen])),
            (0, fen) => text.push_str(&format!("{}分", DIGITS[fen])),
            (jiao, fen) => text.push_str(&format!("{}角{}分", DIGITS[jiao], DIGITS[fen])),
        }
        text
    }
}

impl fmt::Display for Fen {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.to_yuan_text())
    }
}

impl Sum for Fen {
    /// Saturates: callers that sum foreign input use [`Fen::plus`].
    fn sum<I: Iterator<Item = Fen>>(iterator: I) -> Fen {
        iterator.fold(Fen::ZERO, |total, next| Fen(total.0.saturating_add(next.0)))
    }
}

fn without_thousands_separators(whole: &str) -> Option<String> {
    if !whole.contains(',') {
        return Some(whole.to_owned());
    }
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let well_formed = (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
    well_formed.then(|| whole.replace(',', ""))
}

fn whole_capitals(mut yuan: u64) -> String {
    const SECTION_UNITS: [&str; 5] = ["", "万", "亿", "万亿", "亿亿"];
    let mut sections = Vec::new();
    while yuan > 0 {
        sections.push((yuan % 10_000) as usize);
        yuan /= 10_000;
    }
    let mut text = String::new();
    let mut zero_pending = false;
    for (index, &section) in sections.iter().enumerate().rev() {
        if section == 0 {
            zero_pending = !text.is_empty();
            continue;
        }
        if !text.is_empty() && (zero_pending || section < 1_000) {
            text.push('零');
        }
        zero_pending = false;
        text.push_str(&section_capitals(section));
        text.push_str(SECTION_UNITS[index]);
    }
    text
}

fn section_capitals(section: usize) -> String {
    const DIGITS: [&str; 10] = ["零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"];
    const PLACES: [(usize, &str); 4] = [(1_000, "仟"), (100, "佰"), (10, "拾"), (1, "")];
    let mut text = String::new();
    let mut zero_pending = false;
    for (weight, unit) in PLACES {
        let digit = section / weight % 10;
        if digit == 0 {
            zero_pending = !text.is_empty();
            continue;
        }
        if zero_pending {
            text.push('零');
            zero_pending = false;
        }
        text.push_str(DIGITS[digit]);
        text.push_str(unit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn capitals_follow_the_bank_rules() {
        for (fen, capitals) in [
            (0, "零元整"),
            (1, "壹分"),
            (10, "壹角整"),
            (105, "壹元零伍分"),
            (100_000, "壹仟元整"),
            (126_500, "壹仟贰佰陆拾伍元整"),
            (1_000_500, "壹万零伍元整"),
            (200_000_000, "贰佰万元整"),
            (10_000_100_010, "壹亿零壹仟元壹角整"),
        ] {
            assert_eq!(Fen(fen).to_capitals(), capitals, "{fen} fen");
        }
    }

    #[test]
    fn yuan_texts_of_people_and_spreadsheets_are_read() {
        for (text, fen) in [
            ("0.01", 1),
            ("1265", 126_500),
            (" 1,265.5 ", 126_550),
            ("￥2000000.00", 200_000_000),
            ("１２６５．００元", 126_500),
            ("19.900", 1_990),
        ] {
            assert_eq!(Fen::from_yuan_text(text), Ok(Fen(fen)), "{text}");
        }
        for text in ["", "-1", "1.001", "1e3", "12,65", "一百", "1.", ".5", "NaN", "99999999999999999999"] {
            assert!(Fen::from_yuan_text(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(fen in 0i64..1_000_000_000_000) {
            prop_assert_eq!(Fen::from_yuan_text(&Fen(fen).to_yuan_text()), Ok(Fen(fen)));
        }
    }
}
