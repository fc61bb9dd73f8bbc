//! `tejian import fees FILE`: takes in what the institute's core system knows. Good rows are taken; bad ones are told by
//! line and reason, and written beside the file so that they can be mended and imported again.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Subcommand;
use foundation::clock::SystemClock;
use foundation::config::Config;
use foundation::telemetry;

use super::output::say_line;
use crate::app::App;
use crate::imports::{self, ImportProgress, ImportSummary};

/// Told at most this often.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(500);
/// Exit code when rows were rejected: the file was read, but not all of it was taken.
const SOME_REJECTED: u8 = 2;
/// Rejected rows shown on the screen; all of them are in the error file.
const SHOWN_MAX: usize = 10;

/// What to import.
#[derive(Subcommand)]
pub enum Import {
    #[command(about = "导入单位、报检人、设备、报告与费用（CSV 或 XLSX；模板见 config/import-template.csv）")]
    Fees {
        #[arg(value_name = "文件", help = "CSV（UTF-8 或 GB18030）或 XLSX")]
        file: PathBuf,
    },
}

/// Imports and says what became of the rows.
pub async fn run(config: Config, import: Import) -> anyhow::Result<ExitCode> {
    let Import::Fees { file } = import;
    telemetry::start_logs("warn", false);
    let app = App::open(config, Arc::new(SystemClock)).await?;
    let mut progress = Progress::new();
    let summary = imports::import_file(&app, &file, |state| progress.tell(state)).await?;
    progress.end();
    tell(&summary);
    if !summary.has_error_file {
        return Ok(ExitCode::SUCCESS);
    }
    let errors = error_file_beside(&file);
    imports::save_error_file(&app, &summary.id, &errors).await?;
    say_line(format_args!("错误行已写入 {}，改正后可直接再次导入", errors.display()));
    Ok(ExitCode::from(SOME_REJECTED))
}

fn tell(summary: &ImportSummary) {
    let rows = &summary.rows;
    say_line(format_args!(
        "共 {} 行：新增 {}，更新 {}，未变 {}，未接收 {}",
        rows.total, rows.new, rows.changed, rows.unchanged, rows.rejected
    ));
    if !summary.unknown_columns.is_empty() {
        say_line(format_args!("不认识的列（已忽略）：{}", summary.unknown_columns.join("、")));
    }
    for error in summary.errors.iter().take(SHOWN_MAX) {
        say_line(format_args!("  第 {} 行：{}", error.line, error.reason));
    }
    if summary.errors.len() > SHOWN_MAX {
        say_line("  ……");
    }
}

/// `fees.csv` → `fees.errors.csv`.
fn error_file_beside(file: &Path) -> PathBuf {
    file.with_extension("errors.csv")
}

/// One line that is written over on a terminal, and one line now and then elsewhere.
struct Progress {
    started: Instant,
    told: Instant,
    on_terminal: bool,
}

impl Progress {
    fn new() -> Self {
        let now = Instant::now();
        Self { started: now, told: now, on_terminal: std::io::stderr().is_terminal() }
    }

    fn tell(&mut self, state: ImportProgress) {
        let interval = if self.on_terminal { PROGRESS_INTERVAL } else { PROGRESS_INTERVAL * 10 };
        if self.told.elapsed() < interval {
            return;
        }
        self.told = Instant::now();
        let start = if self.on_terminal { "\r" } else { "" };
        let end = if self.on_terminal { "" } else { "\n" };
        eprint!(
            "{start}已处理 {} 行，未接收 {} 行，用时 {} 秒{end}",
            state.rows,
            state.rejected,
            self.started.elapsed().as_secs()
        );
        // A progress line that cannot be shown is no reason to stop.
        let _shown = std::io::stderr().flush();
    }

    fn end(&self) {
        if self.on_terminal {
            eprint!("\r\x1b[K");
        }
    }
}
