//! Opening, claiming, deciding.

use foundation::problem::Problem;
use foundation::text::search_form;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ConnectionTrait, DatabaseTransaction, EntityTrait};
use serde_json::{Value, json};

use super::due::due_at;
use super::entity::reviews;
use super::model::{Review, ReviewId, ReviewState, Verdict};
use super::store;
use crate::app::App;
use crate::audit::{self, Action};
use crate::staff::Officer;

/// Longer opinions nobody reads.
const OPINION_CHARACTERS_MAX: usize = 500;

/// Who wants a decision.
#[derive(Debug, Clone)]
pub struct Submitter {
    /// Id of a payer's account or of a member of staff.
    pub id: String,
    /// His name.
    pub name: String,
}

impl Submitter {
    /// Somebody of the institute.
    pub fn officer(officer: &Officer) -> Self {
        Self { id: officer.id.to_string(), name: officer.display_name.clone() }
    }
}

/// What is to be decided.
#[derive(Debug, Clone)]
pub struct NewReview<'a> {
    /// Code of a registered kind.
    pub kind: &'static str,
    /// Id of what is decided on.
    pub subject_id: &'a str,
    /// What is decided on, for people: one line.
    pub title: String,
    /// Fen, where money is decided on.
    pub amount_fen: Option<i64>,
    /// Numbers and names by which it is found besides its title.
    pub search: String,
    /// Who wants it.
    pub submitter: Submitter,
    /// Until when.
    pub working_days: u32,
}

/// Opens a review; pass the transaction of the submission. 409 if the subject is under one already: that is seen by reading,
/// because who waited for it with the order in his hand would wait for the one who decides in a circle.
pub async fn open<C: ConnectionTrait>(connection: &C, app: &App, new: NewReview<'_>) -> Result<ReviewId, Problem> {
    app.review_kinds.of(new.kind)?;
    if store::live_of(connection, new.kind, new.subject_id).await?.is_some() {
        return Err(already_open());
    }
    let id = ReviewId::new();
    let now = app.now_ms();
    let row = reviews::ActiveModel {
        id: Set(id.to_string()),
        kind: Set(new.kind.to_owned()),
        subject_id: Set(new.subject_id.to_owned()),
        search_text: Set([&new.title, &new.search, &new.submitter.name].map(|text| search_form(text)).join("\n")),
        title: Set(new.title),
        amount_fen: Set(new.amount_fen),
        state: Set(ReviewState::Open.as_str().to_owned()),
        submitted_by: Set(new.submitter.id.clone()),
        submitted_by_name: Set(new.submitter.name.clone()),
        claimed_by: Set(None),
        claimed_by_name: Set(None),
        claimed_at: Set(None),
        decided_by: Set(None),
        decided_by_name: Set(None),
        decided_at: Set(None),
        opinion: Set(None),
        terms: Set(None),
        due_at: Set(due_at(app, new.working_days)),
        created_at: Set(now),
        updated_at: Set(now),
    };
    let inserted = reviews::Entity::insert(row)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(connection)
        .await?;
    if inserted == 0 {
        return Err(already_open());
    }
    store::note(connection, &id, "submitted", (&new.submitter.id, &new.submitter.name), None, now).await?;
    Ok(id)
}

fn already_open() -> Problem {
    Problem::conflict("review_open", "已经提交审核，没有重复提交").advice("请等待审核结果")
}

/// Takes back the live review of a subject that went away; false if there is none (any more).
pub async fn withdraw<C: ConnectionTrait>(
    connection: &C,
    app: &App,
    kind: &'static str,
    subject_id: &str,
    by: &Submitter,
) -> Result<bool, Problem> {
    let now = app.now_ms();
    let Some(id) = store::withdraw(connection, kind, subject_id, now).await? else { return Ok(false) };
    store::note(connection, &id, "withdrawn", (&by.id, &by.name), None, now).await?;
    Ok(true)
}

/// Takes a review for oneself.
pub(super) async fn claim(app: &App, officer: &Officer, id: &ReviewId) -> Result<Review, Problem> {
    let transaction = app.database.begin_write().await?;
    let review = seen(app, &*transaction, officer, id).await?;
    refuse_own(&review, officer)?;
    let mine = review.claimed_by.as_ref().is_some_and(|(claimer, _)| claimer == officer.id.as_str());
    if review.state == ReviewState::Claimed && mine {
        return Ok(review);
    }
    if !store::claim(&*transaction, id, officer, app.now_ms()).await? {
        return Err(taken(&review));
    }
    step(&transaction, app, officer, &review, "claimed", Action::ReviewClaimed, None).await?;
    let review = reread(&*transaction, id).await?;
    transaction.commit().await?;
    Ok(review)
}

/// Gives a review back.
pub(super) async fn release(app: &App, officer: &Officer, id: &ReviewId) -> Result<Review, Problem> {
    let transaction = app.database.begin_write().await?;
    let review = seen(app, &*transaction, officer, id).await?;
    if !store::release(&*transaction, id, officer, app.now_ms()).await? {
        return Err(
            Problem::conflict("review_not_yours", "这项审核不在您手上，没有改变").advice("请刷新页面查看最新状态")
        );
    }
    step(&transaction, app, officer, &review, "released", Action::ReviewReleased, None).await?;
    let review = reread(&*transaction, id).await?;
    transaction.commit().await?;
    Ok(review)
}

/// Decides; the effect of the verdict happens in the same transaction.
pub(super) async fn decide(
    app: &App,
    officer: &Officer,
    id: &ReviewId,
    verdict: Verdict,
    opinion: &str,
    terms: Option<Value>,
) -> Result<Review, Problem> {
    let opinion = checked_opinion(verdict, opinion)?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let review = seen(app, &*transaction, officer, id).await?;
    let kind = app.review_kinds.of(&review.kind)?;
    if kind.needs_step_up() && verdict == Verdict::Approved {
        officer.demand_step_up(now)?;
    }
    refuse_own(&review, officer)?;
    let terms = kind.check_terms(app, &review, verdict, terms).await?;
    if !store::decide(&*transaction, id, officer, verdict, (opinion.as_deref(), terms.as_ref()), now).await? {
        return Err(taken(&review));
    }
    let decided = reread(&*transaction, id).await?;
    kind.apply(app, &transaction, &decided, verdict, officer).await?;
    let (what, action) = match verdict {
        Verdict::Approved => ("approved", Action::ReviewApproved),
        Verdict::Rejected => ("rejected", Action::ReviewRejected),
    };
    step(&transaction, app, officer, &decided, what, action, opinion.as_deref()).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    metrics::counter!("tejian_reviews_total", "kind" => review.kind, "verdict" => what).increment(1);
    Ok(decided)
}

fn checked_opinion(verdict: Verdict, opinion: &str) -> Result<Option<String>, Problem> {
    let opinion = opinion.trim();
    let wrong = |message: &str| {
        Err(Problem::unacceptable("opinion_missing", "审核意见不符合要求，没有提交")
            .field("opinion", message)
            .advice("请修改审核意见后再提交"))
    };
    if opinion.chars().count() > OPINION_CHARACTERS_MAX {
        return wrong("审核意见最多 500 字");
    }
    if verdict == Verdict::Rejected && opinion.is_empty() {
        return wrong("驳回必须说明原因，提交人会看到");
    }
    Ok((!opinion.is_empty()).then(|| opinion.to_owned()))
}

/// A review that the officer may see, or 404.
pub(super) async fn seen<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    officer: &Officer,
    id: &ReviewId,
) -> Result<Review, Problem> {
    let review = store::find(connection, id).await?.ok_or_else(not_found)?;
    officer.demand(app.review_kinds.of(&review.kind)?.permission())?;
    Ok(review)
}

fn refuse_own(review: &Review, officer: &Officer) -> Result<(), Problem> {
    if review.submitted_by != officer.id.as_str() {
        return Ok(());
    }
    Err(Problem::new(axum::http::StatusCode::FORBIDDEN, "four_eyes", "不能审核自己提交的事项，没有提交")
        .advice("请由另一位同事审核"))
}

fn taken(review: &Review) -> Problem {
    match (&review.state, &review.claimed_by) {
        (ReviewState::Claimed, Some((_, name))) => {
            Problem::conflict("review_claimed", format!("{name}正在审核这一项，没有改变"))
                .advice("如需接手，请对方先放回")
        }
        (state, _) => Problem::conflict("review_decided", format!("这一项{}，没有改变", state.text()))
            .advice("请刷新页面查看最新状态"),
    }
}

fn not_found() -> Problem {
    Problem::not_found("review_not_found", "没有找到这项审核")
}

async fn reread<C: ConnectionTrait>(connection: &C, id: &ReviewId) -> Result<Review, Problem> {
    store::find(connection, id).await?.ok_or_else(not_found)
}

async fn step(
    transaction: &DatabaseTransaction,
    app: &App,
    officer: &Officer,
    review: &Review,
    what: &str,
    action: Action,
    opinion: Option<&str>,
) -> Result<(), Problem> {
    let by = (officer.id.as_str(), officer.display_name.as_str());
    store::note(transaction, &review.id, what, by, opinion, app.now_ms()).await?;
    let detail = json!({
        "review": review.id,
        "kind": review.kind,
        "title": review.title,
        "amount_fen": review.amount_fen,
        "opinion": opinion,
        "terms": review.terms,
    });
    audit::record(transaction, app, officer.entry(action, &review.subject_id, detail)).await
}
