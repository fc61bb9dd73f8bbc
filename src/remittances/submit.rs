//! Handing a remittance in for review (S0-40).

use foundation::calendar::{beijing_date, parse_date};
use foundation::complaints::Complaints;
use foundation::money::Fen;
use foundation::problem::Problem;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter};
use time::Duration;

use super::draft::refuse_unless_draftable;
use super::entity::remittances::Column;
use super::late;
use super::model::RemittanceState;
use super::store::{self, RemittanceRow};
use crate::accounts::Scope;
use crate::app::App;
use crate::orders::{self, Actor, OrderId, OrderRow, TimelineKind};
use crate::reviews::{self, NewReview, Submitter};

/// Code of the review of remittances.
pub const REVIEW_KIND: &str = "remittance";
/// Nobody tells of an older transfer.
const DAYS_BACK_MAX: i64 = 730;

/// Checks the draft and opens its review, due in three working days; meanwhile the order neither expires nor is voided.
pub async fn submit(app: &App, scope: &Scope, order_id: &OrderId) -> Result<(), Problem> {
    scope.demand_payer()?;
    let order = orders::find_for(app.database.reader(), scope, order_id).await?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let order = orders::lock_row(&*transaction, &order.id, now).await?;
    let order = order.ok_or_else(|| Problem::internal("the order vanished"))?;
    let submitter = Submitter { id: scope.account_id().to_string(), name: order.unit_name.clone() };
    let actor = Actor::Account(scope.account_id().clone());
    hand_in(app, &*transaction, &order, submitter, &actor).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    metrics::counter!("tejian_remittances_submitted_total").increment(1);
    Ok(())
}

/// The same for an order whose row is held, in the transaction of the caller; `submitter` may not decide on it. Returns the
/// remittance.
pub(super) async fn hand_in<C: ConnectionTrait>(
    app: &App,
    transaction: &C,
    order: &OrderRow,
    submitter: Submitter,
    actor: &Actor,
) -> Result<String, Problem> {
    let now = app.now_ms();
    refuse_unless_draftable(order)?;
    let draft = store::of_order(transaction, &order.id).await?;
    let draft = draft.filter(|draft| draft.state == RemittanceState::Draft.as_str());
    let draft = draft.ok_or_else(|| incomplete().field("payer_name", "请先填写汇款信息"))?;
    let proofs = store::proofs_of(transaction, &draft.id).await?;
    refuse_incomplete(app, &draft, proofs.len())?;
    if !orders::set_under_review(transaction, &order.id, true, now).await? {
        return Err(Problem::conflict("remittance_submitted", "汇款已经提交审核").advice("请等待审核结果"));
    }
    let working_days = app.config.remittance.review_working_days;
    let title = format!("{} 汇款 {} 元（订单 {}）", order.unit_name, Fen(draft.amount_fen), order.order_no);
    let search = [
        &order.order_no,
        &draft.payer_name,
        draft.serial_no.as_deref().unwrap_or(""),
        draft.reference_no.as_deref().unwrap_or(""),
    ]
    .map(|text| text.to_owned())
    .join(" ");
    let review = NewReview {
        kind: REVIEW_KIND,
        subject_id: &draft.id,
        title,
        amount_fen: Some(draft.amount_fen),
        search,
        submitter,
        working_days,
    };
    let review_id = reviews::open(transaction, app, review).await?;
    let due_at = reviews::due_at(app, working_days);
    let update = store::change(&draft.id, RemittanceState::Draft, RemittanceState::Submitted, now)
        .col_expr(Column::ReviewId, Expr::value(review_id.as_str()))
        .col_expr(Column::SubmittedAt, Expr::value(now))
        .col_expr(Column::DueAt, Expr::value(due_at))
        .filter(Column::OrderId.eq(&order.id));
    if update.exec(transaction).await?.rows_affected == 0 {
        return Err(Problem::internal("a draft changed while its order was held"));
    }
    for number in [&draft.reference_no, &draft.serial_no].into_iter().flatten() {
        orders::add_search_word(transaction, &order.id, number).await?;
    }
    late::watch(transaction, &draft.id, due_at).await?;
    orders::record(transaction, &order.id, TimelineKind::RemittanceSubmitted, actor, None, now).await?;
    Ok(draft.id)
}

fn incomplete() -> Problem {
    Problem::unacceptable("remittance_incomplete", "汇款信息还没有填完整，没有提交").advice("请按提示补充后再提交")
}

fn refuse_incomplete(app: &App, draft: &RemittanceRow, proofs: usize) -> Result<(), Problem> {
    let mut wrong = Complaints::new(incomplete());
    if draft.payer_name.is_empty() {
        wrong.add("payer_name", "请填写汇款单位，与银行回单一致");
    }
    if draft.amount_fen <= 0 {
        wrong.add("amount_fen", "请填写汇款金额");
    }
    if proofs == 0 {
        wrong.add("proof_ids", "请上传银行回单（照片或 PDF）");
    }
    let today = beijing_date(app.now_ms());
    match parse_date(&draft.remitted_on) {
        Err(_) => wrong.add("remitted_on", "请选择汇款日期"),
        Ok(day) if day > today => wrong.add("remitted_on", "汇款日期不能晚于今天"),
        Ok(day) if today - day > Duration::days(DAYS_BACK_MAX) => wrong.add("remitted_on", "汇款日期太早，请核对"),
        Ok(_) => {}
    }
    wrong.end()
}
