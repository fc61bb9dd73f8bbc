//! `tejian log-level`: shows or changes what the node on this machine logs. Asked from elsewhere, a node does not change it.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, ensure};
use clap::Args;
use foundation::config::Config;

use super::output::say_line;
use super::ready::reachable;

/// A node answers at once or not at all.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// What is wanted.
#[derive(Args)]
pub struct Arguments {
    #[arg(value_name = "级别", help = "如 info,tejian=debug；不写则显示现在的。到重启为止")]
    level: Option<String>,
}

/// Asks the node that listens on `http.metrics_listen`, and changes its level when one is named.
pub async fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let listen = &config.http.metrics_listen;
    ensure!(!listen.is_empty(), "没有设置 http.metrics_listen，节点的日志级别只能在配置里改");
    let address = format!("http://{}/log-level", reachable(listen));
    // Nobody stands between this machine and itself.
    let client = reqwest::Client::builder().timeout(ANSWER_WITHIN).no_proxy().build()?;
    if let Some(level) = &arguments.level {
        let answer = client.put(&address).body(level.clone()).send().await;
        let answer = answer.with_context(|| format!("{address} 没有节点回答"))?;
        let status = answer.status();
        let told = answer.text().await.unwrap_or_default();
        ensure!(status.is_success(), "{}", told.trim());
    }
    let shown = client.get(&address).send().await.with_context(|| format!("{address} 没有节点回答"))?;
    say_line(shown.error_for_status()?.text().await?.trim());
    Ok(ExitCode::SUCCESS)
}
