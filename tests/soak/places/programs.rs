//! Programs that the soak starts and asks.

use std::net::{SocketAddr, TcpListener};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context;
use rand::Rng;
use tokio::net::TcpStream;
use tokio::time::Instant;

/// How long a server may take until it can be reached.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs a program to its end without holding up anybody else; what it printed.
pub async fn run(mut command: Command) -> anyhow::Result<String> {
    let called = format!("{command:?}");
    let output = tokio::task::spawn_blocking(move || command.stdin(Stdio::null()).output())
        .await?
        .with_context(|| format!("{called} cannot be started"))?;
    let told = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "{called}: {}: {told}", output.status);
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// An address nobody listens at, outside the ports that outgoing connections take: a server that comes back finds it free.
pub fn free_address() -> anyhow::Result<SocketAddr> {
    for port in std::iter::repeat_with(|| rand::rng().random_range(20_000..32_000)).take(1_000) {
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            return Ok(listener.local_addr()?);
        }
    }
    anyhow::bail!("no port is free")
}

/// Waits until somebody listens.
pub async fn reachable(what: &str, address: SocketAddr) -> anyhow::Result<()> {
    let until = Instant::now() + PATIENCE;
    while TcpStream::connect(address).await.is_err() {
        anyhow::ensure!(Instant::now() < until, "{what} cannot be reached at {address}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// Sends a signal to processes; those that are gone need none.
pub fn signal(name: &str, processes: &[u32]) -> anyhow::Result<()> {
    if processes.is_empty() {
        return Ok(());
    }
    let mut command = Command::new("kill");
    command.arg(format!("-{name}")).args(processes.iter().map(u32::to_string));
    command.stderr(Stdio::null()).status().context("kill cannot be started")?;
    Ok(())
}

/// Whether this process may mount and may become another user.
pub fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|facts| std::os::unix::fs::MetadataExt::uid(&facts) == 0)
}
