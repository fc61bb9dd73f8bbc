//! What every part of the simulator holds: the world behind its lock, keys, clock, switches, log.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};

use serde::Serialize;
use tokio::sync::watch;
use wechat::clock::UnixClock;

use crate::faults::Faults;
use crate::identities::Identities;
use crate::keys::Keys;
use crate::mail::Mails;
use crate::options::{AppAddresses, Delivery, NoticeTarget, TemplateDefinition};
use crate::world::World;

/// How many lines the wire log keeps.
const LOG_LINES_MAX: usize = 300;
/// How long refunds, invoices and receipts take when delivery is automatic.
const SETTLE_AUTOMATIC_S: i64 = 2;

/// One line of the wire log, for the panel beside the phones and for assertions.
#[derive(Clone, Debug, Serialize)]
pub struct WireLine {
    /// Unix second.
    pub at: i64,
    /// `in` for requests to WeChat, `out` for notices and pushes.
    pub direction: &'static str,
    /// HTTP method.
    pub method: String,
    /// Path without query: tokens travel in queries.
    pub path: String,
    /// HTTP status; 0 when there was no answer.
    pub status: u16,
    /// Verdict in a few words.
    pub note: String,
}

pub(crate) struct Shared {
    pub identities: Identities,
    pub keys: Keys,
    clock: UnixClock,
    /// Seconds the clock was moved forward by hand.
    forward_s: AtomicI64,
    pub delivery: Delivery,
    pub notice_target: NoticeTarget,
    pub account_name: String,
    pub mini_program_h5: String,
    pub templates: Vec<TemplateDefinition>,
    pub faults: Faults,
    pub mails: Mails,
    pub http: reqwest::Client,
    pub base_url: String,
    pub browser_url: String,
    pub state_file: Option<std::path::PathBuf>,
    /// Only one delivery at a time: order of notices is a promise.
    pub delivering: tokio::sync::Mutex<()>,
    app: RwLock<AppAddresses>,
    world: Mutex<World>,
    log: Mutex<VecDeque<WireLine>>,
    changed: watch::Sender<u64>,
}

/// The parts of [`Shared`] that the start makes.
pub(crate) struct Parts {
    pub identities: Identities,
    pub keys: Keys,
    pub clock: UnixClock,
    pub delivery: Delivery,
    pub notice_target: NoticeTarget,
    pub account_name: String,
    pub mini_program_h5: String,
    pub templates: Vec<TemplateDefinition>,
    pub http: reqwest::Client,
    pub base_url: String,
    pub browser_url: String,
    pub state_file: Option<std::path::PathBuf>,
    pub app: AppAddresses,
    pub world: World,
}

impl Shared {
    pub fn new(parts: Parts) -> Self {
        Self {
            identities: parts.identities,
            keys: parts.keys,
            clock: parts.clock,
            forward_s: AtomicI64::new(0),
            delivery: parts.delivery,
            notice_target: parts.notice_target,
            account_name: parts.account_name,
            mini_program_h5: parts.mini_program_h5,
            templates: parts.templates,
            faults: Faults::default(),
            mails: Mails::default(),
            http: parts.http,
            base_url: parts.base_url,
            browser_url: parts.browser_url,
            state_file: parts.state_file,
            delivering: tokio::sync::Mutex::new(()),
            app: RwLock::new(parts.app),
            world: Mutex::new(parts.world),
            log: Mutex::new(VecDeque::new()),
            changed: watch::Sender::new(0),
        }
    }

    /// Unix seconds by the injected clock, moved forward by hand or not.
    pub fn now(&self) -> i64 {
        (self.clock)() + self.forward_s.load(Ordering::Relaxed)
    }

    /// Moves the clock forward.
    pub fn forward(&self, seconds: i64) {
        self.forward_s.fetch_add(seconds.max(0), Ordering::Relaxed);
    }

    /// Unix second at which something accepted now settles.
    pub fn settles_at(&self) -> i64 {
        match self.delivery {
            Delivery::Automatic => self.now() + SETTLE_AUTOMATIC_S,
            Delivery::Manual => self.now(),
        }
    }

    /// Looks at the world.
    pub fn read<R>(&self, look: impl FnOnce(&World) -> R) -> R {
        look(&self.world.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the world and tells the phone page.
    pub fn change<R>(&self, act: impl FnOnce(&mut World) -> R) -> R {
        let result = act(&mut self.world.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.send_modify(|version| *version += 1);
        result
    }

    /// Counts changes of the world.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub fn app(&self) -> AppAddresses {
        self.app.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn set_app(&self, app: AppAddresses) {
        *self.app.write().unwrap_or_else(PoisonError::into_inner) = app;
    }

    pub fn log(&self, line: WireLine) {
        tracing::debug!(direction = line.direction, method = %line.method, path = %line.path, status = line.status, note = %line.note, "simulated WeChat");
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if log.len() == LOG_LINES_MAX {
            log.pop_front();
        }
        log.push_back(line);
        drop(log);
        self.changed.send_modify(|version| *version += 1);
    }

    pub fn wire_log(&self) -> Vec<WireLine> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
