//! Rows of requests: every change is conditional on the state it starts from.

use foundation::calendar::parse_date;
use foundation::ids::new_id_text;
use foundation::problem::Problem;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, UpdateMany,
};
use time::Date;

use super::entity::{events, lines, requests};
use super::model::{CreditId, CreditState, Step};
use crate::accounts::{Scope, ScopedEntity, View};
use crate::reports;

/// A request as stored.
pub(super) type RequestRow = requests::Model;

/// Steps shown of one request.
const STEPS_MAX: u64 = 200;

impl ScopedEntity for requests::Entity {
    fn unit_column() -> requests::Column {
        requests::Column::UnitId
    }
    fn applicant_column() -> requests::Column {
        requests::Column::ApplicantPhone
    }
    fn within(view: &View) -> Condition {
        let of = (lines::Column::CreditId, requests::Column::Id);
        reports::all_lines_within::<lines::Entity, _>(view, of, lines::Column::ReportId)
    }
}

impl RequestRow {
    /// Where it stands, as stored.
    pub(super) fn stored_state(&self) -> Result<CreditState, Problem> {
        Ok(self.state.parse()?)
    }

    /// Where it stands on a day.
    pub(super) fn state_on(&self, today: Date) -> Result<CreditState, Problem> {
        Ok(self.stored_state()?.on(today, self.due_date()?))
    }

    /// The granted day of payment.
    pub(super) fn due_date(&self) -> Result<Option<Date>, Problem> {
        Ok(self.due_on.as_deref().map(parse_date).transpose()?)
    }
}

pub(super) fn not_found() -> Problem {
    Problem::not_found("credit_not_found", "没有找到这个欠费申请")
}

/// A request that the scope may see, or 404.
pub(super) async fn find_for<C: ConnectionTrait>(
    connection: &C,
    scope: &Scope,
    id: &CreditId,
) -> Result<RequestRow, Problem> {
    let row = scope.select::<requests::Entity>().filter(requests::Column::Id.eq(id.as_str())).one(connection).await?;
    row.ok_or_else(not_found)
}

/// Whether somebody sees a request.
pub(super) async fn is_seen<C: ConnectionTrait>(connection: &C, view: &View, id: &str) -> Result<bool, Problem> {
    Ok(view.select::<requests::Entity>().filter(requests::Column::Id.eq(id)).one(connection).await?.is_some())
}

/// A request by id.
pub(super) async fn find<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Option<RequestRow>, DbErr> {
    requests::Entity::find_by_id(id).one(connection).await
}

/// Holds the row of a request until the transaction ends.
pub(super) async fn hold<C: ConnectionTrait>(connection: &C, id: &str, now: i64) -> Result<RequestRow, Problem> {
    requests::Entity::update_many()
        .col_expr(requests::Column::UpdatedAt, Expr::value(now))
        .filter(requests::Column::Id.eq(id))
        .exec(connection)
        .await?;
    find(connection, id).await?.ok_or_else(not_found)
}

/// Holds all live requests of a unit until the transaction ends, always in the same order, so that two who decide never wait
/// for each other in a circle. (On SQLite the writing transaction itself holds everything.)
pub(super) async fn hold_unit<C: ConnectionTrait>(connection: &C, unit_id: &str) -> Result<(), DbErr> {
    let live = [CreditState::Submitted, CreditState::Approved].map(CreditState::as_str);
    let held = requests::Entity::find()
        .select_only()
        .column(requests::Column::Id)
        .filter(requests::Column::UnitId.eq(unit_id))
        .filter(requests::Column::State.is_in(live))
        .order_by_asc(requests::Column::Id)
        .lock_exclusive();
    held.into_tuple::<String>().all(connection).await?;
    Ok(())
}

/// A change of state; add what goes with it.
pub(super) fn change(id: &str, from: CreditState, to: CreditState, now: i64) -> UpdateMany<requests::Entity> {
    requests::Entity::update_many()
        .col_expr(requests::Column::State, Expr::value(to.as_str()))
        .col_expr(requests::Column::UpdatedAt, Expr::value(now))
        .filter(requests::Column::Id.eq(id))
        .filter(requests::Column::State.eq(from.as_str()))
}

/// Writes a step. `actor`: `payer`, `institute` or `system`: payers see offices, not names.
pub(super) async fn note<C: ConnectionTrait>(
    connection: &C,
    id: &str,
    step: Step,
    actor: &str,
    detail: Option<String>,
    now: i64,
) -> Result<(), DbErr> {
    let row = events::ActiveModel {
        id: Set(new_id_text("cre")),
        credit_id: Set(id.to_owned()),
        kind: Set(step.as_str().to_owned()),
        actor: Set(actor.to_owned()),
        detail: Set(detail),
        at: Set(now),
    };
    events::Entity::insert(row).exec_without_returning(connection).await?;
    Ok(())
}

/// The way of a request, oldest first.
pub(super) async fn steps<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Vec<events::Model>, DbErr> {
    events::Entity::find()
        .filter(events::Column::CreditId.eq(id))
        .order_by_asc(events::Column::Id)
        .limit(STEPS_MAX)
        .all(connection)
        .await
}

/// The fees of a request as they were when it was made.
pub(super) async fn lines_of<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Vec<lines::Model>, DbErr> {
    lines::Entity::find()
        .filter(lines::Column::CreditId.eq(id))
        .order_by_asc(lines::Column::Position)
        .all(connection)
        .await
}
