//! Statements of strangers, for tests that throw bytes at them (`crate::doors`).

use super::import::{read_blocking, sort_out};
use super::mapping::{DateFormat, Mapping, guess};

/// A statement of any bank: read, its layout guessed, its lines sorted out. Every row is a credit, something else or told
/// as faulty; every credit is money in and names its day.
pub fn bank_statement(bytes: &[u8]) {
    let rows = match read_blocking(bytes) {
        Ok(rows) => rows,
        Err(error) => return assert!(!format!("{error:#}").is_empty()),
    };
    let guessed = guess(&rows);
    // What a person may choose whatever stands there.
    let chosen = Mapping {
        header_row: 1,
        booked_on: rows[0].cells.first().cloned().unwrap_or_default(),
        amount: rows[0].cells.get(1).cloned(),
        payer_name: rows[0].cells.get(2).cloned().unwrap_or_default(),
        remark: rows[0].cells.get(3).cloned().unwrap_or_default(),
        date_format: DateFormat::Dmy,
        ..Mapping::default()
    };
    for mapping in [guessed, chosen] {
        let Ok(taken) = sort_out(&rows, &mapping) else { continue };
        let told = taken.credits.len() as i64 + taken.skipped + taken.rejected;
        assert_eq!(told, (rows.len() - mapping.header_row) as i64, "no row vanishes");
        for credit in taken.credits {
            assert!(credit.amount.0 > 0, "money in is more than nothing");
            assert!((1900..=2200).contains(&credit.booked_on.year()), "a day of our time: {}", credit.booked_on);
            assert!(credit.payer_name.chars().count() <= 1_000 && credit.remark.chars().count() <= 4_000, "bounded");
        }
    }
}
