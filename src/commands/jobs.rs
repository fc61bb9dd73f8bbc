//! `tejian jobs list|retry|give-up`: what the workers have given up, the way on once its cause is mended, and the end of what
//! is settled otherwise.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::{Args, Subcommand};
use foundation::calendar::beijing_minute_text;
use foundation::clock::SystemClock;
use foundation::config::Config;
use foundation::jobs::{self, GivenUp, JobFilter, JobState, ListedJob};
use foundation::telemetry;
use serde_json::json;

use super::output::say_line;
use crate::app::{App, SharedApp};
use crate::audit::{self, Action, Entry};

/// Jobs set back in one transaction, which holds the audit trail meanwhile.
const AT_ONCE: u64 = 100;
const REASON_CHARACTERS: std::ops::RangeInclusive<usize> = 2..=200;

/// What to do with jobs.
#[derive(Subcommand)]
pub enum Jobs {
    /// Which there are.
    #[command(about = "列出没有做完的任务，新的在前：编号、种类、次数、时间、最近一次的原因")]
    List(Listing),
    /// Dead ones go on.
    #[command(about = "修好原因后，重新执行已停止的任务；做过的不会再做一遍，记入审计日志")]
    Retry(Retry),
    /// A dead one is settled in another way.
    #[command(about = "放弃一个已停止的任务：事情已用别的办法处理，或不再需要；不再执行，也不再告警，记入审计日志")]
    GiveUp(GiveUp),
}

/// Which jobs to show.
#[derive(Debug, Default, Args)]
pub struct Listing {
    /// In this state alone.
    #[arg(long, value_name = "状态", help = "dead 已停止、waiting 等待或正在做、done 已做完；不写为没有做完的全部")]
    pub state: Option<JobState>,
    /// Of this kind alone.
    #[arg(long, value_name = "种类", help = "例如 payments.refund")]
    pub kind: Option<String>,
    /// The last one of the page before.
    #[arg(long, value_name = "编号", help = "接着这一个往下列：上一页最后一个的编号")]
    pub after: Option<String>,
    /// How many.
    #[arg(long, value_name = "个数", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=500))]
    pub limit: u64,
}

/// Which dead jobs to set going.
#[derive(Debug, Default, Args)]
pub struct Retry {
    /// This one.
    #[arg(value_name = "编号", required_unless_present_any = ["kind", "all_dead"], conflicts_with_all = ["kind", "all_dead"])]
    pub id: Option<String>,
    /// All of a kind.
    #[arg(long, value_name = "种类", conflicts_with = "all_dead", help = "这一种的全部，例如 payments.refund")]
    pub kind: Option<String>,
    /// All there are.
    #[arg(long, help = "全部已停止的任务")]
    pub all_dead: bool,
}

/// Which dead job to give up for good, and why.
#[derive(Debug, Args)]
pub struct GiveUp {
    /// This one.
    #[arg(value_name = "编号")]
    pub id: String,
    /// For the audit trail.
    #[arg(long, value_name = "原因", help = "为什么不用再做，2–200 字，例如“已由银行退回”；写入审计日志")]
    pub reason: String,
}

/// Does it and says what was found or done.
pub async fn run(config: Config, command: Jobs) -> anyhow::Result<ExitCode> {
    telemetry::start_logs("warn", false);
    let app = App::open(config, Arc::new(SystemClock)).await?;
    match command {
        Jobs::List(listing) => {
            for line in list(&app, &listing).await? {
                say_line(line);
            }
        }
        Jobs::Retry(which) => match retry(&app, &which).await? {
            0 => say_line("没有已停止的任务，什么都没有改动"),
            count => say_line(format_args!(
                "已重新执行 {count} 个任务：在运行的节点几秒内接着做，用原来的单号，不会重复收退款；过后用 tejian jobs list 看结果"
            )),
        },
        Jobs::GiveUp(which) => {
            give_up(&app, &which).await?;
            say_line(format_args!(
                "已放弃任务 {}：不再执行，也不再告警；它没有做完的事（退款、开票、消息）不会自动补做",
                which.id
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A page of jobs as lines for people, and what to do for the next page.
///
/// # Errors
/// When the database does not answer, or the page is to go on after a job that is not there.
pub async fn list(app: &App, listing: &Listing) -> anyhow::Result<Vec<String>> {
    let reader = app.database.reader();
    let after = match &listing.after {
        Some(id) => Some(jobs::find(reader, id).await?.with_context(|| format!("没有任务 {id}，请从第一页重新列"))?),
        None => None,
    };
    let filter = JobFilter { state: listing.state, kind: listing.kind.clone() };
    let mut found = jobs::list(reader, &filter, after.as_ref(), listing.limit + 1).await?;
    let goes_on = found.len() as u64 > listing.limit;
    found.truncate(listing.limit as usize);
    let mut lines: Vec<String> = found.iter().map(line_of).collect();
    match found.last() {
        None => lines.push("没有这样的任务".to_owned()),
        Some(last) if goes_on => lines.push(format!("还有更多：加 --after {}", last.id)),
        Some(_) => {}
    }
    Ok(lines)
}

fn line_of(job: &ListedJob) -> String {
    let state = match job.state {
        JobState::Waiting => "等待，到期",
        JobState::Dead => "已停止，停于",
        JobState::Done | JobState::Remembered => "已做完，完成于",
    };
    let key = job.key.as_deref().map(|key| format!("  {key}")).unwrap_or_default();
    let error =
        job.last_error.as_deref().map(|error| format!("\n    {}", error.replace('\n', " "))).unwrap_or_default();
    let (at, begun) = (beijing_minute_text(job.at), beijing_minute_text(job.created_at));
    format!("{}  {}{key}  {state} {at}（最初 {begun}），做了 {} 次{error}", job.id, job.kind, job.attempts)
}

/// Sets dead jobs going again, each by one conditional update, and writes down which; returns how many.
///
/// # Errors
/// When the one that is named is not dead, or the database does not answer; what was set going until then goes on.
pub async fn retry(app: &App, which: &Retry) -> anyhow::Result<u64> {
    if let Some(id) = &which.id {
        let count = set_going(app, std::slice::from_ref(id)).await?;
        anyhow::ensure!(count == 1, "任务 {id} 没有停止：编号不对，或已经重新执行、已经做完；没有改动");
        return Ok(count);
    }
    let filter = JobFilter { state: Some(JobState::Dead), kind: which.kind.clone() };
    let (mut count, mut last) = (0, None);
    loop {
        let mut page = jobs::list(app.database.reader(), &filter, last.as_ref(), AT_ONCE).await?;
        let ids: Vec<String> = page.iter().map(|job| job.id.clone()).collect();
        count += set_going(app, &ids).await?;
        if (page.len() as u64) < AT_ONCE {
            return Ok(count);
        }
        last = page.pop();
    }
}

async fn set_going(app: &App, ids: &[String]) -> anyhow::Result<u64> {
    let transaction = app.database.begin_write().await?;
    let mut revived = Vec::new();
    for id in ids {
        if jobs::revive(&*transaction, id, app.now_ms()).await? {
            revived.push(id.as_str());
        }
    }
    if revived.is_empty() {
        return Ok(0);
    }
    let entry = Entry {
        actor: "command".to_owned(),
        actor_name: "命令行".to_owned(),
        action: Action::JobsRetried,
        object: "jobs".to_owned(),
        detail: json!({ "count": revived.len(), "jobs": revived }),
    };
    audit::record(&*transaction, app, entry).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(revived.len() as u64)
}

/// Gives one dead job up for good, and writes down why.
///
/// # Errors
/// When no reason is given, the job is not dead or is one that must go on, or the database does not answer.
pub async fn give_up(app: &SharedApp, which: &GiveUp) -> anyhow::Result<()> {
    let (id, reason) = (which.id.as_str(), which.reason.trim());
    anyhow::ensure!(
        REASON_CHARACTERS.contains(&reason.chars().count()),
        "请用 --reason 写明原因（2–200 字）；没有改动"
    );
    let transaction = app.database.begin_write().await?;
    let kind = match app.workers().give_up(&*transaction, id, reason).await? {
        GivenUp::Settled { kind } => kind,
        GivenUp::NotDead => {
            anyhow::bail!("任务 {id} 没有停止：编号不对，或已经重新执行、已经做完、已经放弃；没有改动")
        }
        GivenUp::GoesOn => {
            anyhow::bail!(
                "任务 {id} 要一直做下去，或必须做完，不能放弃；请修好原因后运行 tejian jobs retry {id}；没有改动"
            )
        }
    };
    let entry = Entry {
        actor: "command".to_owned(),
        actor_name: "命令行".to_owned(),
        action: Action::JobGivenUp,
        object: id.to_owned(),
        detail: json!({ "kind": kind, "reason": reason }),
    };
    audit::record(&*transaction, app, entry).await?;
    Ok(transaction.commit().await?)
}
