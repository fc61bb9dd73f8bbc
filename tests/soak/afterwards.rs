//! When the load is over: the nodes stop, time passes, nobody helps; then everything must be right.

use foundation::calendar::{beijing_date, print_date};
use tejian::audit::{self, Verified};
use tejian::reconciliation;
use time::Duration;

use crate::money_rules::{MONEY_RULES, NOTHING_IS_OPEN};
use crate::stage::Stage;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// How much work may be left before something runs in circles.
const ROUNDS_MAX: u32 = 10_000;

/// Fails with everything that is wrong.
pub async fn judge(stage: &Stage) -> anyhow::Result<()> {
    stage.nodes.stop().await?;
    stage.take_over().await?;
    // Close together first, then days: orders expire, refunds arrive, messages give up or go out.
    for step_ms in [MINUTE_MS; 30].into_iter().chain([60 * MINUTE_MS; 24]).chain([DAY_MS / 2; 80]) {
        stage.clock.pass_ms(step_ms);
        settle(stage).await?;
    }
    let mut wrong = stage.nodes.panics();
    for (rule, violations) in MONEY_RULES.iter().chain(NOTHING_IS_OPEN) {
        let count = stage.number(violations).await?;
        if count != 0 {
            wrong.push(format!("{rule}: {count} times not"));
        }
    }
    wrong.extend(channel_differs(stage).await?);
    wrong.extend(days_that_differ(stage).await?);
    if let Verified::Broken(broken) = audit::verify(stage.app.database.reader()).await? {
        wrong.push(format!("the audit trail is broken at {}: {}", broken.seq, broken.what));
    }
    for happened in ["nodes killed", "payments made", "transfers that arrived"] {
        if stage.tally.of(happened) == 0 {
            wrong.push(format!("nothing was proved: no {happened}"));
        }
    }
    anyhow::ensure!(wrong.is_empty(), "{}", wrong.join("\n      "));
    Ok(())
}

async fn settle(stage: &Stage) -> anyhow::Result<()> {
    for _ in 0..ROUNDS_MAX {
        let ran = stage.app.workers().run_due().await?;
        let delivered = stage.wechat.deliver_due().await;
        let quiet = delivered.notices == 0
            && delivered.refunds_settled.is_empty()
            && delivered.invoices_settled.is_empty()
            && delivered.receipts_settled.is_empty();
        if ran == 0 && quiet {
            return Ok(());
        }
    }
    anyhow::bail!("the work does not end")
}

/// Payment by payment and refund by refund, in both directions.
async fn channel_differs(stage: &Stage) -> anyhow::Result<Vec<String>> {
    let transactions = stage.wechat.transactions();
    let refunds = stage.wechat.refunds();
    let taken: i64 = transactions.iter().map(|order| order.amount_fen).sum();
    let returned: i64 = refunds.iter().map(|refund| refund.refund_fen).sum();
    let count = |table: &str, state: &str| {
        format!("SELECT COUNT(*) FROM {table} WHERE state = '{state}' AND transaction_id IS NOT NULL")
    };
    let sum = |table: &str, state: &str| {
        format!(
            "SELECT CAST(COALESCE(SUM(amount_fen), 0) AS bigint) FROM {table} WHERE state = '{state}' AND transaction_id IS NOT NULL"
        )
    };
    let mut wrong = Vec::new();
    for (what, channel, query) in [
        ("payments", transactions.len() as i64, count("payment_attempts", "paid")),
        ("fen paid", taken, sum("payment_attempts", "paid")),
        ("refunds", refunds.len() as i64, count("refunds", "success")),
        ("fen given back", returned, sum("refunds", "success")),
    ] {
        let books = stage.number(&query).await?;
        stage.tally.add(&format!("at the end: {what}"), channel.unsigned_abs());
        if books != channel {
            wrong.push(format!("{what}: WeChat says {channel}, our books say {books}"));
        }
    }
    Ok(wrong)
}

async fn days_that_differ(stage: &Stage) -> anyhow::Result<Vec<String>> {
    let mut wrong = Vec::new();
    // WeChat makes the bill of a day from 10:00 of the next day on.
    let today = beijing_date(stage.app.now_ms() - 10 * 60 * MINUTE_MS);
    let mut day = beijing_date(stage.began_at);
    while day < today {
        let found = reconciliation::run(&stage.app, day).await?;
        stage.tally.count("at the end: days reconciled");
        if found.differences != 0 {
            wrong.push(format!("{}: {} differences", print_date(day), found.differences));
        }
        day += Duration::days(1);
    }
    Ok(wrong)
}
