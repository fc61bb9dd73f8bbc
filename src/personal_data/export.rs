//! Asking for a copy, making it, forgetting it.

use std::io::{Cursor, Write};

use anyhow::Context;
use async_trait::async_trait;
use bytes::Bytes;
use foundation::clock::DAY_MS;
use foundation::ids::new_id_text;
use foundation::jobs::{Handler, LONG_WORK, NewJob, Outcome, enqueue};
use foundation::problem::Problem;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::entity::personal_exports::{ActiveModel, Column, Entity, Model};
use super::{content, page};
use crate::accounts::{self, Account, AccountId, Session};
use crate::app::{App, SharedApp};
use crate::sign_in::{Proof, demand_proof};

/// Makes a copy.
pub(super) const JOB_MAKE: &str = "personal_data.make";
/// Removes it.
pub(super) const JOB_FORGET: &str = "personal_data.forget";
/// A copy lies so long.
const KEPT_MS: i64 = DAY_MS;
/// Where copies lie in the file store.
const PLACE: &str = "personal/";

#[derive(Debug, Serialize, Deserialize)]
struct ExportJob {
    export_id: String,
}

/// Asks for a copy. One that is there or in the making is given again.
pub(super) async fn ask(app: &App, session: &Session, proof: &Proof) -> Result<Model, Problem> {
    demand_proof(app, session, proof).await?;
    if let Some(live) = newest(app, &session.account.id).await? {
        return Ok(live);
    }
    let now = app.now_ms();
    let row = Model {
        id: new_id_text("pex"),
        account_id: session.account.id.to_string(),
        state: "making".to_owned(),
        file_key: None,
        created_at: now,
        ready_at: None,
        expires_at: now + KEPT_MS,
    };
    let transaction = app.database.begin_write().await?;
    Entity::insert(ActiveModel {
        id: Set(row.id.clone()),
        account_id: Set(row.account_id.clone()),
        state: Set(row.state.clone()),
        file_key: Set(None),
        created_at: Set(row.created_at),
        ready_at: Set(None),
        expires_at: Set(row.expires_at),
    })
    .exec_without_returning(&*transaction)
    .await?;
    let job = ExportJob { export_id: row.id.clone() };
    enqueue(&*transaction, NewJob::new(JOB_MAKE, &job, now)).await?;
    enqueue(&*transaction, NewJob::new(JOB_FORGET, &job, row.expires_at)).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(row)
}

/// Whether a file of the store is such a copy.
pub fn is_export(key: &str) -> bool {
    key.starts_with(PLACE)
}

fn key_of_file(export_id: &str) -> String {
    format!("{PLACE}{export_id}.zip")
}

/// The account's copy that is there or in the making.
pub(super) async fn newest(app: &App, account: &AccountId) -> Result<Option<Model>, Problem> {
    let row = Entity::find()
        .filter(Column::AccountId.eq(account.as_str()))
        .filter(Column::ExpiresAt.gt(app.now_ms()))
        .order_by_desc(Column::Id)
        .one(app.database.reader())
        .await?;
    // A backup leaves these files out: after the return to one, what the row tells of is asked for again.
    if let Some(key) = row.as_ref().and_then(|row| row.file_key.as_deref())
        && matches!(app.files.exists(key).await, Ok(false))
    {
        return Ok(None);
    }
    Ok(row)
}

/// Where the account's own copy lies; 404 for anybody else's.
pub(super) async fn key_of(app: &App, account: &AccountId, id: &str) -> Result<String, Problem> {
    let found = newest(app, account).await?.filter(|row| row.id == id);
    let key = found.and_then(|row| row.file_key);
    key.ok_or_else(|| Problem::not_found("export_not_found", "没有找到这份副本").advice("请重新申请"))
}

async fn make(app: &App, export_id: &str) -> anyhow::Result<()> {
    let Some(row) = Entity::find_by_id(export_id).one(app.database.reader()).await? else { return Ok(()) };
    let id = AccountId::from_stored(row.account_id);
    let Some(account) = accounts::account(app.database.reader(), &id).await? else { return Ok(()) };
    let key = key_of_file(export_id);
    app.files.put(&key, zipped(app, &account).await?).await?;
    let transaction = app.database.begin_write().await?;
    Entity::update_many()
        .col_expr(Column::State, Expr::value("ready"))
        .col_expr(Column::FileKey, Expr::value(key.as_str()))
        .col_expr(Column::ReadyAt, Expr::value(app.now_ms()))
        .filter(Column::Id.eq(export_id))
        .exec(&*transaction)
        .await?;
    Ok(transaction.commit().await?)
}

async fn zipped(app: &App, account: &Account) -> anyhow::Result<Bytes> {
    let now = app.now_ms();
    let parts = content::parts(app, account).await?;
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    zip.start_file("个人信息.html", options)?;
    zip.write_all(page::html(&app.config.service.institute_name, &parts, now).as_bytes())?;
    zip.start_file("personal-data.json", options)?;
    zip.write_all(serde_json::to_string_pretty(&content::as_json(&parts, now))?.as_bytes())?;
    Ok(Bytes::from(zip.finish().context("the ZIP ends")?.into_inner()))
}

/// Handler of [`JOB_MAKE`].
pub(super) struct Make(pub(super) SharedApp);

#[async_trait]
impl Handler for Make {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let job: ExportJob = serde_json::from_str(payload)?;
        make(&self.0, &job.export_id).await?;
        Ok(Outcome::Done)
    }

    fn time_limit(&self) -> std::time::Duration {
        LONG_WORK
    }
}

/// Handler of [`JOB_FORGET`].
pub(super) struct Forget(pub(super) SharedApp);

#[async_trait]
impl Handler for Forget {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let job: ExportJob = serde_json::from_str(payload)?;
        self.0.files.delete(&key_of_file(&job.export_id)).await?;
        let transaction = self.0.database.begin_write().await?;
        Entity::delete_by_id(job.export_id.as_str()).exec(&*transaction).await?;
        transaction.commit().await?;
        Ok(Outcome::Done)
    }
}
