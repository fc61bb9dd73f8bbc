//! Receipts as the order list and page show them.

use std::collections::HashMap;

use foundation::problem::Problem;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::entity::invoices::{Column, Entity, Model};
use super::mails;
use super::model::{InvoiceState, InvoiceView};
use crate::invoice_titles::{InvoiceKind, TitleFacts};

/// Receipts of these orders by order id; orders without one are missing. The caller already knows that they are his.
pub async fn views_of_orders<C: ConnectionTrait>(
    connection: &C,
    order_ids: &[String],
) -> Result<HashMap<String, InvoiceView>, Problem> {
    let rows =
        Entity::find().filter(Column::OrderId.is_in(order_ids.iter().map(String::as_str))).all(connection).await?;
    let mut sent = mails::newest_of(connection, rows.iter().map(|row| row.id.as_str())).await?;
    rows.into_iter()
        .map(|row| {
            let mail = sent.remove(&row.id);
            Ok((row.order_id.clone(), InvoiceView { mail, ..view_of_row(row)? }))
        })
        .collect()
}

fn view_of_row(row: Model) -> Result<InvoiceView, Problem> {
    let kind: InvoiceKind = row.kind.parse()?;
    let state: InvoiceState = row.state.parse()?;
    Ok(InvoiceView {
        kind,
        kind_text: kind.text(),
        state,
        state_text: state.text(),
        title: TitleFacts::from_stored(&row.title).map_err(Problem::internal)?,
        invoice_code: row.invoice_code,
        invoice_number: row.invoice_number,
        check_code: row.check_code,
        failure: row.failure,
        issued_at: row.issued_at,
        has_ofd: row.ofd_key.is_some(),
        mail: None,
    })
}
