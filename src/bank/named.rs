//! Orders that a line names although they take no money any more: somebody transferred twice.

use foundation::problem::Problem;
use foundation::text::name_form;
use sea_orm::ConnectionTrait;
use serde::Serialize;
use utoipa::ToSchema;

use super::candidates::{scored_order, takes};
use super::score::Marks;
use super::store::TransactionRow;
use super::told;
use crate::orders::{self, OrderId, OrderRow, OrderState};
use crate::transfers;

/// Orders shown for one line.
const SHOWN_MAX: usize = 5;

/// An order that a line names and that needs no money.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NamedOrder {
    /// Which.
    pub order_id: OrderId,
    /// 缴款订单号.
    pub order_no: String,
    /// 缴款单位.
    pub unit_name: String,
    /// Where it stands.
    pub state: OrderState,
    /// For people.
    pub state_text: String,
}

/// The orders that a line names by payment code, order number, reference or serial number, and that take nothing of it; none
/// for a line that is perhaps known: nobody paid twice because a file was read twice.
pub async fn named_without_need<C: ConnectionTrait>(
    connection: &C,
    line: &TransactionRow,
) -> Result<Vec<NamedOrder>, Problem> {
    if line.rest_fen == 0 || line.twin_of.is_some() {
        return Ok(Vec::new());
    }
    let ids = ids_named(connection, line).await?;
    let mut named = Vec::new();
    for order in orders::rows_by_id(connection, ids.iter().map(String::as_str)).await? {
        let state = order.state()?;
        let needs = state.waits_for_money() || (state != OrderState::Void && takes(&order)?.is_some());
        if !needs && named.len() < SHOWN_MAX {
            named.push(NamedOrder {
                order_id: OrderId::from_stored(order.id),
                order_no: order.order_no,
                unit_name: order.unit_name,
                state,
                state_text: state.text().to_owned(),
            });
        }
    }
    Ok(named)
}

/// Whether a line has to do with an order: names it, or was paid by one of those under whose name it may be paid.
pub(super) async fn belongs_to<C: ConnectionTrait>(
    connection: &C,
    line: &TransactionRow,
    order: &OrderRow,
) -> Result<bool, Problem> {
    if ids_named(connection, line).await?.contains(&order.id) {
        return Ok(true);
    }
    // Whoever handed it in, and was refused, wants his money back: it goes to the sender alone, after two people looked.
    let told = told::of_sender(connection, &order.id, &Marks::of(&line.remark)).await?;
    let names = scored_order(order, 0, &[], told.as_ref())?.names;
    Ok(!line.payer_key.is_empty() && names.iter().any(|name| name_form(name) == line.payer_key))
}

/// The orders that a line names by payment code, order number, reference or serial number.
async fn ids_named<C: ConnectionTrait>(connection: &C, line: &TransactionRow) -> Result<Vec<String>, Problem> {
    let marks = Marks::of(&line.remark);
    let notices = transfers::of_codes(connection, &marks.codes).await?;
    let mut ids: Vec<String> = notices.into_iter().map(|notice| notice.order_id).collect();
    ids.extend(orders::ids_of_numbers(connection, &marks.order_nos).await?);
    let told = told::of_line(connection, line, &marks).await?;
    ids.extend(told.into_iter().map(|told| told.order_id));
    ids.sort();
    ids.dedup();
    Ok(ids)
}
