//! What units owe, as the institute's people see it: what is due first stands on top.

use foundation::calendar::{beijing_date, print_date};
use foundation::money::Fen;
use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use foundation::text::{like_pattern, search_form};
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::entity::requests::{Column, Entity};
use super::model::{CreditId, CreditState};
use super::store::RequestRow;
use crate::app::App;
use crate::fees;

/// What a unit owes by one request.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Arrears {
    /// The request.
    pub credit_id: CreditId,
    /// Its number.
    pub request_no: String,
    /// The decision on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_id: Option<String>,
    /// Whose.
    pub unit_id: String,
    /// 单位名称.
    pub unit_name: String,
    /// `approved`, `overdue`, `settled`.
    pub state: CreditState,
    /// The same for people.
    pub state_text: String,
    /// What was asked for, fen.
    pub amount_fen: i64,
    /// Reports.
    pub count: i64,
    /// What is owed now, fen.
    pub owed_fen: Fen,
    /// Reports that are not paid yet.
    pub owed_count: i64,
    /// Until when to pay.
    pub due_on: String,
    /// Days since then; 0 while it is not over.
    pub overdue_days: i64,
    /// Why.
    pub reason: String,
    /// When it was granted, epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub granted_at: Option<i64>,
    /// When everything was paid, epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled_at: Option<i64>,
}

/// What is looked for.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ArrearsSearch {
    /// `approved` (not yet due), `overdue`, `settled`; absent = everything that is owed.
    pub state: Option<String>,
    /// Part of unit name, request number or report number.
    pub q: Option<String>,
}

/// One page, what is due first on top.
pub async fn arrears_page(app: &App, search: &ArrearsSearch, wanted: &PageRequest) -> Result<Page<Arrears>, Problem> {
    let today = print_date(beijing_date(app.now_ms()));
    let approved = Column::State.eq(CreditState::Approved.as_str());
    let chosen = match search.state.as_deref().unwrap_or("") {
        "" => approved,
        "approved" => approved.and(Column::DueOn.gte(&today)),
        "overdue" => approved.and(Column::DueOn.lt(&today)),
        "settled" => Column::State.eq(CreditState::Settled.as_str()),
        _ => {
            return Err(Problem::unacceptable("invalid_query", "筛选条件不对")
                .field("state", "可以是 approved、overdue 或 settled"));
        }
    };
    let mut select =
        Entity::find().filter(chosen).order_by_asc(Column::DueOn).order_by_asc(Column::Id).limit(wanted.limit() + 1);
    let form = search_form(search.q.as_deref().unwrap_or(""));
    if !form.is_empty() {
        let pattern = LikeExpr::new(like_pattern(&form)).escape('\\');
        select = select.filter(Expr::col(Column::SearchText).like(pattern));
    }
    if let Some(after) = wanted.after_key() {
        let (due_on, id) = after.split_once(' ').unwrap_or((&after, ""));
        let later = Condition::any().add(Column::DueOn.gt(due_on)).add(Column::DueOn.eq(due_on).and(Column::Id.gt(id)));
        select = select.filter(later);
    }
    let rows = select.all(app.database.reader()).await?;
    let key = |row: &RequestRow| format!("{} {}", row.due_on.as_deref().unwrap_or(""), row.id);
    let found = Page::from_rows(rows, wanted.limit(), key);
    Ok(Page { items: answers(app, found.items).await?, next: found.next })
}

async fn answers(app: &App, rows: Vec<RequestRow>) -> Result<Vec<Arrears>, Problem> {
    let today = beijing_date(app.now_ms());
    let owed = fees::owed_on_credit(app.database.reader(), rows.iter().map(|row| row.id.as_str())).await?;
    rows.into_iter()
        .map(|row| {
            let state = row.state_on(today)?;
            let days_over = row.due_date()?.map_or(0, |due| (today - due).whole_days());
            let owed = owed.get(&row.id).copied().unwrap_or_default();
            Ok(Arrears {
                state,
                state_text: state.text().to_owned(),
                overdue_days: if state == CreditState::Overdue { days_over } else { 0 },
                owed_fen: owed.amount,
                owed_count: owed.count,
                due_on: row.due_on.unwrap_or_default(),
                credit_id: CreditId::from_stored(row.id),
                request_no: row.request_no,
                review_id: row.review_id,
                unit_id: row.unit_id,
                unit_name: row.unit_name,
                amount_fen: row.amount_fen,
                count: row.fee_count,
                reason: row.reason,
                granted_at: row.decided_at,
                settled_at: row.settled_at,
            })
        })
        .collect()
}
