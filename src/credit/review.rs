//! The decision on a request (S1-55): a day of payment, and perhaps another limit.

use async_trait::async_trait;
use foundation::calendar::{beijing_date, parse_date, print_date};
use foundation::money::Fen;
use foundation::problem::Problem;
use sea_orm::DatabaseTransaction;
use sea_orm::sea_query::Expr;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::entity::requests::Column;
use super::limits::{self, demand_sane};
use super::model::{CreditState, Step};
use super::store::{self, RequestRow};
use super::submit::{checked_day, today};
use super::{answer, remind};
use crate::accounts::UnitId;
use crate::app::App;
use crate::fees::{self, CreditStanding};
use crate::happenings::{Happening, publish};
use crate::reports;
use crate::reviews::{Review, ReviewKind, Verdict};
use crate::staff::{Officer, Permission};

/// As stored.
pub(super) const KIND: &str = "credit";

/// Registered in `App::open`.
pub struct CreditReview;

/// What a decider grants.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Terms {
    /// Until when to pay, `YYYY-MM-DD`; the proposed day when absent.
    #[serde(default)]
    due_on: Option<String>,
    /// What the unit may owe from now on, fen; unchanged when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limit_fen: Option<i64>,
}

#[async_trait]
impl ReviewKind for CreditReview {
    fn code(&self) -> &'static str {
        KIND
    }

    fn text(&self) -> &'static str {
        "欠费审批"
    }

    fn permission(&self) -> Permission {
        Permission::CreditsDecide
    }

    async fn check_terms(
        &self,
        app: &App,
        review: &Review,
        verdict: Verdict,
        given: Option<Value>,
    ) -> Result<Option<Value>, Problem> {
        if verdict == Verdict::Rejected {
            return Ok(None);
        }
        let wrong = || Problem::unacceptable("terms_wrong", "批准的条件不对，没有提交").advice("请按提示修改后再提交");
        let given: Terms = match given {
            Some(given) => serde_json::from_value(given)
                .map_err(|error| wrong().field("terms", "只能填写 due_on 与 limit_fen").cause(error))?,
            None => Terms::default(),
        };
        let row = find(app, review).await?;
        let proposed = given.due_on.unwrap_or(row.proposed_due_on);
        let due = checked_day(app, &proposed).map_err(|message| wrong().field("terms.due_on", message))?;
        if let Some(limit_fen) = given.limit_fen {
            demand_sane(limit_fen, "terms.limit_fen")?;
        }
        let terms = Terms { due_on: Some(print_date(due)), limit_fen: given.limit_fen };
        Ok(Some(serde_json::to_value(terms).map_err(Problem::internal)?))
    }

    async fn apply(
        &self,
        app: &App,
        transaction: &DatabaseTransaction,
        review: &Review,
        verdict: Verdict,
        officer: &Officer,
    ) -> Result<(), Problem> {
        match verdict {
            Verdict::Approved => grant(app, transaction, review, officer).await,
            Verdict::Rejected => refuse(app, transaction, review).await,
        }
    }

    async fn subject(&self, app: &App, review: &Review) -> Result<Value, Problem> {
        let row = find(app, review).await?;
        let reader = app.database.reader();
        let unit = UnitId::from_stored(row.unit_id.clone());
        let standing = fees::credit_standing(reader, &unit, &today(app)).await?;
        let limit = limits::limit_of(app, reader, unit.as_str()).await?;
        let lines = answer::lines(app, &row.id).await?;
        Ok(json!({
            "credit": {
                "id": row.id,
                "request_no": row.request_no,
                "unit_id": row.unit_id,
                "unit_name": row.unit_name,
                "amount_fen": row.amount_fen,
                "count": row.fee_count,
                "reason": row.reason,
                "proposed_due_on": row.proposed_due_on,
                "due_on": row.due_on,
                "state": row.state_on(beijing_date(app.now_ms()))?,
                "arrears_fen": standing.owed,
                "overdue_fen": standing.overdue,
                "limit_fen": limit,
                "created_at": row.created_at,
            },
            "fees": lines,
        }))
    }
}

async fn find(app: &App, review: &Review) -> Result<RequestRow, Problem> {
    let row = store::find(app.database.reader(), &review.subject_id).await?;
    row.ok_or_else(|| Problem::internal(format!("the subject of {} is gone", review.id)))
}

fn gone() -> Problem {
    Problem::conflict("credit_decided", "这个欠费申请已经处理过，没有改变").advice("请刷新页面查看最新状态")
}

async fn grant(
    app: &App,
    transaction: &DatabaseTransaction,
    review: &Review,
    officer: &Officer,
) -> Result<(), Problem> {
    let now = app.now_ms();
    let unit = find(app, review).await?.unit_id;
    // Decisions on one unit come one after the other: each sees what the others granted.
    store::hold_unit(transaction, &unit).await?;
    let row = store::find(transaction, &review.subject_id).await?.ok_or_else(store::not_found)?;
    let terms: Terms =
        review.terms.clone().map(serde_json::from_value).transpose().map_err(Problem::internal)?.unwrap_or_default();
    let due_on = terms.due_on.unwrap_or_else(|| row.proposed_due_on.clone());
    let due = parse_date(&due_on)?;
    if let Some(limit_fen) = terms.limit_fen {
        let note = Some(format!("随欠费申请 {} 核定", row.request_no));
        limits::put(transaction, &row.unit_id, limit_fen, note, officer.id.as_str(), now).await?;
    }
    let days_left = (due - beijing_date(now)).whole_days();
    let update = store::change(&row.id, CreditState::Submitted, CreditState::Approved, now)
        .col_expr(Column::DueOn, Expr::value(due_on.as_str()))
        .col_expr(Column::Opinion, Expr::value(review.opinion.clone()))
        .col_expr(Column::DecidedAt, Expr::value(now))
        // Reminders of days that are over already are not sent.
        .col_expr(Column::RemindedDays, Expr::value(days_left));
    if update.exec(transaction).await?.rows_affected == 0 {
        return Err(gone());
    }
    let granted = fees::grant_credit(transaction, &row.id, &due_on, now).await?;
    if granted.is_empty() {
        return Err(Problem::conflict("credit_nothing_owed", "申请中的费用都已缴清或取消，不需要批准")
            .advice("请驳回这个申请，并说明费用已缴清"));
    }
    demand_limit(app, transaction, &row).await?;
    reports::release_on_credit(transaction, &granted, now).await?;
    let detail = match &review.opinion {
        Some(opinion) => format!("请在 {due_on} 前缴清；{opinion}"),
        None => format!("请在 {due_on} 前缴清"),
    };
    store::note(transaction, &row.id, Step::Approved, "institute", Some(detail), now).await?;
    remind::begin(app, transaction, &row.id, due, days_left).await?;
    publish(transaction, &Happening::CreditGranted { credit_id: row.id.clone() }, now).await?;
    metrics::counter!("tejian_credit_granted_total").increment(1);
    Ok(())
}

/// What is granted stays within the limit; a decider who wants more says so in the terms.
async fn demand_limit(app: &App, transaction: &DatabaseTransaction, row: &RequestRow) -> Result<(), Problem> {
    let unit = UnitId::from_stored(row.unit_id.clone());
    let CreditStanding { owed, .. } = fees::credit_standing(transaction, &unit, &today(app)).await?;
    let limit: Fen = limits::limit_of(app, transaction, unit.as_str()).await?;
    if owed <= limit {
        return Ok(());
    }
    Err(Problem::unacceptable("credit_limit", format!("批准后该单位欠费 {owed} 元，超过额度 {limit} 元，没有提交"))
        .field("terms.limit_fen", format!("至少 {owed} 元"))
        .advice("如确需批准，请同时核定新的额度"))
}

async fn refuse(app: &App, transaction: &DatabaseTransaction, review: &Review) -> Result<(), Problem> {
    let now = app.now_ms();
    let row = store::hold(transaction, &review.subject_id, now).await?;
    let update = store::change(&row.id, CreditState::Submitted, CreditState::Rejected, now)
        .col_expr(Column::Opinion, Expr::value(review.opinion.clone()))
        .col_expr(Column::DecidedAt, Expr::value(now));
    if update.exec(transaction).await?.rows_affected == 0 {
        return Err(gone());
    }
    fees::leave_credit(transaction, &row.id, now).await?;
    store::note(transaction, &row.id, Step::Rejected, "institute", review.opinion.clone(), now).await?;
    let reason = review.opinion.clone().unwrap_or_default();
    publish(transaction, &Happening::CreditRejected { credit_id: row.id, reason }, now).await?;
    Ok(())
}
