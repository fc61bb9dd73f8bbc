//! Sending one event to one endpoint, until it arrives or is given up.
//!
//! Where the endpoint did not take the last event, one delivery tries (whoever moves `resume_at`) and the others wait. Waiting
//! is no try of theirs. The pause between two who try grows with the time for which nothing has arrived.

use std::time::Instant;

use async_trait::async_trait;
use foundation::ids::new_id_text;
use foundation::jobs::{Handler, NewJob, Outcome};
use foundation::problem::Problem;
use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::destination::Destination;
use super::endpoints::secrets_of;
use super::entity::{attempts, deliveries, endpoints, events};
use super::model::{DeliveryState, GIVEN_UP_AFTER_MS, looks_again_at, others_wait_ms, pause_after_ms};
use super::signature::sign;
use super::store;
use crate::app::{App, SharedApp};

/// Sends one delivery.
pub(super) const JOB_DELIVER: &str = "webhooks.deliver";
/// Whoever tries an endpoint that did not answer has so long beside the time for an answer: to look its address up, and to
/// write down what came of it. After that he is taken for gone, and another one tries.
const TRYING_MS: i64 = 10_000;
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
        let tries_until = match turn(app, &endpoint, now).await? {
            Turn::Tries(until) => until,
            Turn::Waits(_) if now >= row.round_started_at + GIVEN_UP_AFTER_MS => {
                give_up(app, &row, "接收方连续多日没有响应").await?;
                return Ok(Outcome::Done);
            }
            Turn::Waits(until) => return Ok(Outcome::AgainAt(looks_again_at(&row.id, until, now))),
        };
        let event = store::event(reader, &row.event_id).await?;
        let tried = send(app, &endpoint, &event).await;
        Ok(keep(app, &row, &endpoint, tries_until, &tried).await?)
    }

    fn asks_strangers(&self) -> bool {
        true
    }
}

/// Whether a delivery may try its endpoint now.
enum Turn {
    /// It may. Where the endpoint did not answer before: alone, until this moment.
    Tries(Option<i64>),
    /// Not before this moment.
    Waits(i64),
}

/// Of those who find an endpoint that did not answer and may be tried again, whoever moves the moment forward tries.
async fn turn(app: &App, endpoint: &endpoints::Model, now: i64) -> Result<Turn, Problem> {
    let Some(resume_at) = endpoint.resume_at else { return Ok(Turn::Tries(None)) };
    if resume_at > now {
        return Ok(Turn::Waits(resume_at));
    }
    let timeout_ms = i64::try_from(app.config.webhooks.timeout_ms).unwrap_or(TRYING_MS);
    let until = now + timeout_ms + TRYING_MS;
    let transaction = app.database.begin_write().await?;
    let moved = endpoints::Entity::update_many()
        .col_expr(endpoints::Column::ResumeAt, Expr::value(until))
        .filter(endpoints::Column::Id.eq(&endpoint.id))
        .filter(endpoints::Column::ResumeAt.eq(resume_at))
        .exec(&*transaction)
        .await?;
    transaction.commit().await?;
    Ok(if moved.rows_affected == 1 { Turn::Tries(Some(until)) } else { Turn::Waits(until) })
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
    tries_until: Option<i64>,
    tried: &Tried,
) -> Result<Outcome, Problem> {
    let now = app.now_ms();
    let failures = row.attempts + 1;
    let transaction = app.database.begin_write().await?;
    // Before the delivery, in the order of whoever replays: two who hold one and want the other would wait for ever.
    let mut gone = false;
    if !tried.arrived() {
        let says_gone = tried.status == Some(GONE);
        gone = note_trouble(&*transaction, endpoint, tries_until, says_gone, now).await? && says_gone;
    } else if endpoint.failing_since.is_some() {
        store::forget_trouble(&*transaction, &endpoint.id, now).await?;
    }
    let next_at = pause_after_ms(failures).filter(|_| !gone).map(|pause_ms| now + pause_ms);
    let (state, next_at) = match next_at {
        _ if tried.arrived() => (DeliveryState::Delivered, None),
        Some(next_at) => (DeliveryState::Waiting, Some(next_at)),
        None => (DeliveryState::Dead, None),
    };
    let attempt = attempts::ActiveModel {
        id: Set(new_id_text("wha")),
        delivery_id: Set(row.id.clone()),
        at: Set(now),
        status: Set(tried.status.map(i64::from)),
        error: Set(tried.error.clone()),
        duration_ms: Set(tried.duration_ms),
    };
    attempts::Entity::insert(attempt).exec_without_returning(&*transaction).await?;
    let kept = deliveries::Entity::update_many()
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
    transaction.commit().await?;
    if kept.rows_affected == 0 {
        // Begun anew meanwhile: that round has a job of its own.
        return Ok(Outcome::Done);
    }
    metrics::counter!("tejian_webhook_deliveries_total", "outcome" => state.as_str()).increment(1);
    if state == DeliveryState::Dead {
        tracing::error!(delivery = row.id, endpoint = endpoint.id, "an event was given up");
    }
    Ok(next_at.map_or(Outcome::Done, Outcome::AgainAt))
}

/// The endpoint did not take an event: the others wait a while; after a 410 it is disabled, as the convention has it. Whether
/// it is still where the event was sent: what the old address answers says nothing of a new one.
async fn note_trouble<C: ConnectionTrait>(
    connection: &C,
    tried: &endpoints::Model,
    tries_until: Option<i64>,
    gone: bool,
    now: i64,
) -> Result<bool, Problem> {
    let since = Func::coalesce([Expr::col(endpoints::Column::FailingSince), Expr::value(now)]);
    let mut update = endpoints::Entity::update_many()
        .col_expr(endpoints::Column::FailingSince, since.into())
        .filter(endpoints::Column::Id.eq(&tried.id))
        .filter(endpoints::Column::Url.eq(&tried.url));
    if gone {
        update = update
            .col_expr(endpoints::Column::State, Expr::value(store::DISABLED))
            .col_expr(endpoints::Column::DisabledReason, Expr::value("接收方返回 410，表示不再接收"))
            .col_expr(endpoints::Column::UpdatedAt, Expr::value(now));
    }
    if update.exec(connection).await?.rows_affected == 0 {
        return Ok(false);
    }
    let row = endpoints::Entity::find_by_id(&tried.id).one(connection).await?;
    let failing_since = row.and_then(|row| row.failing_since).unwrap_or(now);
    let resume_at = now + others_wait_ms(now - failing_since);
    // A longer pause is never shortened, except by whoever was given it to try.
    let mut may_move = endpoints::Column::ResumeAt.is_null().or(endpoints::Column::ResumeAt.lt(resume_at));
    if let Some(tries_until) = tries_until {
        may_move = may_move.or(endpoints::Column::ResumeAt.eq(tries_until));
    }
    endpoints::Entity::update_many()
        .col_expr(endpoints::Column::ResumeAt, Expr::value(resume_at))
        .filter(endpoints::Column::Id.eq(&tried.id))
        .filter(may_move)
        .exec(connection)
        .await?;
    Ok(true)
}

async fn give_up(app: &App, row: &deliveries::Model, reason: &str) -> Result<(), Problem> {
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let given_up = deliveries::Entity::update_many()
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
    if given_up.rows_affected > 0 {
        metrics::counter!("tejian_webhook_deliveries_total", "outcome" => "dead").increment(1);
    }
    Ok(())
}
