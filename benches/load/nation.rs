//! How much of such machines the nation needs, by the figures just measured.

use crate::report::{Line, Report};

/// Payment notices a second in the worst minute.
const NOTICES: f64 = 2_000.0;
/// Looks at lists a second.
const READS: f64 = 560.0;

/// The reckoning; nothing where its figures were not measured.
pub fn sentences(report: &Report) -> Option<String> {
    let line = |name: &str| report.lines.iter().find(|line| line.stage == "PostgreSQL" && line.name == name);
    let notice = line("payment notice, 64 connections")?;
    let read = line("pending list, unit of 50, 32 connections")?;
    let seconds = |line: &Line, which: fn(&crate::report::Row) -> f64| line.median(which) / 1e6;
    let processors =
        |which: fn(&crate::report::Row) -> f64| NOTICES * seconds(notice, which) + READS * seconds(read, which);
    let (servers, database) = (processors(|row| row.server_micros), processors(|row| row.database_micros));
    let machines = NOTICES / notice.median(|row| row.per_second) + READS / read.median(|row| row.per_second);
    Some(format!(
        "The nation's worst minute brings {NOTICES:.0} payment notices and {READS:.0} looks at lists a second. By the \
         processor time above that is {servers:.1} processors for nodes and {database:.1} for PostgreSQL: **{} nodes of two \
         processors** beside a database of {} (half of each kept free). As measured here, where load, node and database \
         share two processors, it would be {machines:.1} such machines.",
        servers.ceil().max(2.0),
        (database * 2.0).ceil(),
    ))
}
