//! The nodes: processes of the real program.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpStream;
use tokio::sync::Mutex;

use super::node_clock::{NodeClock, tidy};
use super::programs::{free_address, signal};

/// How long a node may take to listen.
const START_PATIENCE: Duration = Duration::from_secs(120);
/// Before a node that ended is started again (`RestartSec`, shortened).
const SUPERVISOR_PAUSE: Duration = Duration::from_secs(1);

/// All nodes of the installation.
pub struct Nodes {
    nodes: Vec<Node>,
    /// The most memory that any process of theirs ever had, KiB.
    peak_kib: AtomicU64,
}

struct Node {
    address: SocketAddr,
    directory: PathBuf,
    settings: Vec<(String, String)>,
    child: Mutex<Option<Child>>,
}

impl Nodes {
    /// Addresses for so many nodes.
    pub fn addresses(count: usize) -> anyhow::Result<Vec<SocketAddr>> {
        (0..count).map(|_| free_address()).collect()
    }

    /// Nodes that do not run yet, with these settings beside `tejian.toml` in `directory`; each writes its log there. The
    /// last one lives by `clock`.
    pub fn new(
        addresses: &[SocketAddr],
        directory: &Path,
        settings: &[(String, String)],
        clock: Option<&NodeClock>,
    ) -> Self {
        let node = |(number, address): (usize, &SocketAddr)| {
            let of_clock = clock.filter(|_| number + 1 == addresses.len()).map(NodeClock::settings);
            Node {
                address: *address,
                directory: directory.to_owned(),
                settings: settings.iter().cloned().chain(of_clock.into_iter().flatten()).collect(),
                child: Mutex::new(None),
            }
        };
        Self { nodes: addresses.iter().enumerate().map(node).collect(), peak_kib: AtomicU64::new(0) }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Starts a node and waits until it listens. One that ends because the database is not there yet is started again, as
    /// a supervisor does; gives how often.
    pub async fn start(&self, number: usize) -> anyhow::Result<u64> {
        let node = &self.nodes[number];
        let mut child = node.child.lock().await;
        let mut started = node.spawn(number)?;
        let mut again = 0;
        let patience = tokio::time::Instant::now() + START_PATIENCE;
        while TcpStream::connect(node.address).await.is_err() {
            let late = tokio::time::Instant::now() >= patience;
            anyhow::ensure!(!late, "node {number} does not listen; see {}", node.log(number).display());
            tokio::time::sleep(Duration::from_millis(20)).await;
            if started.try_wait()?.is_some() {
                tokio::time::sleep(SUPERVISOR_PAUSE).await;
                started = node.spawn(number)?;
                again += 1;
            }
        }
        *child = Some(started);
        Ok(again)
    }

    /// Starts a node and does not wait for it.
    pub async fn start_halfway(&self, number: usize) -> anyhow::Result<()> {
        let node = &self.nodes[number];
        *node.child.lock().await = Some(node.spawn(number)?);
        Ok(())
    }

    /// The node dies at once (`kill -9`).
    pub async fn kill(&self, number: usize) -> anyhow::Result<()> {
        if let Some(mut child) = self.nodes[number].child.lock().await.take() {
            self.note_memory_of(child.id());
            child.kill()?;
            child.wait()?;
            tidy(child.id());
        }
        Ok(())
    }

    /// The node stops as an operator stops it, finishing what it has begun.
    pub async fn stop(&self, number: usize) -> anyhow::Result<()> {
        let Some(mut child) = self.nodes[number].child.lock().await.take() else { return Ok(()) };
        Command::new("kill").arg(child.id().to_string()).status()?;
        let status = loop {
            // Until it has ended, for it may need the most while it finishes.
            self.note_memory_of(child.id());
            match child.try_wait()? {
                Some(status) => break status,
                None => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        };
        anyhow::ensure!(status.success(), "node {number} did not stop well: {status}");
        Ok(())
    }

    /// The node stands still, as a machine does that its host has put aside; nothing is closed. Its process, for
    /// [`Nodes::thaw`].
    pub async fn freeze(&self, number: usize) -> anyhow::Result<Option<u32>> {
        let child = self.nodes[number].child.lock().await;
        let process = child.as_ref().map(Child::id);
        signal("STOP", process.as_slice())?;
        Ok(process)
    }

    /// What stood still goes on, and believes that no time has passed. Nobody is waited for: whoever stops the node may wait
    /// for exactly this.
    pub fn thaw(&self, process: Option<u32>) -> anyhow::Result<()> {
        signal("CONT", process.as_slice())
    }

    /// Notes how much the processes took so far; nodes that are being started are left out. The kernel keeps the most that a
    /// process ever had, so that nothing is missed but what one takes between the last look and a death that nobody here
    /// brought about.
    pub fn note_memory(&self) {
        for node in &self.nodes {
            if let Some(process) = node.child.try_lock().ok().and_then(|child| child.as_ref().map(Child::id)) {
                self.note_memory_of(process);
            }
        }
    }

    fn note_memory_of(&self, process: u32) {
        if let Some(peak_kib) = memory_peak_kib(process) {
            self.peak_kib.fetch_max(peak_kib, Ordering::Relaxed);
        }
    }

    /// The most memory that one process of any node had, as far as it was noted, KiB.
    pub fn memory_peak_kib(&self) -> u64 {
        self.peak_kib.load(Ordering::Relaxed)
    }

    /// All nodes stop.
    pub async fn stop_all(&self) -> anyhow::Result<()> {
        for number in 0..self.len() {
            self.stop(number).await?;
        }
        Ok(())
    }

    /// What the nodes said of panics.
    pub fn panics(&self) -> Vec<String> {
        let lines = |(number, node): (usize, &Node)| {
            let text = std::fs::read_to_string(node.log(number)).unwrap_or_default();
            text.lines().filter(|line| line.contains("panicked")).map(str::to_owned).collect::<Vec<_>>()
        };
        self.nodes.iter().enumerate().flat_map(lines).collect()
    }
}

/// The most memory that a process had since it began, KiB; nothing of one that has ended.
fn memory_peak_kib(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(child) = self.child.get_mut() {
            // It may be dead already.
            let _ended = child.kill();
        }
    }
}

impl Node {
    fn log(&self, number: usize) -> PathBuf {
        self.directory.join(format!("node-{number}.log"))
    }

    fn spawn(&self, number: usize) -> anyhow::Result<Child> {
        let log = File::options().create(true).append(true).open(self.log(number))?;
        Command::new(env!("CARGO_BIN_EXE_tejian"))
            .arg("--config")
            .arg(self.directory.join("tejian.toml"))
            .arg("serve")
            .envs(self.settings.iter().cloned())
            .env("TEJIAN__HTTP__LISTEN", self.address.to_string())
            .stdout(Stdio::from(log.try_clone()?))
            .stderr(Stdio::from(log))
            .spawn()
            .context("the program starts")
    }
}
