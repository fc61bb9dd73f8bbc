//! Figures of the business as gauges. They are looked up by indexes that hold only what waits, or are kept as sums, so that
//! asking costs the same with a hundred orders as with a hundred million.

use std::time::Duration;

use foundation::problem::Problem;
use metrics::gauge;

use super::certificates;
use crate::app::App;
use crate::{backup, fees, messages, nodes, payments, reconciliation, reviews};

/// Looked up at most so often by each process, however many ask it.
const REFRESH_MS: i64 = 10_000;

/// A database that is well answers within a fraction of it. Whoever measures gives up after ten seconds (Prometheus), and would
/// take a database that froze for a node that is down.
const LOOK_LIMIT: Duration = Duration::from_secs(3);

/// When this process last looked.
#[derive(Debug, Default)]
pub struct LastLooks {
    figures_at: std::sync::atomic::AtomicI64,
}

impl LastLooks {
    /// Whether it is time again; whoever is told so does it.
    fn is_due(last: &std::sync::atomic::AtomicI64, now_ms: i64, every_ms: i64) -> bool {
        use std::sync::atomic::Ordering::AcqRel;
        let looked_at = last.load(std::sync::atomic::Ordering::Acquire);
        // A clock that was put back would let it wait until it has caught up.
        let is_recent = looked_at != 0 && (0..every_ms).contains(&(now_ms - looked_at));
        !is_recent && last.compare_exchange(looked_at, now_ms, AcqRel, std::sync::atomic::Ordering::Acquire).is_ok()
    }
}

/// Tells what the process knows of itself, and sets the gauges of the database anew when it is time. A database that does
/// not answer leaves them as they are and counts a failure: the figures of the process itself must still be told.
pub(super) async fn refresh(app: &App) {
    gauge!("tejian_large_bodies_bytes").set(app.large_bodies.taken_bytes() as f64);
    let now = app.now_ms();
    if LastLooks::is_due(&app.last_looks.figures_at, now, REFRESH_MS) {
        let looked = tokio::time::timeout(LOOK_LIMIT, look(app, now)).await;
        note_failure(looked.unwrap_or_else(|_| Err(Problem::outage("the database said nothing for three seconds"))));
    }
}

fn note_failure(looked: Result<(), Problem>) {
    if let Err(problem) = looked {
        metrics::counter!("tejian_figures_failed_total").increment(1);
        tracing::warn!(?problem, "the figures could not be looked up");
    }
}

async fn look(app: &App, now: i64) -> Result<(), Problem> {
    let reader = app.database.reader();
    let queue = foundation::jobs::queue_figures(reader, now).await?;
    gauge!("tejian_jobs_due").set(queue.due as f64);
    gauge!("tejian_jobs_oldest_due_seconds").set(seconds(queue.oldest_due_ms));
    gauge!("tejian_jobs_dead").set(queue.dead as f64);

    let payments = payments::figures(reader, now).await?;
    gauge!("tejian_payments_unknown").set(payments.unknown as f64);
    gauge!("tejian_notices_waiting").set(payments.notices_waiting as f64);
    gauge!("tejian_notices_oldest_seconds").set(seconds(payments.oldest_notice_ms));

    let payable = fees::payable_total_of_all(reader).await?;
    gauge!("tejian_payable_reports").set(payable.count as f64);
    gauge!("tejian_payable_fen").set(payable.amount.0 as f64);

    gauge!("tejian_differences_open").set(reconciliation::open_in_all(reader).await? as f64);
    // As below: not set before a day was compared.
    if let Some(age_ms) = reconciliation::last_compared_age_ms(reader, now).await? {
        gauge!("tejian_reconciliation_age_seconds").set(seconds(age_ms));
    }
    gauge!("tejian_messages_dead").set(messages::dead_count(reader).await? as f64);
    gauge!("tejian_reviews_overdue").set(reviews::overdue_count(app).await? as f64);

    let living = nodes::living(reader).await?;
    gauge!("tejian_nodes_living").set(living.len() as f64);
    gauge!("tejian_nodes_lacking_keys").set(nodes::lacking_keys(&living).len() as f64);

    // Not set while there was none: the alarm on that asks whether the figure is missing.
    if let Some(made_at) = backup::last_made_at(reader).await? {
        gauge!("tejian_backup_age_seconds").set(seconds(now - made_at));
    }

    certificates::tell(app, now);
    Ok(())
}

fn seconds(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicI64;

    use super::*;

    #[test]
    fn it_is_time_again_after_ten_seconds_and_whenever_the_clock_was_put_back() {
        let last = AtomicI64::new(0);
        let due = |now_ms| LastLooks::is_due(&last, now_ms, REFRESH_MS);
        assert_eq!([due(5_000), due(14_999), due(15_000), due(15_001)], [true, false, true, false]);
        assert_eq!([due(1_000), due(2_000), due(11_000)], [true, false, true], "half a minute back");
    }
}
