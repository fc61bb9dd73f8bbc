//! Who is told: written down, changed and given new secrets by the interface operator.

use foundation::problem::Problem;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::destination::{Destination, refused};
use super::entity::endpoints::{ActiveModel, Column, Entity, Model};
use super::model::{EndpointId, EventKind};
use super::signature::new_secret;
use super::store::{self, DISABLED, ENABLED};
use crate::app::App;
use crate::audit::{self, Action};
use crate::sealing::{Secrets, Wanted};
use crate::staff::Officer;

/// How long an old secret goes on signing beside the new one.
const BOTH_SIGN_MS: i64 = 24 * 3_600_000;
/// More receivers than this is a mistake.
const ENDPOINTS_MAX: u64 = 20;
const DESCRIPTION_CHARACTERS_MAX: usize = 100;

/// What is written down of a receiver.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndpointRequest {
    /// https; http and private addresses only where the configuration allows them.
    #[schema(max_length = 500)]
    pub(super) url: String,
    /// What it is for.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub(super) description: String,
    /// Codes of event types; empty = all.
    #[serde(default)]
    pub(super) event_types: Vec<String>,
    /// Whether events are sent there; true when absent.
    #[serde(default = "yes")]
    pub(super) enabled: bool,
}

fn yes() -> bool {
    true
}

/// A receiver.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WebhookEndpoint {
    /// Which.
    pub id: EndpointId,
    /// Where.
    pub url: String,
    /// What it is for.
    pub description: String,
    /// Codes of event types; empty = all.
    pub event_types: Vec<String>,
    /// Whether events are sent there.
    pub enabled: bool,
    /// Why not, when it was not a person who decided so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled_reason: Option<String>,
    /// Since when nothing arrives there, epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<i64>,
    /// Until when the secret before the newest one signs as well, epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_secret_until: Option<i64>,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Epoch milliseconds.
    pub updated_at: i64,
}

impl From<Model> for WebhookEndpoint {
    fn from(row: Model) -> Self {
        let types = row.event_types.split(',').filter(|code| !code.is_empty());
        Self {
            event_types: types.map(str::to_owned).collect(),
            enabled: row.state == ENABLED,
            id: EndpointId::from_stored(row.id),
            url: row.url,
            description: row.description,
            disabled_reason: row.disabled_reason,
            failing_since: row.failing_since,
            previous_secret_until: row.previous_secret_until,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// A receiver and the secret that is shown once.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EndpointWithSecret {
    /// The receiver.
    pub endpoint: WebhookEndpoint,
    /// `whsec_…`: to be handed over to whoever runs the other system.
    pub secret: String,
}

fn owner(id: &str) -> String {
    format!("webhook:{id}")
}

/// The secrets that sign now, the newest first.
pub(super) fn secrets_of(app: &App, row: &Model, now: i64) -> anyhow::Result<Vec<String>> {
    let mut secrets = vec![app.vault.open(&owner(&row.id), &row.secret)?];
    let still_signs = row.previous_secret_until.is_some_and(|until| until > now);
    if let Some(previous) = row.previous_secret.as_deref().filter(|_| still_signs) {
        secrets.push(app.vault.open(&owner(&row.id), previous)?);
    }
    Ok(secrets)
}

/// Writes a receiver down; its events begin now.
pub(super) async fn create(
    app: &App,
    officer: &Officer,
    request: EndpointRequest,
) -> Result<EndpointWithSecret, Problem> {
    let (url, types) = checked(app, &request).await?;
    let now = app.now_ms();
    let (id, secret) = (EndpointId::new(), new_secret());
    let row = Model {
        id: id.to_string(),
        url,
        description: request.description.trim().to_owned(),
        event_types: types,
        state: state_of(request.enabled).to_owned(),
        disabled_reason: None,
        secret: app.vault.seal(&owner(id.as_str()), &secret),
        previous_secret: None,
        previous_secret_until: None,
        failing_since: None,
        resume_at: None,
        created_by: officer.id.to_string(),
        created_at: now,
        updated_at: now,
    };
    let transaction = app.database.begin_write().await?;
    if Entity::find().count(&*transaction).await? >= ENDPOINTS_MAX {
        let message = format!("最多登记 {ENDPOINTS_MAX} 个接收地址，没有保存");
        return Err(Problem::conflict("webhook_endpoints_full", message).advice("请修改已有的接收地址"));
    }
    Entity::insert(ActiveModel::from(row.clone())).exec_without_returning(&*transaction).await?;
    let detail = json!({ "url": row.url, "event_types": row.event_types });
    audit::record(&*transaction, app, officer.entry(Action::WebhookAdded, id.as_str(), detail)).await?;
    transaction.commit().await?;
    Ok(EndpointWithSecret { endpoint: row.into(), secret })
}

/// Changes a receiver; what waits for it goes to the new address.
pub(super) async fn change(
    app: &App,
    officer: &Officer,
    id: &EndpointId,
    request: EndpointRequest,
) -> Result<WebhookEndpoint, Problem> {
    let (url, types) = checked(app, &request).await?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let before = store::endpoint(&*transaction, id).await?;
    Entity::update_many()
        .col_expr(Column::Url, Expr::value(url.as_str()))
        .col_expr(Column::Description, Expr::value(request.description.trim()))
        .col_expr(Column::EventTypes, Expr::value(types.as_str()))
        .col_expr(Column::State, Expr::value(state_of(request.enabled)))
        .col_expr(Column::DisabledReason, Expr::value(None::<String>))
        .col_expr(Column::FailingSince, Expr::value(None::<i64>))
        .col_expr(Column::ResumeAt, Expr::value(None::<i64>))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(id.as_str()))
        .exec(&*transaction)
        .await?;
    let after = store::endpoint(&*transaction, id).await?;
    let detail = json!({
        "url_before": before.url, "url": url, "state_before": before.state, "state": after.state, "event_types": types,
    });
    audit::record(&*transaction, app, officer.entry(Action::WebhookChanged, id.as_str(), detail)).await?;
    transaction.commit().await?;
    Ok(after.into())
}

/// A new secret; for a day the old one signs as well, so that the receiver can change over without losing an event.
pub(super) async fn rotate(app: &App, officer: &Officer, id: &EndpointId) -> Result<EndpointWithSecret, Problem> {
    let now = app.now_ms();
    let secret = new_secret();
    let transaction = app.database.begin_write().await?;
    let before = store::endpoint(&*transaction, id).await?;
    // One that does not open signs nothing: beside it the new one could not sign either.
    let previous = app.vault.open(&owner(id.as_str()), &before.secret).is_ok().then_some(before.secret);
    let until = previous.is_some().then_some(now + BOTH_SIGN_MS);
    Entity::update_many()
        .col_expr(Column::Secret, Expr::value(app.vault.seal(&owner(id.as_str()), &secret)))
        .col_expr(Column::PreviousSecret, Expr::value(previous))
        .col_expr(Column::PreviousSecretUntil, Expr::value(until))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(id.as_str()))
        .exec(&*transaction)
        .await?;
    let after = store::endpoint(&*transaction, id).await?;
    let detail = json!({ "url": after.url });
    audit::record(&*transaction, app, officer.entry(Action::WebhookRotated, id.as_str(), detail)).await?;
    transaction.commit().await?;
    Ok(EndpointWithSecret { endpoint: after.into(), secret })
}

/// Seals those secrets that are wanted, the newest and the one before it; one that does not open is left as it is, and counted.
/// One that signs no more is not looked at.
pub async fn seal_secrets(app: &App, wanted: Wanted) -> Result<Secrets, Problem> {
    let (mut done, now) = (Secrets::default(), app.now_ms());
    for row in Entity::find().all(app.database.reader()).await? {
        let still_signs = row.previous_secret_until.is_some_and(|until| until > now);
        let previous = row.previous_secret.as_deref().filter(|_| still_signs);
        let stored = [(Column::Secret, Some(row.secret.as_str())), (Column::PreviousSecret, previous)];
        for (column, stored) in stored {
            let Some(stored) = stored.filter(|stored| wanted.takes(&app.vault, stored)) else { continue };
            let Ok(secret) = app.vault.open(&owner(&row.id), stored) else {
                tracing::error!(endpoint = row.id, ?column, "a secret does not open with the keys of secrets.keys");
                done.unopened += 1;
                continue;
            };
            let transaction = app.database.begin_write().await?;
            let changed = Entity::update_many()
                .col_expr(column, Expr::value(app.vault.seal(&owner(&row.id), &secret)))
                .filter(Column::Id.eq(&row.id))
                .filter(column.eq(stored))
                .exec(&*transaction)
                .await?;
            transaction.commit().await?;
            done.sealed += changed.rows_affected;
        }
    }
    Ok(done)
}

fn state_of(enabled: bool) -> &'static str {
    if enabled { ENABLED } else { DISABLED }
}

async fn checked(app: &App, request: &EndpointRequest) -> Result<(String, String), Problem> {
    let wrong = |field: &str, message: &str| {
        Problem::unacceptable("webhook_endpoint_wrong", "填写的内容不对，没有保存")
            .field(field, message)
            .advice("请按提示修改后重试")
    };
    if request.description.chars().count() > DESCRIPTION_CHARACTERS_MAX {
        return Err(wrong("description", "说明最多 100 字"));
    }
    let mut types = Vec::new();
    for code in &request.event_types {
        let kind = EventKind::of_code(code).ok_or_else(|| wrong("event_types", "有不认识的事件类型"))?;
        if !types.contains(&kind.as_str()) {
            types.push(kind.as_str());
        }
    }
    let destination = Destination::of(&request.url, &app.config.webhooks).await.map_err(|error| refused(&error))?;
    Ok((destination.as_str().to_owned(), types.join(",")))
}
