//! `/api/v1/invoice-titles`.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use foundation::problem::{ErrorAnswer, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::check::{check, wrong_title};
use super::model::{InvoiceTitle, NewInvoiceTitle, TitleId, TitleKind};
use super::store;
use crate::accounts::Scope;
use crate::app::{App, SharedApp};
use crate::web::{Json, Path};

/// Routes of saved titles.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(check_title)).routes(routes!(update, remove))
}

/// All saved titles; the default first.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvoiceTitles {
    /// The titles.
    pub items: Vec<InvoiceTitle>,
}

/// A title while it is being typed.
#[derive(Debug, Deserialize, ToSchema)]
pub struct TitleToCheck {
    /// Unit or person.
    pub kind: TitleKind,
    /// 抬头名称.
    pub name: String,
    /// 纳税人识别号.
    pub tax_no: Option<String>,
}

/// What is wrong with a title.
#[derive(Debug, Serialize, ToSchema)]
pub struct TitleCheck {
    /// Whether it can be used.
    pub ok: bool,
    /// Wrong fields and why.
    pub fields: BTreeMap<String, String>,
}

/// Saved titles of the unit, the one used last first (S0-26).
#[utoipa::path(get, path = "/api/v1/invoice-titles", tag = "invoice-titles",
    responses((status = 200, body = InvoiceTitles), (status = 401, body = ErrorAnswer)))]
async fn list(State(app): State<SharedApp>, scope: Scope) -> Result<Json<InvoiceTitles>, Problem> {
    Ok(Json(InvoiceTitles { items: store::list(app.database.reader(), &scope).await? }))
}

/// Saves a title.
#[utoipa::path(post, path = "/api/v1/invoice-titles", tag = "invoice-titles", request_body = NewInvoiceTitle,
    responses((status = 201, body = InvoiceTitle), (status = 401, body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn create(
    State(app): State<SharedApp>,
    scope: Scope,
    Json(new): Json<NewInvoiceTitle>,
) -> Result<(StatusCode, Json<InvoiceTitle>), Problem> {
    scope.demand_payer()?;
    let facts = check(&new).map_err(wrong_title)?;
    let transaction = app.database.begin_write().await?;
    let id = store::insert(&*transaction, &scope, &facts, 0, app.now_ms()).await?;
    transaction.commit().await?;
    Ok((StatusCode::CREATED, Json(one(&app, &scope, &id).await?)))
}

/// Changes a saved title. Orders made with it keep what they had.
#[utoipa::path(put, path = "/api/v1/invoice-titles/{id}", tag = "invoice-titles", request_body = NewInvoiceTitle,
    params(("id" = TitleId, Path, description = "ttl_…")),
    responses((status = 200, body = InvoiceTitle), (status = 401, body = ErrorAnswer), (status = 404, body = ErrorAnswer),
        (status = 422, body = ErrorAnswer)))]
async fn update(
    State(app): State<SharedApp>,
    scope: Scope,
    Path(id): Path<TitleId>,
    Json(new): Json<NewInvoiceTitle>,
) -> Result<Json<InvoiceTitle>, Problem> {
    scope.demand_payer()?;
    let facts = check(&new).map_err(wrong_title)?;
    let transaction = app.database.begin_write().await?;
    let changed = store::write(&*transaction, &scope, id.as_str(), &facts, None, app.now_ms()).await?;
    transaction.commit().await?;
    if changed == 0 {
        return Err(store::title_not_found());
    }
    Ok(Json(one(&app, &scope, &id).await?))
}

/// Deletes a saved title.
#[utoipa::path(delete, path = "/api/v1/invoice-titles/{id}", tag = "invoice-titles",
    params(("id" = TitleId, Path, description = "ttl_…")),
    responses((status = 204), (status = 401, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn remove(State(app): State<SharedApp>, scope: Scope, Path(id): Path<TitleId>) -> Result<StatusCode, Problem> {
    scope.demand_payer()?;
    let transaction = app.database.begin_write().await?;
    let deleted = store::delete(&*transaction, &scope, &id).await?;
    transaction.commit().await?;
    if deleted == 0 { Err(store::title_not_found()) } else { Ok(StatusCode::NO_CONTENT) }
}

/// Checks a title while it is being typed; nothing is saved.
#[utoipa::path(post, path = "/api/v1/invoice-titles/check", tag = "invoice-titles", request_body = TitleToCheck,
    responses((status = 200, body = TitleCheck), (status = 401, body = ErrorAnswer)))]
async fn check_title(_scope: Scope, Json(title): Json<TitleToCheck>) -> Json<TitleCheck> {
    let new = NewInvoiceTitle {
        kind: title.kind,
        name: title.name,
        tax_no: title.tax_no,
        address: None,
        phone: None,
        bank_name: None,
        bank_account: None,
        email: None,
    };
    let wrong = check(&new).err().unwrap_or_default();
    let fields: BTreeMap<String, String> = wrong.into_iter().map(|(field, why)| (field.to_owned(), why)).collect();
    Json(TitleCheck { ok: fields.is_empty(), fields })
}

async fn one(app: &App, scope: &Scope, id: &TitleId) -> Result<InvoiceTitle, Problem> {
    let titles = store::list(app.database.reader(), scope).await?;
    titles.into_iter().find(|title| title.id == *id).ok_or_else(store::title_not_found)
}
