//! What the database alone manages: the statements of a request as one transaction, without HTTP and without us. On
//! PostgreSQL by pgbench with as many clients; on SQLite by one connection in one thread.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use sea_orm::sqlx::{Connection, Executor, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::stage::Stage;

/// A transaction in SQL; `:k` in it is its number.
pub struct Script {
    /// For the file of pgbench.
    pub name: String,
    /// The statements between BEGIN and COMMIT.
    pub statements: Vec<String>,
    /// Whether it only reads: then there is no BEGIN and COMMIT, and on PostgreSQL all statements are sent at once.
    pub reads_only: bool,
}

/// Which numbers the transactions get.
#[derive(Debug, Clone, Copy)]
pub enum Numbers {
    /// Each once, from `first` on, `step` apart.
    Once { first: i64, count: i64, step: i64 },
    /// Any below this, for so long.
    Random { below: i64, duration: Duration },
}

/// Transactions a second.
pub fn run(stage: &Stage, script: &Script, numbers: Numbers, clients: usize) -> anyhow::Result<f64> {
    if stage.is_sqlite() { run_sqlite(stage, script, numbers) } else { run_pgbench(stage, script, numbers, clients) }
}

fn run_pgbench(stage: &Stage, script: &Script, numbers: Numbers, clients: usize) -> anyhow::Result<f64> {
    let (choice, mut arguments) = match numbers {
        Numbers::Once { first, count, step } => {
            let each = (count / clients as i64).max(1);
            // Variables live as long as the client: `n` counts its transactions.
            let choice = format!("\\set k {first} + (:client_id * {each} + :n) * {step}\n\\set n :n + 1\n");
            (choice, vec!["-t".to_owned(), each.to_string()])
        }
        Numbers::Random { below, duration } => {
            let seconds = duration.as_secs().max(1).to_string();
            (format!("\\set k random(0, {})\n", below - 1), vec!["-T".to_owned(), seconds])
        }
    };
    let body = script.statements.join(";\n");
    let (open, close) = if script.reads_only { ("\\startpipeline", "\\endpipeline") } else { ("BEGIN;", "COMMIT;") };
    let file = std::env::temp_dir().join(format!("tejian-load-{}-{}.sql", std::process::id(), script.name));
    std::fs::write(&file, format!("{choice}{open}\n{body};\n{close}\n"))?;
    let threads = clients.min(2).to_string();
    let file_name = file.display().to_string();
    arguments.extend(["-n", "-M", "prepared", "-D", "n=0", "-j", &threads, "-f", &file_name].map(str::to_owned));
    arguments.extend(["-c".to_owned(), clients.to_string(), stage.database_url.clone()]);
    let output = Command::new(pgbench()?).args(&arguments).output().context("pgbench")?;
    std::fs::remove_file(&file)?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    anyhow::ensure!(output.status.success(), "pgbench: {complaint}{said}");
    let line = said.lines().find_map(|line| line.strip_prefix("tps = ")).context("pgbench did not say tps")?;
    line.split(' ').next().and_then(|number| number.parse().ok()).context("tps is no number")
}

/// On the path, or where Debian puts it.
fn pgbench() -> anyhow::Result<PathBuf> {
    let on_path = std::env::var_os("PATH")
        .into_iter()
        .flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>())
        .map(|directory| directory.join("pgbench"))
        .find(|file| file.is_file());
    if let Some(file) = on_path {
        return Ok(file);
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").context("pgbench is not installed")?;
    let mut files: Vec<PathBuf> = versions
        .filter_map(Result::ok)
        .map(|version| version.path().join("bin/pgbench"))
        .filter(|file| file.is_file())
        .collect();
    files.sort();
    files.pop().context("pgbench is not installed")
}

fn run_sqlite(stage: &Stage, script: &Script, numbers: Numbers) -> anyhow::Result<f64> {
    let path = stage.database_url.trim_start_matches("sqlite://").split('?').next().unwrap_or_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let statements: Vec<String> = script.statements.iter().map(|statement| statement.replace(":k", "?1")).collect();
    runtime.block_on(async {
        let mut connection = SqliteConnection::connect_with(&sqlite_options(Path::new(path))).await?;
        let started = Instant::now();
        let mut done = 0;
        while let Some(number) = next_number(numbers, done, started) {
            if !script.reads_only {
                connection.execute("BEGIN IMMEDIATE").await?;
            }
            for statement in &statements {
                let query = sea_orm::sqlx::query(sea_orm::sqlx::AssertSqlSafe(statement.as_str())).bind(number);
                connection.fetch_all(query).await?;
            }
            if !script.reads_only {
                connection.execute("COMMIT").await?;
            }
            done += 1;
        }
        let elapsed = started.elapsed();
        connection.close().await?;
        if done == 0 {
            bail!("no transaction ran");
        }
        Ok(done as f64 / elapsed.as_secs_f64())
    })
}

fn next_number(numbers: Numbers, done: i64, started: Instant) -> Option<i64> {
    match numbers {
        Numbers::Once { first, count, step } => (done < count).then_some(first + done * step),
        // Odd and far apart: spread well enough for a measurement.
        Numbers::Random { below, duration } => (started.elapsed() < duration).then_some((done * 7_919 + 13) % below),
    }
}

/// As the application opens its file.
fn sqlite_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(Duration::from_secs(15))
        .pragma("journal_mode", "WAL")
        .pragma("synchronous", "FULL")
        .pragma("temp_store", "MEMORY")
        .pragma("cache_size", "-65536")
}
