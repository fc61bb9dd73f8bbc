//! `tejian migrate`: brings the schema up to date, for deployments where `serve` must not.

use std::process::ExitCode;

use foundation::config::Config;
use foundation::database::Database;
use foundation::sealed::{self, FieldKeys};

use super::output::say_line;
use crate::app::prepare_sqlite_directory;
use crate::sealing::{self, Wanted};

/// Applies what is pending and says how much it was.
pub async fn run(config: Config) -> anyhow::Result<ExitCode> {
    prepare_sqlite_directory(config.database.url.expose())?;
    let database = Database::connect(config.database.url.expose(), 1).await?;
    let pending = database.pending_migrations().await?;
    database.migrate().await?;
    sealed::install(FieldKeys::of_config(&config)?);
    let fields = sealing::seal(&database, Wanted::Clear).await?;
    say_line(format_args!("数据库已是最新（本次执行 {pending} 项变更，加密 {fields} 项个人信息）"));
    Ok(ExitCode::SUCCESS)
}
