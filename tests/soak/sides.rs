//! Our books and the other side, one by one: every payment, every refund and every receipt that either side knows is known to
//! the other, over the same amount and at the same end.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, Statement};
use simulator::{InvoiceState, ReceiptState, RefundState};

use crate::stage::Stage;
use crate::tally::Group;

/// Differences shown of one kind.
const SHOWN: usize = 5;

type Side = BTreeSet<Vec<String>>;

/// Everything that differs, in words.
pub async fn differ(stage: &Stage) -> anyhow::Result<Vec<String>> {
    let mut wrong = Vec::new();
    let (payments, refunds, receipts) = (payments(stage), refunds(stage), receipts(stage));
    let given_back = refunds.iter().filter(|(_, _, state)| *state == RefundState::Success);
    let given_back: i64 = given_back.map(|(_, amount_fen, _)| amount_fen).sum();
    let taken: i64 = stage.wechat.transactions().iter().map(|order| order.amount_fen).sum();
    for (name, fen) in [("fen paid through WeChat", taken), ("fen given back through WeChat", given_back)] {
        stage.tally.add(Group::Found, name, fen.unsigned_abs());
    }
    for (what, channel, books) in [
        (
            "payments",
            payments,
            "SELECT transaction_id, CAST(amount_fen AS text) FROM payment_attempts WHERE state = 'paid' AND transaction_id IS NOT NULL",
        ),
        (
            "refunds carried out",
            of_refunds(&refunds, RefundState::Success),
            "SELECT out_refund_no, CAST(amount_fen AS text) FROM refunds WHERE channel = 'wechat' AND state = 'success' \
             AND bank_reference IS NULL",
        ),
        (
            "refunds to dead cards, left to people or made by bank",
            of_refunds(&refunds, RefundState::Abnormal),
            "SELECT out_refund_no, CAST(amount_fen AS text) FROM refunds WHERE channel = 'wechat' AND (state = 'abnormal' \
             OR (bank_reference IS NOT NULL AND out_refund_no IN (ABNORMAL)))",
        ),
        (
            "refunds closed, left to people or made by bank",
            of_refunds(&refunds, RefundState::Closed),
            "SELECT out_refund_no, CAST(amount_fen AS text) FROM refunds WHERE channel = 'wechat' AND (state = 'closed' \
             OR (bank_reference IS NOT NULL AND out_refund_no IN (CLOSED)))",
        ),
        (
            "receipts",
            receipts.standing,
            "SELECT invoice_number, CAST(amount_fen AS text) FROM invoices WHERE state = 'issued'",
        ),
        ("red letters", receipts.taken_back, "SELECT invoice_number, red_number FROM red_letters WHERE state = 'done'"),
    ] {
        let books = books
            .replace("ABNORMAL", &numbers(&refunds, RefundState::Abnormal))
            .replace("CLOSED", &numbers(&refunds, RefundState::Closed));
        let books = rows(stage, &books).await?;
        stage.tally.add(
            Group::Found,
            &format!("{what}, one by one the same on both sides"),
            channel.intersection(&books).count() as u64,
        );
        for (side, only) in [("the other side", &channel - &books), ("our books", &books - &channel)] {
            for known in only.iter().take(SHOWN) {
                wrong.push(format!("{what}: only {side} know {known:?} ({} such)", only.len()));
            }
        }
    }
    Ok(wrong)
}

fn payments(stage: &Stage) -> Side {
    let orders = stage.wechat.transactions();
    let paid = orders
        .iter()
        .filter_map(|order| Some(vec![order.payment.as_ref()?.transaction_id.clone(), order.amount_fen.to_string()]));
    paid.collect()
}

fn refunds(stage: &Stage) -> Vec<(String, i64, RefundState)> {
    let refunds = stage.wechat.refunds();
    refunds.into_iter().map(|refund| (refund.out_refund_no, refund.refund_fen, refund.state)).collect()
}

fn of_refunds(refunds: &[(String, i64, RefundState)], wanted: RefundState) -> Side {
    let chosen = refunds.iter().filter(|(_, _, state)| *state == wanted);
    chosen.map(|(number, amount_fen, _)| vec![number.clone(), amount_fen.to_string()]).collect()
}

/// For `IN (…)`.
fn numbers(refunds: &[(String, i64, RefundState)], wanted: RefundState) -> String {
    let numbers = refunds.iter().filter(|(_, _, state)| *state == wanted).map(|(number, ..)| format!("'{number}'"));
    numbers.chain(["''".to_owned()]).collect::<Vec<_>>().join(",")
}

/// Of WeChat and of the fiscal system together.
#[derive(Default)]
struct Receipts {
    /// Number and fen.
    standing: Side,
    /// Number and that of the red letter.
    taken_back: Side,
}

fn receipts(stage: &Stage) -> Receipts {
    let mut found = Receipts::default();
    for receipt in stage.wechat.receipts() {
        match receipt.state {
            ReceiptState::Issued => {
                found.standing.insert(vec![receipt.receipt_number, receipt.request["amount_fen"].to_string()]);
            }
            ReceiptState::Reversed => {
                found.taken_back.insert(vec![receipt.receipt_number, receipt.reversal_number.unwrap_or_default()]);
            }
            ReceiptState::Issuing | ReceiptState::Reversing | ReceiptState::Failed => {}
        }
    }
    for invoice in stage.wechat.invoices().into_iter().flat_map(|application| application.invoices) {
        match invoice.state {
            InvoiceState::Issued => {
                found.standing.insert(vec![invoice.number, invoice.total_fen.to_string()]);
            }
            InvoiceState::Reversed => {
                found.taken_back.insert(vec![invoice.number, invoice.red_number.unwrap_or_default()]);
            }
            InvoiceState::IssueAccepted | InvoiceState::IssueFailed | InvoiceState::ReverseAccepted => {}
        }
    }
    found
}

/// The two columns of every row.
async fn rows(stage: &Stage, query: &str) -> anyhow::Result<Side> {
    let reader = stage.app.database.reader();
    let rows = reader.query_all_raw(Statement::from_string(reader.get_database_backend(), query)).await?;
    rows.iter().map(|row| anyhow::Ok(vec![row.try_get_by_index(0)?, row.try_get_by_index(1)?])).collect()
}
