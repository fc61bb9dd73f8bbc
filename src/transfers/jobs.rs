//! Jobs of payment notices: asking for the code until it is there, then watching over it until it ends.

use std::sync::Arc;

use anyhow::{Context, ensure};
use async_trait::async_trait;
use foundation::calendar::{beijing_date, start_of_beijing_day_ms};
use foundation::clock::DAY_MS;
use foundation::jobs::{Handler, Handlers, Outcome};
use foundation::problem::Problem;
use regex::Regex;
use serde::{Deserialize, Serialize};

use super::codes::{self, CodeProgress, CodeRequest, GivenUp, PaymentCodes};
use super::model::NoticeState;
use super::store::{self, NoticeRow};
use crate::app::{App, SharedApp};
use crate::happenings::{Happening, publish};
use crate::invoice_titles::TitleFacts;
use crate::orders::{self, Actor, OrderRow, OrderState, PaidBy, Payment, TimelineKind};

/// Looks after one notice.
pub(super) const JOB_NOTICE: &str = "transfers.notice";
/// Cancels one code at the fiscal system.
pub(super) const JOB_CANCEL: &str = "transfers.cancel_code";
/// An order was voided: its codes are given up.
pub const JOB_ORDER_ENDED: &str = "transfers.order_ended";

/// How often the fiscal system is asked whether a code was paid.
const ASK_INTERVAL_MS: i64 = 6 * 3_600_000;
/// A code that ended is asked about so much longer: a bank may take days to tell the fiscal system of a transfer.
const AFTER_THE_END_MS: i64 = 3 * DAY_MS;
/// Pauses between these questions: half of the time since the end, between these two.
const AFTER_THE_END_PAUSE_MS: i64 = 3_600_000;
const AFTER_THE_END_PAUSE_MS_MAX: i64 = 12 * 3_600_000;
const TROUBLE: &str = "财政非税系统暂时没有响应，正在自动重试";

/// Payload of [`JOB_NOTICE`] and [`JOB_CANCEL`].
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct NoticeJob {
    pub(super) notice_id: String,
}

/// Registers this capability's jobs.
pub fn add_job_handlers(app: &Arc<App>, handlers: &mut Handlers) {
    let room = Arc::new(Room::open(app.clone()));
    handlers.add(JOB_NOTICE, Arc::new(LookAfter(room.clone())));
    handlers.add(JOB_CANCEL, Arc::new(CancelCode(room)));
    handlers.add(JOB_ORDER_ENDED, Arc::new(OrderEnded(app.clone())));
}

struct Room {
    app: SharedApp,
    codes: anyhow::Result<Box<dyn PaymentCodes>>,
    pattern: Result<Regex, regex::Error>,
}

struct LookAfter(Arc<Room>);
struct CancelCode(Arc<Room>);
struct OrderEnded(SharedApp);

#[async_trait]
impl Handler for LookAfter {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let job: NoticeJob = serde_json::from_str(payload)?;
        self.0.look_after(&job.notice_id).await
    }
}

#[async_trait]
impl Handler for CancelCode {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let job: NoticeJob = serde_json::from_str(payload)?;
        let room = &self.0;
        let Some(notice) = store::find(room.app.database.reader(), &job.notice_id).await? else {
            return Ok(Outcome::Done);
        };
        match room.codes()?.cancel(&request_no(&notice)).await {
            Ok(GivenUp::Done) => Ok(Outcome::Done),
            Ok(GivenUp::PaidBefore) => room.book_what_came(&notice).await,
            Err(error) => {
                tracing::warn!(notice = notice.id, error = %format!("{error:#}"), "a code could not be cancelled yet");
                Ok(Outcome::AgainAt(pause(notice.updated_at, room.app.now_ms())))
            }
        }
    }
}

#[async_trait]
impl Handler for OrderEnded {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let Happening::OrderVoided { order_id, .. } = serde_json::from_str(payload)? else {
            anyhow::bail!("only a voided order gives its codes up");
        };
        let app = &self.0;
        // Most orders never had a code: no write for them.
        if store::newest(app.database.reader(), &order_id).await?.is_none() {
            return Ok(Outcome::Done);
        }
        let transaction = app.database.begin_write().await?;
        let order = orders::lock_row(&*transaction, &order_id, app.now_ms()).await?;
        // Late money may have revived it since.
        if order.is_some_and(|order| order.state == OrderState::Void.as_str()) {
            store::leave(&*transaction, &order_id, app.now_ms()).await?;
        }
        transaction.commit().await?;
        app.wake_workers.notify_one();
        Ok(Outcome::Done)
    }
}

/// Our number of a notice at the fiscal system: letters, digits and dashes.
fn request_no(notice: &NoticeRow) -> String {
    notice.notice_no.clone()
}

/// Often at first, then ever more seldom: 3 seconds to an hour.
fn pause(since_ms: i64, now_ms: i64) -> i64 {
    now_ms + ((now_ms - since_ms) / 10).clamp(3_000, 3_600_000)
}

impl Room {
    fn open(app: SharedApp) -> Self {
        Self { codes: codes::maker(&app), pattern: Regex::new(&app.config.transfer.code_pattern), app }
    }

    fn codes(&self) -> anyhow::Result<&dyn PaymentCodes> {
        self.codes.as_deref().map_err(|error| anyhow::anyhow!("{error:#}"))
    }

    async fn look_after(&self, notice_id: &str) -> anyhow::Result<Outcome> {
        let reader = self.app.database.reader();
        let Some(notice) = store::find(reader, notice_id).await? else { return Ok(Outcome::Done) };
        let state = notice.state()?;
        if !matches!(state, NoticeState::Requested | NoticeState::Issued | NoticeState::Expired) {
            return Ok(Outcome::Done);
        }
        let Some(order) = orders::find_row(reader, &notice.order_id).await? else { return Ok(Outcome::Done) };
        if !order.state()?.waits_for_money() {
            self.end_with_order(&order).await?;
            return Ok(Outcome::Done);
        }
        if state != NoticeState::Requested {
            return self.watch(&notice).await;
        }
        match self.ask_for_code(&notice, &order).await {
            Ok(progress) => self.keep(&notice, progress).await,
            Err(error) => {
                tracing::warn!(notice = notice.id, error = %format!("{error:#}"), "no payment code yet");
                metrics::counter!("tejian_payment_codes_total", "outcome" => "unreachable").increment(1);
                let now = self.app.now_ms();
                let transaction = self.app.database.begin_write().await?;
                store::note_trouble(&*transaction, &notice.id, TROUBLE, now).await?;
                transaction.commit().await?;
                Ok(Outcome::AgainAt(pause(notice.requested_at, now)))
            }
        }
    }

    /// The order does not wait for money any more: it is given up, or paid another way than with this code.
    async fn end_with_order(&self, order: &OrderRow) -> Result<(), Problem> {
        let now = self.app.now_ms();
        let transaction = self.app.database.begin_write().await?;
        // Held, and read again: it may have been reopened since.
        let order = orders::lock_row(&*transaction, &order.id, now).await?;
        let Some(order) = order else { return Ok(()) };
        if !order.state()?.waits_for_money() {
            store::leave(&*transaction, &order.id, now).await?;
        }
        transaction.commit().await?;
        self.app.wake_workers.notify_one();
        Ok(())
    }

    /// Looks first: an earlier call may have been accepted although its answer was lost.
    async fn ask_for_code(&self, notice: &NoticeRow, order: &OrderRow) -> anyhow::Result<CodeProgress> {
        let codes = self.codes()?;
        let request_no = request_no(notice);
        let known = codes.look(&request_no).await?;
        if known != CodeProgress::Unknown {
            return Ok(known);
        }
        let title = TitleFacts::from_stored(&order.invoice_title)?;
        let last_moment = notice.requested_at + self.app.config.transfer.code_valid_days * DAY_MS;
        let request = CodeRequest {
            request_no,
            payer_name: order.unit_name.clone(),
            payer_tax_no: title.tax_no,
            payee_name: notice.payee_name.clone(),
            amount_fen: notice.amount_fen,
            report_count: order.fee_count,
            order_no: order.order_no.clone(),
            valid_until: beijing_date(last_moment),
        };
        codes.request(&request).await
    }

    async fn keep(&self, notice: &NoticeRow, progress: CodeProgress) -> anyhow::Result<Outcome> {
        let now = self.app.now_ms();
        match progress {
            CodeProgress::Unknown | CodeProgress::Pending => Ok(Outcome::AgainAt(pause(notice.requested_at, now))),
            CodeProgress::Issued { code, valid_until } => {
                let pattern = self.pattern.as_ref();
                let pattern =
                    pattern.map_err(|error| anyhow::anyhow!("transfer.code_pattern 不是正则表达式：{error}"))?;
                ensure!(pattern.is_match(&code), "财政系统返回的缴款码 {code} 不符合 transfer.code_pattern");
                let until = valid_until.unwrap_or_else(|| {
                    beijing_date(notice.requested_at + self.app.config.transfer.code_valid_days * DAY_MS)
                });
                // Good until the end of that day in Beijing.
                let expires_at = start_of_beijing_day_ms(until) + DAY_MS - 1_000;
                self.keep_code(notice, &code, expires_at).await?;
                Ok(Outcome::AgainAt(self.next_look(expires_at)))
            }
            CodeProgress::Paid { code, amount_fen } => {
                self.keep_code(notice, &code, now + DAY_MS).await?;
                self.paid_at_fiscal_system(notice, amount_fen).await
            }
            CodeProgress::Failed(reason) => self.fail(notice, &reason).await,
            CodeProgress::Cancelled => self.fail(notice, "财政系统已取消这个缴款码").await,
        }
    }

    async fn keep_code(&self, notice: &NoticeRow, code: &str, expires_at: i64) -> anyhow::Result<()> {
        let now = self.app.now_ms();
        let transaction = self.app.database.begin_write().await?;
        // The order's row first, as everywhere else.
        orders::lock_row(&*transaction, &notice.order_id, now).await?;
        if store::mark_issued(&*transaction, &notice.id, code, expires_at, now).await? {
            orders::extend(&*transaction, &notice.order_id, expires_at).await?;
            orders::add_search_word(&*transaction, &notice.order_id, code).await?;
            let detail = Some(format!("缴款码 {code}"));
            orders::record(&*transaction, &notice.order_id, TimelineKind::CodeIssued, &Actor::System, detail, now)
                .await?;
            metrics::counter!("tejian_payment_codes_total", "outcome" => "issued").increment(1);
        } else {
            store::cancel_if_given_up(&*transaction, &notice.id, now).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    async fn fail(&self, notice: &NoticeRow, reason: &str) -> anyhow::Result<Outcome> {
        let now = self.app.now_ms();
        let transaction = self.app.database.begin_write().await?;
        if store::mark_failed(&*transaction, &notice.id, reason, now).await? {
            let detail = Some(reason.to_owned());
            orders::record(&*transaction, &notice.order_id, TimelineKind::CodeFailed, &Actor::System, detail, now)
                .await?;
            metrics::counter!("tejian_payment_codes_total", "outcome" => "failed").increment(1);
        }
        transaction.commit().await?;
        Ok(Outcome::Done)
    }

    fn reminder_at(&self, expires_at: i64) -> i64 {
        expires_at - self.app.config.transfer.remind_days * DAY_MS
    }

    fn next_look(&self, expires_at: i64) -> i64 {
        let now = self.app.now_ms();
        let moments = [self.reminder_at(expires_at), expires_at, now + ASK_INTERVAL_MS];
        moments.into_iter().filter(|moment| *moment > now).min().unwrap_or(now + ASK_INTERVAL_MS)
    }

    /// When a code that ended is asked about next; nothing when it is no longer asked about.
    fn look_after_the_end(&self, expires_at: i64) -> Option<i64> {
        let now = self.app.now_ms();
        let last = expires_at + AFTER_THE_END_MS;
        let pause = ((now - expires_at) / 2).clamp(AFTER_THE_END_PAUSE_MS, AFTER_THE_END_PAUSE_MS_MAX);
        (now < last).then(|| Ord::min(now + pause, last))
    }

    /// A code that is out or has ended: was it paid, is it time to remind, is it over?
    async fn watch(&self, notice: &NoticeRow) -> anyhow::Result<Outcome> {
        let told = self.codes()?.look(&request_no(notice)).await;
        if let Ok(CodeProgress::Paid { amount_fen, .. }) = told {
            return self.paid_at_fiscal_system(notice, amount_fen).await;
        }
        let now = self.app.now_ms();
        let expires_at = notice.expires_at.unwrap_or(now);
        let next = self.look_after_the_end(expires_at);
        if let Err(error) = told {
            tracing::info!(notice = notice.id, error = %format!("{error:#}"), "the fiscal system cannot tell");
            // Nobody is told that a code ended unpaid before somebody said so.
            if now >= expires_at && next.is_some() {
                return Ok(Outcome::AgainAt(pause(expires_at, now)));
            }
        }
        let transaction = self.app.database.begin_write().await?;
        if now >= expires_at {
            if store::mark_expired(&*transaction, &notice.id, now).await? {
                orders::record(
                    &*transaction,
                    &notice.order_id,
                    TimelineKind::CodeExpired,
                    &Actor::System,
                    Some("可以在订单里一键更换新的缴款码".to_owned()),
                    now,
                )
                .await?;
            }
            transaction.commit().await?;
            return Ok(next.map_or(Outcome::Done, Outcome::AgainAt));
        }
        if now >= self.reminder_at(expires_at) {
            // Told once: the message is unique per notice.
            let happening = Happening::PaymentCodeExpiring {
                order_id: notice.order_id.clone(),
                notice_id: notice.id.clone(),
                expires_at,
            };
            publish(&*transaction, &happening, now).await?;
        }
        transaction.commit().await?;
        self.app.wake_workers.notify_one();
        Ok(Outcome::AgainAt(self.next_look(expires_at)))
    }

    /// A code could not be cancelled because money had come with it: how much is asked for, and booked as late money.
    async fn book_what_came(&self, notice: &NoticeRow) -> anyhow::Result<Outcome> {
        match self.codes()?.look(&request_no(notice)).await {
            Ok(CodeProgress::Paid { amount_fen, .. }) => {
                self.paid_at_fiscal_system(notice, amount_fen).await?;
            }
            Ok(other) => tracing::error!(notice = notice.id, ?other, "a code is not cancelled, and not paid either"),
            Err(error) => {
                tracing::warn!(notice = notice.id, error = %format!("{error:#}"), "the fiscal system cannot tell");
                return Ok(Outcome::AgainAt(pause(notice.updated_at, self.app.now_ms())));
            }
        }
        Ok(Outcome::Done)
    }

    /// The fiscal system has the money. The exact amount pays the order, and takes up again one that was voided (B-15); the
    /// line of the bank statement confirms it later. Another amount waits for that line, and so does money for an order that
    /// has its money already or cannot be taken up again: there a person finds it by its code.
    async fn paid_at_fiscal_system(&self, notice: &NoticeRow, amount_fen: i64) -> anyhow::Result<Outcome> {
        let now = self.app.now_ms();
        let transaction = self.app.database.begin_write().await?;
        let order = orders::lock_row(&*transaction, &notice.order_id, now).await?;
        let order = order.context("a notice without an order")?;
        let state = order.state()?;
        let fits = amount_fen == order.amount_fen && order.received_fen == 0;
        if state.waits_for_money() && !fits {
            tracing::warn!(notice = notice.id, amount_fen, "paid at the fiscal system with another amount");
            return Ok(Outcome::AgainAt(now + ASK_INTERVAL_MS));
        }
        // The one place where the two who may decide on this money meet: whoever comes second leaves it alone.
        if !store::mark_paid(&*transaction, &notice.id, now).await? {
            return Ok(Outcome::Done);
        }
        let payment = Payment { by: PaidBy::Transfer(&notice.id), actor: &Actor::Bank, paid_at: now, came_on: None };
        let booked = match state {
            OrderState::Void if fits => orders::mark_revived(&*transaction, &order, payment, now).await?,
            OrderState::Void => false,
            _ => orders::mark_paid(&*transaction, &order, payment, now).await?,
        };
        if !booked && order.paid_reference.as_deref() != Some(notice.id.as_str()) {
            // Maybe the money that paid it, whose line had lost the code; maybe a second payment.
            tracing::warn!(notice = notice.id, amount_fen, "a code was paid whose order does not wait for it");
            metrics::counter!("tejian_payment_codes_total", "outcome" => "paid_beside").increment(1);
        }
        if booked {
            store::leave(&*transaction, &order.id, now).await?;
        }
        transaction.commit().await?;
        self.app.wake_workers.notify_one();
        Ok(Outcome::Done)
    }
}
