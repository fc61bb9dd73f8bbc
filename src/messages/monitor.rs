//! Messages as the service desk sees them: told, taken by WeChat, on the phone, failed; and telling once more (desk D11).

use std::collections::HashMap;

use axum::extract::State;
use foundation::jobs::{NewJob, enqueue};
use foundation::paging::{Page, PageRequest};
use foundation::problem::{ErrorAnswer, Problem};
use foundation::text::{fold_width, is_mobile_phone, like_pattern, mask_phone};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, LikeExpr, Query as Select};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::channels::Channel;
use super::deliver::{Deliver, JOB_DELIVER};
use super::entity::{message_deliveries as deliveries, messages};
use super::inbox::{self, MessageId};
use crate::accounts;
use crate::app::{App, SharedApp};
use crate::audit::{self, Action};
use crate::staff::{May, may};
use crate::web::{Json, Path, Query};

/// So many at once; who has more presses again.
const RESEND_MAX: u64 = 1_000;

/// Routes of the institute's side of this capability.
pub fn staff_router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(resend))
        .routes(routes!(resend_all))
        .merge(super::settling::staff_router())
        .merge(super::kinds_page::staff_router())
}

/// How far a message got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// It only lies in the inbox.
    Inbox,
    /// Its turn comes later.
    Planned,
    /// About to be sent.
    Queued,
    /// WeChat took it.
    Sent,
    /// It is on the phone.
    Delivered,
    /// It did not get there.
    Failed,
    /// Not tried.
    Skipped,
}

impl MessageState {
    /// The states of a way, the best first.
    const BEST_FIRST: [MessageState; 6] = [
        MessageState::Delivered,
        MessageState::Sent,
        MessageState::Planned,
        MessageState::Queued,
        MessageState::Failed,
        MessageState::Skipped,
    ];

    fn of_stored(text: &str) -> Self {
        match text {
            "planned" => MessageState::Planned,
            "queued" => MessageState::Queued,
            "sent" => MessageState::Sent,
            "delivered" => MessageState::Delivered,
            "failed" => MessageState::Failed,
            _ => MessageState::Skipped,
        }
    }

    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            MessageState::Inbox => "站内信",
            MessageState::Planned => "排队待发",
            MessageState::Queued => "发送中",
            MessageState::Sent => "已发送",
            MessageState::Delivered => "已送达",
            MessageState::Failed => "发送失败",
            MessageState::Skipped => "仅站内信",
        }
    }
}

/// A message and its ways.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StaffMessage {
    /// Which.
    pub id: String,
    /// `fee_posted`, `order_paid` …
    pub kind: String,
    /// Headline.
    pub title: String,
    /// One or two sentences.
    pub body: String,
    /// To whom, by name.
    pub account_name: String,
    /// His phone with its middle hidden, or his 单位账号.
    pub account_masked: String,
    /// How far the best way got.
    pub state: MessageState,
    /// The same for people.
    pub state_text: String,
    /// Name and masked phone together.
    pub recipient: String,
    /// Through what the best way goes.
    pub channel_text: String,
    /// Why the last way failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Ways that were tried.
    pub tries: usize,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<i64>,
    /// Epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_at: Option<i64>,
    /// Since when it is given up and waits for a person, epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_at: Option<i64>,
    /// Every way that was tried.
    pub deliveries: Vec<StaffDelivery>,
    /// Whether it can be sent again.
    pub can_resend: bool,
}

/// One way that was tried.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StaffDelivery {
    /// Through what.
    pub channel: Channel,
    /// The same for people.
    pub channel_text: String,
    /// How far it got.
    pub state: MessageState,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// When its turn comes, epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<i64>,
    /// Epoch milliseconds.
    pub updated_at: i64,
}

/// What is looked for.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MessageSearch {
    /// Messages of which a way stands so: `planned`, `queued`, `sent`, `delivered`, `failed`, `skipped`; `dead` for those
    /// that are given up.
    pub state: Option<String>,
    /// A whole phone or 单位账号, or part of headline or text.
    pub q: Option<String>,
}

/// One page, newest first.
pub async fn message_page(
    app: &App,
    search: &MessageSearch,
    wanted: &PageRequest,
) -> Result<Page<StaffMessage>, Problem> {
    let reader = app.database.reader();
    let mut select = messages::Entity::find().order_by_desc(messages::Column::Id).limit(wanted.limit() + 1);
    if search.state.as_deref() == Some("dead") {
        select = select.filter(messages::Column::DeadAt.is_not_null());
    } else if let Some(state) = search.state.as_deref().filter(|state| !state.is_empty()) {
        let ways = Select::select()
            .column(deliveries::Column::MessageId)
            .from(deliveries::Entity)
            .and_where(Expr::col(deliveries::Column::State).eq(state))
            .to_owned();
        select = select.filter(messages::Column::Id.in_subquery(ways));
    }
    let words = fold_width(search.q.as_deref().unwrap_or("").trim());
    if !words.is_empty() {
        let account = accounts::account_by_login(reader, &words).await?;
        select = match account {
            Some(account) => select.filter(messages::Column::AccountId.eq(account.id.as_str())),
            // Nobody has this phone: then nobody has a message either.
            None if is_mobile_phone(&words) => return Ok(Page { items: Vec::new(), next: None }),
            None => {
                let like = || LikeExpr::new(like_pattern(&words)).escape('\\');
                let title = Expr::col(messages::Column::Title).like(like());
                select.filter(title.or(Expr::col(messages::Column::Body).like(like())))
            }
        };
    }
    if let Some(after) = wanted.after_key() {
        select = select.filter(messages::Column::Id.lt(after));
    }
    let found = Page::from_rows(select.all(reader).await?, wanted.limit(), |row| row.id.clone());
    Ok(Page { items: answers(app, found.items).await?, next: found.next })
}

pub(super) async fn answers(app: &App, rows: Vec<messages::Model>) -> Result<Vec<StaffMessage>, Problem> {
    let reader = app.database.reader();
    let mut ways: HashMap<String, Vec<StaffDelivery>> = HashMap::new();
    if !rows.is_empty() {
        let found = deliveries::Entity::find()
            .filter(deliveries::Column::MessageId.is_in(rows.iter().map(|row| row.id.as_str())))
            .order_by_asc(deliveries::Column::Id)
            .all(reader)
            .await?;
        for way in found {
            ways.entry(way.message_id.clone()).or_default().push(delivery(way));
        }
    }
    let people = accounts::labels_of(reader, rows.iter().map(|row| row.account_id.as_str())).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let deliveries = ways.remove(&row.id).unwrap_or_default();
            let state = best_state(&deliveries);
            let (account_name, account_masked) = match inbox::open_phone(app, &row) {
                Ok(Some(phone)) => ("未注册手机".to_owned(), mask_phone(&phone)),
                _ => people.get(&row.account_id).cloned().unwrap_or_default(),
            };
            let best = deliveries.iter().find(|way| way.state == state);
            StaffMessage {
                state,
                state_text: state.text().to_owned(),
                can_resend: row.template_values.is_some(),
                recipient: format!("{account_name} {account_masked}"),
                channel_text: best.map_or_else(|| "站内信".to_owned(), |way| way.channel_text.clone()),
                failure: row.failure.or_else(|| deliveries.iter().rev().find_map(|way| way.failure.clone())),
                dead_at: row.dead_at,
                tries: deliveries.len(),
                sent_at: best
                    .filter(|_| matches!(state, MessageState::Sent | MessageState::Delivered))
                    .map(|way| way.updated_at),
                account_name,
                account_masked,
                id: row.id,
                kind: row.kind,
                title: row.title,
                body: row.body,
                created_at: row.created_at,
                read_at: row.read_at,
                deliveries,
            }
        })
        .collect())
}

fn delivery(row: deliveries::Model) -> StaffDelivery {
    let channel = Channel::from_stored(&row.channel).unwrap_or(Channel::Subscription);
    StaffDelivery {
        channel_text: channel.text().to_owned(),
        channel,
        state: MessageState::of_stored(&row.state),
        failure: row.failure,
        due_at: row.due_at,
        updated_at: row.updated_at,
    }
}

fn best_state(deliveries: &[StaffDelivery]) -> MessageState {
    MessageState::BEST_FIRST
        .into_iter()
        .find(|state| deliveries.iter().any(|way| way.state == *state))
        .unwrap_or(MessageState::Inbox)
}

/// Messages and how far they got, newest first.
#[utoipa::path(get, path = "/staff/v1/messages", tag = "staff", params(MessageSearch, PageRequest), responses((status = 200, body = Page<StaffMessage>)))]
async fn list(
    State(app): State<SharedApp>,
    _officer: May<may::MessagesRead>,
    Query(search): Query<MessageSearch>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<StaffMessage>>, Problem> {
    Ok(Json(message_page(&app, &search, &page).await?))
}

/// Sends a message once more, whatever became of it before.
#[utoipa::path(post, path = "/staff/v1/messages/{id}/resend", tag = "staff", params(("id" = String, Path, description = "message")), responses((status = 200, body = StaffMessage), (status = 409, description = "message_too_old", body = ErrorAnswer)))]
async fn resend(
    State(app): State<SharedApp>,
    officer: May<may::MessagesResend>,
    Path(id): Path<MessageId>,
) -> Result<Json<StaffMessage>, Problem> {
    let transaction = app.database.begin_write().await?;
    let row = messages::Entity::find_by_id(id.as_str()).one(&*transaction).await?;
    let row = row.ok_or_else(|| Problem::not_found("message_not_found", "没有找到这条消息"))?;
    if !send_again(&*transaction, &row, app.now_ms()).await? {
        return Err(Problem::conflict("message_too_old", "这条消息是旧版本发出的，不能重发").advice("请电话告知对方"));
    }
    let detail = json!({ "kind": row.kind, "title": row.title });
    audit::record(&*transaction, &app, officer.entry(Action::MessageResent, id.as_str(), detail)).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    answers(&app, vec![row]).await?.pop().map(Json).ok_or_else(|| Problem::internal("a message without an answer"))
}

/// How many messages were sent once more.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResentMessages {
    /// So many.
    count: usize,
}

/// Sends everything that was given up once more, at most a thousand at a time: after an outage.
#[utoipa::path(post, path = "/staff/v1/messages/resend-dead", tag = "staff", responses((status = 200, body = ResentMessages)))]
async fn resend_all(
    State(app): State<SharedApp>,
    officer: May<may::MessagesResend>,
) -> Result<Json<ResentMessages>, Problem> {
    let transaction = app.database.begin_write().await?;
    let rows = messages::Entity::find()
        .filter(messages::Column::DeadAt.is_not_null())
        .order_by_asc(messages::Column::Id)
        .limit(RESEND_MAX)
        .all(&*transaction)
        .await?;
    let mut count = 0;
    for row in &rows {
        count += usize::from(send_again(&*transaction, row, app.now_ms()).await?);
    }
    let detail = json!({ "count": count });
    audit::record(&*transaction, &app, officer.entry(Action::MessageResent, "dead", detail)).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(Json(ResentMessages { count }))
}

/// False for messages of old versions, of which nobody knows what filled them.
async fn send_again<C: ConnectionTrait>(connection: &C, row: &messages::Model, now_ms: i64) -> Result<bool, Problem> {
    let values = row.template_values.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let Some(values) = values else { return Ok(false) };
    inbox::revive(connection, &row.id).await?;
    let job = Deliver { message_id: row.id.clone(), values, again_at: Some(now_ms), after: None };
    enqueue(connection, NewJob::new(JOB_DELIVER, &job, now_ms)).await?;
    Ok(true)
}

/// Messages through WeChat, by how far they got.
#[derive(Debug, Clone, Copy, Default)]
pub struct Figures {
    /// Taken by WeChat.
    pub sent: u64,
    /// On the phone.
    pub delivered: u64,
    /// Not there.
    pub failed: u64,
}

/// Counts the ways that were tried between two moments, epoch milliseconds.
pub async fn figures<C: ConnectionTrait>(connection: &C, from: i64, until: i64) -> Result<Figures, Problem> {
    #[derive(FromQueryResult)]
    struct Row {
        state: String,
        count: i64,
    }
    let rows = deliveries::Entity::find()
        .select_only()
        .column(deliveries::Column::State)
        .column_as(deliveries::Column::Id.count().cast_as(Alias::new("bigint")), "count")
        .filter(deliveries::Column::CreatedAt.gte(from))
        .filter(deliveries::Column::CreatedAt.lt(until))
        .group_by(deliveries::Column::State)
        .into_model::<Row>()
        .all(connection)
        .await?;
    let mut figures = Figures::default();
    for row in rows {
        let count = u64::try_from(row.count).unwrap_or_default();
        match row.state.as_str() {
            "sent" => figures.sent = count,
            "delivered" => figures.delivered = count,
            "failed" => figures.failed = count,
            _ => {}
        }
    }
    Ok(figures)
}
