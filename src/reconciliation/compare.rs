//! Laying two lists beside each other. Pure: no database, no clock.

use std::collections::BTreeMap;

use super::model::{BillLine, DifferenceKind, Found};
use crate::payments::{BookedPayment, BookedRefund};

/// Our side of a day.
#[derive(Debug, Default)]
pub struct Books {
    /// Payments received on this day.
    pub payments: Vec<BookedPayment>,
    /// Payments of other days that the bill of this day names, so that a bill cut at another second raises no alarm.
    pub other_payments: Vec<BookedPayment>,
    /// Refunds that WeChat had accepted when the day ended, and no bill before has named.
    pub refunds: Vec<BookedRefund>,
    /// Other refunds that the bill names.
    pub other_refunds: Vec<BookedRefund>,
}

/// Differences between WeChat's trade bill and our books, payments first, each list in the order of its numbers.
pub fn with_bill(bill: &[BillLine], books: &Books) -> Vec<Found> {
    let mut found = payments(bill, books);
    found.extend(refunds(bill, books));
    found
}

fn payments(bill: &[BillLine], books: &Books) -> Vec<Found> {
    let mut ours: BTreeMap<&str, (&BookedPayment, bool)> = BTreeMap::new();
    ours.extend(books.other_payments.iter().map(|payment| (payment.out_trade_no.as_str(), (payment, false))));
    ours.extend(books.payments.iter().map(|payment| (payment.out_trade_no.as_str(), (payment, true))));
    let mut found = Vec::new();
    for line in bill.iter().filter(|line| line.out_refund_no.is_none()) {
        match ours.remove(line.out_trade_no.as_str()) {
            None => found.push(Found {
                kind: DifferenceKind::MissingInBooks,
                reference: line.out_trade_no.clone(),
                channel_fen: Some(line.amount_fen),
                books_fen: None,
            }),
            Some((booked, _)) => {
                let fits = booked.amount_fen == line.amount_fen && booked.transaction_id == line.transaction_id;
                if !fits {
                    found.push(Found {
                        kind: DifferenceKind::AmountDiffers,
                        reference: line.out_trade_no.clone(),
                        channel_fen: Some(line.amount_fen),
                        books_fen: Some(booked.amount_fen),
                    });
                }
            }
        }
    }
    let left = ours.into_values().filter(|(_, of_this_day)| *of_this_day);
    found.extend(left.map(|(booked, _)| Found {
        kind: DifferenceKind::MissingAtChannel,
        reference: booked.out_trade_no.clone(),
        channel_fen: None,
        books_fen: Some(booked.amount_fen),
    }));
    found
}

fn refunds(bill: &[BillLine], books: &Books) -> Vec<Found> {
    let mut ours: BTreeMap<&str, (&BookedRefund, bool)> = BTreeMap::new();
    ours.extend(books.other_refunds.iter().map(|refund| (refund.out_refund_no.as_str(), (refund, false))));
    ours.extend(books.refunds.iter().map(|refund| (refund.out_refund_no.as_str(), (refund, true))));
    let mut found = Vec::new();
    for (line, number) in bill.iter().filter_map(|line| Some((line, line.out_refund_no.as_deref()?))) {
        match ours.remove(number) {
            None => found.push(Found {
                kind: DifferenceKind::RefundMissingInBooks,
                reference: number.to_owned(),
                channel_fen: Some(line.amount_fen),
                books_fen: None,
            }),
            Some((booked, _)) if booked.amount_fen != line.amount_fen => found.push(Found {
                kind: DifferenceKind::AmountDiffers,
                reference: number.to_owned(),
                channel_fen: Some(line.amount_fen),
                books_fen: Some(booked.amount_fen),
            }),
            Some(_) => {}
        }
    }
    let left = ours.into_values().filter(|(_, expected)| *expected);
    found.extend(left.map(|(booked, _)| Found {
        kind: DifferenceKind::RefundMissingAtChannel,
        reference: booked.out_refund_no.clone(),
        channel_fen: None,
        books_fen: Some(booked.amount_fen),
    }));
    found
}

/// Differences between the paid orders of a day and what the core system booked; both as number of the order and fen.
pub fn with_core(core: &[(String, i64)], paid: &[(String, i64)]) -> Vec<Found> {
    let mut theirs: BTreeMap<&str, i64> = core.iter().map(|(number, fen)| (number.as_str(), *fen)).collect();
    let mut found = Vec::new();
    for (number, fen) in paid {
        let difference =
            |kind, channel_fen| Found { kind, reference: number.clone(), channel_fen, books_fen: Some(*fen) };
        match theirs.remove(number.as_str()) {
            None => found.push(difference(DifferenceKind::CoreMissing, None)),
            Some(booked) if booked != *fen => found.push(difference(DifferenceKind::CoreAmountDiffers, Some(booked))),
            Some(_) => {}
        }
    }
    found.extend(theirs.into_iter().map(|(number, fen)| Found {
        kind: DifferenceKind::CoreUnknown,
        reference: number.to_owned(),
        channel_fen: Some(fen),
        books_fen: None,
    }));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paid_line(number: &str, fen: i64) -> BillLine {
        BillLine {
            out_trade_no: number.to_owned(),
            transaction_id: format!("42{number}"),
            out_refund_no: None,
            amount_fen: fen,
        }
    }

    fn refund_line(number: &str, fen: i64) -> BillLine {
        BillLine { out_refund_no: Some(number.to_owned()), ..paid_line("T", fen) }
    }

    fn booked(number: &str, fen: i64) -> BookedPayment {
        BookedPayment { out_trade_no: number.to_owned(), transaction_id: format!("42{number}"), amount_fen: fen }
    }

    fn refund(number: &str, fen: i64) -> BookedRefund {
        BookedRefund { out_refund_no: number.to_owned(), amount_fen: fen }
    }

    fn kinds(found: &[Found]) -> Vec<(DifferenceKind, &str)> {
        found.iter().map(|found| (found.kind, found.reference.as_str())).collect()
    }

    #[test]
    fn what_is_on_both_sides_is_no_difference() {
        let books = Books { payments: vec![booked("A", 5)], refunds: vec![refund("R", 5)], ..Books::default() };
        assert_eq!(with_bill(&[refund_line("R", 5), paid_line("A", 5)], &books), []);
    }

    #[test]
    fn each_side_alone_is_told_with_its_amount() {
        let books = Books { payments: vec![booked("B", 7)], refunds: vec![refund("S", 2)], ..Books::default() };
        let found = with_bill(&[paid_line("A", 5), refund_line("R", 3)], &books);
        assert_eq!(
            kinds(&found),
            [
                (DifferenceKind::MissingInBooks, "A"),
                (DifferenceKind::MissingAtChannel, "B"),
                (DifferenceKind::RefundMissingInBooks, "R"),
                (DifferenceKind::RefundMissingAtChannel, "S"),
            ]
        );
        assert_eq!((found[0].channel_fen, found[0].books_fen), (Some(5), None));
        assert_eq!((found[1].channel_fen, found[1].books_fen), (None, Some(7)));
    }

    #[test]
    fn another_amount_and_another_number_at_wechat_are_told() {
        let other_number = BookedPayment { transaction_id: "43".to_owned(), ..booked("B", 5) };
        let books = Books { payments: vec![booked("A", 6), other_number], ..Books::default() };
        let found = with_bill(&[paid_line("A", 5), paid_line("B", 5)], &books);
        assert_eq!(kinds(&found), [(DifferenceKind::AmountDiffers, "A"), (DifferenceKind::AmountDiffers, "B")]);
    }

    #[test]
    fn a_payment_booked_on_the_neighbouring_day_is_known_and_not_expected() {
        let books = Books {
            other_payments: vec![booked("A", 5), booked("Z", 1)],
            other_refunds: vec![refund("R", 1)],
            ..Books::default()
        };
        assert_eq!(with_bill(&[paid_line("A", 5), refund_line("R", 1)], &books), []);
    }

    #[test]
    fn the_core_system_is_compared_by_order() {
        let core = [("WT1".to_owned(), 5), ("WT2".to_owned(), 6), ("WT9".to_owned(), 1)];
        let paid = [("WT1".to_owned(), 5), ("WT2".to_owned(), 7), ("WT3".to_owned(), 8)];
        assert_eq!(
            kinds(&with_core(&core, &paid)),
            [
                (DifferenceKind::CoreAmountDiffers, "WT2"),
                (DifferenceKind::CoreMissing, "WT3"),
                (DifferenceKind::CoreUnknown, "WT9"),
            ]
        );
    }
}
