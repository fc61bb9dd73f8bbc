//! The review desk over HTTP.

use axum::extract::State;
use foundation::paging::{Cursor, Page, PageRequest};
use foundation::problem::{ErrorAnswer, Problem};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{self, ReviewAnswer};
use super::engine;
use super::model::{ReviewId, ReviewState, Verdict};
use super::store::{self, ReviewSearch};
use crate::app::{App, SharedApp};
use crate::staff::{May, Officer, may};
use crate::web::{Json, Path, Query};

/// Routes of this capability.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(claim))
        .routes(routes!(release))
        .routes(routes!(decide))
}

/// What is listed.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReviewQuery {
    /// `remittance`, `refund`, `credit` …; absent = all that the officer may see.
    kind: Option<String>,
    /// Where it stands.
    #[param(inline)]
    state: Option<ReviewState>,
    /// Part of title, name or number.
    q: Option<String>,
    /// Where the previous page ended.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// Rows wanted, 1–100.
    limit: Option<u32>,
}

/// A decision.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerdictRequest {
    /// Yes or no.
    verdict: Verdict,
    /// Mandatory for a no, at most 500 characters; the submitter sees it.
    #[serde(default)]
    #[schema(max_length = 500)]
    opinion: String,
    /// What an approval grants, by kind; `credit`: `{due_on, limit_fen?}`.
    #[serde(default)]
    terms: Option<serde_json::Value>,
}

/// Reviews of the kinds that the officer may see, newest first.
#[utoipa::path(get, path = "/staff/v1/reviews", tag = "staff", params(ReviewQuery), responses((status = 200, body = Page<ReviewAnswer>)))]
async fn list(
    State(app): State<SharedApp>,
    officer: May<may::Work>,
    Query(query): Query<ReviewQuery>,
) -> Result<Json<Page<ReviewAnswer>>, Problem> {
    let page = PageRequest { after: query.after.clone(), limit: query.limit };
    Ok(Json(review_page(&app, &officer, query, &page).await?))
}

/// One page of the kinds that an officer may see.
pub async fn review_page(
    app: &App,
    officer: &Officer,
    query: ReviewQuery,
    page: &PageRequest,
) -> Result<Page<ReviewAnswer>, Problem> {
    let search = ReviewSearch { kind: query.kind, state: query.state, q: query.q, ..ReviewSearch::default() };
    let kinds = app.review_kinds.seen_by(officer);
    let found = store::page(app.database.reader(), &kinds, &search, page).await?;
    let items =
        found.items.into_iter().map(|review| answer::summary(app, officer, review)).collect::<Result<_, _>>()?;
    Ok(Page { items, next: found.next })
}

/// One review with its subject and history.
#[utoipa::path(get, path = "/staff/v1/reviews/{id}", tag = "staff", params(("id" = ReviewId, Path, description = "review")), responses((status = 200, body = ReviewAnswer)))]
async fn show(
    State(app): State<SharedApp>,
    officer: May<may::Work>,
    Path(id): Path<ReviewId>,
) -> Result<Json<ReviewAnswer>, Problem> {
    let review = engine::seen(&app, app.database.reader(), &officer, &id).await?;
    Ok(Json(answer::full(&app, &officer, review).await?))
}

/// Takes a review for oneself.
#[utoipa::path(post, path = "/staff/v1/reviews/{id}/claim", tag = "staff", params(("id" = ReviewId, Path, description = "review")), responses((status = 200, body = ReviewAnswer), (status = 409, description = "review_claimed, review_decided", body = ErrorAnswer)))]
async fn claim(
    State(app): State<SharedApp>,
    officer: May<may::Work>,
    Path(id): Path<ReviewId>,
) -> Result<Json<ReviewAnswer>, Problem> {
    let review = engine::claim(&app, &officer, &id).await?;
    Ok(Json(answer::full(&app, &officer, review).await?))
}

/// Gives a review back.
#[utoipa::path(post, path = "/staff/v1/reviews/{id}/release", tag = "staff", params(("id" = ReviewId, Path, description = "review")), responses((status = 200, body = ReviewAnswer), (status = 409, description = "review_not_yours", body = ErrorAnswer)))]
async fn release(
    State(app): State<SharedApp>,
    officer: May<may::Work>,
    Path(id): Path<ReviewId>,
) -> Result<Json<ReviewAnswer>, Problem> {
    let review = engine::release(&app, &officer, &id).await?;
    Ok(Json(answer::full(&app, &officer, review).await?))
}

/// Decides. Some kinds need a step-up.
#[utoipa::path(post, path = "/staff/v1/reviews/{id}/verdict", tag = "staff", params(("id" = ReviewId, Path, description = "review")), request_body = VerdictRequest, responses(
    (status = 200, body = ReviewAnswer),
    (status = 403, description = "four_eyes, step_up_needed, not_permitted", body = ErrorAnswer),
    (status = 409, description = "review_claimed, review_decided", body = ErrorAnswer),
    (status = 422, description = "opinion_missing", body = ErrorAnswer),
))]
async fn decide(
    State(app): State<SharedApp>,
    officer: May<may::Work>,
    Path(id): Path<ReviewId>,
    Json(request): Json<VerdictRequest>,
) -> Result<Json<ReviewAnswer>, Problem> {
    let review = engine::decide(&app, &officer, &id, request.verdict, &request.opinion, request.terms).await?;
    Ok(Json(answer::full(&app, &officer, review).await?))
}
