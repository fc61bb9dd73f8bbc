//! `tejian sessions end`: everybody signed out at once, beside a running service, when passwords or sessions may be in wrong
//! hands.

use std::process::ExitCode;
use std::sync::Arc;

use clap::{ArgGroup, Args, Subcommand};
use foundation::clock::SystemClock;
use foundation::config::Config;
use foundation::telemetry;
use serde_json::json;

use super::output::say_line;
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::{accounts, staff};

/// What to do with those who are signed in.
#[derive(Subcommand)]
pub enum Sessions {
    /// Everybody out.
    #[command(about = "结束全部登录，所有人要重新登录；订单、草稿和账不变，服务不用停")]
    End(End),
}

/// Whose sessions end.
#[derive(Debug, Clone, Copy, Default, Args)]
#[command(group(ArgGroup::new("whose").required(true).args(["payers", "officers", "all"])))]
pub struct End {
    /// Those of payers.
    #[arg(long, help = "缴款人的：手机、电脑和小程序上的全部登录")]
    pub payers: bool,
    /// Those of the institute's own people.
    #[arg(long, help = "员工的：业务台的全部登录")]
    pub officers: bool,
    /// Both.
    #[arg(long, help = "两种都结束")]
    pub all: bool,
    /// WeChats that sign in by themselves go on doing so.
    #[arg(
        long,
        conflicts_with = "officers",
        help = "保留微信绑定：在微信里打开时自动重新登录，服务号消息不中断；只在口令没有外泄时使用"
    )]
    pub keep_wechat: bool,
    /// Does it; without, it only says what would be done.
    #[arg(long, help = "确认执行；不写时只说明会结束多少处登录")]
    pub yes: bool,
}

impl End {
    fn of_payers(self) -> bool {
        self.payers || self.all
    }

    fn of_officers(self) -> bool {
        self.officers || self.all
    }

    /// For the audit trail.
    fn whose(self) -> Vec<&'static str> {
        let chosen = [(self.of_payers(), "payers"), (self.of_officers(), "officers")];
        chosen.into_iter().filter(|(is_chosen, _)| *is_chosen).map(|(_, whose)| whose).collect()
    }
}

/// How many sessions live, or were ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Of payers.
    pub payers: u64,
    /// Of officers.
    pub officers: u64,
}

impl Count {
    fn told(self, end: End) -> String {
        let payers = end.of_payers().then(|| format!("缴款人 {} 处", self.payers));
        let officers = end.of_officers().then(|| format!("员工 {} 处", self.officers));
        payers.into_iter().chain(officers).collect::<Vec<_>>().join("，")
    }
}

/// Says what would be ended, or ends it.
pub async fn run(config: Config, command: Sessions) -> anyhow::Result<ExitCode> {
    let Sessions::End(wanted) = command;
    telemetry::start_logs("warn", false);
    let app = App::open(config, Arc::new(SystemClock)).await?;
    if !wanted.yes {
        say_line(format_args!("会结束的登录：{}", living(&app, wanted).await?.told(wanted)));
        say_line(consequences(wanted));
        say_line("还没有执行。确认要做，请加上 --yes 再运行一次");
        return Ok(ExitCode::FAILURE);
    }
    let ended = end(&app, wanted).await?;
    say_line(format_args!("已结束登录：{}。已记入审计日志", ended.told(wanted)));
    say_line(consequences(wanted));
    Ok(ExitCode::SUCCESS)
}

fn consequences(wanted: End) -> &'static str {
    if wanted.of_payers() && !wanted.keep_wechat {
        "所有人要重新登录；微信不再自动登录，重新登录以前收不到服务号消息，短信照发。订单、草稿和账都不变，没有扣款或退款"
    } else {
        "所有人要重新登录。订单、草稿和账都不变，没有扣款或退款"
    }
}

/// How many sessions of those that are meant live.
///
/// # Errors
/// When the database does not answer.
pub async fn living(app: &App, wanted: End) -> anyhow::Result<Count> {
    let mut count = Count::default();
    if wanted.of_payers() {
        count.payers = accounts::living_sessions(app).await?;
    }
    if wanted.of_officers() {
        count.officers = staff::living_sessions(app.database.reader(), app.now_ms()).await?;
    }
    Ok(count)
}

/// Ends them, and says how many there were. `yes` is not looked at.
///
/// # Errors
/// When the database does not answer; what was ended stays ended, and it is simply done again.
pub async fn end(app: &App, wanted: End) -> anyhow::Result<Count> {
    note(app, wanted).await?;
    let mut ended = Count::default();
    // Officers first: they can do more, and are few.
    if wanted.of_officers() {
        let transaction = app.database.begin_write().await?;
        ended.officers = staff::sign_everybody_out(&*transaction, app.now_ms()).await?;
        transaction.commit().await?;
    }
    if wanted.of_payers() {
        // Before the sessions, or a WeChat would make itself a new one.
        if !wanted.keep_wechat {
            accounts::forget_every_wechat(app).await?;
        }
        ended.payers = accounts::sign_everybody_out(app).await?;
    }
    Ok(ended)
}

/// Before anything is ended: whoever looks into the trail finds it even when the rest broke off.
async fn note(app: &App, wanted: End) -> anyhow::Result<()> {
    let count = living(app, wanted).await?;
    let keeps_wechat = wanted.of_payers().then_some(wanted.keep_wechat);
    let transaction = app.database.begin_write().await?;
    let entry = Entry {
        actor: "command".to_owned(),
        actor_name: "命令行".to_owned(),
        action: Action::EverybodySignedOut,
        object: "sessions".to_owned(),
        detail: json!({ "whose": wanted.whose(), "sessions": count.payers + count.officers, "keeps_wechat": keeps_wechat }),
    };
    audit::record(&*transaction, app, entry).await?;
    Ok(transaction.commit().await?)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(subcommand)]
        command: Sessions,
    }

    fn read(line: &str) -> Option<End> {
        let Sessions::End(end) = Line::try_parse_from(line.split(' ')).ok()?.command;
        Some(end)
    }

    #[test]
    fn whose_sessions_end_is_said_once_and_never_guessed() {
        assert_eq!(read("sessions end --payers").map(End::whose), Some(vec!["payers"]));
        assert_eq!(read("sessions end --officers --yes").map(End::whose), Some(vec!["officers"]));
        assert_eq!(read("sessions end --all --keep-wechat").map(End::whose), Some(vec!["payers", "officers"]));
        assert!(!read("sessions end --all").expect("a command").yes, "nothing is done by accident");
        for wrong in ["sessions end", "sessions end --yes", "sessions end --payers --officers"] {
            assert!(read(wrong).is_none(), "{wrong}");
        }
    }
}
