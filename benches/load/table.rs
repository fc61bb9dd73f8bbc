//! The figures as tables in Markdown.

use std::fmt::Write as _;

use crate::goals;
use crate::nation;
use crate::report::{Grown, Line, Report, median};
use crate::settings::Settings;

/// All tables.
pub fn tables(report: &Report, settings: &Settings) -> String {
    let mut text = format!(
        "{} reports over {} units; {:?} a figure, {} rounds interleaved, medians. Server, database and load share the \
         machine's {} processors ({}). Every order was checked afterwards: paid exactly once.\n\n\
         ![Shares of the limits](benchmarks.svg)\n",
        settings.rows,
        settings.units(),
        settings.duration,
        settings.rounds,
        std::thread::available_parallelism().map_or(0, usize::from),
        machine(),
    );
    let mut stage = "";
    for line in &report.lines {
        if line.stage != stage {
            stage = line.stage;
            put(
                &mut text,
                &format!(
                    "\n### {stage}\n\n| what | a second | p50 ms | p99 ms | CPU µs server + database | limit | a second | \
                     ours of it | goal |\n|---|--:|--:|--:|--:|---|--:|--:|---|"
                ),
            );
        }
        write_line(&mut text, line, &goals::of(report, line));
    }
    write_growth(&mut text, report);
    write_facts(&mut text, report);
    if let Some(sentences) = nation::sentences(report) {
        put(&mut text, &format!("\n### The nation\n\n{sentences}"));
    }
    text
}

fn put(text: &mut String, line: &str) {
    // Writing into a text does not fail.
    let _infallible = writeln!(text, "{line}");
}

fn write_line(text: &mut String, line: &Line, goal: &str) {
    let mut goal = goal;
    let mut head = format!(
        "| {} | {} | {:.2} | {:.2} | {:.0} + {:.0} |",
        line.name,
        grouped(line.median(|row| row.per_second)),
        line.median(|row| row.half.as_secs_f64() * 1e3),
        line.median(|row| row.slowest.as_secs_f64() * 1e3),
        line.median(|row| row.server_micros),
        line.median(|row| row.database_micros),
    );
    if line.limits.is_empty() {
        put(text, &format!("{head} | | | {goal} |"));
    }
    for limit in &line.limits {
        let per_second = grouped(median(limit.per_second.clone()));
        put(text, &format!("{head} {} | {per_second} | {:.0} % | {goal} |", limit.name, line.share(limit) * 100.0));
        goal = "";
        "| | | | | |".clone_into(&mut head);
    }
}

/// One line for each look, one column for each number of reports: requests a second, and processor time.
fn write_growth(text: &mut String, report: &Report) {
    let mut sizes: Vec<i64> = report.growth.iter().map(|grown| grown.rows).collect();
    sizes.sort_unstable();
    sizes.dedup();
    if sizes.len() < 2 {
        return;
    }
    let heads: String = sizes.iter().map(|size| format!(" {} reports |", grouped(*size as f64))).collect();
    put(
        text,
        "\n### While the number of reports grows\n\nRequests a second at 32 connections, and processor time of server and database for each.\n",
    );
    put(text, &format!("| database | what |{heads}\n|---|---|{}", "--:|".repeat(sizes.len())));
    let mut told: Vec<(&str, &str)> = Vec::new();
    for Grown { stage, kind, .. } in &report.growth {
        if told.contains(&(*stage, kind.as_str())) {
            continue;
        }
        told.push((*stage, kind.as_str()));
        let cells: String = sizes.iter().map(|size| format!(" {} |", grown(report, stage, kind, *size))).collect();
        put(text, &format!("| {stage} | {kind} |{cells}"));
    }
}

fn grown(report: &Report, stage: &str, kind: &str, rows: i64) -> String {
    let found = report.growth.iter().find(|grown| grown.stage == stage && grown.kind == kind && grown.rows == rows);
    let Some(found) = found else { return String::new() };
    let middle = |read: fn(&crate::report::Row) -> f64| median(found.figures.iter().map(read).collect());
    let micros = middle(|row| row.server_micros + row.database_micros);
    format!("{} ({micros:.0} µs)", grouped(middle(|row| row.per_second)))
}

fn write_facts(text: &mut String, report: &Report) {
    if report.facts.is_empty() {
        return;
    }
    put(text, "\n### One node, and what is delivered\n\n| of | what | measured | goal |\n|---|---|--:|--:|");
    for fact in &report.facts {
        put(text, &format!("| {} | {} | {} | {} |", fact.of, fact.name, fact.value, fact.goal));
    }
}

/// The processor, as the system names it.
fn machine() -> String {
    let facts = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = facts.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    name.trim_start_matches([' ', '\t', ':']).to_owned()
}

/// 12,345 for large numbers, 12.3 for small ones.
pub fn grouped(value: f64) -> String {
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
