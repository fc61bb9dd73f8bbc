//! The end of an account.

use async_trait::async_trait;
use foundation::clock::DAY_MS;
use foundation::jobs::{Handler, NewJob, Outcome, enqueue};
use foundation::problem::Problem;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};

use crate::accounts::{self, Account, AccountId, AccountKind, Role, Session};
use crate::app::{App, SharedApp};
use crate::happenings::{PersonEvent, publish_person};
use crate::sign_in::{Proof, demand_proof};
use crate::{messages, recovery};

/// Deletes an account whose cooling-off time is over.
pub(super) const JOB_DELETE: &str = "personal_data.delete";

/// What stays, and why; shown before.
pub(super) const KEPT: [&str; 3] = [
    "您提交的缴款订单、支付与退款记录：属于单位的会计账册，依法保存",
    "已开具的票据和检验报告：属于单位和检验机构的档案，依法保存",
    "核心系统里报检时登记的联系电话：属于检验档案，请向检验机构申请更正",
];

#[derive(Debug, Serialize, Deserialize)]
struct DeletionJob {
    account_id: String,
    due_at: i64,
}

/// Why an account cannot be deleted now; nothing when it can.
pub(super) async fn obstacle<C: ConnectionTrait>(connection: &C, account: &Account) -> Result<Option<String>, Problem> {
    if account.kind != AccountKind::Person {
        return Ok(Some("单位账号和子账号由单位管理，不能自己注销".to_owned()));
    }
    for access in accounts::units_of(connection, &account.id).await? {
        let owners = accounts::count_members(connection, &access.unit.id, Some(Role::Owner)).await?;
        if access.role == Role::Owner && owners <= 1 {
            return Ok(Some(format!("您是{}唯一的负责人，请先移交负责人", access.unit.name)));
        }
    }
    Ok(None)
}

/// Plans the deletion; the account is signed out everywhere, and any sign-in calls it off. Gives when it will happen.
pub(super) async fn plan(app: &App, session: &Session, proof: &Proof) -> Result<i64, Problem> {
    let account = &session.account;
    if let Some(reason) = obstacle(app.database.reader(), account).await? {
        return Err(Problem::conflict("deletion_not_possible", "现在还不能注销账号").advice(reason));
    }
    demand_proof(app, session, proof).await?;
    let now = app.now_ms();
    let due_at = now + app.config.members.deletion_days * DAY_MS;
    let transaction = app.database.begin_write().await?;
    accounts::plan_deletion(&*transaction, &account.id, Some(due_at)).await?;
    // WeChat would sign in by itself, and call it off.
    accounts::sign_out_everywhere(&*transaction, &account.id, None, now).await?;
    let job = DeletionJob { account_id: account.id.to_string(), due_at };
    enqueue(&*transaction, NewJob::new(JOB_DELETE, &job, due_at)).await?;
    let planned = PersonEvent::DeletionPlanned { account_id: account.id.to_string(), due_at };
    publish_person(&*transaction, planned, now).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(due_at)
}

async fn delete(app: &App, job: &DeletionJob) -> anyhow::Result<()> {
    let id = AccountId::from_stored(job.account_id.clone());
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let Some(account) = accounts::account(&*transaction, &id).await? else { return Ok(()) };
    // Called off, or planned anew: another job has the later time.
    if account.deletion_due_at != Some(job.due_at) {
        return Ok(());
    }
    if obstacle(&*transaction, &account).await?.is_some() {
        // He became the last owner of a unit meanwhile: the account stays, and he is asked again when he comes.
        accounts::plan_deletion(&*transaction, &id, None).await?;
        return Ok(transaction.commit().await?);
    }
    for access in accounts::units_of(&*transaction, &id).await? {
        accounts::remove_member(&*transaction, &access.unit.id, &id, now).await?;
    }
    recovery::forget_questions(&*transaction, &account).await?;
    accounts::earlier_phones::forget_account(&*transaction, &id).await?;
    messages::forget_inbox(&*transaction, &id).await?;
    accounts::sign_out_everywhere(&*transaction, &id, None, now).await?;
    accounts::erase(&*transaction, &id, now).await?;
    Ok(transaction.commit().await?)
}

/// Handler of [`JOB_DELETE`].
pub(super) struct Delete(pub(super) SharedApp);

#[async_trait]
impl Handler for Delete {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        delete(&self.0, &serde_json::from_str(payload)?).await?;
        Ok(Outcome::Done)
    }
}
