//! `tejian archive`: what left the tables for files, and the way back.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Subcommand;
use foundation::calendar::beijing_minute_text;
use foundation::clock::SystemClock;
use foundation::config::Config;
use foundation::telemetry;

use super::output::say_line;
use crate::app::App;
use crate::archive;

/// What to do with archives.
#[derive(Subcommand)]
pub enum Archives {
    #[command(about = "列出归档文件：来源、起止时间、行数")]
    List,
    #[command(about = "立即归档到期的记录；平时每天凌晨自动做")]
    Run,
    #[command(about = "显示一个归档文件的内容，每行一条 JSON")]
    Show {
        #[arg(value_name = "编号")]
        id: String,
    },
    #[command(about = "把一个归档文件的记录放回数据库，保留 30 天")]
    BringBack {
        #[arg(value_name = "编号")]
        id: String,
    },
}

/// Does it and says what was done.
pub async fn run(config: Config, command: Archives) -> anyhow::Result<ExitCode> {
    telemetry::start_logs("warn", false);
    let app = App::open(config, Arc::new(SystemClock)).await?;
    match command {
        Archives::List => {
            let all =
                archive::list(app.database.reader(), None).await.map_err(|problem| anyhow::anyhow!("{problem}"))?;
            for one in &all {
                say_line(format_args!(
                    "{}  {:<8} {}  {} 至 {}  {} 行，{} 字节",
                    one.id,
                    one.source,
                    one.state.text(),
                    beijing_minute_text(one.first_at),
                    beijing_minute_text(one.last_at),
                    one.rows,
                    one.bytes
                ));
            }
            say_line(format_args!("共 {} 个归档文件", all.len()));
        }
        Archives::Run => say_line(format_args!("已归档 {} 行", archive::move_all(&app).await?)),
        Archives::Show { id } => {
            for line in archive::read(&app, &id).await?.1 {
                say_line(format_args!("{line}"));
            }
        }
        Archives::BringBack { id } => say_line(format_args!("已放回 {} 行", archive::bring_back(&app, &id).await?)),
    }
    Ok(ExitCode::SUCCESS)
}
