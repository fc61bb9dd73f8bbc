//! `tejian migrate`: brings the schema up to date, for deployments where `serve` must not.

use std::process::ExitCode;

use foundation::config::Config;
use foundation::database::Database;

use super::output::say_line;
use crate::app::prepare_sqlite_directory;

/// Applies what is pending and says how much it was.
pub async fn run(config: Config) -> anyhow::Result<ExitCode> {
    prepare_sqlite_directory(config.database.url.expose())?;
    let database = Database::connect(config.database.url.expose(), 1).await?;
    let pending = database.pending_migrations().await?;
    database.migrate().await?;
    say_line(format_args!("数据库已是最新（本次执行 {pending} 项变更）"));
    Ok(ExitCode::SUCCESS)
}
