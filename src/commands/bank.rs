//! `tejian bank import FILE`: takes a statement of the institute's bank account in, and claims what leaves no doubt.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, ensure};
use clap::Subcommand;
use foundation::clock::SystemClock;
use foundation::config::Config;
use foundation::telemetry;

use crate::app::App;
use crate::bank::{self, MappingId, NewStatement, StatementState};

/// Lines shown on the screen.
const SHOWN_MAX: usize = 10;
/// Exit code when lines were rejected or the columns are not understood.
const NOT_ALL_TAKEN: u8 = 2;

/// What to do with bank statements.
#[derive(Subcommand)]
pub enum Bank {
    #[command(about = "导入银行流水（网银下载的 CSV 或 XLSX），重复的行自动识别，无疑问的自动认款")]
    Import {
        #[arg(value_name = "文件", help = "CSV（UTF-8 或 GBK）或 XLSX")]
        file: PathBuf,
        #[arg(long, value_name = "名称", help = "使用业务台保存的列对应关系")]
        mapping: Option<String>,
    },
}

/// Imports and says what became of the lines.
pub async fn run(config: Config, command: Bank) -> anyhow::Result<ExitCode> {
    let Bank::Import { file, mapping } = command;
    telemetry::start_logs("warn", false);
    let content = std::fs::read(&file).with_context(|| format!("无法读取 {}", file.display()))?;
    let max = config.bank.statement_limit_bytes;
    ensure!(content.len() <= max, "文件超过 {} MB，请按日期拆成几个文件", max / 1_048_576);
    let app = App::open(config, Arc::new(SystemClock)).await?;
    let mapping_id = match mapping {
        None => None,
        Some(name) => {
            let saved = bank::mapping_by_name(app.database.reader(), &name).await?;
            let saved = saved.with_context(|| format!("没有名为“{name}”的列对应关系"))?;
            Some(MappingId::from_stored(saved.id))
        }
    };
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let new = NewStatement {
        file_name: &name,
        content: content.into(),
        mapping_id: mapping_id.as_ref(),
        imported_by: "命令行",
        officer: None,
    };
    let row = bank::import(&app, new).await?;
    if row.state()? == StatementState::NeedsMapping {
        println!("看不懂这份流水的列，已保存；请到业务台“银行流水”里指定每一列的含义（编号 {}）", row.id);
        return Ok(ExitCode::from(NOT_ALL_TAKEN));
    }
    app.workers().run_due().await?;
    let statement = bank::Statement::of(row, None)?;
    println!(
        "共 {} 行：新增 {}，重复 {}，支出或汇总行 {}，未接收 {}",
        statement.rows, statement.new, statement.duplicates, statement.skipped, statement.rejected
    );
    if statement.perhaps_known > 0 {
        println!("其中 {} 笔可能已经导入过，请到业务台核对是否同一笔", statement.perhaps_known);
    }
    for error in statement.errors.iter().take(SHOWN_MAX) {
        println!("  第 {} 行：{}", error.line, error.reason);
    }
    let claimed = bank::claimed_of_statement(app.database.reader(), statement.id.as_str()).await?;
    println!("自动认款 {claimed} 笔，其余请到业务台认领");
    Ok(if statement.rejected == 0 { ExitCode::SUCCESS } else { ExitCode::from(NOT_ALL_TAKEN) })
}
