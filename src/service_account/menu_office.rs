//! The menu in the console: written, kept as a version, compared with what WeChat shows, pushed, rolled back (B-31).

use axum::extract::State;
use foundation::problem::{ErrorAnswer, Problem};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wechat::mp::menu::{Action as MenuAction, Button, Menu};

use super::menu::{self, MenuContent};
use super::versions::{self, AccountVersion, VersionKind};
use crate::app::{App, SharedApp};
use crate::audit::{self, Action};
use crate::staff::{May, may};
use crate::web::{Json, Path};

pub(super) fn staff_router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(show)).routes(routes!(make)).routes(routes!(version)).routes(routes!(push))
}

/// The menu and its versions.
#[derive(Debug, Serialize, ToSchema)]
struct MenuOffice {
    /// What was written last; the file of the installation before anybody wrote.
    draft: MenuContent,
    /// Its version; 0 for the file.
    draft_number: i64,
    /// Versions, the newest first.
    versions: Vec<AccountVersion>,
    /// What WeChat shows now.
    live: LiveMenu,
    /// Keys that a button may answer with.
    keys: Vec<String>,
}

/// What WeChat shows now, beside what was written last.
#[derive(Debug, Serialize, ToSchema)]
struct LiveMenu {
    /// Whether WeChat answered.
    known: bool,
    /// Whether there is a menu.
    exists: bool,
    /// One line per button, `报告发票 / 检验报告 → 打开 …`.
    lines: Vec<String>,
    /// Lines that WeChat shows and the draft does not have.
    only_live: Vec<String>,
    /// Lines of the draft that WeChat does not show.
    only_draft: Vec<String>,
    /// Whether both are the same, order included.
    same: bool,
}

/// A new version.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMenu {
    /// The whole menu.
    content: MenuContent,
    /// Why.
    #[serde(default)]
    #[schema(max_length = 100)]
    note: String,
}

/// A version that was kept.
#[derive(Debug, Serialize, ToSchema)]
struct KeptVersion {
    /// Its number.
    number: i64,
}

/// The menu, its versions, and what WeChat shows now.
#[utoipa::path(get, path = "/staff/v1/account/menu", tag = "account", responses((status = 200, body = MenuOffice)))]
async fn show(State(app): State<SharedApp>, _officer: May<may::ContentEdit>) -> Result<Json<MenuOffice>, Problem> {
    Ok(Json(office(&app).await?))
}

async fn office(app: &App) -> Result<MenuOffice, Problem> {
    let reader = app.database.reader();
    let newest = versions::newest(reader, VersionKind::Menu).await?;
    let (draft, draft_number) = match &newest {
        Some(row) => (versions::content(row)?, row.number),
        None => (MenuContent::of_file().map_err(Problem::internal)?, 0),
    };
    let replies = super::replies::current(app).await?;
    let ours = menu::build(&draft, &app.config, &replies).ok();
    Ok(MenuOffice {
        live: live(app, ours.as_ref()).await,
        draft,
        draft_number,
        versions: versions::list(reader, VersionKind::Menu).await?,
        keys: replies.keys().map(str::to_owned).collect(),
    })
}

async fn live(app: &App, draft: Option<&Menu>) -> LiveMenu {
    let fetched = match app.wechat.mp() {
        Some(mp) => mp.menu_get().await.ok(),
        None => None,
    };
    let known = fetched.is_some();
    let menu = fetched.flatten();
    let lines = menu.as_ref().map(lines_of).unwrap_or_default();
    let ours = draft.map(lines_of).unwrap_or_default();
    LiveMenu {
        known,
        exists: menu.is_some(),
        only_live: lines.iter().filter(|line| !ours.contains(line)).cloned().collect(),
        only_draft: ours.iter().filter(|line| !lines.contains(line)).cloned().collect(),
        same: known && lines == ours,
        lines,
    }
}

/// One line per button, in the order in which they stand.
fn lines_of(menu: &Menu) -> Vec<String> {
    menu.button
        .iter()
        .flat_map(|button| {
            let entries = button.sub_button.iter().map(move |entry| format!("{} / {}", button.name, line(entry)));
            if button.sub_button.is_empty() { vec![line(button)] } else { entries.collect() }
        })
        .collect()
}

fn line(button: &Button) -> String {
    let does = match &button.action {
        Some(MenuAction::View { url }) => format!("打开 {url}"),
        Some(MenuAction::MiniProgram { pagepath, .. }) => format!("打开小程序 {pagepath}"),
        Some(MenuAction::Click { key }) => format!("回复 {key}"),
        Some(MenuAction::ScancodePush { key } | MenuAction::ScancodeWaitmsg { key }) => format!("扫码 {key}"),
        None => "没有动作".to_owned(),
    };
    format!("{} → {does}", button.name)
}

/// Keeps a new version; nobody sees it before it is pushed.
#[utoipa::path(post, path = "/staff/v1/account/menu/versions", tag = "account", request_body = NewMenu, responses((status = 200, body = KeptVersion), (status = 422, description = "menu_wrong", body = ErrorAnswer)))]
async fn make(
    State(app): State<SharedApp>,
    officer: May<may::ContentEdit>,
    Json(new): Json<NewMenu>,
) -> Result<Json<KeptVersion>, Problem> {
    let replies = super::replies::current(&app).await?;
    menu::build(&new.content, &app.config, &replies).map_err(|error| wrong(&error))?;
    let (name, now) = (officer.display_name.as_str(), app.now_ms());
    let transaction = app.database.begin_write().await?;
    let number = versions::add(&*transaction, VersionKind::Menu, &new.content, &new.note, name, now).await?;
    let entry = officer.entry(Action::MenuWritten, number.to_string(), json!({ "note": new.note }));
    audit::record(&*transaction, &app, entry).await?;
    transaction.commit().await?;
    Ok(Json(KeptVersion { number }))
}

fn wrong(error: &anyhow::Error) -> Problem {
    Problem::unacceptable("menu_wrong", format!("菜单有误：{}，没有保存", menu::in_chinese(error)))
}

/// The content of a version; 0 is the file of the installation.
#[utoipa::path(get, path = "/staff/v1/account/menu/versions/{number}", tag = "account", params(("number" = i64, Path, description = "version")), responses((status = 200, body = MenuContent), (status = 404, body = ErrorAnswer)))]
async fn version(
    State(app): State<SharedApp>,
    _officer: May<may::ContentEdit>,
    Path(number): Path<i64>,
) -> Result<Json<MenuContent>, Problem> {
    content_of(&app, number).await.map(Json)
}

async fn content_of(app: &App, number: i64) -> Result<MenuContent, Problem> {
    if number == 0 {
        return MenuContent::of_file().map_err(Problem::internal);
    }
    versions::content(&versions::find(app.database.reader(), VersionKind::Menu, number).await?)
}

/// Makes a version what WeChat shows, within 24 hours on every phone. An older one is a way back.
#[utoipa::path(post, path = "/staff/v1/account/menu/versions/{number}/push", tag = "account", params(("number" = i64, Path, description = "version")), responses((status = 200, body = MenuOffice), (status = 404, body = ErrorAnswer), (status = 422, description = "menu_wrong", body = ErrorAnswer), (status = 503, description = "wechat_unavailable", body = ErrorAnswer)))]
async fn push(
    State(app): State<SharedApp>,
    officer: May<may::ContentEdit>,
    Path(number): Path<i64>,
) -> Result<Json<MenuOffice>, Problem> {
    let content = content_of(&app, number).await?;
    let replies = super::replies::current(&app).await?;
    let built = menu::build(&content, &app.config, &replies).map_err(|error| wrong(&error))?;
    app.wechat.demand_mp()?.menu_create(&built).await.map_err(|error| {
        Problem::new(
            axum::http::StatusCode::SERVICE_UNAVAILABLE,
            "wechat_unavailable",
            "微信没有接受菜单，线上菜单没有变",
        )
        .advice("请稍后再试；如仍不行，请联系系统管理员")
        .cause(error)
    })?;
    let transaction = app.database.begin_write().await?;
    if number > 0 {
        let (name, now) = (officer.display_name.as_str(), app.now_ms());
        versions::go_live(&*transaction, VersionKind::Menu, number, name, now).await?;
    }
    let entry = officer.entry(Action::MenuPushed, number.to_string(), json!({ "number": number }));
    audit::record(&*transaction, &app, entry).await?;
    transaction.commit().await?;
    Ok(Json(office(&app).await?))
}
