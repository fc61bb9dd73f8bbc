//! Serving until told to stop, and then stopping without dropping what was begun.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::serve::{ListenerExt, TapIo};
use tokio::net::{TcpListener, TcpStream};
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::app::{App, SharedApp};
use crate::nodes::Presence;

/// Between two looks whether the schema is that of this version.
const SCHEMA_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// How long one look may take.
const SCHEMA_LIMIT: Duration = Duration::from_secs(5);
/// Between two looks at the list of WeChat Pay's certificates, which is to be looked at more often than every twelve hours
/// (pay v3).
const CERTIFICATES_EVERY: Duration = Duration::from_secs(8 * 3_600);
/// Between two tries to set the daily work.
const SCHEDULE_AGAIN_AFTER: Duration = Duration::from_secs(2);
/// Daily work that was given up begins anew so often; rarely enough that somebody is told of it before.
const SCHEDULE_EVERY: Duration = Duration::from_secs(12 * 3_600);
/// How long one try may take.
const SCHEDULE_LIMIT: Duration = Duration::from_secs(60);
/// Requests and jobs that are still running get this long after the stop signal.
const STOP_PATIENCE: Duration = Duration::from_secs(30);

/// Serves on `listener` and works on jobs until `stop` resolves; then accepts nothing new, finishes requests and jobs that
/// were begun, and returns. Before the schema is that of this version, no job is written or begun.
///
/// # Errors
/// When connections cannot be accepted any more, or the work on jobs broke off: then requests that were begun are finished
/// first, and whoever looks after the process starts it anew.
pub async fn serve(app: SharedApp, listener: TcpListener, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
    let presence = Presence::new(&app, address_of(&listener)?, true)?;
    serve_as(presence, listener, stop).await
}

/// Answers requests and leaves every job where it is: for looking at a copy of an installation, whose jobs belong to the
/// original and would pay, send and close a second time.
pub async fn serve_without_jobs(
    app: SharedApp,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let presence = Presence::new(&app, address_of(&listener)?, false)?;
    serve_as(presence, listener, stop).await
}

/// As [`serve`] or [`serve_without_jobs`], whichever the node told of itself, which may have begun already
/// ([`Presence::begin`]).
///
/// # Errors
/// Theirs.
pub async fn serve_as(presence: Presence, listener: TcpListener, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
    let (stopping, stopped) = watch::channel(false);
    // What comes next may take a minute where the database is slow, and whoever began goes on being heard of.
    let known = Known::keep(presence, stopped.clone());
    let working = if known.presence.works_on_jobs() {
        let app = known.presence.app();
        // A database that is away for a moment keeps nobody from serving.
        let fits = is_migrated(app).await;
        let is_set = fits && try_schedule(app).await;
        Some(tokio::spawn(work(app.clone(), fits, is_set, stopped)))
    } else {
        tracing::warn!("serving without jobs: nothing is sent, made or settled by this process");
        None
    };
    answer(known, listener, stop, stopping, working).await
}

/// Where it listens, as the other nodes are told.
fn address_of(listener: &TcpListener) -> anyhow::Result<String> {
    Ok(listener.local_addr().context("不知道在哪里监听")?.to_string())
}

/// This node among the others, heard of again and again until it is told to stop.
struct Known {
    presence: Arc<Presence>,
    keeping: JoinHandle<()>,
}

impl Known {
    fn keep(presence: Presence, stopped: watch::Receiver<bool>) -> Self {
        let presence = Arc::new(presence);
        let kept = presence.clone();
        let keeping = tokio::spawn(async move { kept.keep(until_true(stopped)).await });
        Self { presence, keeping }
    }

    /// After the stop.
    async fn leave(self) -> anyhow::Result<()> {
        self.keeping.await.context("the beat of the node ended badly")?;
        self.presence.leave().await;
        Ok(())
    }
}

async fn answer(
    known: Known,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
    stopping: watch::Sender<bool>,
    mut working: Option<JoinHandle<()>>,
) -> anyhow::Result<()> {
    let stopped = stopping.subscribe();
    let router = super::router(known.presence.app().clone()).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(sending_at_once(listener), router).with_graceful_shutdown(until_true(stopped));
    let mut serving = tokio::spawn(server.into_future());
    let broke_off = tokio::select! {
        () = stop => None,
        ended = &mut serving => {
            ended.context("the server task ended")?.context("无法继续接受连接")?;
            anyhow::bail!("the server stopped by itself");
        }
        error = broken_off(&mut working) => Some(error),
    };
    if let Some(error) = &broke_off {
        // A node that answers and does none of its work looks well to everybody.
        tracing::error!(error = %format!("{error:#}"), "the work on jobs broke off: the node stops, to be started anew");
        working = None;
    }
    tracing::info!("stopping: finishing requests and jobs");
    stopping.send_replace(true);
    let finish = async {
        serving.await.context("the server task ended")?.context("the server failed")?;
        if let Some(working) = working {
            working.await.context("the work on jobs ended badly")?;
        }
        anyhow::Ok(())
    };
    let finished = match tokio::time::timeout(STOP_PATIENCE, finish).await {
        Ok(finished) => finished,
        Err(_) => {
            tracing::warn!("some requests or jobs did not finish in time; jobs come back by their lease");
            Ok(())
        }
    };
    // Last of all: until now it may have read and written what is sealed.
    known.leave().await?;
    match broke_off {
        Some(error) => Err(error),
        None => finished,
    }
}

/// Comes back when the work on jobs has ended, which it never does before the stop unless something is wrong with it.
async fn broken_off(working: &mut Option<JoinHandle<()>>) -> anyhow::Error {
    match working {
        Some(working) => match working.await {
            Ok(()) => anyhow::anyhow!("the work on jobs ended before the stop"),
            Err(error) => anyhow::Error::new(error).context("the work on jobs broke off"),
        },
        None => std::future::pending().await,
    }
}

/// Whose connections send the last piece of an answer at once. Held back until the caller has confirmed the piece before it,
/// as TCP does by itself, a file would arrive some forty milliseconds late.
pub fn sending_at_once(listener: TcpListener) -> TapIo<TcpListener, fn(&mut TcpStream)> {
    listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "a connection holds small pieces back");
        }
    })
}

/// Sets the daily work, once for all nodes; what was given up begins anew, and days that were left out are caught up on.
/// Harmless to repeat.
///
/// # Errors
/// When the database does not answer within a minute.
pub async fn schedule(app: &App) -> anyhow::Result<()> {
    let all = async {
        crate::reconciliation::schedule(app).await?;
        crate::archive::schedule(app).await?;
        crate::fees::schedule(app).await?;
        let transaction = app.database.begin_write().await?;
        foundation::jobs::plan_forgetting(&*transaction, app.now_ms()).await?;
        crate::ended_sessions::plan_forgetting(&*transaction, app.now_ms()).await?;
        anyhow::Ok(transaction.commit().await?)
    };
    // A database that vanished without a word keeps nobody from serving, and the next try from being made.
    tokio::time::timeout(SCHEDULE_LIMIT, all).await?
}

async fn try_schedule(app: &App) -> bool {
    let set = schedule(app).await;
    if let Err(error) = &set {
        tracing::warn!(error = %format!("{error:#}"), "daily work is set later");
    }
    set.is_ok()
}

/// Sets it soon where that failed, and otherwise from time to time, for as long as the node serves.
async fn keep_scheduled(app: SharedApp, mut is_set: bool, stopped: watch::Receiver<bool>) {
    loop {
        let pause = if is_set { SCHEDULE_EVERY } else { SCHEDULE_AGAIN_AFTER };
        tokio::select! {
            () = until_true(stopped.clone()) => return,
            () = tokio::time::sleep(pause) => {}
        }
        is_set = try_schedule(&app).await;
    }
}

/// Learns WeChat Pay's certificates at the start and from time to time, where they are downloaded: a new one is known, and
/// the end of the last one told, before something is signed with it. No job, as every node keeps them in its own memory.
async fn keep_certificates(app: SharedApp, stopped: watch::Receiver<bool>) {
    if !app.config.wechat.pay.download_certificates {
        return;
    }
    loop {
        tokio::select! {
            () = until_true(stopped.clone()) => return,
            learned = app.pay.refresh_certificates() => match learned {
                Ok(valid) => tracing::debug!(valid, "platform certificates were looked at"),
                // Whatever is signed with an unknown one makes the client ask again by itself.
                Err(error) => tracing::warn!(%error, "platform certificates could not be looked at"),
            },
        }
        tokio::select! {
            () = until_true(stopped.clone()) => return,
            () = tokio::time::sleep(CERTIFICATES_EVERY) => {}
        }
    }
}

/// Works on jobs until the stop, from the moment on when nothing of the schema is pending: where it is brought up to date
/// by somebody else, a new node may be there first, and its jobs would find tables of the version before.
async fn work(app: SharedApp, mut fits: bool, is_set: bool, stopped: watch::Receiver<bool>) {
    tokio::spawn(keep_certificates(app.clone(), stopped.clone()));
    while !fits {
        tokio::select! {
            () = until_true(stopped.clone()) => return,
            () = tokio::time::sleep(SCHEMA_AGAIN_AFTER) => {}
        }
        fits = is_migrated(&app).await;
    }
    tokio::spawn(keep_scheduled(app.clone(), is_set, stopped.clone()));
    app.workers().run_until(stopped).await;
}

/// Whether the schema is known to be that of this version, or of one after it.
async fn is_migrated(app: &App) -> bool {
    match tokio::time::timeout(SCHEMA_LIMIT, app.database.pending_migrations()).await {
        Ok(Ok(0)) => return true,
        Ok(Ok(pending)) => tracing::warn!(pending, "no job is begun before the schema is up to date"),
        Ok(Err(error)) => tracing::warn!(error = %format!("{error:#}"), "the schema could not be looked at"),
        Err(_) => tracing::warn!("the database does not say whether its schema is up to date"),
    }
    false
}

async fn until_true(mut flag: watch::Receiver<bool>) {
    // A closed channel means the process is going down as well.
    let _closed = flag.wait_for(|stopped| *stopped).await;
}

/// From now on SIGTERM and Ctrl-C do not end the process; what is returned resolves when one of them has come.
#[cfg(unix)]
pub fn stop_signal() -> impl Future<Output = ()> {
    let mut terminated = signal(SignalKind::terminate()).ok();
    let mut interrupted = signal(SignalKind::interrupt()).ok();
    async move {
        tokio::select! {
            () = told(terminated.as_mut()) => {}
            () = told(interrupted.as_mut()) => {}
        }
    }
}

#[cfg(unix)]
async fn told(signal: Option<&mut Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

/// Resolves at Ctrl-C.
#[cfg(not(unix))]
pub async fn stop_signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectionTrait, Statement};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::sync::oneshot;

    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn a_request_that_was_begun_is_answered_after_the_stop_and_no_new_one_is_taken() {
        let (app, _clock) = testing::app().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(serve(app, listener, async move {
            stopped.await.unwrap();
        }));
        let mut begun = TcpStream::connect(address).await.unwrap();
        let head = "POST /api/v1/sms-codes HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-requested-with: tejian\r\nexpect: 100-continue\r\n\
                    content-type: application/json\r\ncontent-length: 2\r\n\r\n";
        begun.write_all(head.as_bytes()).await.unwrap();
        // The server asks for the body: the handler is at work.
        let mut asked = [0; 12];
        begun.read_exact(&mut asked).await.unwrap();
        assert_eq!(&asked, b"HTTP/1.1 100");

        stop.send(()).unwrap();
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
        begun.write_all(b"{}").await.unwrap();
        let mut answer = String::new();
        begun.read_to_string(&mut answer).await.unwrap();
        assert!(answer.contains("HTTP/1.1 422"), "{answer}");
        serving.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_node_whose_work_on_jobs_breaks_off_stops_serving_and_says_so() {
        let (app, _clock) = testing::app().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let working: JoinHandle<()> = tokio::spawn(async { panic!("a mistake of ours") });
        let never = std::future::pending();
        let stopping = watch::Sender::new(false);
        let known = Known::keep(Presence::new(&app, "10.0.0.1:8080", true).unwrap(), stopping.subscribe());
        let served = answer(known, listener, never, stopping, Some(working));
        // A test that would wait for ever fails instead.
        let ended = tokio::time::timeout(Duration::from_secs(60), served).await.expect("it stops by itself");
        assert!(format!("{:#}", ended.unwrap_err()).contains("the work on jobs broke off"));
        assert!(crate::nodes::living(app.database.reader()).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_node_is_known_while_it_serves_and_no_longer_when_it_has_stopped() {
        let (app, _clock) = testing::app().await;
        let known = async || crate::nodes::living(app.database.reader()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(serve_without_jobs(app.clone(), listener, async move {
            stopped.await.unwrap();
        }));
        let nodes = loop {
            let nodes = known().await;
            if !nodes.is_empty() {
                break nodes;
            }
            tokio::task::yield_now().await;
        };
        assert_eq!((nodes.len(), nodes[0].address.clone()), (1, address.to_string()));
        assert!(!nodes[0].works_on_jobs);
        stop.send(()).unwrap();
        serving.await.unwrap().unwrap();
        assert!(known().await.is_empty());
    }

    #[tokio::test]
    async fn a_copy_that_is_looked_at_begins_no_work() {
        let (app, _clock) = testing::app().await;
        let jobs = async || {
            let reader = app.database.reader();
            let ask = Statement::from_string(reader.get_database_backend(), "SELECT COUNT(*) FROM jobs");
            reader.query_one_raw(ask).await.unwrap().unwrap().try_get_by_index::<i64>(0).unwrap()
        };
        let before = jobs().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(serve_without_jobs(app.clone(), listener, async move {
            stopped.await.unwrap();
        }));
        let mut visitor = TcpStream::connect(address).await.unwrap();
        visitor.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        visitor.read_to_string(&mut answer).await.unwrap();
        assert!(answer.contains("HTTP/1.1 200"), "{answer}");
        stop.send(()).unwrap();
        serving.await.unwrap().unwrap();
        // A node that works writes down at its start what is to be done every day.
        assert_eq!(jobs().await, before);
    }
}
