//! Nodes as they run in earnest: processes of the program. How soon one is ready, what memory it takes, and what two
//! manage beside one.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::driver::{End, Target, ask, drive_at, request};
use crate::processor::Processor;
use crate::report::{Report, Row};
use crate::seed::session;
use crate::settings::Settings;
use crate::stage::Stage;

const PROGRAM: &str = env!("CARGO_BIN_EXE_tejian");
const PATIENCE: Duration = Duration::from_secs(60);
const CONNECTIONS: usize = 32;
/// Units that look.
const VISITORS: i64 = 256;

/// One node.
struct Node {
    child: Child,
    address: SocketAddr,
    ready_after: Duration,
}

impl Node {
    /// Starts it and waits until it answers that it is ready. `threads`: processors it may use.
    fn start(stage: &Stage, log: &Path, threads: Option<usize>) -> anyhow::Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let log = File::options().create(true).append(true).open(log)?;
        let started = Instant::now();
        let mut command = Command::new(PROGRAM);
        command.arg("--config").arg(&stage.settings_file).arg("serve");
        command.env("TEJIAN__HTTP__LISTEN", address.to_string()).env("TEJIAN__SERVICE__LOG_LEVEL", "warn");
        if let Some(threads) = threads {
            command.env("TOKIO_WORKER_THREADS", threads.to_string());
        }
        let child = command.stdout(Stdio::null()).stderr(Stdio::from(log)).spawn().context("the program starts")?;
        let mut node = Self { child, address, ready_after: Duration::ZERO };
        let ready = request("GET", "/readyz", &[], b"");
        while ask(address, &ready).is_err() {
            anyhow::ensure!(started.elapsed() < PATIENCE, "a node does not get ready");
            anyhow::ensure!(node.child.try_wait()?.is_none(), "a node ended");
            std::thread::sleep(Duration::from_millis(1));
        }
        node.ready_after = started.elapsed();
        Ok(node)
    }

    /// A figure of `/proc/*/status` in MiB.
    fn memory_mib(&self, figure: &str) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(figure)).unwrap_or_default();
        let kib: f64 = line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_default();
        kib / 1_024.0
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

/// Measures nodes on the database of the stage, whose own application rests meanwhile.
pub fn measure(stage: &Stage, settings: &Settings, directory: &Path, report: &mut Report) -> anyhow::Result<()> {
    // What the measurements before left to be done would be done now.
    stage.write(&["DELETE FROM jobs".to_owned()])?;
    let log = directory.join("nodes.log");
    let visitors = VISITORS.min(settings.units() - 1);
    let lists = (0..visitors)
        .map(|unit| {
            let session = session(stage, unit)?;
            let headers = [("authorization", session.as_str()), ("x-client", "h5-wechat")];
            Ok(request("GET", "/api/v1/fees?limit=20", &headers, b""))
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    memory(stage, settings, &log, &lists, report)?;
    let pages = vec![request("GET", "/healthz", &[], b"")];
    let kinds = [("pending list", lists, 200), ("page that asks no database", pages, 200)];
    for round in 0..settings.rounds {
        for (what, requests, status) in &kinds {
            for count in [1, 2] {
                let nodes =
                    (0..count).map(|_| Node::start(stage, &log, Some(1))).collect::<anyhow::Result<Vec<_>>>()?;
                let addresses: Vec<SocketAddr> = nodes.iter().map(|node| node.address).collect();
                let processes: Vec<u32> = nodes.iter().map(|node| node.child.id()).collect();
                let processor = stage.processor.of_processes(&processes);
                let target = Target { addresses: &addresses, processor: &processor };
                let outcome = drive_at(&target, CONNECTIONS, requests, End::After(settings.duration), *status)?;
                let noun = if count == 1 { "node" } else { "nodes" };
                report.add(stage, &format!("{what}, {count} {noun} of one thread"), Row::of(&outcome, 1.0));
            }
        }
        report.progress(&format!("{}: nodes, round {} of {}", stage.name, round + 1, settings.rounds));
    }
    Ok(())
}

/// Cold start, and memory at rest and under load.
fn memory(
    stage: &Stage,
    settings: &Settings,
    log: &Path,
    lists: &[Vec<u8>],
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut ready = Vec::new();
    for _ in 0..5 {
        ready.push(Node::start(stage, log, None)?.ready_after);
    }
    ready.sort_unstable();
    let node = Node::start(stage, log, None)?;
    std::thread::sleep(Duration::from_secs(2));
    let at_rest = node.memory_mib("VmRSS:");
    let processor: Processor = stage.processor.of_processes(&[node.child.id()]);
    let target = Target { addresses: &[node.address], processor: &processor };
    drive_at(&target, 256, lists, End::After(settings.duration * 3), 200)?;
    let most = node.memory_mib("VmHWM:");
    let ready_ms = ready[ready.len() / 2].as_secs_f64() * 1e3;
    report.fact(stage.name, "ready after the start", format!("{ready_ms:.0} ms"), "≤ 300 ms");
    report.fact(stage.name, "memory of a node at rest", format!("{at_rest:.0} MiB"), "≤ 60 MiB");
    let what = "memory of a node, the most under 256 connections";
    report.fact(stage.name, what, format!("{most:.0} MiB"), "≤ 250 MiB");
    Ok(())
}

/// How large what is delivered is; once for both databases.
pub fn sizes(report: &mut Report) -> anyhow::Result<()> {
    let mib = |bytes: u64| bytes as f64 / (1_024.0 * 1_024.0);
    let program = mib(std::fs::metadata(PROGRAM)?.len());
    report.fact("delivered", "the program, with symbols as built here", format!("{program:.1} MiB"), "≤ 40 MiB");
    let package = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("miniprogram/dist/build/mp-weixin");
    if package.is_dir() {
        let bytes = folder_bytes(&package)? as f64 / 1e6;
        report.fact("delivered", "the mini-program, all packages", format!("{bytes:.2} MB"), "main package ≤ 1.2 MB");
    }
    Ok(())
}

fn folder_bytes(folder: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let facts = entry.metadata()?;
        bytes += if facts.is_dir() { folder_bytes(&entry.path())? } else { facts.len() };
    }
    Ok(bytes)
}
