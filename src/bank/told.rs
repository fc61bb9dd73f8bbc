//! What payers told of their transfers, as far as it may speak for their orders. A draft, which nobody handed in, never does.
//! Whoever tells of a transfer chooses the words: a number that belongs to somebody else's order does not make that payer's
//! money his own.

use foundation::problem::Problem;
use sea_orm::ConnectionTrait;

use super::score::Marks;
use super::store::TransactionRow;
use crate::remittances::{self, RemittanceRow, RemittanceState};
use crate::{orders, transfers};

/// What was told of an order's transfer, for a line with these marks.
pub(super) async fn of_order<C: ConnectionTrait>(
    connection: &C,
    order_id: &str,
    marks: &Marks,
) -> Result<Option<RemittanceRow>, Problem> {
    let told = remittances::told_of_order(connection, order_id).await?;
    heeded_if_any(connection, told, marks).await
}

/// The same, also when a reviewer found it wrong: for giving money back. A draft never counts.
pub(super) async fn of_sender<C: ConnectionTrait>(
    connection: &C,
    order_id: &str,
    marks: &Marks,
) -> Result<Option<RemittanceRow>, Problem> {
    let handed_in = remittances::of_order(connection, order_id).await?;
    let handed_in = handed_in.filter(|told| told.state != RemittanceState::Draft.as_str());
    heeded_if_any(connection, handed_in, marks).await
}

async fn heeded_if_any<C: ConnectionTrait>(
    connection: &C,
    told: Option<RemittanceRow>,
    marks: &Marks,
) -> Result<Option<RemittanceRow>, Problem> {
    match told {
        Some(told) => Ok(Some(heeded(connection, told, marks).await?)),
        None => Ok(None),
    }
}

/// What was told of transfers whose number a line carries: a work-order or contract number, or the bank's own.
pub(super) async fn of_line<C: ConnectionTrait>(
    connection: &C,
    line: &TransactionRow,
    marks: &Marks,
) -> Result<Vec<RemittanceRow>, Problem> {
    let mut found = Vec::new();
    for told in remittances::of_references(connection, &marks.references).await? {
        let told = heeded(connection, told, marks).await?;
        if told.reference_no.is_some() {
            found.push(told);
        }
    }
    if let Some(serial) = &line.serial_key {
        for told in remittances::of_serial(connection, serial).await? {
            found.push(heeded(connection, told, marks).await?);
        }
    }
    Ok(found)
}

/// Without the number that the payer gave, where a line carries it and it names another order: by its order number, or by the
/// payment code of one of its notices. Only what would count is looked up.
pub(super) async fn heeded<C: ConnectionTrait>(
    connection: &C,
    told: RemittanceRow,
    marks: &Marks,
) -> Result<RemittanceRow, Problem> {
    let counts = told.reference_no.as_ref().filter(|reference| marks.references.contains(reference));
    let Some(reference) = counts else { return Ok(told) };
    let named = Marks::of(reference);
    let mut ids = orders::ids_of_numbers(connection, &named.order_nos).await?;
    ids.extend(transfers::of_codes(connection, &named.codes).await?.into_iter().map(|notice| notice.order_id));
    if ids.iter().any(|id| *id != told.order_id) {
        return Ok(RemittanceRow { reference_no: None, ..told });
    }
    Ok(told)
}
