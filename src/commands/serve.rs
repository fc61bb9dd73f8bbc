//! `tejian serve`: answers requests and works on jobs until it is told to stop.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use foundation::clock::SystemClock;
use foundation::config::Config;
use foundation::sealed::FieldKeys;
use foundation::telemetry;
use tokio::net::TcpListener;

use super::supervisor;
use crate::app::{App, SharedApp};
use crate::nodes::Presence;
use crate::{sealing, watch, web};

/// How to serve.
#[derive(Args)]
pub struct Arguments {
    #[arg(long, help = "只回答请求，不做任何后台任务：查看恢复出来的副本时用，不会对外付款、退款、开票、发消息")]
    without_jobs: bool,
}

/// Runs until SIGTERM or Ctrl-C.
pub async fn run(config: Config, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let _traces = telemetry::start(&config.service, &config.traces)?;
    let address = config.http.listen.clone();
    let app = App::open(config, Arc::new(SystemClock)).await?;
    // Whoever stops it as soon as it listens does not cut off what has just begun.
    let stop = supervisor::told(web::stop_signal());
    let listener = TcpListener::bind(&address).await.with_context(|| format!("无法监听 {address}（http.listen）"))?;
    let metrics_listener = match app.config.http.metrics_listen.as_str() {
        "" => None,
        address => Some(
            TcpListener::bind(address).await.with_context(|| format!("无法监听 {address}（http.metrics_listen）"))?,
        ),
    };
    let address = listener.local_addr()?.to_string();
    // After all that may go wrong: from here on the others know of it.
    let presence = begin(&app, &address, !arguments.without_jobs).await?;
    tracing::info!(address, "serving");
    if let Some(listener) = metrics_listener {
        tracing::info!(address = %listener.local_addr()?, "serving metrics");
        // Ends with the process: whoever measures asks again.
        tokio::spawn(watch::serve_operators(app.clone(), listener));
    }
    // Until the last request and job is finished.
    let _awake = supervisor::ready();
    web::serve_as(presence, listener, stop).await?;
    Ok(ExitCode::SUCCESS)
}

/// Makes a node known that will listen at `address`, if the keys of its configuration open what rests in the database, and what
/// the other nodes are writing there.
///
/// # Errors
/// When they do not, or the database does not answer.
pub async fn begin(app: &SharedApp, address: &str, works_on_jobs: bool) -> anyhow::Result<Presence> {
    let misfits = sealing::misfits(&app.database, &FieldKeys::of_config(&app.config)?).await?;
    anyhow::ensure!(
        misfits.is_empty(),
        "密钥与数据库不符，没有启动（启动了谁也登录不了，新写的内容也会打不开）：\n  - {}",
        misfits.join("\n  - ")
    );
    let presence = Presence::new(app, address, works_on_jobs)?;
    let at_odds = presence.begin().await;
    anyhow::ensure!(
        at_odds.is_empty(),
        "密钥与在运行的节点不符，没有启动（启动了会有人打不开自己的内容）：\n  - {}\n  那个节点已经不在，或本不该在：停掉它，一分钟后再启动",
        at_odds.join("\n  - ")
    );
    Ok(presence)
}
