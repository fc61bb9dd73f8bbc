//! Payment notices that arrive while others are being booked share the next transaction and its one commit; each is
//! answered only after that commit. A notice that comes alone is booked at once: nobody waits for company.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use foundation::problem::Problem;
use tokio::sync::oneshot;
use tracing::Instrument;
use wechat::pay::Transaction;

use super::counts::Counts;
use super::events::{Applied, Received, close, keep, keep_booked};
use super::inbox::{apply, book_alone};
use super::settle::Settled;
use super::settle_together::settle_ordinary;
use crate::app::{App, SharedApp};

/// Notices in one transaction.
const GROUP_MAX: usize = 32;

/// How long each notice of a group that could not be booked as one waits for what others hold. A node that froze holds the
/// rows of a whole group; what cannot be had is stored for later, so that all the others are answered in time.
const ALONE: Duration = Duration::from_millis(200);

/// Notices of this process that wait to be booked.
#[derive(Default)]
pub struct Bookings {
    waiting: Mutex<VecDeque<Waiting>>,
    /// Whoever holds it books the next group.
    turn: Arc<tokio::sync::Mutex<()>>,
}

struct Waiting {
    received: Received,
    payment: Transaction,
    answer: oneshot::Sender<Option<Applied>>,
}

impl Bookings {
    fn push(&self, waiting: Waiting) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push_back(waiting);
    }

    /// The next group: one notice per payment (a repeat goes into a later group, where it is known already), and as many as
    /// a power of two, so that few lengths of statements occur.
    fn take(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let mut numbers = HashSet::new();
        let mut group = Vec::new();
        let mut later = VecDeque::new();
        for next in waiting.drain(..) {
            if group.len() < GROUP_MAX && numbers.insert(next.payment.out_trade_no.clone()) {
                group.push(next);
            } else {
                later.push_back(next);
            }
        }
        let size = if group.is_empty() { 0 } else { 1 << group.len().ilog2() };
        for left in group.drain(size..).rev() {
            later.push_front(left);
        }
        *waiting = later;
        group
    }
}

/// Books a payment notice; returns after the commit. Nothing if it could not even be stored.
pub(super) async fn book(app: &SharedApp, received: Received, payment: Transaction) -> Option<Applied> {
    let (answer, mut answered) = oneshot::channel();
    app.bookings.push(Waiting { received, payment, answer });
    loop {
        tokio::select! {
            biased;
            outcome = &mut answered => return outcome.ok().flatten(),
            turn = Arc::clone(&app.bookings.turn).lock_owned() => {
                let group = app.bookings.take();
                let app = Arc::clone(app);
                // In a task of its own: the others get their answers even if this request is given up. What a group causes
                // is traced to the notice whose turn it was.
                let booking = async move {
                    // As long as anybody waits for an answer, and no longer: a database that says nothing at all must not
                    // keep the turn for ever. Who asked is told to come again.
                    let limit = Duration::from_millis(app.config.http.request_timeout_ms);
                    if tokio::time::timeout(limit, book_group(&app, group)).await.is_err() {
                        tracing::error!("notices could not be booked in time; the channel repeats them");
                    }
                    drop(turn);
                };
                tokio::spawn(booking.in_current_span());
            }
        }
    }
}

async fn book_group(app: &App, group: Vec<Waiting>) {
    match book_together(app, &group).await {
        Ok(outcomes) => {
            for (waiting, applied) in group.into_iter().zip(outcomes) {
                // Who does not wait any more is told by the repeat that WeChat will send.
                let _gone = waiting.answer.send(Some(applied));
            }
        }
        Err(problem) => {
            tracing::warn!(%problem, notices = group.len(), "notices are booked one by one");
            for waiting in group {
                let applied = book_alone(app, &waiting.received, Some(ALONE)).await;
                let _gone = waiting.answer.send(applied);
            }
        }
    }
}

async fn book_together(app: &App, group: &[Waiting]) -> Result<Vec<Applied>, Problem> {
    let transaction = app.database.begin_write().await?;
    let payments: Vec<&Transaction> = group.iter().map(|waiting| &waiting.payment).collect();
    let mut counts = Counts::default();
    let ordinary = settle_ordinary(app, &*transaction, &payments, &mut counts).await?;
    let booked: Vec<&Received> = ordinary.iter().map(|position| &group[*position].received).collect();
    keep_booked(app, &*transaction, &booked, Settled::Paid.as_str()).await?;
    let mut outcomes = Vec::with_capacity(group.len());
    for (position, waiting) in group.iter().enumerate() {
        if ordinary.contains(&position) {
            outcomes.push(Applied::Done);
            continue;
        }
        let id = keep(app, &*transaction, &waiting.received).await?;
        let Received { kind, notice, .. } = &waiting.received;
        let (applied, note) = apply(app, &*transaction, *kind, notice, &mut counts).await?;
        close(app, &*transaction, &id, applied, note.as_deref()).await?;
        outcomes.push(applied);
    }
    transaction.commit().await?;
    counts.tell();
    Ok(outcomes)
}
