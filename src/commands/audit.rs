//! `tejian audit verify`: whether anybody changed the past.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Subcommand;
use foundation::clock::SystemClock;
use foundation::config::Config;
use foundation::telemetry;

use super::output::say_line;
use crate::app::App;
use crate::audit::{self, Verified};

/// What to do with the audit trail.
#[derive(Subcommand)]
pub enum Audit {
    #[command(about = "核对审计日志的哈希链，指出第一条不对的记录")]
    Verify,
}

/// Verifies and says what it found; fails when something does not fit.
pub async fn run(config: Config, command: Audit) -> anyhow::Result<ExitCode> {
    let Audit::Verify = command;
    telemetry::start_logs("warn", false);
    let app = App::open(config, Arc::new(SystemClock)).await?;
    Ok(match audit::verify(app.database.reader()).await? {
        Verified::Whole { count } => {
            say_line(format_args!("审计日志完整：共 {count} 条，没有被改动、插入或删除"));
            ExitCode::SUCCESS
        }
        Verified::Broken(broken) => {
            say_line(format_args!("审计日志在第 {} 条出了问题：{}", broken.seq, broken.what));
            ExitCode::FAILURE
        }
    })
}
