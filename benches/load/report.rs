//! Collects figures of all rounds and writes their medians as a table.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use crate::driver::Outcome;
use crate::settings::Settings;
use crate::stage::Stage;

/// The figures of one run.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    per_second: f64,
    half: Duration,
    slowest: Duration,
    server_micros: f64,
    database_micros: f64,
}

impl Row {
    /// What a run came to; every answer stands for `things` things.
    pub fn of(outcome: &Outcome, things: f64) -> Self {
        let answered = (outcome.answered.max(1)) as f64;
        Self {
            per_second: outcome.per_second() * things,
            half: outcome.percentile(50),
            slowest: outcome.percentile(99),
            server_micros: outcome.server_time.as_secs_f64() * 1e6 / answered,
            database_micros: outcome.database_time.as_secs_f64() * 1e6 / answered,
        }
    }
}

struct Line {
    stage: &'static str,
    name: String,
    rows: Vec<Row>,
    limits: Vec<Limit>,
}

struct Limit {
    name: String,
    per_second: Vec<f64>,
}

/// All figures.
#[derive(Default)]
pub struct Report {
    lines: Vec<Line>,
}

impl Report {
    /// Adds the figures of one round.
    pub fn add(&mut self, stage: &Stage, name: &str, row: Row) {
        self.line(stage, name).rows.push(row);
    }

    /// Adds what the database alone managed in the same round.
    pub fn add_limit(&mut self, stage: &Stage, name: &str, limit_name: &str, per_second: Option<f64>) {
        let Some(per_second) = per_second else { return };
        let line = self.line(stage, name);
        match line.limits.iter_mut().find(|limit| limit.name == limit_name) {
            Some(limit) => limit.per_second.push(per_second),
            None => line.limits.push(Limit { name: limit_name.to_owned(), per_second: vec![per_second] }),
        }
    }

    /// Tells that the measurement goes on.
    pub fn progress(&self, text: &str) {
        eprintln!("==> {text}");
    }

    fn line(&mut self, stage: &Stage, name: &str) -> &mut Line {
        let position = self.lines.iter().position(|line| line.stage == stage.name && line.name == name);
        let position = position.unwrap_or_else(|| {
            self.lines.push(Line { stage: stage.name, name: name.to_owned(), rows: Vec::new(), limits: Vec::new() });
            self.lines.len() - 1
        });
        &mut self.lines[position]
    }

    /// The table in Markdown.
    pub fn table(&self, settings: &Settings) -> String {
        let mut text = format!(
            "# Load\n\n{} reports over {} units; {:?} a figure, {} rounds interleaved, medians. Server, database and load \
             share the machine's {} processors. Every order was checked afterwards: paid exactly once.\n",
            settings.rows,
            settings.units(),
            settings.duration,
            settings.rounds,
            std::thread::available_parallelism().map_or(0, usize::from),
        );
        let mut stage = "";
        for line in &self.lines {
            if line.stage != stage {
                stage = line.stage;
                let _infallible = write!(
                    text,
                    "\n## {stage}\n\n| what | a second | p50 ms | p99 ms | CPU µs server + database | limit of the database alone | a second | ours of it |\n|---|--:|--:|--:|--:|---|--:|--:|\n"
                );
            }
            write_line(&mut text, line);
        }
        text
    }

    /// Writes the table to a file and prints it.
    pub fn publish(&self, settings: &Settings, path: &Path) -> anyhow::Result<()> {
        let table = self.table(settings);
        std::fs::write(path, &table)?;
        println!("{table}");
        Ok(())
    }
}

fn write_line(text: &mut String, line: &Line) {
    let column = |read: fn(&Row) -> f64| median(line.rows.iter().map(read).collect());
    let mut head = format!(
        "| {} | {} | {:.2} | {:.2} | {:.0} + {:.0} |",
        line.name,
        grouped(column(|row| row.per_second)),
        column(|row| row.half.as_secs_f64() * 1e3),
        column(|row| row.slowest.as_secs_f64() * 1e3),
        column(|row| row.server_micros),
        column(|row| row.database_micros),
    );
    if line.limits.is_empty() {
        let _infallible = writeln!(text, "{head} | | |");
    }
    for limit in &line.limits {
        let ratios = line.rows.iter().zip(&limit.per_second).map(|(row, limit)| row.per_second / limit).collect();
        let per_second = grouped(median(limit.per_second.clone()));
        let _infallible = writeln!(text, "{head} {} | {per_second} | {:.0} % |", limit.name, median(ratios) * 100.0);
        "| | | | | |".clone_into(&mut head);
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// 12,345 for large numbers, 12.3 for small ones.
fn grouped(value: f64) -> String {
    if value < 100.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
