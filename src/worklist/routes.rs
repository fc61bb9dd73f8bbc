//! The to-do list over HTTP.

use axum::extract::State;
use foundation::paging::{Cursor, Page, PageRequest};
use foundation::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::desk::Task;
use crate::app::SharedApp;
use crate::staff::{May, may};
use crate::web::{Json, Query};

/// Routes of this capability.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(desks)).routes(routes!(items))
}

/// All desks of the officer.
#[derive(Debug, Serialize, ToSchema)]
struct Worklist {
    desks: Vec<DeskAnswer>,
}

/// One desk.
#[derive(Debug, Serialize, ToSchema)]
struct DeskAnswer {
    /// For programs.
    code: String,
    /// For people.
    title: String,
    /// What waits.
    count: u64,
    /// What waits too long.
    overdue: u64,
    /// What the officer claimed.
    mine: u64,
}

/// What is listed.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ItemsQuery {
    /// Code of a desk; absent = the first page of every desk together.
    desk: Option<String>,
    /// Only what the officer claimed.
    mine: Option<bool>,
    /// Where the previous page ended; only with a desk.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// Rows wanted, 1–100.
    limit: Option<u32>,
}

/// What waits, by desk.
#[utoipa::path(get, path = "/staff/v1/worklist", tag = "staff", responses((status = 200, body = Worklist)))]
async fn desks(State(app): State<SharedApp>, officer: May<may::Work>) -> Result<Json<Worklist>, Problem> {
    let mut desks = Vec::new();
    for desk in app.desks.seen_by(&officer) {
        let counts = desk.counts(&app, &officer).await?;
        desks.push(DeskAnswer {
            code: desk.code().to_owned(),
            title: desk.title().to_owned(),
            count: counts.count,
            overdue: counts.overdue,
            mine: counts.mine,
        });
    }
    Ok(Json(Worklist { desks }))
}

/// What waits, one by one.
#[utoipa::path(get, path = "/staff/v1/worklist/items", tag = "staff", params(ItemsQuery), responses((status = 200, body = Page<Task>)))]
async fn items(
    State(app): State<SharedApp>,
    officer: May<may::Work>,
    Query(query): Query<ItemsQuery>,
) -> Result<Json<Page<Task>>, Problem> {
    let mine = query.mine.unwrap_or(false);
    let page = PageRequest { after: query.after, limit: query.limit };
    if let Some(code) = query.desk.as_deref().filter(|code| !code.is_empty()) {
        let desk = app.desks.seen_by(&officer).find(|desk| desk.code() == code);
        let desk = desk.ok_or_else(|| Problem::not_found("desk_not_found", "没有这个工作台，或您没有权限"))?;
        return Ok(Json(desk.tasks(&app, &officer, mine, &page).await?));
    }
    let first = PageRequest { after: None, limit: page.limit };
    let mut items = Vec::new();
    for desk in app.desks.seen_by(&officer) {
        items.extend(desk.tasks(&app, &officer, mine, &first).await?.items);
    }
    // What is due first stands on top; what is not due at all comes by its age.
    items.sort_by_key(|task| (task.due_at.unwrap_or(i64::MAX), task.created_at));
    items.truncate(first.limit() as usize);
    Ok(Json(Page { items, next: None }))
}
