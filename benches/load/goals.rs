//! What each figure should be, and whether it is. The goals were set from peers and limits measured on such a machine; they
//! are held against limits of the same run, because machines differ from minute to minute.

use crate::report::{Line, Report};

/// What is asked of one line.
enum Goal {
    /// So many percent of the limit whose name begins so.
    Share(&'static str, f64),
    /// At least so many a second.
    PerSecond(f64),
    /// Processor time of the application for each, in microseconds.
    Server(f64),
    /// Processor time of PostgreSQL for each, in microseconds.
    Database(f64),
    /// Half of them within so many milliseconds.
    Half(f64),
    /// Ninety-nine of a hundred within so many milliseconds.
    Slowest(f64),
    /// So many times the line of this name.
    Times(&'static str, f64),
}

/// On PostgreSQL, by the beginning of the name: the first that fits.
const SERVER: [(&str, &[Goal]); 13] = [
    ("payment notice, 1 connection", &[Goal::Share("pgbench, one statement", 87.0)]),
    ("payment notice, 16", &[Goal::Share("pgbench, one statement", 85.0), Goal::Server(100.0)]),
    ("payment notice, 64", &[Goal::Share("pgbench, one statement", 200.0), Goal::Server(100.0), Goal::Slowest(15.0)]),
    ("forged payment notice", &[Goal::PerSecond(15_000.0)]),
    ("pending list, unit of", &[Goal::Share("pgbench", 60.0)]),
    ("search by number, unit of 50,", &[Goal::Database(400.0)]),
    ("search by number", &[Goal::Database(3_000.0)]),
    ("search by two characters", &[Goal::Database(20_000.0)]),
    ("create order of 2000", &[Goal::Half(150.0)]),
    ("message to the service account", &[Goal::Server(45.0)]),
    ("pending list, 2 nodes", &[Goal::Times("pending list, 1 node of one thread", 1.7)]),
    ("page that asks no database, 2 nodes", &[Goal::Times("page that asks no database, 1 node of one thread", 1.7)]),
    ("", &[]),
];
/// On SQLite.
const FILE: [(&str, &[Goal]); 6] = [
    ("payment notice, 64", &[Goal::PerSecond(10_000.0), Goal::Share("one thread, same", 75.0)]),
    ("forged payment notice", &[Goal::PerSecond(15_000.0)]),
    ("create order of 2000", &[Goal::Half(150.0)]),
    ("message to the service account", &[Goal::Server(45.0)]),
    ("page that asks no database, 2 nodes", &[Goal::Times("page that asks no database, 1 node of one thread", 1.7)]),
    ("", &[Goal::Share("one thread, same", 75.0)]),
];

/// The goals of a line in words, each with whether it is reached; nothing where none is set.
pub fn of(report: &Report, line: &Line) -> String {
    let goals = if line.stage == "SQLite" { &FILE[..] } else { &SERVER[..] };
    let found = goals.iter().find(|(name, _)| line.name.starts_with(name));
    let told = found.iter().flat_map(|(_, goals)| goals.iter()).filter_map(|goal| tell(report, line, goal));
    told.map(|(words, reached)| format!("{words} {}", if reached { "✓" } else { "✗" })).collect::<Vec<_>>().join(", ")
}

fn tell(report: &Report, line: &Line, goal: &Goal) -> Option<(String, bool)> {
    Some(match goal {
        Goal::Share(name, percent) => {
            let limit = line.limits.iter().find(|limit| limit.name.starts_with(name))?;
            (format!("≥ {percent} % of {}", limit.name), line.share(limit) * 100.0 >= *percent)
        }
        Goal::PerSecond(least) => (format!("≥ {least} a second"), line.median(|row| row.per_second) >= *least),
        Goal::Server(most) => (format!("server ≤ {most} µs"), line.median(|row| row.server_micros) <= *most),
        Goal::Database(most) => (format!("database ≤ {most} µs"), line.median(|row| row.database_micros) <= *most),
        Goal::Half(most) => (format!("p50 ≤ {most} ms"), line.median(|row| row.half.as_secs_f64() * 1e3) <= *most),
        Goal::Slowest(most) => {
            (format!("p99 ≤ {most} ms"), line.median(|row| row.slowest.as_secs_f64() * 1e3) <= *most)
        }
        Goal::Times(name, least) => {
            let other = report.lines.iter().find(|other| other.stage == line.stage && other.name == *name)?;
            let times = line.median(|row| row.per_second) / other.median(|row| row.per_second);
            (format!("≥ {least} × one node"), times >= *least)
        }
    })
}
