//! `tejian backup DIRECTORY` and `tejian restore DIRECTORY/tejian-…`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use foundation::clock::{Clock, SystemClock};
use foundation::config::Config;

use super::output::say_line;
use crate::backup;

/// Where copies are kept.
#[derive(Args)]
pub struct BackUp {
    #[arg(value_name = "目录", help = "备份放在哪里；同一目录里的各次备份共用文件")]
    directory: PathBuf,
}

/// Which copy.
#[derive(Args)]
pub struct Restore {
    #[arg(value_name = "备份", help = "某一次备份的目录，如 /var/backups/tejian/tejian-20261122-033000")]
    place: PathBuf,
}

/// Makes a copy and says where it is.
pub async fn back_up(config: Config, arguments: &BackUp) -> anyhow::Result<ExitCode> {
    let (place, manifest) = backup::back_up(&config, &arguments.directory, SystemClock.now_ms()).await?;
    say_line(format_args!(
        "已备份到 {}：数据库 {} 字节，文件 {} 个",
        place.display(),
        manifest.database.bytes,
        manifest.files.len()
    ));
    Ok(ExitCode::SUCCESS)
}

/// Brings an empty installation to the state of a copy.
pub async fn restore(config: Config, arguments: &Restore) -> anyhow::Result<ExitCode> {
    let manifest = backup::restore(&config, &arguments.place).await?;
    say_line(format_args!(
        "已恢复：数据库与 {} 个文件。请运行 tejian audit verify 与 tejian doctor 核对",
        manifest.files.len()
    ));
    Ok(ExitCode::SUCCESS)
}
