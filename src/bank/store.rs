//! Queries and conditional updates of lines and claims.

use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use foundation::text::{like_pattern, search_form};
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::{bank_claims, bank_transactions};
use super::model::TransactionState;

/// A line as stored.
pub type TransactionRow = bank_transactions::Model;
/// Money of a line taken for an order, as stored.
pub type ClaimRow = bank_claims::Model;

use bank_transactions::{Column, Entity};

pub(super) const LIVE: &str = "live";
pub(super) const UNDONE: &str = "undone";

impl TransactionRow {
    /// Where its money is.
    pub fn state(&self) -> Result<TransactionState, Problem> {
        Ok(self.state.parse()?)
    }
}

/// What is looked for among the lines.
#[derive(Debug, Clone, Default)]
pub struct TransactionSearch {
    /// Where the money is; none = everywhere.
    pub states: Vec<TransactionState>,
    /// Part of payer, remark, serial number, account or amount.
    pub q: Option<String>,
    /// First day of booking, `YYYY-MM-DD`.
    pub from: Option<String>,
    /// Last day of booking.
    pub to: Option<String>,
}

/// One page of lines, newest first.
pub async fn transaction_page<C: ConnectionTrait>(
    connection: &C,
    search: &TransactionSearch,
    page: &PageRequest,
) -> Result<Page<TransactionRow>, Problem> {
    let mut select = Entity::find().order_by_desc(Column::Id).limit(page.limit() + 1);
    if !search.states.is_empty() {
        select = select.filter(Column::State.is_in(search.states.iter().map(|state| state.as_str())));
    }
    if let Some(from) = &search.from {
        select = select.filter(Column::BookedOn.gte(from));
    }
    if let Some(to) = &search.to {
        select = select.filter(Column::BookedOn.lte(to));
    }
    let form = search_form(search.q.as_deref().unwrap_or(""));
    if !form.is_empty() {
        let pattern = LikeExpr::new(like_pattern(&form)).escape('\\');
        select = select.filter(Expr::col(Column::SearchText).like(pattern));
    }
    if let Some(after) = page.after_key() {
        select = select.filter(Column::Id.lt(after));
    }
    Ok(Page::from_rows(select.all(connection).await?, page.limit(), |row| row.id.clone()))
}

/// A line by id.
pub async fn find<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Option<TransactionRow>, DbErr> {
    Entity::find_by_id(id).one(connection).await
}

/// Holds the line's row until the transaction ends.
pub(super) async fn lock<C: ConnectionTrait>(
    connection: &C,
    id: &str,
    now_ms: i64,
) -> Result<Option<TransactionRow>, DbErr> {
    Entity::update_many()
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::Id.eq(id))
        .exec(connection)
        .await?;
    find(connection, id).await
}

/// Lines booked on a day, oldest first.
pub(super) async fn of_day<C: ConnectionTrait>(connection: &C, day: &str) -> Result<Vec<TransactionRow>, DbErr> {
    Entity::find().filter(Column::BookedOn.eq(day)).order_by_asc(Column::Id).all(connection).await
}

/// Lines by their ids.
pub(super) async fn by_ids<C: ConnectionTrait>(connection: &C, ids: &[String]) -> Result<Vec<TransactionRow>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Entity::find().filter(Column::Id.is_in(ids)).all(connection).await
}

/// A line that was perhaps known is one of its own, and waits again if it was put aside; false if nobody took it for another.
pub(super) async fn tell_apart<C: ConnectionTrait>(connection: &C, id: &str, now_ms: i64) -> Result<bool, DbErr> {
    let update = Entity::update_many()
        .col_expr(Column::TwinOf, Expr::value(None::<String>))
        .col_expr(Column::State, Expr::value(TransactionState::Open.as_str()))
        .col_expr(Column::IgnoreReason, Expr::value(None::<String>))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::Id.eq(id))
        .filter(Column::TwinOf.is_not_null())
        // Nothing was taken of it, because nothing may be.
        .filter(Expr::col(Column::RestFen).eq(Expr::col(Column::AmountFen)));
    Ok(update.exec(connection).await?.rows_affected == 1)
}

/// Lines of a statement whose money is not all taken, and that are no perhaps known ones.
pub(super) async fn unclaimed_of<C: ConnectionTrait>(connection: &C, statement_id: &str) -> Result<Vec<String>, DbErr> {
    Entity::find()
        .filter(Column::StatementId.eq(statement_id))
        .filter(Column::State.eq(TransactionState::Open.as_str()))
        .filter(Column::TwinOf.is_null())
        .select_only()
        .column(Column::Id)
        .order_by_asc(Column::Id)
        .into_tuple::<String>()
        .all(connection)
        .await
}

/// Open lines over exactly this amount, or with this serial number; none that is perhaps known.
pub(super) async fn open_like<C: ConnectionTrait>(
    connection: &C,
    amount_fen: i64,
    serial_key: Option<&str>,
) -> Result<Vec<TransactionRow>, DbErr> {
    let open = [TransactionState::Open.as_str(), TransactionState::Part.as_str()];
    let mut fits = Column::RestFen.eq(amount_fen).or(Column::AmountFen.eq(amount_fen));
    if let Some(serial) = serial_key {
        fits = fits.or(Column::SerialKey.eq(serial));
    }
    Entity::find()
        .filter(Column::State.is_in(open))
        .filter(Column::TwinOf.is_null())
        .filter(fits)
        .order_by_desc(Column::Id)
        .limit(50)
        .all(connection)
        .await
}

/// Open lines whose remark holds a text; none that is perhaps known.
pub(super) async fn open_with_text<C: ConnectionTrait>(
    connection: &C,
    text: &str,
) -> Result<Vec<TransactionRow>, DbErr> {
    let open = [TransactionState::Open.as_str(), TransactionState::Part.as_str()];
    let pattern = LikeExpr::new(like_pattern(&search_form(text))).escape('\\');
    Entity::find()
        .filter(Column::State.is_in(open))
        .filter(Column::TwinOf.is_null())
        .filter(Expr::col(Column::SearchText).like(pattern))
        .order_by_desc(Column::Id)
        .limit(20)
        .all(connection)
        .await
}

/// Takes `amount_fen` out of the rest of a line that is held, or puts it back with a negative amount; false if not so much
/// is left.
pub(super) async fn take<C: ConnectionTrait>(
    connection: &C,
    line: &TransactionRow,
    amount_fen: i64,
    now_ms: i64,
) -> Result<bool, DbErr> {
    let rest = line.rest_fen - amount_fen;
    if rest < 0 || rest > line.amount_fen {
        return Ok(false);
    }
    let state = TransactionState::of_rest(line.amount_fen, rest);
    let update = Entity::update_many()
        .col_expr(Column::RestFen, Expr::value(rest))
        .col_expr(Column::State, Expr::value(state.as_str()))
        .col_expr(Column::IgnoreReason, Expr::value(None::<String>))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::Id.eq(&line.id))
        .filter(Column::RestFen.eq(line.rest_fen));
    Ok(update.exec(connection).await?.rows_affected == 1)
}

/// Puts what is left of a line aside: open or taken in part → ignored; false if nothing is left (or it is ignored already).
/// What was taken of it stays taken.
pub(super) async fn ignore<C: ConnectionTrait>(
    connection: &C,
    id: &str,
    reason: &str,
    now_ms: i64,
) -> Result<bool, DbErr> {
    let update = Entity::update_many()
        .col_expr(Column::State, Expr::value(TransactionState::Ignored.as_str()))
        .col_expr(Column::IgnoreReason, Expr::value(reason))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::Id.eq(id))
        .filter(Column::State.is_in([TransactionState::Open.as_str(), TransactionState::Part.as_str()]));
    Ok(update.exec(connection).await?.rows_affected == 1)
}

/// Claims of a line, newest first.
pub async fn claims_of<C: ConnectionTrait>(connection: &C, transaction_id: &str) -> Result<Vec<ClaimRow>, DbErr> {
    bank_claims::Entity::find()
        .filter(bank_claims::Column::TransactionId.eq(transaction_id))
        .order_by_desc(bank_claims::Column::Id)
        .all(connection)
        .await
}

/// Claims for an order, newest first.
pub async fn claims_for_order<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<Vec<ClaimRow>, DbErr> {
    bank_claims::Entity::find()
        .filter(bank_claims::Column::OrderId.eq(order_id))
        .order_by_desc(bank_claims::Column::Id)
        .all(connection)
        .await
}

pub(super) async fn claim_row<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Option<ClaimRow>, DbErr> {
    bank_claims::Entity::find_by_id(id).one(connection).await
}

/// The approval of a remittance counts on everything that is claimed for its order in that moment.
pub(super) async fn count_on_claims<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<(), DbErr> {
    bank_claims::Entity::update_many()
        .col_expr(bank_claims::Column::CountedOn, Expr::value(true))
        .filter(bank_claims::Column::OrderId.eq(order_id))
        .filter(bank_claims::Column::State.eq(LIVE))
        .exec(connection)
        .await?;
    Ok(())
}

/// Live → undone; false if it was undone already.
pub(super) async fn undo<C: ConnectionTrait>(
    connection: &C,
    id: &str,
    reason: &str,
    by: &str,
    now_ms: i64,
) -> Result<bool, DbErr> {
    let update = bank_claims::Entity::update_many()
        .col_expr(bank_claims::Column::State, Expr::value(UNDONE))
        .col_expr(bank_claims::Column::UndoReason, Expr::value(reason))
        .col_expr(bank_claims::Column::UndoneBy, Expr::value(by))
        .col_expr(bank_claims::Column::UndoneAt, Expr::value(now_ms))
        .filter(bank_claims::Column::Id.eq(id))
        .filter(bank_claims::Column::State.eq(LIVE));
    Ok(update.exec(connection).await?.rows_affected == 1)
}

/// Lines of a statement whose money is taken for orders, wholly or partly.
pub async fn claimed_of_statement<C: ConnectionTrait>(connection: &C, statement_id: &str) -> Result<u64, DbErr> {
    let taken = [TransactionState::Part.as_str(), TransactionState::Claimed.as_str()];
    Entity::find()
        .filter(Column::StatementId.eq(statement_id))
        .filter(Column::State.is_in(taken))
        .count(connection)
        .await
}
