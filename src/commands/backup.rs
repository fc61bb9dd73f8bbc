//! `tejian backup DIRECTORY`, with `--verify` for the copies that are there, and `tejian restore DIRECTORY/tejian-…`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use foundation::clock::{Clock, SystemClock};
use foundation::config::Config;
use foundation::database::Database;
use foundation::sealed::FieldKeys;

use super::output::say_line;
use crate::{backup, sealing};

/// Where copies are kept.
#[derive(Args)]
pub struct BackUp {
    #[arg(value_name = "目录", help = "备份放在哪里；同一目录里的各次备份共用文件")]
    directory: PathBuf,
    #[arg(
        long,
        value_name = "份数",
        value_parser = clap::value_parser!(u64).range(1..),
        help = "做完以后只留最近的几份完整备份，更早的和不再用到的文件删掉；不写就都留着"
    )]
    keep: Option<u64>,
    #[arg(
        long,
        conflicts_with = "keep",
        help = "不做备份：把目录里已有的每一份备份、每一个文件都读一遍，说出哪些损坏了；什么都不改"
    )]
    verify: bool,
}

/// Which copy.
#[derive(Args)]
pub struct Restore {
    #[arg(value_name = "备份", help = "某一次备份的目录，如 /var/backups/tejian/tejian-20261122-033000")]
    place: PathBuf,
}

/// Makes a copy, says where it is, and lets old ones go if that is asked for.
pub async fn back_up(config: Config, arguments: &BackUp) -> anyhow::Result<ExitCode> {
    if arguments.verify {
        return verify(&arguments.directory);
    }
    let backup::Made { place, manifest, damaged } =
        backup::back_up(&config, &arguments.directory, SystemClock.now_ms()).await?;
    say_line(format_args!(
        "已备份到 {}：数据库 {} 字节，文件 {} 个",
        place.display(),
        manifest.database.bytes,
        manifest.files.len()
    ));
    for file in &damaged {
        say_line(format_args!("{}", told_of(file)));
    }
    // A copy is whole without it: before an upgrade the database may not know of the note yet.
    if let Err(error) = backup::note_made(&config, &manifest).await {
        say_line(format_args!("没有把这次备份记进数据库，备份本身是完整的：{error:#}"));
    }
    if let Some(keep) = arguments.keep {
        let keep = usize::try_from(keep).unwrap_or(usize::MAX);
        let pruned =
            backup::keep_newest(&arguments.directory, &place, keep).context("备份已做好，旧的备份没有清理完")?;
        for place in &pruned.emptied {
            say_line(format_args!(
                "{} 的清单是空的（写的时候断了电），恢复不了，不算在份数里；到时间一起删",
                place.display()
            ));
        }
        for place in &pruned.ahead {
            say_line(format_args!(
                "{} 是时钟走快时做的，不算在份数里，也不会删；不要它就自己删掉这个目录",
                place.display()
            ));
        }
        if pruned.copies + pruned.files > 0 {
            say_line(format_args!("已删除旧的备份 {} 份、不再用到的文件 {} 个", pruned.copies, pruned.files));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn told_of(file: &backup::Damaged) -> String {
    if file.is_mended {
        return format!(
            "注意：备份里的文件 {} 损坏了，已从文件库重新取来，各份备份又是完整的；请检查这块磁盘",
            file.key
        );
    }
    format!(
        "注意：备份里的文件 {} 损坏了，文件库里的也与当时记下的校验值不同；现在的内容另存了一份，以前的备份缺它；请检查两处的磁盘",
        file.key
    )
}

fn verify(directory: &Path) -> anyhow::Result<ExitCode> {
    let verified = backup::verify(directory)?;
    for fault in &verified.faults {
        say_line(format_args!("{fault}"));
    }
    say_line(format_args!("已核对备份 {} 份、文件 {} 个", verified.copies, verified.files));
    if verified.copies == 0 {
        say_line(format_args!("{} 里没有一份完整的备份", directory.display()));
    }
    let is_sound = verified.copies > 0 && verified.faults.is_empty();
    Ok(if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Brings an empty installation to the state of a copy.
pub async fn restore(config: Config, arguments: &Restore) -> anyhow::Result<ExitCode> {
    let manifest = backup::restore(&config, &arguments.place).await?;
    backup::skip_lost_numbers(&config, SystemClock.now_ms())
        .await
        .context("数据已经恢复，但没有跳过备份以后用过的订单号：请清空数据库，再恢复一次")?;
    say_line(format_args!(
        "已恢复：数据库与 {} 个文件。请运行 tejian audit verify 与 tejian doctor 核对",
        manifest.files.len()
    ));
    let database = Database::connect(config.database.url.expose(), 1).await?;
    let misfits = sealing::misfits(&database, &FieldKeys::of_config(&config)?).await?;
    for misfit in &misfits {
        say_line(format_args!("密钥不符：{misfit}"));
    }
    if misfits.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    say_line(format_args!(
        "数据已经恢复，但这份配置的密钥打不开它：换上与备份一起保存的 secrets.keys 与 secrets.index_key，再用 tejian doctor 核对"
    ));
    Ok(ExitCode::FAILURE)
}
