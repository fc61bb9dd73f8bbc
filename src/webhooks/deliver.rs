//! Sending one event to one endpoint, until it arrives or is given up.

use std::time::Instant;

use async_trait::async_trait;
use foundation::ids::new_id_text;
use foundation::jobs::{Handler, NewJob, Outcome};
use foundation::problem::Problem;
use sea_orm::sea_query::{Expr, Func};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::destination::Destination;
use super::endpoints::secrets_of;
use super::entity::{attempts, deliveries, endpoints, events};
use super::model::{DeliveryState, GIVEN_UP_AFTER_MS, pause_after_ms};
use super::signature::sign;
use super::store;
use crate::app::{App, SharedApp};

/// Sends one delivery.
pub(super) const JOB_DELIVER: &str = "webhooks.deliver";
/// While an endpoint does not answer, one delivery tries and the others wait, but no longer than this.
const OTHERS_WAIT_MS_MAX: i64 = 600_000;
/// 410: the receiver says that it is gone for good.
const GONE: u16 = 410;

/// Payload of [`JOB_DELIVER`].
#[derive(Debug, Serialize, Deserialize)]
struct DeliverJob {
    delivery_id: String,
    round: i64,
}

/// The job of a delivery in this round.
pub(super) fn job(delivery_id: &str, round: i64, run_at: i64) -> NewJob {
    NewJob::new(JOB_DELIVER, &DeliverJob { delivery_id: delivery_id.to_owned(), round }, run_at)
}

/// Handler of [`JOB_DELIVER`].
pub(super) struct Deliver(pub(super) SharedApp);

/// How a try ended.
struct Tried {
    status: Option<u16>,
    error: Option<String>,
    duration_ms: i64,
}

impl Tried {
    fn arrived(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

#[async_trait]
impl Handler for Deliver {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let job: DeliverJob = serde_json::from_str(payload)?;
        let app = &self.0;
        let reader = app.database.reader();
        let row = deliveries::Entity::find_by_id(&job.delivery_id).one(reader).await?;
        let Some(row) = row.filter(|row| row.round == job.round && row.state == DeliveryState::Waiting.as_str()) else {
            return Ok(Outcome::Done);
        };
        let now = app.now_ms();
        let endpoint = endpoints::Entity::find_by_id(&row.endpoint_id).one(reader).await?;
        let Some(endpoint) = endpoint.filter(|endpoint| endpoint.state == store::ENABLED) else {
            give_up(app, &row, "接收地址已停用").await?;
            return Ok(Outcome::Done);
        };
        if let Some(resume_at) = endpoint.resume_at.filter(|resume_at| *resume_at > now) {
            if now >= row.round_started_at + GIVEN_UP_AFTER_MS {
                give_up(app, &row, "接收方连续多日没有响应").await?;
                return Ok(Outcome::Done);
            }
            return Ok(Outcome::AgainAt(resume_at));
        }
        let event = store::event(reader, &row.event_id).await?;
        let tried = send(app, &endpoint, &event).await;
        Ok(keep(app, &row, &endpoint, &tried).await?)
    }
}

/// One request. Whatever goes wrong is told in the try, not as an error: the receiver's trouble is not ours.
async fn send(app: &App, endpoint: &endpoints::Model, event: &events::Model) -> Tried {
    let started = Instant::now();
    let sent = request(app, endpoint, event).await;
    let duration_ms = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
    match sent {
        Ok(status) if (200..300).contains(&status) => Tried { status: Some(status), error: None, duration_ms },
        Ok(status) => Tried { status: Some(status), error: Some(format!("接收方返回 {status}")), duration_ms },
        Err(error) => Tried { status: None, error: Some(in_chinese(&error)), duration_ms },
    }
}

async fn request(app: &App, endpoint: &endpoints::Model, event: &events::Model) -> anyhow::Result<u16> {
    let destination = Destination::of(&endpoint.url, &app.config.webhooks).await?;
    let now = app.now_ms();
    let timestamp_s = now.div_euclid(1_000);
    let secrets = secrets_of(app, endpoint, now)?;
    let signatures = secrets
        .iter()
        .map(|secret| sign(secret, &event.id, timestamp_s, &event.body))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let response = destination
        .client(&app.config.webhooks)?
        .post(destination.as_str())
        .header("content-type", "application/json")
        .header("webhook-id", &event.id)
        .header("webhook-timestamp", timestamp_s.to_string())
        .header("webhook-signature", signatures.join(" "))
        .body(event.body.clone())
        .send()
        .await?;
    Ok(response.status().as_u16())
}

fn in_chinese(error: &anyhow::Error) -> String {
    match error.downcast_ref::<reqwest::Error>() {
        Some(error) if error.is_timeout() => "接收方没有在规定时间内响应".to_owned(),
        Some(error) if error.is_connect() => "连接不上接收方".to_owned(),
        Some(_) => "与接收方的通信中断".to_owned(),
        None => error.to_string(),
    }
}

async fn keep(
    app: &App,
    row: &deliveries::Model,
    endpoint: &endpoints::Model,
    tried: &Tried,
) -> Result<Outcome, Problem> {
    let now = app.now_ms();
    let failures = row.attempts + 1;
    let gone = tried.status == Some(GONE);
    let next_at = pause_after_ms(failures).filter(|_| !gone).map(|pause_ms| now + pause_ms);
    let (state, next_at) = match next_at {
        _ if tried.arrived() => (DeliveryState::Delivered, None),
        Some(next_at) => (DeliveryState::Waiting, Some(next_at)),
        None => (DeliveryState::Dead, None),
    };
    let transaction = app.database.begin_write().await?;
    let attempt = attempts::ActiveModel {
        id: Set(new_id_text("wha")),
        delivery_id: Set(row.id.clone()),
        at: Set(now),
        status: Set(tried.status.map(i64::from)),
        error: Set(tried.error.clone()),
        duration_ms: Set(tried.duration_ms),
    };
    attempts::Entity::insert(attempt).exec_without_returning(&*transaction).await?;
    deliveries::Entity::update_many()
        .col_expr(deliveries::Column::State, Expr::value(state.as_str()))
        .col_expr(deliveries::Column::Attempts, Expr::value(failures))
        .col_expr(deliveries::Column::NextAt, Expr::value(next_at))
        .col_expr(deliveries::Column::LastStatus, Expr::value(tried.status.map(i64::from)))
        .col_expr(deliveries::Column::LastError, Expr::value(tried.error.clone()))
        .col_expr(deliveries::Column::DeliveredAt, Expr::value(tried.arrived().then_some(now)))
        .col_expr(deliveries::Column::UpdatedAt, Expr::value(now))
        .filter(deliveries::Column::Id.eq(&row.id))
        .filter(deliveries::Column::Round.eq(row.round))
        .filter(deliveries::Column::State.eq(DeliveryState::Waiting.as_str()))
        .exec(&*transaction)
        .await?;
    if tried.arrived() {
        if endpoint.failing_since.is_some() {
            store::forget_trouble(&*transaction, &endpoint.id, now).await?;
        }
    } else {
        let resume_at = Ord::min(next_at.unwrap_or(now), now + OTHERS_WAIT_MS_MAX);
        note_trouble(&*transaction, &endpoint.id, resume_at, gone, now).await?;
    }
    transaction.commit().await?;
    metrics::counter!("tejian_webhook_deliveries_total", "outcome" => state.as_str()).increment(1);
    if state == DeliveryState::Dead {
        tracing::error!(delivery = row.id, endpoint = endpoint.id, "an event was given up");
    }
    Ok(next_at.map_or(Outcome::Done, Outcome::AgainAt))
}

/// The endpoint did not take an event: the others wait a while; after a 410 it is disabled, as the convention has it.
async fn note_trouble<C: ConnectionTrait>(
    connection: &C,
    id: &str,
    resume_at: i64,
    gone: bool,
    now: i64,
) -> Result<(), Problem> {
    let since = Func::coalesce([Expr::col(endpoints::Column::FailingSince), Expr::value(now)]);
    let mut update = endpoints::Entity::update_many()
        .col_expr(endpoints::Column::FailingSince, since.into())
        .col_expr(endpoints::Column::ResumeAt, Expr::value(resume_at))
        .filter(endpoints::Column::Id.eq(id));
    if gone {
        update = update
            .col_expr(endpoints::Column::State, Expr::value(store::DISABLED))
            .col_expr(endpoints::Column::DisabledReason, Expr::value("接收方返回 410，表示不再接收"))
            .col_expr(endpoints::Column::UpdatedAt, Expr::value(now));
    }
    update.exec(connection).await?;
    Ok(())
}

async fn give_up(app: &App, row: &deliveries::Model, reason: &str) -> Result<(), Problem> {
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    deliveries::Entity::update_many()
        .col_expr(deliveries::Column::State, Expr::value(DeliveryState::Dead.as_str()))
        .col_expr(deliveries::Column::LastError, Expr::value(reason))
        .col_expr(deliveries::Column::NextAt, Expr::value(None::<i64>))
        .col_expr(deliveries::Column::UpdatedAt, Expr::value(now))
        .filter(deliveries::Column::Id.eq(&row.id))
        .filter(deliveries::Column::Round.eq(row.round))
        .filter(deliveries::Column::State.eq(DeliveryState::Waiting.as_str()))
        .exec(&*transaction)
        .await?;
    transaction.commit().await?;
    metrics::counter!("tejian_webhook_deliveries_total", "outcome" => "dead").increment(1);
    Ok(())
}
