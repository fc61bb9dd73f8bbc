//! What WeChat told us, as the interface operator sees it, and booking it once more (B-17).

use async_trait::async_trait;
use axum::extract::State;
use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::entity::channel_events::{Column, Entity, Model};
use super::events::Applied;
use super::inbox::replay;
use crate::app::{App, SharedApp};
use crate::audit::{self, Action};
use crate::staff::{May, Officer, Permission, may};
use crate::web::{Json, Path, Query};
use crate::worklist::{Desk, DeskCounts, Task};

/// Routes for the interface operator.
pub(super) fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(replay_event))
}

/// A notice.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChannelEvent {
    /// Which.
    id: String,
    /// `payment`, `refund`, `fapiao`.
    kind: String,
    /// The same for people.
    kind_text: String,
    /// WeChat's id of it.
    envelope_id: String,
    /// Our number in it.
    #[serde(rename = "reference", skip_serializing_if = "Option::is_none")]
    out_trade_no: Option<String>,
    /// Why it is not booked.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    /// What became of it.
    state: Applied,
    /// The same for people.
    state_text: String,
    /// What it came to.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// How often it came.
    seen_count: i64,
    /// Epoch milliseconds.
    received_at: i64,
    /// Epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    applied_at: Option<i64>,
}

impl From<Model> for ChannelEvent {
    fn from(row: Model) -> Self {
        let kind_text = match row.kind.as_str() {
            "payment" => "支付通知",
            "refund" => "退款通知",
            "fapiao" => "发票通知",
            "old_refund" => "手工退款通知",
            other => other,
        };
        let state = Applied::of_stored(&row.state);
        let state_text = match state {
            Applied::Done => "已入账",
            Applied::Later => "等待处理",
            Applied::Rejected => "与账不符，未入账",
            Applied::Unmatched => "找不到对应的支付",
        };
        Self {
            failure: row.note.clone().filter(|_| state != Applied::Done),
            kind_text: kind_text.to_owned(),
            state_text: state_text.to_owned(),
            id: row.id,
            kind: row.kind,
            envelope_id: row.envelope_id,
            out_trade_no: row.out_trade_no,
            state,
            note: row.note,
            seen_count: row.seen_count,
            received_at: row.received_at,
            applied_at: row.applied_at,
        }
    }
}

/// What is looked for.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct EventSearch {
    /// `applied`, `received`, `rejected`, `unmatched`.
    state: Option<String>,
    /// Our number, or WeChat's id.
    q: Option<String>,
}

/// Notices, newest first.
#[utoipa::path(get, path = "/staff/v1/channel-events", tag = "staff", params(EventSearch, PageRequest), responses((status = 200, body = Page<ChannelEvent>)))]
async fn list(
    State(app): State<SharedApp>,
    _officer: May<may::IntegrationRead>,
    Query(search): Query<EventSearch>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<ChannelEvent>>, Problem> {
    let mut select = Entity::find().order_by_desc(Column::Id).limit(page.limit() + 1);
    if let Some(state) = search.state.as_deref().filter(|state| !state.is_empty()) {
        select = select.filter(Column::State.eq(state));
    }
    if let Some(q) = search.q.as_deref().map(str::trim).filter(|q| !q.is_empty()) {
        select = select.filter(Column::OutTradeNo.eq(q).or(Column::EnvelopeId.eq(q)));
    }
    if let Some(after) = page.after_key() {
        select = select.filter(Column::Id.lt(after));
    }
    let rows = select.all(app.database.reader()).await?;
    Ok(Json(Page::from_rows(rows, page.limit(), |row| row.id.clone()).map(ChannelEvent::from)))
}

/// Books a notice once more that could not be booked; one that was booked stays as it is.
#[utoipa::path(post, path = "/staff/v1/channel-events/{id}/replay", tag = "staff", params(("id" = String, Path, description = "notice")), responses((status = 200, body = ChannelEvent)))]
async fn replay_event(
    State(app): State<SharedApp>,
    officer: May<may::IntegrationReplay>,
    Path(id): Path<String>,
) -> Result<Json<ChannelEvent>, Problem> {
    let row = find(&app, &id).await?;
    replay(&app, row).await?;
    let after = find(&app, &id).await?;
    let transaction = app.database.begin_write().await?;
    let detail = json!({ "kind": after.kind, "state": after.state, "out_trade_no": after.out_trade_no });
    audit::record(&*transaction, &app, officer.entry(Action::EventReplayed, &id, detail)).await?;
    transaction.commit().await?;
    Ok(Json(after.into()))
}

async fn find(app: &App, id: &str) -> Result<Model, Problem> {
    let row = Entity::find_by_id(id).one(app.database.reader()).await?;
    row.ok_or_else(|| Problem::not_found("event_not_found", "没有找到这条通知"))
}

/// Notices that wait for a person: kept, and not booked.
pub struct EventDesk;

fn waiting() -> sea_orm::Select<Entity> {
    Entity::find().filter(Column::State.is_in([Applied::Rejected.as_str(), Applied::Unmatched.as_str()]))
}

#[async_trait]
impl Desk for EventDesk {
    fn code(&self) -> &'static str {
        "integration"
    }

    fn title(&self) -> &'static str {
        "未入账的微信通知"
    }

    fn permission(&self) -> Permission {
        Permission::IntegrationReplay
    }

    async fn counts(&self, app: &App, _officer: &Officer) -> Result<DeskCounts, Problem> {
        let count = waiting().count(app.database.reader()).await?;
        Ok(DeskCounts { count, ..DeskCounts::default() })
    }

    async fn tasks(
        &self,
        app: &App,
        _officer: &Officer,
        mine: bool,
        page: &PageRequest,
    ) -> Result<Page<Task>, Problem> {
        if mine {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let mut select = waiting().order_by_asc(Column::Id).limit(page.limit() + 1);
        if let Some(after) = page.after_key() {
            select = select.filter(Column::Id.gt(after));
        }
        let rows = select.all(app.database.reader()).await?;
        Ok(Page::from_rows(rows, page.limit(), |row| row.id.clone()).map(|row| {
            let event = ChannelEvent::from(row);
            Task {
                link: "/integration?view=events".to_owned(),
                id: event.id,
                desk: self.code().to_owned(),
                kind: event.kind_text,
                title: event.out_trade_no.unwrap_or(event.envelope_id),
                subtitle: format!("{} {}", event.state_text, event.note.unwrap_or_default()),
                amount_fen: None,
                created_at: event.received_at,
                due_at: None,
                overdue: false,
                claimed_by: None,
            }
        }))
    }
}
