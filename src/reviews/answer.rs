//! Reviews as the console shows them.

use foundation::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use super::model::{Review, ReviewState};
use super::store;
use crate::app::App;
use crate::staff::Officer;

/// A review.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Review)]
pub struct ReviewAnswer {
    /// Which.
    pub id: String,
    /// `remittance`, `refund`, `credit` …
    pub kind: String,
    /// The same for people.
    pub kind_text: String,
    /// Where it stands.
    pub state: ReviewState,
    /// The same for people.
    pub state_text: String,
    /// Id of what is decided on.
    pub subject_id: String,
    /// What is decided on, for people.
    pub title: String,
    /// Fen, where money is decided on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_fen: Option<i64>,
    /// Who wants it, by name.
    pub submitted_by: String,
    /// Epoch milliseconds.
    pub submitted_at: i64,
    /// Until when, epoch milliseconds.
    pub due_at: i64,
    /// Whether that is over.
    pub overdue: bool,
    /// Who is at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed_by: Option<Person>,
    /// Who decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<Person>,
    /// Epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<i64>,
    /// What the decider said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opinion: Option<String>,
    /// What the approval granted, by kind; `credit`: `{due_on, limit_fen?}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terms: Option<serde_json::Value>,
    /// What the officer may do with it.
    pub may: MayReview,
    /// What happened, oldest first; only in the answer for one review.
    pub history: Vec<HistoryStep>,
    /// What is decided on, by kind; only in the answer for one review.
    pub subject: serde_json::Value,
}

/// Somebody at the institute.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Person {
    /// Which.
    pub id: String,
    /// His name.
    pub name: String,
}

impl From<(String, String)> for Person {
    fn from((id, name): (String, String)) -> Self {
        Self { id, name }
    }
}

/// What the officer may do with a review.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MayReview {
    /// 领取.
    pub claim: bool,
    /// 通过 or 驳回.
    pub decide: bool,
    /// Why not, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason_not: Option<String>,
}

/// One step of the history.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HistoryStep {
    /// Epoch milliseconds.
    pub at: i64,
    /// By name.
    pub by: String,
    /// For people: 提交, 领取, 放回, 通过, 驳回, 撤回.
    pub what: String,
    /// What he said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opinion: Option<String>,
}

/// A line of a list.
pub fn summary(app: &App, officer: &Officer, review: Review) -> Result<ReviewAnswer, Problem> {
    let kind = app.review_kinds.of(&review.kind)?;
    Ok(ReviewAnswer {
        may: may(&review, officer),
        overdue: review.is_overdue(app.now_ms()),
        kind_text: kind.text().to_owned(),
        state_text: review.state.text().to_owned(),
        id: review.id.to_string(),
        kind: review.kind,
        state: review.state,
        subject_id: review.subject_id,
        title: review.title,
        amount_fen: review.amount_fen,
        submitted_by: review.submitted_by_name,
        submitted_at: review.submitted_at,
        due_at: review.due_at,
        claimed_by: review.claimed_by.map(Person::from),
        decided_by: review.decided_by.map(Person::from),
        decided_at: review.decided_at,
        opinion: review.opinion,
        terms: review.terms,
        history: Vec::new(),
        subject: serde_json::Value::Null,
    })
}

/// The whole of a review.
pub async fn full(app: &App, officer: &Officer, review: Review) -> Result<ReviewAnswer, Problem> {
    let kind = app.review_kinds.of(&review.kind)?.clone();
    let subject = kind.subject(app, &review).await?;
    let steps = store::history(app.database.reader(), &review.id).await?;
    let mut answer = summary(app, officer, review)?;
    answer.subject = subject;
    answer.history = steps
        .into_iter()
        .map(|step| HistoryStep {
            at: step.at,
            by: step.actor_name,
            what: what_text(&step.what).to_owned(),
            opinion: step.opinion,
        })
        .collect();
    Ok(answer)
}

fn what_text(stored: &str) -> &'static str {
    match stored {
        "submitted" => "提交",
        "claimed" => "领取",
        "released" => "放回",
        "approved" => "通过",
        "rejected" => "驳回",
        "withdrawn" => "撤回",
        _ => "更新",
    }
}

fn may(review: &Review, officer: &Officer) -> MayReview {
    let no = |reason: String| MayReview { claim: false, decide: false, reason_not: Some(reason) };
    if review.submitted_by == officer.id.as_str() {
        return no("不能审核自己提交的事项".to_owned());
    }
    match (review.state, &review.claimed_by) {
        (ReviewState::Open, _) => MayReview { claim: true, decide: true, reason_not: None },
        (ReviewState::Claimed, Some((claimer, _))) if claimer == officer.id.as_str() => {
            MayReview { claim: false, decide: true, reason_not: None }
        }
        (ReviewState::Claimed, Some((_, name))) => no(format!("{name}正在审核")),
        (state, _) => no(state.text().to_owned()),
    }
}
