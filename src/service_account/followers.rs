//! Followers: who came and went day by day, as WeChat's events tell, and who a new one is (the account that the same
//! person uses in the mini-program, by unionid).

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::State;
use foundation::calendar::{beijing_date, print_date};
use foundation::jobs::{Handler, Handlers, Outcome};
use foundation::problem::Problem;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use time::Duration;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::entity::follower_days as days;
use crate::accounts;
use crate::app::{App, SharedApp};
use crate::staff::{May, may};
use crate::web::Json;

const DAYS_SHOWN: i64 = 30;

/// Asks WeChat who a new follower is.
pub const JOB_RECOGNISE: &str = "service_account.recognise";

/// The payload of [`JOB_RECOGNISE`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Recognise {
    /// Of the service account.
    pub openid: String,
}

/// Registers this capability's jobs.
pub fn add_job_handlers(app: &Arc<App>, handlers: &mut Handlers) {
    handlers.add(JOB_RECOGNISE, Arc::new(RecogniseOne(app.clone())));
}

struct RecogniseOne(Arc<App>);

#[async_trait]
impl Handler for RecogniseOne {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let job: Recognise = serde_json::from_str(payload)?;
        recognise(&self.0, &job.openid).await
    }
}

/// Binds a follower to the account that the same person uses in another of our apps; who is bound already stays so.
async fn recognise(app: &App, openid: &str) -> anyhow::Result<Outcome> {
    let Some(mp) = app.wechat.mp() else { return Ok(Outcome::Done) };
    if accounts::account_of_openid(app.database.reader(), mp.app_id(), openid).await?.is_some() {
        return Ok(Outcome::Done);
    }
    let info = match mp.user_info(openid).await {
        Ok(info) => info,
        Err(error) if error.invalid_openid() => return Ok(Outcome::Done),
        Err(error) => return Err(error.into()),
    };
    let Some(unionid) = info.unionid else { return Ok(Outcome::Done) };
    let transaction = app.database.begin_write().await?;
    if let Some(account) = accounts::account_of_unionid(&*transaction, &unionid).await? {
        let app_id = mp.app_id();
        accounts::bind_openid(&*transaction, app_id, openid, Some(&unionid), &account.id, app.now_ms()).await?;
    }
    transaction.commit().await?;
    Ok(Outcome::Done)
}

/// One came, or one went. Pass the transaction of the push.
pub async fn count<C: ConnectionTrait>(connection: &C, came: bool, now_ms: i64) -> Result<(), Problem> {
    let on_day = print_date(beijing_date(now_ms));
    let row = days::ActiveModel { on_day: Set(on_day.clone()), joined: Set(0), departed: Set(0) };
    days::Entity::insert(row)
        .on_conflict(OnConflict::column(days::Column::OnDay).do_nothing().to_owned())
        .exec_without_returning(connection)
        .await?;
    let column = if came { days::Column::Joined } else { days::Column::Departed };
    days::Entity::update_many()
        .col_expr(column, Expr::col(column).add(1))
        .filter(days::Column::OnDay.eq(on_day))
        .exec(connection)
        .await?;
    Ok(())
}

pub(super) fn staff_router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(followers))
}

/// Followers in numbers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Followers {
    /// How many there are, as WeChat says; nothing when it does not answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<i64>,
    /// The last 30 days, the earliest first; every day is there.
    days: Vec<FollowerDay>,
}

/// A day.
#[derive(Debug, Serialize, ToSchema)]
pub struct FollowerDay {
    /// Which.
    on: String,
    /// People who began to follow.
    joined: i64,
    /// People who left.
    departed: i64,
}

/// Followers: how many, and who came and went in 30 days.
#[utoipa::path(get, path = "/staff/v1/account/followers", tag = "account", responses((status = 200, body = Followers)))]
async fn followers(State(app): State<SharedApp>, _officer: May<may::ContentEdit>) -> Result<Json<Followers>, Problem> {
    let today = beijing_date(app.now_ms());
    let first = print_date(today - Duration::days(DAYS_SHOWN - 1));
    let rows = days::Entity::find()
        .filter(days::Column::OnDay.gte(first))
        .order_by_asc(days::Column::OnDay)
        .all(app.database.reader())
        .await?;
    let shown = (0..DAYS_SHOWN).rev().map(|back| {
        let on = print_date(today - Duration::days(back));
        let row = rows.iter().find(|row| row.on_day == on);
        FollowerDay { joined: row.map_or(0, |row| row.joined), departed: row.map_or(0, |row| row.departed), on }
    });
    let total = match app.wechat.mp() {
        Some(mp) => mp.follower_count().await.ok(),
        None => None,
    };
    Ok(Json(Followers { total, days: shown.collect() }))
}
