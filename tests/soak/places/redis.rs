//! A Redis that can be emptied, killed, and gone.

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::programs::{free_address, reachable, signal};

/// The server, always at the same address.
pub struct Redis {
    address: SocketAddr,
    child: Mutex<Option<Child>>,
}

impl Redis {
    /// Starts one that keeps nothing on disk.
    pub async fn start() -> anyhow::Result<Self> {
        let redis = Self { address: free_address()?, child: Mutex::default() };
        redis.come_back().await?;
        Ok(redis)
    }

    /// For `redis.url`.
    pub fn url(&self) -> String {
        format!("redis://{}/", self.address)
    }

    /// Forgets everything (`FLUSHALL`).
    pub async fn flush(&self) -> anyhow::Result<()> {
        let mut connection = TcpStream::connect(self.address).await?;
        connection.write_all(b"FLUSHALL\r\n").await?;
        let mut answer = [0; 5];
        connection.read_exact(&mut answer).await?;
        anyhow::ensure!(&answer == b"+OK\r\n", "Redis was not emptied");
        Ok(())
    }

    /// Dies at once (`kill -9`).
    pub fn die(&self) -> anyhow::Result<()> {
        if let Some(mut child) = self.child.lock().unwrap_or_else(PoisonError::into_inner).take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// Says nothing for a while, and then goes on as if nothing had been.
    pub async fn freeze(&self, pause: Duration) -> anyhow::Result<()> {
        let process = self.child.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(Child::id);
        let processes: Vec<u32> = process.into_iter().collect();
        signal("STOP", &processes)?;
        tokio::time::sleep(pause).await;
        signal("CONT", &processes)
    }

    /// Is there again, and empty.
    pub async fn come_back(&self) -> anyhow::Result<()> {
        let child = Command::new("redis-server")
            .args(["--port", &self.address.port().to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no", "--dir", "/tmp", "--logfile", ""])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("redis-server cannot be started")?;
        *self.child.lock().unwrap_or_else(PoisonError::into_inner) = Some(child);
        reachable("Redis", self.address).await
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // It may be dead already.
        let _dead = self.die();
    }
}
