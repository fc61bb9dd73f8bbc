//! Processor time of the application and of PostgreSQL, read from `/proc`; zero where there is none.

use std::time::Duration;

use anyhow::Context;

/// Ticks of `/proc/*/stat`: 100 a second on every Linux of today.
const TICK: Duration = Duration::from_millis(10);

/// Whose time is counted.
#[derive(Debug, Clone)]
pub struct Processor {
    postmaster: Option<u32>,
}

/// Time used so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct Used {
    /// By this process without the thread that asks: that one makes the load.
    pub server: Duration,
    /// By PostgreSQL with all its children.
    pub database: Duration,
}

impl Processor {
    /// Counts this process only.
    pub fn of_this_process() -> Self {
        Self { postmaster: None }
    }

    /// Counts also the PostgreSQL to which the process `backend` belongs.
    pub fn with_postgres(backend: i64) -> anyhow::Result<Self> {
        let stat = read_stat(&format!("/proc/{backend}/stat")).context("PostgreSQL should run on this machine")?;
        Ok(Self { postmaster: Some(stat.parent) })
    }

    /// Time used until now.
    pub fn used(&self) -> Used {
        let process = read_stat("/proc/self/stat").map_or(Duration::ZERO, |stat| stat.own);
        let thread = read_stat("/proc/thread-self/stat").map_or(Duration::ZERO, |stat| stat.own);
        Used { server: process.saturating_sub(thread), database: self.postgres().unwrap_or_default() }
    }

    fn postgres(&self) -> Option<Duration> {
        let postmaster = self.postmaster?;
        let top = read_stat(&format!("/proc/{postmaster}/stat"))?;
        let processes = std::fs::read_dir("/proc").ok()?.filter_map(Result::ok);
        let children = processes
            .filter_map(|entry| read_stat(&format!("{}/stat", entry.path().display())))
            .filter(|stat| stat.parent == postmaster);
        Some(top.own + top.of_dead_children + children.map(|stat| stat.own).sum::<Duration>())
    }
}

struct Stat {
    parent: u32,
    own: Duration,
    of_dead_children: Duration,
}

/// Fields after the name in brackets, which may itself hold blanks: state, parent, …, see proc(5).
fn read_stat(path: &str) -> Option<Stat> {
    let text = std::fs::read_to_string(path).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks = |position: usize| -> Option<Duration> { Some(TICK * fields.get(position)?.parse().ok()?) };
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        own: ticks(11)? + ticks(12)?,
        of_dead_children: ticks(13)? + ticks(14)?,
    })
}
