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

use crate::app::App;
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
    let stop = web::stop_signal();
    let misfits = sealing::misfits(&app.database, &FieldKeys::of_config(&app.config)?).await?;
    anyhow::ensure!(
        misfits.is_empty(),
        "密钥与数据库不符，没有启动（启动了谁也登录不了，新写的内容也会打不开）：\n  - {}",
        misfits.join("\n  - ")
    );
    let listener = TcpListener::bind(&address).await.with_context(|| format!("无法监听 {address}（http.listen）"))?;
    tracing::info!(address = %listener.local_addr()?, "serving");
    let metrics_address = app.config.http.metrics_listen.clone();
    if !metrics_address.is_empty() {
        let listener = TcpListener::bind(&metrics_address)
            .await
            .with_context(|| format!("无法监听 {metrics_address}（http.metrics_listen）"))?;
        tracing::info!(address = %listener.local_addr()?, "serving metrics");
        // Ends with the process: whoever measures asks again.
        tokio::spawn(watch::serve_operators(app.clone(), listener));
    }
    if arguments.without_jobs {
        web::serve_without_jobs(app, listener, stop).await?;
    } else {
        web::serve(app, listener, stop).await?;
    }
    Ok(ExitCode::SUCCESS)
}
