//! `tejian secrets rotate`: everything under the newest key, beside a running service.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Subcommand;
use foundation::clock::SystemClock;
use foundation::config::Config;
use foundation::telemetry;

use super::output::say_line;
use crate::app::App;
use crate::sealing::{self, Wanted};
use crate::{messages, staff, webhooks};

/// What to do with the keys.
#[derive(Subcommand)]
pub enum Secrets {
    /// Everything under the newest key.
    #[command(about = "用 secrets.keys 中最新的密钥重新加密全部个人信息和密钥，服务不用停")]
    Rotate,
}

/// Seals anew what an older key has sealed, and says how much it was. Ended in the middle, it is simply run again.
pub async fn run(config: Config, command: Secrets) -> anyhow::Result<ExitCode> {
    let Secrets::Rotate = command;
    telemetry::start_logs("warn", false);
    let app = App::open(config, Arc::new(SystemClock)).await?;
    let sealed = rotate(&app).await?;
    say_line(format_args!(
        "已用密钥 {} 重新加密 {sealed} 项；确认各节点都已使用新配置后，可从 secrets.keys 删去旧密钥",
        foundation::sealed::keys().newest(),
    ));
    Ok(ExitCode::SUCCESS)
}

/// Seals everything anew that an older key has sealed: fields of people, phones of messages to nobody's inbox, second factors,
/// secrets of receivers. How many fields and phones it was.
///
/// # Errors
/// When the database does not answer, or something does not open.
pub async fn rotate(app: &App) -> anyhow::Result<u64> {
    let plain = |problem: foundation::problem::Problem| anyhow::anyhow!("{problem}");
    let fields = sealing::seal(&app.database, Wanted::ClearAndOlder).await?;
    let phones = messages::seal_stale(app).await?;
    staff::seal_stale(app).await.map_err(plain)?;
    webhooks::seal_stale(app).await.map_err(plain)?;
    Ok(fields + phones)
}
