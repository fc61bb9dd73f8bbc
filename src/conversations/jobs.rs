//! Fetching pictures from WeChat, and sending answers: each may run again at any point.

use std::sync::Arc;

use async_trait::async_trait;
use foundation::jobs::{Handler, Handlers, Outcome};
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};
use wechat::api::ApiError;
use wechat::mp::MpClient;

use super::entity::{conversation_messages as said, conversations};
use super::model::{SaidId, SaidKind, SaidState};
use super::{forget, pictures, store};
use crate::app::App;

/// Fetches a picture that a person sent.
pub const JOB_FETCH: &str = "conversations.fetch";
/// Sends an answer.
pub const JOB_SEND: &str = "conversations.send";
/// An answer waits this long for the one before it.
const ORDER_PAUSE_MS: i64 = 500;

/// The payload of [`JOB_FETCH`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Fetch {
    /// Which picture.
    pub said_id: String,
}

/// The payload of [`JOB_SEND`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Send {
    /// Which answer.
    pub said_id: String,
}

/// Registers this capability's jobs.
pub fn add_job_handlers(app: &Arc<App>, handlers: &mut Handlers) {
    handlers.add(JOB_FETCH, Arc::new(FetchOne(app.clone())));
    handlers.add(JOB_SEND, Arc::new(SendOne(app.clone())));
    handlers.add(forget::JOB_FORGET, Arc::new(forget::ForgetOld(app.clone())));
}

struct FetchOne(Arc<App>);

#[async_trait]
impl Handler for FetchOne {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let job: Fetch = serde_json::from_str(payload)?;
        fetch(&self.0, &job.said_id).await
    }
}

struct SendOne(Arc<App>);

#[async_trait]
impl Handler for SendOne {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let job: Send = serde_json::from_str(payload)?;
        send(&self.0, &job.said_id).await
    }
}

async fn waiting(app: &App, id: &str) -> anyhow::Result<Option<said::Model>> {
    let row = said::Entity::find_by_id(id).one(app.database.reader()).await?;
    Ok(row.filter(|row| row.state == SaidState::Waiting.as_str()))
}

async fn fetch(app: &App, id: &str) -> anyhow::Result<Outcome> {
    let Some(row) = waiting(app, id).await? else { return Ok(Outcome::Done) };
    let (Some(mp), Some(media_id)) = (app.wechat.mp(), row.media_id.as_deref()) else { return Ok(Outcome::Done) };
    let outcome = match mp.media_get(media_id).await {
        Ok(content) => pictures::keep(app, &SaidId::from_stored(row.id.clone()), content).await?,
        Err(error) if error.media_gone() => Err("图片已过期，无法从微信取回".to_owned()),
        Err(error) => return Err(error.into()),
    };
    let transaction = app.database.begin_write().await?;
    match outcome {
        Ok(key) => store::picture_kept(&*transaction, id, &key).await?,
        Err(why) => store::failed(&*transaction, id, &why).await?,
    }
    transaction.commit().await?;
    Ok(Outcome::Done)
}

async fn send(app: &App, id: &str) -> anyhow::Result<Outcome> {
    let Some(row) = waiting(app, id).await? else { return Ok(Outcome::Done) };
    let reader = app.database.reader();
    if store::earlier_waits(reader, &row).await? {
        return Ok(Outcome::AgainAt(app.now_ms() + ORDER_PAUSE_MS));
    }
    let Some(conversation) = conversations::Entity::find_by_id(&row.conversation_id).one(reader).await? else {
        return Ok(Outcome::Done);
    };
    let result = match app.wechat.mp() {
        None => Err(ApiError::Invalid("服务号还没有配置".to_owned())),
        Some(mp) => answer(app, mp, &conversation.openid, &row).await?,
    };
    let transaction = app.database.begin_write().await?;
    match result {
        // It may be on the phone already, and nothing tells two of them apart: not sent again.
        Ok(()) | Err(ApiError::OutcomeUnknown(_)) => store::done(&*transaction, id).await?,
        Err(error) if error.reply_window_closed() => {
            store::window_over(&*transaction, &conversation.id).await?;
            store::failed(&*transaction, id, "微信的 48 小时回复时限已过，或本轮 5 条已用完").await?;
        }
        Err(error @ (ApiError::Rejected { .. } | ApiError::Invalid(_))) if !may_work_later(&error) => {
            store::failed(&*transaction, id, &error.to_string()).await?;
        }
        Err(error) => return Err(error.into()),
    }
    transaction.commit().await?;
    Ok(Outcome::Done)
}

fn may_work_later(error: &ApiError) -> bool {
    error.is_busy() || error.rate_limited() || error.token_is_stale()
}

async fn answer(app: &App, mp: &MpClient, openid: &str, row: &said::Model) -> anyhow::Result<Result<(), ApiError>> {
    if SaidKind::of_stored(&row.kind) == SaidKind::Text {
        return Ok(mp.custom_send(openid, &row.content).await);
    }
    let Some(key) = row.file_key.as_deref() else { return Ok(Err(ApiError::Invalid("没有图片".to_owned()))) };
    let content = app.files.get(key).await?;
    let media_id = match mp.media_upload_jpeg(&content).await {
        Ok(media_id) => media_id,
        // Nothing was shown to anybody yet: worth repeating.
        Err(error @ (ApiError::OutcomeUnknown(_) | ApiError::Unreachable(_))) => return Err(error.into()),
        Err(error) => return Ok(Err(error)),
    };
    Ok(mp.custom_send_image(openid, &media_id).await)
}
