//! Messages that were given up and need not be sent any more: whoever was to be told knows by now, or is told in another way.

use axum::extract::State;
use foundation::problem::{ErrorAnswer, Problem};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::entity::messages;
use super::inbox::{self, MessageId};
use super::monitor::{StaffMessage, answers};
use crate::app::SharedApp;
use crate::audit::{self, Action};
use crate::staff::{May, may};
use crate::web::{Json, Path};

const REASON_CHARACTERS: std::ops::RangeInclusive<usize> = 2..=200;
/// So many at once; who has more presses again.
const SETTLED_MAX: u64 = 1_000;

/// Routes of the service desk.
pub(super) fn staff_router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(settle_message)).routes(routes!(settle_dead_messages))
}

/// Why nothing more is to be done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SettleMessages {
    /// For the audit trail, 2–200 characters.
    reason: String,
}

impl SettleMessages {
    fn checked(&self) -> Result<&str, Problem> {
        let reason = self.reason.trim();
        if REASON_CHARACTERS.contains(&reason.chars().count()) {
            return Ok(reason);
        }
        Err(Problem::unacceptable("reason_missing", "请说明原因，没有改动")
            .field("reason", "请填写 2–200 字的原因")
            .advice("原因会写入审计日志"))
    }
}

/// Takes a message that was given up off the desk: nothing more is to be done for it. It stays in the inbox of its reader.
#[utoipa::path(post, path = "/staff/v1/messages/{id}/settle", tag = "staff", params(("id" = String, Path, description = "message")), request_body = SettleMessages, responses((status = 200, body = StaffMessage), (status = 409, description = "message_not_dead", body = ErrorAnswer), (status = 422, description = "reason_missing", body = ErrorAnswer)))]
async fn settle_message(
    State(app): State<SharedApp>,
    officer: May<may::MessagesResend>,
    Path(id): Path<MessageId>,
    Json(request): Json<SettleMessages>,
) -> Result<Json<StaffMessage>, Problem> {
    let reason = request.checked()?;
    let transaction = app.database.begin_write().await?;
    let row = messages::Entity::find_by_id(id.as_str()).one(&*transaction).await?;
    let row = row.ok_or_else(|| Problem::not_found("message_not_found", "没有找到这条消息"))?;
    if inbox::settle(&*transaction, std::slice::from_ref(&row.id)).await? == 0 {
        return Err(Problem::conflict("message_not_dead", "这条消息没有在等人处理，没有改动").advice("请刷新后查看"));
    }
    let detail = json!({ "kind": row.kind, "title": row.title, "reason": reason });
    audit::record(&*transaction, &app, officer.entry(Action::MessageSettled, id.as_str(), detail)).await?;
    transaction.commit().await?;
    let row = messages::Model { dead_at: None, ..row };
    answers(&app, vec![row]).await?.pop().map(Json).ok_or_else(|| Problem::internal("a message without an answer"))
}

/// How many messages were taken off the desk.
#[derive(Debug, Serialize, ToSchema)]
pub struct SettledMessages {
    /// So many.
    count: u64,
}

/// Takes everything that was given up off the desk, at most a thousand at a time: after an outage that everybody was told of.
#[utoipa::path(post, path = "/staff/v1/messages/settle-dead", tag = "staff", request_body = SettleMessages, responses((status = 200, body = SettledMessages), (status = 422, description = "reason_missing", body = ErrorAnswer)))]
async fn settle_dead_messages(
    State(app): State<SharedApp>,
    officer: May<may::MessagesResend>,
    Json(request): Json<SettleMessages>,
) -> Result<Json<SettledMessages>, Problem> {
    let reason = request.checked()?;
    let transaction = app.database.begin_write().await?;
    let ids: Vec<String> = messages::Entity::find()
        .select_only()
        .column(messages::Column::Id)
        .filter(messages::Column::DeadAt.is_not_null())
        .order_by_asc(messages::Column::Id)
        .limit(SETTLED_MAX)
        .into_tuple()
        .all(&*transaction)
        .await?;
    let count = inbox::settle(&*transaction, &ids).await?;
    if count == 0 {
        return Ok(Json(SettledMessages { count }));
    }
    let detail = json!({ "count": count, "reason": reason });
    audit::record(&*transaction, &app, officer.entry(Action::MessageSettled, "dead", detail)).await?;
    transaction.commit().await?;
    Ok(Json(SettledMessages { count }))
}
