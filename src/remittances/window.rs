//! A slip that somebody brings to a window (S0-39): the officer enters it for him, and another member of staff decides.

use foundation::problem::Problem;
use serde_json::json;

use super::draft::{RemittanceDraft, keep};
use super::store;
use super::submit::hand_in;
use crate::app::App;
use crate::audit::{self, Action};
use crate::happenings::{Happening, publish};
use crate::orders::{self, Actor, OrderId, OrderRow, OrderState, PaymentMethod};
use crate::payments;
use crate::reviews::Submitter;
use crate::staff::Officer;
use crate::uploads::{self, Purpose};

/// Enters the slip and hands it in at once. An order that was to be paid otherwise is switched, where its receipt class
/// allows remittances; what is open at WeChat is closed first.
pub(super) async fn enter(
    app: &App,
    officer: &Officer,
    order_id: &OrderId,
    draft: RemittanceDraft,
) -> Result<OrderRow, Problem> {
    draft.refuse_oversized(app.config.remittance.proofs_max)?;
    let not_found = || Problem::not_found("order_not_found", "没有找到这个订单");
    let order = orders::find_row(app.database.reader(), order_id.as_str()).await?.ok_or_else(not_found)?;
    if order.state()? == OrderState::Paying {
        payments::close_for_other_money(app, &order.id).await?;
    }
    let now = app.now_ms();
    let actor = Actor::Officer(officer.id.to_string());
    let transaction = app.database.begin_write().await?;
    let order = orders::lock_row(&*transaction, order_id.as_str(), now).await?.ok_or_else(not_found)?;
    let expires_at = orders::expires_at(app, PaymentMethod::Remitted, now);
    orders::switch_method(&*transaction, &order, PaymentMethod::Remitted, expires_at, &actor, now).await?;
    let order = orders::find_row(&*transaction, &order.id).await?.ok_or_else(not_found)?;
    super::draft::refuse_unless_draftable(&order)?;
    let owner = officer.id.as_str();
    let scans = uploads::ready_of(&*transaction, owner, Purpose::PaperScan, &draft.proof_ids, "proof_ids").await?;
    let proof_ids: Vec<String> = scans.into_iter().map(|upload| upload.id).collect();
    let amount_fen = draft.amount_fen;
    keep(&*transaction, &order, draft, &proof_ids, now).await?;
    let whose = (order.unit_id.as_str(), order.account_id.as_str());
    uploads::hand_over(&*transaction, &proof_ids, Purpose::RemittanceProof, whose).await?;
    let submitter = Submitter::officer(officer);
    let remittance_id = hand_in(app, &*transaction, &order, submitter, &actor).await?;
    let told = store::find(&*transaction, &remittance_id).await?;
    let due_at = told.and_then(|told| told.due_at).unwrap_or(now);
    let happening =
        Happening::RemittanceEntered { order_id: order.id.clone(), remittance_id: remittance_id.clone(), due_at };
    publish(&*transaction, &happening, now).await?;
    let detail = json!({ "remittance": remittance_id, "amount_fen": amount_fen });
    audit::record(&*transaction, app, officer.entry(Action::SlipEntered, &order.id, detail)).await?;
    let order = orders::find_row(&*transaction, &order.id).await?.ok_or_else(not_found)?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    metrics::counter!("tejian_remittances_submitted_total").increment(1);
    Ok(order)
}
