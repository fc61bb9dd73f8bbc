//! A line between the nodes and a service, which can be slow, cut or dead while the service itself is well.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

const CHUNK_BYTES: usize = 16 * 1024;
/// Between two tries to listen again.
const PAUSE: Duration = Duration::from_millis(20);

/// What the line does to those who use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Nothing.
    Fine,
    /// Nobody listens; connections that were there are gone.
    Refused,
    /// Every piece of an answer takes so long.
    Slow(Duration),
    /// Every answer breaks off after so many bytes.
    Cut(usize),
    /// Every request is answered with this status, and never arrives.
    Answers(u16),
}

/// The line; it lives until the runtime ends.
#[derive(Clone)]
pub struct Link {
    /// Where it begins.
    pub address: SocketAddr,
    state: Arc<State>,
}

struct State {
    target: Mutex<SocketAddr>,
    mood: watch::Sender<Mood>,
    /// Counts how often all connections were cut.
    cuts: watch::Sender<u64>,
    /// Counts how often all connections fell silent.
    silences: watch::Sender<u64>,
}

impl Link {
    /// A line to this service, on a port of its own.
    pub async fn to(target: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let state = State {
            target: Mutex::new(target),
            mood: watch::Sender::new(Mood::Fine),
            cuts: watch::Sender::new(0),
            silences: watch::Sender::new(0),
        };
        let link = Self { address: listener.local_addr()?, state: Arc::new(state) };
        tokio::spawn(link.clone().serve(listener));
        Ok(link)
    }

    /// From now on like this. What does not leave connections alone cuts those that are there.
    pub fn set(&self, mood: Mood) {
        self.state.mood.send_replace(mood);
        if matches!(mood, Mood::Refused | Mood::Answers(_)) {
            self.cut();
        }
    }

    /// Cuts every connection.
    pub fn cut(&self) {
        self.state.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Every connection that is there stays open, and nothing passes through it any more, as when the machine at the other
    /// end is gone without a word.
    pub fn fall_silent(&self) {
        self.state.silences.send_modify(|silences| *silences += 1);
    }

    /// Another service at the other end of connections that are made from now on.
    pub fn lead_new_to(&self, target: SocketAddr) {
        *self.state.target.lock().unwrap_or_else(PoisonError::into_inner) = target;
    }

    /// Another service at the other end.
    pub fn lead_to(&self, target: SocketAddr) {
        self.lead_new_to(target);
        self.cut();
    }

    async fn serve(self, mut listener: TcpListener) {
        let mut moods = self.state.mood.subscribe();
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    if let Ok((connection, _)) = accepted {
                        tokio::spawn(self.clone().carry(connection));
                    }
                    continue;
                }
                _ = moods.wait_for(|mood| *mood == Mood::Refused) => {}
            }
            // A closed port refuses by itself.
            drop(listener);
            if moods.wait_for(|mood| *mood != Mood::Refused).await.is_err() {
                return;
            }
            listener = loop {
                match TcpListener::bind(self.address).await {
                    Ok(listener) => break listener,
                    Err(_) => tokio::time::sleep(PAUSE).await,
                }
            };
        }
    }

    async fn carry(self, mut near: TcpStream) {
        let (mut cuts, mut silences) = (self.state.cuts.subscribe(), self.state.silences.subscribe());
        let mood = *self.state.mood.borrow();
        if let Mood::Answers(status) = mood {
            answer(&mut near, status).await;
            return;
        }
        let target = *self.state.target.lock().unwrap_or_else(PoisonError::into_inner);
        let Ok(far) = TcpStream::connect(target).await else { return };
        // Whoever waits for small answers does not wait for us to collect them.
        let _delayed = (near.set_nodelay(true), far.set_nodelay(true));
        let (mut from_near, mut to_near) = near.into_split();
        let (from_far, mut to_far) = far.into_split();
        let there = async {
            // The end of the questions is not yet the end of the answers.
            let _ended = copy(&mut from_near, &mut to_far).await;
            let _closed = to_far.shutdown().await;
            std::future::pending::<()>().await;
        };
        tokio::select! {
            _ = cuts.changed() => return,
            () = there => return,
            () = self.bring_back(from_far, &mut to_near) => return,
            _ = silences.changed() => {}
        }
        // The near end stays open for as long as its owner believes in it.
        let mut unheard = vec![0; CHUNK_BYTES];
        while let Ok(1..) = from_near.read(&mut unheard).await {}
    }

    async fn bring_back(&self, mut from: OwnedReadHalf, to: &mut OwnedWriteHalf) {
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut brought = 0;
        while let Ok(count @ 1..) = from.read(&mut chunk).await {
            let mood = *self.state.mood.borrow();
            let mut piece = &chunk[..count];
            match mood {
                Mood::Slow(pause) => tokio::time::sleep(pause).await,
                Mood::Cut(bytes) => piece = &piece[..piece.len().min(bytes.saturating_sub(brought))],
                Mood::Fine | Mood::Refused | Mood::Answers(_) => {}
            }
            brought += piece.len();
            if to.write_all(piece).await.is_err() || piece.len() < count {
                return;
            }
        }
    }
}

/// A whole HTTP answer to whatever is asked; the rest of the question is not waited for.
async fn answer(near: &mut TcpStream, status: u16) {
    let mut question = vec![0; CHUNK_BYTES];
    if near.read(&mut question).await.is_ok() {
        let answer = format!("HTTP/1.1 {status} Out Of Order\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        // Whoever has left needs no answer.
        let _gone = near.write_all(answer.as_bytes()).await;
    }
}
