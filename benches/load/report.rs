//! Collects the figures of all rounds and publishes their medians.

use std::path::Path;
use std::time::Duration;

use crate::chart;
use crate::driver::Outcome;
use crate::processor::Used;
use crate::settings::Settings;
use crate::stage::Stage;
use crate::table;

/// Between these lines of the document stand the tables of the last measurement.
const FROM: &str = "<!-- written by make bench: from here -->";
const TO: &str = "<!-- written by make bench: to here -->";

/// The figures of one run.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Things done a second.
    pub per_second: f64,
    /// Half of them took no longer.
    pub half: Duration,
    /// Ninety-nine of a hundred took no longer.
    pub slowest: Duration,
    /// Processor time of the application for each.
    pub server_micros: f64,
    /// Processor time of PostgreSQL for each.
    pub database_micros: f64,
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

    /// So many things that were done in one go; one of them took its share of the time.
    pub fn of_batch(things: i64, elapsed: Duration, before: Used, after: Used) -> Self {
        let things = things.max(1) as f64;
        let share = |from: Duration, to: Duration| to.saturating_sub(from).as_secs_f64() * 1e6 / things;
        let each = elapsed.div_f64(things);
        Self {
            per_second: things / elapsed.as_secs_f64().max(1e-9),
            half: each,
            slowest: each,
            server_micros: share(before.server, after.server),
            database_micros: share(before.database, after.database),
        }
    }
}

/// One thing that was measured, on one database.
pub struct Line {
    /// The database.
    pub stage: &'static str,
    /// What was measured.
    pub name: String,
    /// One for each round.
    pub rows: Vec<Row>,
    /// What it is held against.
    pub limits: Vec<Limit>,
}

impl Line {
    /// The median of a column.
    pub fn median(&self, read: fn(&Row) -> f64) -> f64 {
        median(self.rows.iter().map(read).collect())
    }

    /// The median of our share of a limit in the same round.
    pub fn share(&self, limit: &Limit) -> f64 {
        median(self.rows.iter().zip(&limit.per_second).map(|(row, limit)| row.per_second / limit).collect())
    }
}

/// What the database alone manages.
pub struct Limit {
    /// How it was asked.
    pub name: String,
    /// One for each round.
    pub per_second: Vec<f64>,
}

/// A figure that stands alone.
pub struct Fact {
    /// The database, or what else it belongs to.
    pub of: &'static str,
    /// What was measured.
    pub name: String,
    /// The figure.
    pub value: String,
    /// What it should be.
    pub goal: &'static str,
}

/// A look at so many rows.
pub struct Grown {
    /// The database.
    pub stage: &'static str,
    /// What was looked at.
    pub kind: String,
    /// Reports in the database.
    pub rows: i64,
    /// One for each round.
    pub figures: Vec<Row>,
}

/// All figures.
#[derive(Default)]
pub struct Report {
    /// In the order in which they were first measured.
    pub lines: Vec<Line>,
    /// Figures that stand alone.
    pub facts: Vec<Fact>,
    /// Looks at growing numbers of rows.
    pub growth: Vec<Grown>,
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

    /// Adds a figure that stands alone.
    pub fn fact(&mut self, of: &'static str, name: &str, value: String, goal: &'static str) {
        self.progress(&format!("{of}: {name}: {value}"));
        self.facts.push(Fact { of, name: name.to_owned(), value, goal });
    }

    /// Adds a look at so many rows.
    pub fn grow(&mut self, stage: &Stage, kind: &str, rows: i64, outcome: &Outcome) {
        let row = Row::of(outcome, 1.0);
        let same = |grown: &&mut Grown| grown.stage == stage.name && grown.kind == kind && grown.rows == rows;
        match self.growth.iter_mut().find(same) {
            Some(grown) => grown.figures.push(row),
            None => self.growth.push(Grown { stage: stage.name, kind: kind.to_owned(), rows, figures: vec![row] }),
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

    /// Writes tables and chart into `directory`, and into the documents if that is wanted; prints the tables.
    pub fn publish(&self, settings: &Settings, directory: &Path) -> anyhow::Result<()> {
        let tables = table::tables(self, settings);
        let drawn = chart::draw(self);
        std::fs::write(directory.join("results.md"), &tables)?;
        std::fs::write(directory.join("results.svg"), &drawn)?;
        if let Some(documents) = &settings.documents {
            let path = documents.join("benchmarks.md");
            let text = std::fs::read_to_string(&path)?;
            let (before, rest) = text.split_once(FROM).ok_or_else(|| anyhow::anyhow!("no place for the tables"))?;
            let (_, after) = rest.split_once(TO).ok_or_else(|| anyhow::anyhow!("no end of the tables"))?;
            std::fs::write(&path, format!("{before}{FROM}\n\n{tables}\n{TO}{after}"))?;
            std::fs::write(documents.join("benchmarks.svg"), &drawn)?;
        }
        println!("{tables}");
        Ok(())
    }
}

/// The middle of these values.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
