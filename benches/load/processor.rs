//! Processor time of the application and of PostgreSQL, read from `/proc`; zero where there is none.

use std::time::Duration;

use anyhow::Context;

/// Ticks of `/proc/*/stat`: 100 a second on every Linux of today.
const TICK: Duration = Duration::from_millis(10);

/// Whose time is counted.
#[derive(Debug, Clone)]
pub struct Processor {
    /// Processes that serve; none = this one.
    servers: Vec<u32>,
    postmaster: Option<u32>,
}

/// Time used so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct Used {
    /// By the processes that serve; by this process without the thread that asks, which makes the load.
    pub server: Duration,
    /// By PostgreSQL with all its children.
    pub database: Duration,
}

impl Processor {
    /// Counts this process only.
    pub fn of_this_process() -> Self {
        Self { servers: Vec::new(), postmaster: None }
    }

    /// Counts also the PostgreSQL to which the process `backend` belongs.
    pub fn with_postgres(backend: i64) -> anyhow::Result<Self> {
        let stat = read_stat(&format!("/proc/{backend}/stat")).context("PostgreSQL should run on this machine")?;
        Ok(Self { servers: Vec::new(), postmaster: Some(stat.parent) })
    }

    /// Counts these processes instead of this one, and the same PostgreSQL.
    pub fn of_processes(&self, servers: &[u32]) -> Self {
        Self { servers: servers.to_vec(), postmaster: self.postmaster }
    }

    /// Time used until now.
    pub fn used(&self) -> Used {
        let own = |path: &str| read_stat(path).map_or(Duration::ZERO, |stat| stat.own);
        let server = if self.servers.is_empty() {
            own("/proc/self/stat").saturating_sub(own("/proc/thread-self/stat"))
        } else {
            self.servers.iter().map(|process| own(&format!("/proc/{process}/stat"))).sum()
        };
        Used { server, database: self.postgres().unwrap_or_default() }
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
