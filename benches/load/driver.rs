//! Makes the load: keep-alive connections that send requests built beforehand, one after the other. All of it runs on the
//! calling thread, so that its processor time can be told from the server's.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::processor::Processor;
use crate::stage::Stage;

/// Who is asked: one server, or several of which each is given as many connections.
pub struct Target<'a> {
    /// Where they listen.
    pub addresses: &'a [SocketAddr],
    /// Counts their processor time.
    pub processor: &'a Processor,
}

/// When a run ends.
#[derive(Debug, Clone, Copy)]
pub enum End {
    /// Every request was answered once.
    AfterAll,
    /// This time is over; the requests are sent again and again in turn.
    After(Duration),
}

/// What a run came to.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Answers.
    pub answered: usize,
    /// From the first request to the last answer.
    pub elapsed: Duration,
    /// Of every request, sorted.
    pub latencies: Vec<Duration>,
    /// Processor time of the application.
    pub server_time: Duration,
    /// Processor time of PostgreSQL.
    pub database_time: Duration,
}

impl Outcome {
    /// Answers a second.
    pub fn per_second(&self) -> f64 {
        self.answered as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }

    /// The latency that so many of a hundred requests stayed under.
    pub fn percentile(&self, percent: usize) -> Duration {
        let last = self.latencies.len().saturating_sub(1);
        self.latencies.get(last * percent / 100).copied().unwrap_or_default()
    }
}

struct Run<'a> {
    requests: &'a [Vec<u8>],
    end: End,
    expected_status: u16,
    started: Instant,
    next: Cell<usize>,
    latencies: RefCell<Vec<Duration>>,
}

impl Run<'_> {
    fn take(&self) -> Option<&[u8]> {
        let number = self.next.get();
        let over = match self.end {
            End::AfterAll => number >= self.requests.len(),
            End::After(duration) => self.started.elapsed() >= duration,
        };
        if over {
            return None;
        }
        self.next.set(number + 1);
        Some(&self.requests[number % self.requests.len()])
    }
}

/// Sends requests over so many connections; any answer with another status ends the measurement.
pub fn drive(
    stage: &Stage,
    connections: usize,
    requests: &[Vec<u8>],
    end: End,
    expected_status: u16,
) -> anyhow::Result<Outcome> {
    let target = Target { addresses: &[stage.address], processor: &stage.processor };
    drive_at(&target, connections, requests, end, expected_status)
}

/// The same towards other servers than that of this process.
pub fn drive_at(
    target: &Target<'_>,
    connections: usize,
    requests: &[Vec<u8>],
    end: End,
    expected_status: u16,
) -> anyhow::Result<Outcome> {
    anyhow::ensure!(!requests.is_empty(), "nothing to send");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let addresses = target.addresses.iter().cycle();
        let opened = addresses.take(connections).map(|address| Connection::open(*address));
        let mut opened = futures_util::future::try_join_all(opened).await?;
        let before = target.processor.used();
        let run = Run {
            requests,
            end,
            expected_status,
            started: Instant::now(),
            next: Cell::new(0),
            latencies: RefCell::new(Vec::with_capacity(requests.len())),
        };
        futures_util::future::try_join_all(opened.iter_mut().map(|connection| work(connection, &run))).await?;
        let elapsed = run.started.elapsed();
        let after = target.processor.used();
        let mut latencies = run.latencies.into_inner();
        latencies.sort_unstable();
        Ok(Outcome {
            answered: latencies.len(),
            elapsed,
            latencies,
            server_time: after.server.saturating_sub(before.server),
            database_time: after.database.saturating_sub(before.database),
        })
    })
}

async fn work(connection: &mut Connection, run: &Run<'_>) -> anyhow::Result<()> {
    while let Some(request) = run.take() {
        let sent = Instant::now();
        let status = connection.exchange(request).await?;
        anyhow::ensure!(status == run.expected_status, "answered with {status}: {}", connection.last_answer());
        run.latencies.borrow_mut().push(sent.elapsed());
    }
    Ok(())
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 * 1024) })
    }

    /// Sends one request and reads its whole answer.
    async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<u16> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head_length = loop {
            let searched = self.buffer.len().saturating_sub(3);
            self.read_more().await?;
            if let Some(position) = self.buffer[searched..].windows(4).position(|four| four == b"\r\n\r\n") {
                break searched + position + 4;
            }
        };
        let head = std::str::from_utf8(&self.buffer[..head_length])?;
        let status = head.get(9..12).and_then(|digits| digits.parse().ok()).context("no status")?;
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        let body_length: usize =
            lines.find(|(name, _)| *name == "content-length").map_or(Ok(0), |(_, value)| value.parse())?;
        while self.buffer.len() < head_length + body_length {
            self.read_more().await?;
        }
        Ok(status)
    }

    async fn read_more(&mut self) -> anyhow::Result<()> {
        let read = self.stream.read_buf(&mut self.buffer).await?;
        anyhow::ensure!(read > 0, "the server closed a connection: {}", self.last_answer());
        Ok(())
    }

    fn last_answer(&self) -> String {
        String::from_utf8_lossy(&self.buffer).into_owned()
    }
}

/// Sends one request and gives the body of its answer, which must have status 200.
pub fn ask(address: SocketAddr, request: &[u8]) -> anyhow::Result<Vec<u8>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut connection = Connection::open(address).await?;
        let status = connection.exchange(request).await?;
        anyhow::ensure!(status == 200, "answered with {status}: {}", connection.last_answer());
        let body = connection.buffer.windows(4).position(|four| four == b"\r\n\r\n").context("no body")?;
        Ok(connection.buffer.split_off(body + 4))
    })
}

/// For the report.
pub fn named(what: &str, connections: usize) -> String {
    let noun = if connections == 1 { "connection" } else { "connections" };
    format!("{what}, {connections} {noun}")
}

/// A request in the bytes of HTTP/1.1.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        text.push_str(&format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len()));
    }
    text.push_str("\r\n");
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}
