//! The nodes: processes of the real program.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context;
use foundation::scratch::REDIS_VARIABLE;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

/// How long a node may take to listen.
const START_PATIENCE: Duration = Duration::from_secs(60);

/// All nodes of the installation.
pub struct Nodes {
    nodes: Vec<Node>,
}

struct Node {
    address: SocketAddr,
    directory: PathBuf,
    configuration: PathBuf,
    child: Mutex<Option<Child>>,
}

impl Nodes {
    /// Addresses for so many nodes.
    pub async fn addresses(count: usize) -> anyhow::Result<Vec<SocketAddr>> {
        let mut listeners = Vec::new();
        for _ in 0..count {
            listeners.push(TcpListener::bind("127.0.0.1:0").await?);
        }
        Ok(listeners.iter().map(TcpListener::local_addr).collect::<Result<_, _>>()?)
    }

    /// Nodes that do not run yet; each writes its log into `directory`.
    pub fn new(addresses: &[SocketAddr], configuration: &Path, directory: &Path) -> Self {
        let node = |address: &SocketAddr| Node {
            address: *address,
            directory: directory.to_owned(),
            configuration: configuration.to_owned(),
            child: Mutex::new(None),
        };
        Self { nodes: addresses.iter().map(node).collect() }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Starts a node and waits until it listens.
    pub async fn start(&self, number: usize) -> anyhow::Result<()> {
        let node = &self.nodes[number];
        let mut child = node.child.lock().await;
        let mut started = node.spawn(number)?;
        let patience = tokio::time::Instant::now() + START_PATIENCE;
        while TcpStream::connect(node.address).await.is_err() {
            if let Some(status) = started.try_wait()? {
                anyhow::bail!("node {number} ended at its start: {status}; see {}", node.log(number).display());
            }
            anyhow::ensure!(tokio::time::Instant::now() < patience, "node {number} does not listen");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        *child = Some(started);
        Ok(())
    }

    /// The node dies at once (`kill -9`).
    pub async fn kill(&self, number: usize) -> anyhow::Result<()> {
        if let Some(mut child) = self.nodes[number].child.lock().await.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// All nodes stop as an operator stops them, finishing what they have begun.
    pub async fn stop(&self) -> anyhow::Result<()> {
        for (number, node) in self.nodes.iter().enumerate() {
            let Some(mut child) = node.child.lock().await.take() else { continue };
            Command::new("kill").arg(child.id().to_string()).status()?;
            let status = loop {
                match child.try_wait()? {
                    Some(status) => break status,
                    None => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            };
            anyhow::ensure!(status.success(), "node {number} did not stop well: {status}");
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
            .arg(&self.configuration)
            .arg("serve")
            .env("TEJIAN__HTTP__LISTEN", self.address.to_string())
            .env("TEJIAN__REDIS__URL", std::env::var(REDIS_VARIABLE).unwrap_or_default())
            .stdout(Stdio::from(log.try_clone()?))
            .stderr(Stdio::from(log))
            .spawn()
            .context("the program starts")
    }
}
