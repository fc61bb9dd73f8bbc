//! Rows of reviews: every change is conditional on the state it starts from.

use std::collections::HashMap;

use foundation::ids::new_id_text;
use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use foundation::text::{like_pattern, search_form};
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use serde_json::Value;

use super::entity::{review_events, reviews};
use super::model::{Review, ReviewId, ReviewState, Verdict};
use crate::staff::Officer;

/// What is looked for.
#[derive(Debug, Clone, Default)]
pub struct ReviewSearch {
    /// Code of a kind.
    pub kind: Option<String>,
    /// Where it stands.
    pub state: Option<ReviewState>,
    /// Only those that wait for a decision.
    pub live_only: bool,
    /// Claimed by this officer.
    pub claimed_by: Option<String>,
    /// Part of title, name or number.
    pub q: Option<String>,
}

fn select(kinds: &[&'static str], search: &ReviewSearch) -> Select<reviews::Entity> {
    let mut select = reviews::Entity::find().filter(reviews::Column::Kind.is_in(kinds.iter().copied()));
    if let Some(kind) = search.kind.as_deref().filter(|kind| !kind.is_empty()) {
        select = select.filter(reviews::Column::Kind.eq(kind));
    }
    if let Some(state) = search.state {
        select = select.filter(reviews::Column::State.eq(state.as_str()));
    }
    if search.live_only {
        select = select.filter(live());
    }
    if let Some(claimed_by) = &search.claimed_by {
        select = select.filter(reviews::Column::ClaimedBy.eq(claimed_by));
    }
    let form = search_form(search.q.as_deref().unwrap_or(""));
    if !form.is_empty() {
        let pattern = LikeExpr::new(like_pattern(&form)).escape('\\');
        select = select.filter(Expr::col(reviews::Column::SearchText).like(pattern));
    }
    select
}

/// As text, so that a prepared statement uses the partial index.
pub(super) fn live() -> sea_orm::sea_query::SimpleExpr {
    Expr::col(reviews::Column::State).is_in([Expr::cust("'open'"), Expr::cust("'claimed'")])
}

/// One page of these kinds: what waits for a decision in the order in which it came, everything else newest first.
pub(super) async fn page<C: ConnectionTrait>(
    connection: &C,
    kinds: &[&'static str],
    search: &ReviewSearch,
    wanted: &PageRequest,
) -> Result<Page<Review>, Problem> {
    let waits = search.live_only || search.state.is_some_and(|state| state == ReviewState::Open);
    let mut select = select(kinds, search).limit(wanted.limit() + 1);
    select = if waits { select.order_by_asc(reviews::Column::Id) } else { select.order_by_desc(reviews::Column::Id) };
    if let Some(after) = wanted.after_key() {
        let id = reviews::Column::Id;
        select = select.filter(if waits { id.gt(after) } else { id.lt(after) });
    }
    let rows = select.all(connection).await?.into_iter().map(Review::of_row).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(Page::from_rows(rows, wanted.limit(), |review| review.id.to_string()))
}

/// One page of those that wait for a decision, the oldest first: what is due earliest stands on top.
pub(super) async fn waiting_page<C: ConnectionTrait>(
    connection: &C,
    kind: &'static str,
    claimed_by: Option<&str>,
    wanted: &PageRequest,
) -> Result<Page<Review>, Problem> {
    let search = ReviewSearch { live_only: true, claimed_by: claimed_by.map(str::to_owned), ..ReviewSearch::default() };
    let mut select = select(&[kind], &search).order_by_asc(reviews::Column::Id).limit(wanted.limit() + 1);
    if let Some(after) = wanted.after_key() {
        select = select.filter(reviews::Column::Id.gt(after));
    }
    let rows = select.all(connection).await?.into_iter().map(Review::of_row).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(Page::from_rows(rows, wanted.limit(), |review| review.id.to_string()))
}

/// A review by id.
pub async fn find<C: ConnectionTrait>(connection: &C, id: &ReviewId) -> Result<Option<Review>, Problem> {
    let row = reviews::Entity::find_by_id(id.as_str()).one(connection).await?;
    Ok(row.map(Review::of_row).transpose()?)
}

/// The review that a subject is under now.
pub async fn live_of<C: ConnectionTrait>(
    connection: &C,
    kind: &str,
    subject_id: &str,
) -> Result<Option<Review>, Problem> {
    let row = reviews::Entity::find()
        .filter(reviews::Column::Kind.eq(kind))
        .filter(reviews::Column::SubjectId.eq(subject_id))
        .filter(live())
        .one(connection)
        .await?;
    Ok(row.map(Review::of_row).transpose()?)
}

/// Newest reviews of subjects of one kind: review by subject.
pub async fn ids_of<C: ConnectionTrait>(
    connection: &C,
    kind: &str,
    subjects: impl IntoIterator<Item = &str>,
) -> Result<HashMap<String, String>, Problem> {
    let subjects: Vec<&str> = subjects.into_iter().collect();
    if subjects.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(String, String)> = reviews::Entity::find()
        .select_only()
        .column(reviews::Column::SubjectId)
        .column(reviews::Column::Id)
        .filter(reviews::Column::Kind.eq(kind))
        .filter(reviews::Column::SubjectId.is_in(subjects))
        .order_by_asc(reviews::Column::Id)
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rows.into_iter().collect())
}

/// The newest review of a subject, decided or not.
pub async fn newest_of<C: ConnectionTrait>(
    connection: &C,
    kind: &str,
    subject_id: &str,
) -> Result<Option<Review>, Problem> {
    let row = reviews::Entity::find()
        .filter(reviews::Column::Kind.eq(kind))
        .filter(reviews::Column::SubjectId.eq(subject_id))
        .order_by_desc(reviews::Column::Id)
        .one(connection)
        .await?;
    Ok(row.map(Review::of_row).transpose()?)
}

/// Open → claimed; false if it was not open.
pub(super) async fn claim<C: ConnectionTrait>(
    connection: &C,
    id: &ReviewId,
    officer: &Officer,
    now_ms: i64,
) -> Result<bool, DbErr> {
    let claimed = reviews::Entity::update_many()
        .col_expr(reviews::Column::State, Expr::value(ReviewState::Claimed.as_str()))
        .col_expr(reviews::Column::ClaimedBy, Expr::value(officer.id.as_str()))
        .col_expr(reviews::Column::ClaimedByName, Expr::value(officer.display_name.as_str()))
        .col_expr(reviews::Column::ClaimedAt, Expr::value(now_ms))
        .col_expr(reviews::Column::UpdatedAt, Expr::value(now_ms))
        .filter(reviews::Column::Id.eq(id.as_str()))
        .filter(reviews::Column::State.eq(ReviewState::Open.as_str()))
        .exec(connection)
        .await?;
    Ok(claimed.rows_affected == 1)
}

/// Claimed by him → open; false if it was not his.
pub(super) async fn release<C: ConnectionTrait>(
    connection: &C,
    id: &ReviewId,
    officer: &Officer,
    now_ms: i64,
) -> Result<bool, DbErr> {
    let released = reviews::Entity::update_many()
        .col_expr(reviews::Column::State, Expr::value(ReviewState::Open.as_str()))
        .col_expr(reviews::Column::ClaimedBy, Expr::value(None::<String>))
        .col_expr(reviews::Column::ClaimedByName, Expr::value(None::<String>))
        .col_expr(reviews::Column::ClaimedAt, Expr::value(None::<i64>))
        .col_expr(reviews::Column::UpdatedAt, Expr::value(now_ms))
        .filter(reviews::Column::Id.eq(id.as_str()))
        .filter(reviews::Column::State.eq(ReviewState::Claimed.as_str()))
        .filter(reviews::Column::ClaimedBy.eq(officer.id.as_str()))
        .exec(connection)
        .await?;
    Ok(released.rows_affected == 1)
}

/// Open, or claimed by the decider, → decided; false if it was decided, withdrawn, or claimed by somebody else.
pub(super) async fn decide<C: ConnectionTrait>(
    connection: &C,
    id: &ReviewId,
    officer: &Officer,
    verdict: Verdict,
    (opinion, terms): (Option<&str>, Option<&Value>),
    now_ms: i64,
) -> Result<bool, DbErr> {
    let open = reviews::Column::State.eq(ReviewState::Open.as_str());
    let mine = reviews::Column::State
        .eq(ReviewState::Claimed.as_str())
        .and(reviews::Column::ClaimedBy.eq(officer.id.as_str()));
    let decided = reviews::Entity::update_many()
        .col_expr(reviews::Column::State, Expr::value(verdict.state().as_str()))
        .col_expr(reviews::Column::DecidedBy, Expr::value(officer.id.as_str()))
        .col_expr(reviews::Column::DecidedByName, Expr::value(officer.display_name.as_str()))
        .col_expr(reviews::Column::DecidedAt, Expr::value(now_ms))
        .col_expr(reviews::Column::Opinion, Expr::value(opinion))
        .col_expr(reviews::Column::Terms, Expr::value(terms.map(Value::to_string)))
        .col_expr(reviews::Column::UpdatedAt, Expr::value(now_ms))
        .filter(reviews::Column::Id.eq(id.as_str()))
        .filter(open.or(mine))
        // Four eyes, also where somebody changed the code above.
        .filter(reviews::Column::SubmittedBy.ne(officer.id.as_str()))
        .exec(connection)
        .await?;
    Ok(decided.rows_affected == 1)
}

/// Live → withdrawn; the ids of those that were.
pub(super) async fn withdraw<C: ConnectionTrait>(
    connection: &C,
    kind: &str,
    subject_id: &str,
    now_ms: i64,
) -> Result<Option<ReviewId>, Problem> {
    let Some(review) = live_of(connection, kind, subject_id).await? else { return Ok(None) };
    let withdrawn = reviews::Entity::update_many()
        .col_expr(reviews::Column::State, Expr::value(ReviewState::Withdrawn.as_str()))
        .col_expr(reviews::Column::UpdatedAt, Expr::value(now_ms))
        .filter(reviews::Column::Id.eq(review.id.as_str()))
        .filter(live())
        .exec(connection)
        .await?;
    Ok((withdrawn.rows_affected == 1).then_some(review.id))
}

/// Writes a step of the history.
pub(super) async fn note<C: ConnectionTrait>(
    connection: &C,
    id: &ReviewId,
    what: &str,
    (actor, actor_name): (&str, &str),
    opinion: Option<&str>,
    now_ms: i64,
) -> Result<(), DbErr> {
    let row = review_events::ActiveModel {
        id: Set(new_id_text("rve")),
        review_id: Set(id.to_string()),
        what: Set(what.to_owned()),
        actor: Set(actor.to_owned()),
        actor_name: Set(actor_name.to_owned()),
        opinion: Set(opinion.map(str::to_owned)),
        at: Set(now_ms),
    };
    review_events::Entity::insert(row).exec_without_returning(connection).await?;
    Ok(())
}

/// The history of a review, oldest first; at most 100 steps.
pub(super) async fn history<C: ConnectionTrait>(
    connection: &C,
    id: &ReviewId,
) -> Result<Vec<review_events::Model>, DbErr> {
    review_events::Entity::find()
        .filter(review_events::Column::ReviewId.eq(id.as_str()))
        .order_by_asc(review_events::Column::Id)
        .limit(100)
        .all(connection)
        .await
}
