//! Codes over HTTP.

use axum::extract::State;
use foundation::calendar::{beijing_date, print_date};
use foundation::ids::new_id_text;
use foundation::paging::{Page, PageRequest};
use foundation::problem::{ErrorAnswer, Problem};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::Duration;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wechat::mp::QrScene;

use super::entity::scene_codes as codes;
use super::{bindings, store};
use crate::accounts::Visitor;
use crate::app::{App, SharedApp};
use crate::audit::{self, Action};
use crate::sign_in::{Proof, demand_proof};
use crate::staff::{May, may};
use crate::web::{Json, Path, Query};

const NAME_CHARACTERS_MAX: usize = 40;
/// What the list sums up.
const DAYS_SHOWN: i64 = 30;

foundation::define_id!(
    /// One code that hangs somewhere.
    SceneCodeId, "scn"
);

/// Routes of the payers' side.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(bind_code))
}

/// Routes of the institute's side.
pub fn staff_router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(list, make)).routes(routes!(days)).routes(routes!(retire))
}

/// Where a code hangs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SceneKind {
    /// At a window.
    Counter,
    /// On an inspector's card.
    Inspector,
    /// On a printed report.
    Report,
    /// Elsewhere: a poster, a letter.
    Other,
}

impl SceneKind {
    fn as_str(self) -> &'static str {
        match self {
            SceneKind::Counter => "counter",
            SceneKind::Inspector => "inspector",
            SceneKind::Report => "report",
            SceneKind::Other => "other",
        }
    }

    fn of_stored(text: &str) -> Self {
        match text {
            "counter" => SceneKind::Counter,
            "inspector" => SceneKind::Inspector,
            "report" => SceneKind::Report,
            _ => SceneKind::Other,
        }
    }
}

/// A code that hangs somewhere, and what it brought.
#[derive(Debug, Serialize, ToSchema)]
pub struct SceneCode {
    /// Which.
    id: String,
    /// Where it hangs.
    kind: SceneKind,
    /// What it is called, and what who scans it reads.
    name: String,
    /// The page it leads to; empty for none.
    page: String,
    /// What the picture holds: draw it.
    url: String,
    /// Who made it.
    made_by: String,
    /// Epoch milliseconds.
    made_at: i64,
    /// Since when it leads nowhere, epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    retired_at: Option<i64>,
    /// Scans of the last 30 days.
    scans: i64,
    /// Of them, people who began to follow by it.
    follows: i64,
}

/// A code to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSceneCode {
    /// Where it hangs.
    kind: SceneKind,
    /// What it is called, and what who scans it reads.
    #[schema(max_length = 40)]
    name: String,
    /// The page it leads to, `/h5/#/pages/…`; empty for none.
    #[serde(default)]
    #[schema(max_length = 300)]
    page: String,
}

/// What a code brought on a day.
#[derive(Debug, Serialize, ToSchema)]
struct SceneDay {
    /// The day.
    on: String,
    /// Scans.
    scans: i64,
    /// Of them, people who began to follow by it.
    follows: i64,
}

/// Day by day.
#[derive(Debug, Serialize, ToSchema)]
struct SceneDays {
    /// The earliest first; days without a scan are left out.
    items: Vec<SceneDay>,
}

/// A code for one person.
#[derive(Debug, Serialize, ToSchema)]
struct BindCode {
    /// What the picture holds: draw it.
    url: String,
    /// Until when it is good, epoch milliseconds.
    expires_at: i64,
}

/// Codes, the newest first, with what they brought in 30 days.
#[utoipa::path(get, path = "/staff/v1/scene-codes", tag = "account", params(PageRequest), responses((status = 200, body = Page<SceneCode>)))]
async fn list(
    State(app): State<SharedApp>,
    _officer: May<may::ContentEdit>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<SceneCode>>, Problem> {
    let found = store::page(app.database.reader(), &page).await?;
    Ok(Json(Page { items: answers(&app, found.items).await?, next: found.next }))
}

fn first_day(app: &App) -> String {
    print_date(beijing_date(app.now_ms()) - Duration::days(DAYS_SHOWN - 1))
}

async fn answers(app: &App, rows: Vec<codes::Model>) -> Result<Vec<SceneCode>, Problem> {
    let scenes = rows.iter().map(|row| row.scene.clone()).collect();
    let sums = store::sums(app.database.reader(), scenes, &first_day(app)).await?;
    let answer = |row: codes::Model| {
        let (scans, follows) = sums.get(&row.scene).copied().unwrap_or_default();
        SceneCode {
            id: row.id,
            kind: SceneKind::of_stored(&row.kind),
            name: row.name,
            page: row.page,
            url: row.url,
            made_by: row.made_by,
            made_at: row.made_at,
            retired_at: row.retired_at,
            scans,
            follows,
        }
    };
    Ok(rows.into_iter().map(answer).collect())
}

/// Makes a code. It is good for ever; an account has 100,000 in all.
#[utoipa::path(post, path = "/staff/v1/scene-codes", tag = "account", request_body = NewSceneCode, responses((status = 200, body = SceneCode), (status = 422, description = "scene_code_wrong", body = ErrorAnswer), (status = 503, description = "wechat_unavailable", body = ErrorAnswer)))]
async fn make(
    State(app): State<SharedApp>,
    officer: May<may::ContentEdit>,
    Json(new): Json<NewSceneCode>,
) -> Result<Json<SceneCode>, Problem> {
    let (name, page) = (new.name.trim(), new.page.trim());
    if name.is_empty() || name.chars().count() > NAME_CHARACTERS_MAX {
        return Err(
            Problem::unacceptable("scene_code_wrong", "名称要有 1–40 个字，没有生成").field("name", "请填写名称")
        );
    }
    if !page.is_empty() && (!page.starts_with("/h5/#/pages/") || page.len() > 300) {
        let problem = Problem::unacceptable("scene_code_wrong", "只能打开本系统的页面，没有生成");
        return Err(problem.field("page", "应以 /h5/#/pages/ 开头"));
    }
    let id = new_id_text("scn");
    let made = app.wechat.demand_mp()?.qrcode_create(&QrScene::Permanent { scene: id.clone() }).await;
    let made = made.map_err(unavailable)?;
    let row = codes::ActiveModel {
        scene: Set(id.clone()),
        id: Set(id.clone()),
        kind: Set(new.kind.as_str().to_owned()),
        name: Set(name.to_owned()),
        page: Set(page.to_owned()),
        url: Set(made.url),
        made_by: Set(officer.display_name.clone()),
        made_at: Set(app.now_ms()),
        retired_at: Set(None),
    };
    let transaction = app.database.begin_write().await?;
    codes::Entity::insert(row).exec_without_returning(&*transaction).await?;
    let entry = officer.entry(Action::SceneCodeMade, id.as_str(), json!({ "name": name, "page": page }));
    audit::record(&*transaction, &app, entry).await?;
    transaction.commit().await?;
    one(&app, &id).await
}

async fn one(app: &App, id: &str) -> Result<Json<SceneCode>, Problem> {
    let row = codes::Entity::find_by_id(id).one(app.database.reader()).await?;
    let rows = row.into_iter().collect();
    answers(app, rows).await?.pop().map(Json).ok_or_else(not_found)
}

fn not_found() -> Problem {
    Problem::not_found("scene_code_not_found", "没有找到这个二维码")
}

fn unavailable(error: wechat::api::ApiError) -> Problem {
    Problem::new(axum::http::StatusCode::SERVICE_UNAVAILABLE, "wechat_unavailable", "微信暂时没有应答，二维码没有生成")
        .advice("请稍后再试")
        .cause(error)
}

/// What a code brought in 30 days, day by day.
#[utoipa::path(get, path = "/staff/v1/scene-codes/{id}/days", tag = "account", params(("id" = String, Path, description = "code")), responses((status = 200, body = SceneDays), (status = 404, body = ErrorAnswer)))]
async fn days(
    State(app): State<SharedApp>,
    _officer: May<may::ContentEdit>,
    Path(id): Path<SceneCodeId>,
) -> Result<Json<SceneDays>, Problem> {
    let row = codes::Entity::find_by_id(id.as_str()).one(app.database.reader()).await?.ok_or_else(not_found)?;
    let rows = store::days_of(app.database.reader(), &row.scene, &first_day(&app)).await?;
    let items = rows.into_iter().map(|row| SceneDay { on: row.on_day, scans: row.scans, follows: row.follows });
    Ok(Json(SceneDays { items: items.collect() }))
}

/// From now on a code leads nowhere; its counts stay.
#[utoipa::path(post, path = "/staff/v1/scene-codes/{id}/retire", tag = "account", params(("id" = String, Path, description = "code")), responses((status = 200, body = SceneCode), (status = 404, body = ErrorAnswer)))]
async fn retire(
    State(app): State<SharedApp>,
    officer: May<may::ContentEdit>,
    Path(id): Path<SceneCodeId>,
) -> Result<Json<SceneCode>, Problem> {
    let transaction = app.database.begin_write().await?;
    let retired = codes::Entity::update_many()
        .col_expr(codes::Column::RetiredAt, Expr::value(app.now_ms()))
        .filter(codes::Column::Id.eq(id.as_str()))
        .filter(codes::Column::RetiredAt.is_null())
        .exec(&*transaction)
        .await?;
    if retired.rows_affected > 0 {
        audit::record(&*transaction, &app, officer.entry(Action::SceneCodeRetired, id.as_str(), json!({}))).await?;
    }
    transaction.commit().await?;
    one(&app, id.as_str()).await
}

/// A code that joins the WeChat which scans it to the account of the session, once, within ten minutes: for who signed in
/// in a browser or in the mini-program and wants messages in the service account. That WeChat then signs in by itself, so it
/// is confirmed by SMS code (or password).
#[utoipa::path(post, path = "/api/v1/wechat/bind-codes", tag = "wechat", request_body = Proof, responses((status = 200, body = BindCode), (status = 401, description = "bad_code", body = ErrorAnswer), (status = 403, description = "proof_needed", body = ErrorAnswer), (status = 429, description = "bind_codes_too_often", body = ErrorAnswer), (status = 503, description = "wechat_unavailable, channel_unavailable", body = ErrorAnswer)))]
async fn bind_code(
    State(app): State<SharedApp>,
    visitor: Visitor,
    Json(proof): Json<Proof>,
) -> Result<Json<BindCode>, Problem> {
    let session = visitor.demand_session()?;
    let account = &session.account.id;
    let mp = app.wechat.demand_mp()?;
    let now = app.now_ms();
    bindings::demand_few(&app, account).await?;
    demand_proof(&app, &session, &proof).await?;
    let transaction = app.database.begin_write().await?;
    let scene = bindings::issue(&*transaction, &session, now).await?;
    transaction.commit().await?;
    let scene = QrScene::Temporary { scene, expire_seconds: bindings::TTL_S };
    let made = mp.qrcode_create(&scene).await.map_err(unavailable)?;
    Ok(Json(BindCode { url: made.url, expires_at: now + i64::from(bindings::TTL_S) * 1_000 }))
}
