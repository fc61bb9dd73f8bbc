//! How well a line of a statement fits an order (B-18). Pure: no database.

use foundation::text::{fold_width, name_form, search_form};

/// What a payer wrote, as numbers that can be looked up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Marks {
    /// What may be a payment code: runs of 16 to 20 digits (S0-35).
    pub codes: Vec<String>,
    /// What may be an order number.
    pub order_nos: Vec<String>,
    /// What may be a work-order or contract number (S0-38).
    pub references: Vec<String>,
}

const CODE_DIGITS_MIN: usize = 16;
const CODE_DIGITS_MAX: usize = 20;
const ORDER_NO_CHARACTERS: usize = 15;
const REFERENCE_CHARACTERS: std::ops::RangeInclusive<usize> = 6..=40;
/// Words of one remark that are looked up.
const WORDS_MAX: usize = 40;

impl Marks {
    /// Reads a remark; blanks, full-width digits and words around the numbers do not matter.
    pub fn of(remark: &str) -> Self {
        let mut marks = Marks::default();
        let half = fold_width(remark).to_uppercase();
        let joined: String = half.chars().filter(|character| !character.is_whitespace()).collect();
        // Two codes with a blank between them are two runs; one code written in groups is one without its blanks.
        let runs = [half.as_str(), joined.as_str()]
            .into_iter()
            .flat_map(|text| text.split(|character: char| !character.is_ascii_digit()));
        for run in runs {
            for length in CODE_DIGITS_MIN..=CODE_DIGITS_MAX {
                // A code may stick to a date or an account: every stretch of it that is long enough is looked up.
                if run.len() >= length && run.len() - length <= 12 {
                    marks.codes.extend((0..=run.len() - length).map(|start| run[start..start + length].to_owned()));
                }
            }
        }
        for text in [half.as_str(), joined.as_str()] {
            for word in text.split(|character: char| !(character.is_ascii_alphanumeric() || character == '-')) {
                let word = word.trim_matches('-');
                if let Some(at) = word.find("WT") {
                    let order_no: String = word[at..].chars().take(ORDER_NO_CHARACTERS).collect();
                    marks.order_nos.push(order_no);
                }
                let has_digit = word.bytes().any(|byte| byte.is_ascii_digit());
                if REFERENCE_CHARACTERS.contains(&word.len()) && has_digit {
                    marks.references.push(word.to_owned());
                }
            }
        }
        for list in [&mut marks.order_nos, &mut marks.references] {
            list.sort();
            list.dedup();
            list.truncate(WORDS_MAX);
        }
        marks.codes.sort();
        marks.codes.dedup();
        marks.codes.truncate(200);
        marks
    }
}

/// The line, as far as scoring needs it.
#[derive(Debug, Clone)]
pub struct ScoredLine<'a> {
    /// What is left of it, fen.
    pub rest_fen: i64,
    /// The payer in [`name_form`].
    pub payer_key: &'a str,
    /// What he wrote.
    pub marks: &'a Marks,
    /// The bank's number in [`search_form`].
    pub serial_key: Option<&'a str>,
    /// From which account.
    pub payer_account: Option<&'a str>,
    /// Day of the booking, `YYYY-MM-DD`.
    pub booked_on: &'a str,
}

/// The order, as far as scoring needs it.
#[derive(Debug, Clone, Default)]
pub struct ScoredOrder {
    /// 缴款订单号.
    pub order_no: String,
    /// Fen that it still needs.
    pub missing_fen: i64,
    /// Payment codes it ever had.
    pub codes: Vec<String>,
    /// Names under which it may be paid: the unit, the title, the payer of the remittance.
    pub names: Vec<String>,
    /// Number of its remittance.
    pub reference: Option<String>,
    /// Serial number of its remittance.
    pub serial_key: Option<String>,
    /// Account of its remittance.
    pub account: Option<String>,
    /// Day of its remittance.
    pub remitted_on: Option<String>,
}

/// How well they fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// 0–100.
    pub score: i64,
    /// What speaks for it, for people.
    pub reasons: Vec<String>,
    /// Whether the payer named the order: by code, order number, reference or serial number.
    pub named: bool,
}

const CODE: i64 = 70;
const ORDER_NO: i64 = 60;
const REFERENCE: i64 = 55;
const SERIAL: i64 = 55;
const AMOUNT: i64 = 25;
const PAYER: i64 = 20;
const PAYER_PARTLY: i64 = 10;
const ACCOUNT: i64 = 10;
const DAY: i64 = 5;
/// Shorter names are contained in too many others.
const NAME_CHARACTERS_MIN: usize = 6;
const DAYS_APART_MAX: i64 = 3;

/// Scores an order for a line.
pub fn score(line: &ScoredLine<'_>, order: &ScoredOrder) -> Score {
    let mut found = Score { score: 0, reasons: Vec::new(), named: false };
    let mut add = |points: i64, reason: &str| {
        found.score += points;
        found.reasons.push(reason.to_owned());
    };
    let mut named = false;
    if order.codes.iter().any(|code| line.marks.codes.contains(code)) {
        add(CODE, "缴款码一致");
        named = true;
    }
    if line.marks.order_nos.contains(&order.order_no) {
        add(ORDER_NO, "订单号一致");
        named = true;
    }
    if order.reference.as_ref().is_some_and(|reference| line.marks.references.contains(reference)) {
        add(REFERENCE, "委托单号或合同号一致");
        named = true;
    }
    if order.serial_key.is_some() && order.serial_key.as_deref() == line.serial_key {
        add(SERIAL, "流水号一致");
        named = true;
    }
    if order.missing_fen > 0 && line.rest_fen == order.missing_fen {
        add(AMOUNT, "金额一致");
    }
    let keys: Vec<String> = order.names.iter().map(|name| name_form(name)).collect();
    let long = |key: &String| key.chars().count() >= NAME_CHARACTERS_MIN;
    if !line.payer_key.is_empty() && keys.iter().any(|key| key == line.payer_key) {
        add(PAYER, "付款人一致");
    } else if line.payer_key.chars().count() >= NAME_CHARACTERS_MIN
        && keys
            .iter()
            .filter(|key| long(key))
            .any(|key| key.contains(line.payer_key) || line.payer_key.contains(key.as_str()))
    {
        add(PAYER_PARTLY, "付款人相近");
    }
    let same_account = |account: &str| line.payer_account.is_some_and(|other| digits(other) == digits(account));
    if order.account.as_deref().is_some_and(|account| digits(account).len() >= 8 && same_account(account)) {
        add(ACCOUNT, "付款账号一致");
    }
    if order.remitted_on.as_deref().is_some_and(|day| is_near(day, line.booked_on)) {
        add(DAY, "日期相近");
    }
    found.named = named;
    found.score = found.score.min(100);
    found
}

fn digits(text: &str) -> String {
    search_form(text).chars().filter(char::is_ascii_digit).collect()
}

fn is_near(one: &str, other: &str) -> bool {
    let day = |text: &str| foundation::calendar::parse_date(text).ok();
    day(one).zip(day(other)).is_some_and(|(one, other)| (one - other).whole_days().abs() <= DAYS_APART_MAX)
}

/// Orders that together need exactly what the line brings: what is worth as much as the exact amount.
pub fn add_sum(line: &ScoredLine<'_>, scored: &mut [(Score, i64)]) {
    for only_named in [true, false] {
        let fits = |found: &Score| {
            if only_named { found.named } else { found.reasons.iter().any(|reason| reason == "付款人一致") }
        };
        let group: Vec<usize> = (0..scored.len()).filter(|index| fits(&scored[*index].0)).collect();
        let sum: i64 = group.iter().map(|index| scored[*index].1).sum();
        if group.len() > 1 && sum == line.rest_fen {
            let reason = format!("{} 个订单合计金额一致", group.len());
            for index in group {
                let found = &mut scored[index].0;
                found.score = (found.score + AMOUNT).min(100);
                found.reasons.push(reason.clone());
            }
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE_TEXT: &str = "50010126000000012345";

    fn order(missing_fen: i64) -> ScoredOrder {
        ScoredOrder {
            order_no: "WT2026215000018".to_owned(),
            missing_fen,
            codes: vec![CODE_TEXT.to_owned()],
            names: vec!["示例物业（集团）有限公司".to_owned()],
            ..ScoredOrder::default()
        }
    }

    fn line<'a>(rest_fen: i64, payer_key: &'a str, marks: &'a Marks) -> ScoredLine<'a> {
        ScoredLine { rest_fen, payer_key, marks, serial_key: None, payer_account: None, booked_on: "2026-08-03" }
    }

    #[test]
    fn a_code_is_found_however_it_was_pasted() {
        for remark in [
            CODE_TEXT,
            "缴款码：５００１０１２６０００００００１２３４５ 检验费",
            "5001 0126 0000 0001 2345",
            "检验费50010126000000012345备注",
            "20260803 50010126000000012345",
        ] {
            assert!(Marks::of(remark).codes.contains(&CODE_TEXT.to_owned()), "{remark}");
        }
        assert!(Marks::of("检验费 1234567890").codes.is_empty());
    }

    #[test]
    fn code_and_amount_leave_no_doubt_and_less_does() {
        let marks = Marks::of(CODE_TEXT);
        assert_eq!(score(&line(126_500, "别的单位付款", &marks), &order(126_500)).score, 95);
        assert_eq!(score(&line(100_000, "别的单位付款", &marks), &order(126_500)).score, 70);
        let nothing = Marks::of("检验费");
        let payer = name_form("示例物业(集团)有限公司");
        let found = score(&line(126_500, &payer, &nothing), &order(126_500));
        assert_eq!((found.score, found.named), (45, false));
        assert_eq!(found.reasons, ["金额一致", "付款人一致"]);
    }

    #[test]
    fn an_order_number_or_reference_counts_with_amount_and_payer() {
        let payer = name_form("示例物业（集团）有限公司");
        let marks = Marks::of("订单wt2026215000018检验费");
        assert_eq!(score(&line(126_500, &payer, &marks), &order(126_500)).score, 100);
        let mut remitted = order(126_500);
        remitted.codes.clear();
        remitted.reference = Some("2600000123".to_owned());
        let marks = Marks::of("委托单2600000123");
        assert_eq!(score(&line(126_500, &payer, &marks), &remitted).score, 100);
        assert_eq!(score(&line(126_500, "", &marks), &remitted).score, 80);
    }

    #[test]
    fn several_named_orders_that_add_up_are_as_good_as_one() {
        let marks = Marks::of("50010126000000012345 50010126000000099999");
        let mut second = order(50_000);
        second.order_no = "WT2026215000019".to_owned();
        second.codes = vec!["50010126000000099999".to_owned()];
        let line = line(176_500, "", &marks);
        let mut scored = vec![(score(&line, &order(126_500)), 126_500), (score(&line, &second), 50_000)];
        add_sum(&line, &mut scored);
        assert_eq!(scored.iter().map(|(found, _)| found.score).collect::<Vec<_>>(), [95, 95]);
        scored[1].1 = 40_000;
        assert_eq!(score(&line, &second).score, 70);
    }
}
