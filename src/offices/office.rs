//! `/staff/v1/offices`: the list, kept in the console (D11).

use axum::extract::State;
use axum::http::StatusCode;
use foundation::problem::{ErrorAnswer, Problem};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::OfficeFacts;
use super::routes::Offices;
use super::store;
use crate::app::{App, SharedApp};
use crate::audit::{self, Action};
use crate::staff::{May, may};
use crate::web::{Json, Path};

/// Routes of the console.
pub fn staff_router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(change, remove)).routes(routes!(arrange))
}

async fn shown(app: &App) -> Result<Json<Offices>, Problem> {
    Ok(Json(Offices { items: store::all(app.database.reader()).await? }))
}

/// The list as people see it.
#[utoipa::path(get, path = "/staff/v1/offices", tag = "staff", responses((status = 200, body = Offices)))]
async fn list(State(app): State<SharedApp>, _officer: May<may::ContentEdit>) -> Result<Json<Offices>, Problem> {
    shown(&app).await
}

/// Adds a place at the end of the list.
#[utoipa::path(post, path = "/staff/v1/offices", tag = "staff", request_body = OfficeFacts, responses((status = 201, body = Offices), (status = 422, description = "office_wrong", body = ErrorAnswer)))]
async fn add(
    State(app): State<SharedApp>,
    officer: May<may::ContentEdit>,
    Json(facts): Json<OfficeFacts>,
) -> Result<(StatusCode, Json<Offices>), Problem> {
    let facts = facts.tidy()?;
    let transaction = app.database.begin_write().await?;
    let id = store::add(&app, &transaction, &facts).await?;
    let detail = json!({ "added": facts.name });
    audit::record(&*transaction, &app, officer.entry(Action::OfficesChanged, id.as_str(), detail)).await?;
    transaction.commit().await?;
    Ok((StatusCode::CREATED, shown(&app).await?))
}

/// A place as it should be, and as it was when it was shown.
#[derive(Debug, Deserialize, ToSchema)]
struct OfficeChange {
    /// What is told of it.
    #[serde(flatten)]
    facts: OfficeFacts,
    /// `updated_at` of what was shown.
    seen_at: i64,
}

/// Changes a place.
#[utoipa::path(put, path = "/staff/v1/offices/{id}", tag = "staff", params(("id" = String, Path, description = "place")), request_body = OfficeChange, responses((status = 200, body = Offices), (status = 409, description = "offices_changed", body = ErrorAnswer), (status = 422, description = "office_wrong", body = ErrorAnswer)))]
async fn change(
    State(app): State<SharedApp>,
    officer: May<may::ContentEdit>,
    Path(id): Path<String>,
    Json(change): Json<OfficeChange>,
) -> Result<Json<Offices>, Problem> {
    let facts = change.facts.tidy()?;
    let transaction = app.database.begin_write().await?;
    store::change(&app, &transaction, &id, change.seen_at, &facts).await?;
    let detail = json!({ "changed": facts.name, "phone": facts.phone, "address": facts.address });
    audit::record(&*transaction, &app, officer.entry(Action::OfficesChanged, &id, detail)).await?;
    transaction.commit().await?;
    shown(&app).await
}

/// What was shown of a place that goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OfficeRemoval {
    /// `updated_at` of what was shown.
    seen_at: i64,
}

/// Takes a place off the list.
#[utoipa::path(delete, path = "/staff/v1/offices/{id}", tag = "staff", params(("id" = String, Path, description = "place")), request_body = OfficeRemoval, responses((status = 200, body = Offices), (status = 409, description = "offices_changed", body = ErrorAnswer)))]
async fn remove(
    State(app): State<SharedApp>,
    officer: May<may::ContentEdit>,
    Path(id): Path<String>,
    Json(removal): Json<OfficeRemoval>,
) -> Result<Json<Offices>, Problem> {
    let transaction = app.database.begin_write().await?;
    store::remove(&app, &transaction, &id, removal.seen_at).await?;
    audit::record(&*transaction, &app, officer.entry(Action::OfficesChanged, &id, json!({ "removed": true }))).await?;
    transaction.commit().await?;
    shown(&app).await
}

/// The order of the list.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OfficeOrder {
    /// Every place once.
    #[schema(max_items = 300)]
    ids: Vec<String>,
}

/// Puts the list into another order.
#[utoipa::path(put, path = "/staff/v1/office-order", tag = "staff", request_body = OfficeOrder, responses((status = 200, body = Offices), (status = 409, description = "offices_changed", body = ErrorAnswer)))]
async fn arrange(
    State(app): State<SharedApp>,
    officer: May<may::ContentEdit>,
    Json(order): Json<OfficeOrder>,
) -> Result<Json<Offices>, Problem> {
    let transaction = app.database.begin_write().await?;
    store::arrange(&app, &transaction, &order.ids).await?;
    audit::record(&*transaction, &app, officer.entry(Action::OfficesChanged, "order", json!({ "arranged": true })))
        .await?;
    transaction.commit().await?;
    shown(&app).await
}
