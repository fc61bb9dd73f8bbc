//! What whoever started this process (systemd, `Type=notify`) hears of it: that it listens, again and again that it is awake,
//! and that it stops. A proxy cannot tell a node that froze from one that thinks: the kernel goes on taking its connections.
//! Who keeps silent for longer than `WatchdogSec` is started anew.

use std::future::Future;

use sd_notify::NotifyState;
use tokio::task::JoinHandle;

/// Of the time after which it is taken for frozen, a third passes between two signs of life.
const SIGNS: u32 = 3;

/// Signs of life, given until this is dropped.
pub struct Awake(Option<JoinHandle<()>>);

impl Drop for Awake {
    fn drop(&mut self) {
        if let Some(telling) = self.0.take() {
            telling.abort();
        }
    }
}

/// Tells that the process listens, and from now on that it is awake; nothing where nobody asked to be told.
pub fn ready() -> Awake {
    tell(NotifyState::Ready);
    let telling = sd_notify::watchdog_enabled().map(|limit| {
        tokio::spawn(async move {
            loop {
                tell(NotifyState::Watchdog);
                tokio::time::sleep(limit / SIGNS).await;
            }
        })
    });
    Awake(telling)
}

/// As `stop`, and tells of it.
pub async fn told(stop: impl Future<Output = ()>) {
    stop.await;
    tell(NotifyState::Stopping);
}

fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "whoever started this process could not be told how it is");
    }
}
