//! Asking (S1-49).

use foundation::calendar::{beijing_date, parse_date, print_date};
use foundation::complaints::Complaints;
use foundation::money::Fen;
use foundation::problem::Problem;
use foundation::sealed::Findable;
use foundation::text::search_form;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};
use serde::Deserialize;
use time::{Date, Duration};
use utoipa::ToSchema;

use super::entity::{lines, requests};
use super::limits::limit_of;
use super::model::{CreditId, CreditState, Step};
use super::review::KIND;
use super::store::{self, RequestRow};
use crate::accounts::{Act, Scope};
use crate::app::App;
use crate::fees::{self, CreditStanding, Fee, FeeId};
use crate::happenings::{Happening, publish};
use crate::paper_numbers::{Paper, next_number};
use crate::reviews::{self, NewReview, Submitter};

/// Reports of one request.
const FEES_MAX: usize = 500;
const REASON_CHARACTERS_MAX: usize = 200;
/// Rows in one INSERT.
const LINES_PER_INSERT: usize = 200;

/// What a payer asks for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewCredit {
    /// Payable fees, 1–500.
    pub(super) fee_ids: Vec<FeeId>,
    /// Why, 1–200 characters.
    #[schema(max_length = 200)]
    pub(super) reason: String,
    /// Until when he wants to pay, `YYYY-MM-DD`.
    pub(super) proposed_due_on: String,
}

/// Today in Beijing, `YYYY-MM-DD`.
pub(super) fn today(app: &App) -> String {
    print_date(beijing_date(app.now_ms()))
}

/// A day on which one may promise to pay: after today, not too far away.
pub(super) fn checked_day(app: &App, text: &str) -> Result<Date, String> {
    let today = beijing_date(app.now_ms());
    let days_max = app.config.credit.due_days_max;
    match parse_date(text.trim()) {
        Ok(day) if day > today && day <= today + Duration::days(days_max) => Ok(day),
        Ok(_) => Err(format!("应在明天起 {days_max} 天以内")),
        Err(_) => Err("请选择日期".to_owned()),
    }
}

/// Makes the request and opens its review.
pub(super) async fn submit(app: &App, scope: &Scope, new: &NewCredit) -> Result<RequestRow, Problem> {
    scope.demand_payer()?;
    scope.demand_allowed(app, Act::Credit)?;
    let due = checked(app, new)?;
    let now = app.now_ms();
    let mut ids = new.fee_ids.clone();
    ids.sort();
    ids.dedup();
    let transaction = app.database.begin_write().await?;
    let id = CreditId::new();
    // The row of the day's numbers is held from here on: two requests come one after the other, and the second one sees
    // what the first one asked for.
    let request_no = next_number(&*transaction, Paper::Credit, now).await?;
    let chosen = fees::payable_by_ids(&*transaction, scope, &ids).await?;
    let claimed = fees::claim_for_credit(&*transaction, scope, &ids, id.as_str(), now).await?;
    if chosen.len() != ids.len() || claimed != ids.len() as u64 {
        return Err(unavailable(&ids, &chosen));
    }
    demand_room(app, &*transaction, scope).await?;
    let row = request_row(scope, &id, request_no, new, due, &chosen, now)?;
    insert_lines(&*transaction, &id, &chosen).await?;
    let review = NewReview {
        kind: KIND,
        subject_id: id.as_str(),
        title: format!("{} 申请欠费 {} 元（{} 份报告）", row.unit_name, Fen(row.amount_fen), row.fee_count),
        amount_fen: Some(row.amount_fen),
        search: format!("{} {}", row.request_no, row.unit_name),
        submitter: Submitter { id: scope.account_id().to_string(), name: row.unit_name.clone() },
        working_days: app.config.credit.review_working_days,
    };
    let review_id = reviews::open(&*transaction, app, review).await?;
    let row = RequestRow { review_id: Some(review_id.to_string()), ..row };
    requests::Entity::insert(requests::ActiveModel::from(row.clone())).exec_without_returning(&*transaction).await?;
    let detail = Some(format!("{}；希望 {} 前缴清", row.reason, row.proposed_due_on));
    store::note(&*transaction, id.as_str(), Step::Submitted, "payer", detail, now).await?;
    publish(&*transaction, &Happening::CreditSubmitted { credit_id: id.to_string() }, now).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    metrics::counter!("tejian_credit_requests_total").increment(1);
    Ok(row)
}

fn checked(app: &App, new: &NewCredit) -> Result<Date, Problem> {
    let refusal =
        Problem::unacceptable("credit_incomplete", "欠费申请还没有填对，没有提交").advice("请按提示修改后再提交");
    let mut wrong = Complaints::new(refusal);
    if new.fee_ids.is_empty() || new.fee_ids.len() > FEES_MAX {
        wrong.add("fee_ids", format!("请选择 1–{FEES_MAX} 份报告"));
    }
    let reason = new.reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_CHARACTERS_MAX || reason.contains(char::is_control) {
        wrong.add("reason", "请写明理由（200 字以内）");
    }
    match checked_day(app, &new.proposed_due_on) {
        Ok(due) => wrong.end_with(due),
        Err(message) => {
            wrong.add("proposed_due_on", message);
            Err(wrong.into_refusal())
        }
    }
}

fn unavailable(asked: &[FeeId], chosen: &[Fee]) -> Problem {
    let on_credit = chosen.iter().filter(|fee| fee.credit_id.is_some()).count();
    let gone = asked.len() - chosen.len();
    let message = match (on_credit, gone) {
        (0, _) => format!("有 {gone} 份报告已缴费或在其他订单中，没有提交"),
        (_, 0) => format!("有 {on_credit} 份报告已经申请过欠费，没有提交"),
        _ => format!("有 {on_credit} 份报告已经申请过欠费、{gone} 份已缴费或在订单中，没有提交"),
    };
    Problem::conflict("credit_fees_changed", message).advice("请回到待缴费列表重新选择")
}

/// Refuses a unit that is late, or that would owe more than it may.
async fn demand_room<C: ConnectionTrait>(app: &App, connection: &C, scope: &Scope) -> Result<(), Problem> {
    let CreditStanding { owed, asked, overdue } =
        fees::credit_standing(connection, scope.unit_id(), &today(app)).await?;
    if overdue > Fen::ZERO {
        return Err(Problem::conflict("credit_overdue", format!("本单位有 {overdue} 元欠费已逾期，暂时不能再申请"))
            .advice("请先在待缴费里缴清逾期的费用"));
    }
    let limit = limit_of(app, connection, scope.unit_id().as_str()).await?;
    let wanted = owed.plus(asked).map_err(Problem::internal)?;
    if wanted <= limit {
        return Ok(());
    }
    if !scope.view().limits().is_none() {
        // What the whole unit owes is not for a member who sees a part of it.
        return Err(Problem::conflict("credit_limit", "申请后欠费合计超过本单位的额度，没有提交")
            .advice("请减少报告份数，或联系本单位的管理员"));
    }
    Err(Problem::conflict("credit_limit", format!("申请后欠费合计 {wanted} 元，超过本单位的额度 {limit} 元，没有提交"))
        .advice("请减少报告份数，或先缴清一部分欠费；需要提高额度请致电客服")
        .details(serde_json::json!({ "limit_fen": limit, "wanted_fen": wanted })))
}

fn request_row(
    scope: &Scope,
    id: &CreditId,
    request_no: String,
    new: &NewCredit,
    due: Date,
    chosen: &[Fee],
    now: i64,
) -> Result<RequestRow, Problem> {
    let amount = chosen
        .iter()
        .try_fold(Fen::ZERO, |sum, fee| sum.plus(fee.amount))
        .map_err(|error| Problem::unacceptable("amount_out_of_range", error.to_string()))?;
    let numbers = chosen.iter().take(50).map(|fee| search_form(&fee.report_no)).collect::<Vec<_>>().join("\n");
    let names = [search_form(&request_no), search_form(scope.unit_name())].join("\n");
    Ok(RequestRow {
        id: id.to_string(),
        search_text: format!("{names}\n{numbers}"),
        request_no,
        unit_id: scope.unit_id().to_string(),
        unit_name: scope.unit_name().to_owned(),
        account_id: scope.account_id().to_string(),
        applicant_phone: scope.applicant_phone().map(Findable::from),
        state: CreditState::Submitted.as_str().to_owned(),
        amount_fen: amount.0,
        fee_count: chosen.len() as i64,
        reason: new.reason.trim().to_owned(),
        proposed_due_on: print_date(due),
        due_on: None,
        opinion: None,
        review_id: None,
        reminded_days: None,
        created_at: now,
        decided_at: None,
        settled_at: None,
        updated_at: now,
    })
}

async fn insert_lines<C: ConnectionTrait>(connection: &C, id: &CreditId, chosen: &[Fee]) -> Result<(), Problem> {
    let rows: Vec<lines::ActiveModel> = chosen
        .iter()
        .enumerate()
        .map(|(position, fee)| lines::ActiveModel {
            credit_id: Set(id.to_string()),
            position: Set(position as i64),
            fee_id: Set(fee.id.to_string()),
            report_id: Set(fee.report_id.clone()),
            report_no: Set(fee.report_no.clone()),
            device_name: Set(fee.device_name.clone()),
            amount_fen: Set(fee.amount.0),
        })
        .collect();
    for chunk in rows.chunks(LINES_PER_INSERT) {
        lines::Entity::insert_many(chunk.to_vec()).exec_without_returning(connection).await?;
    }
    Ok(())
}
