//! What payments bring about afterwards: the jobs that their commits wrote, down to the template message on its way.

use std::time::Instant;

use crate::callbacks::{Orders, book};
use crate::report::{Report, Row};
use crate::seed::{BASE, id_expression};
use crate::settings::Settings;
use crate::stage::Stage;

/// Paid orders of one round.
const ORDERS: i64 = 500;

/// Measures how fast the queue of paid orders empties. Runs in a database of its own: nothing else waits there.
pub fn measure(stage: &Stage, settings: &Settings, orders: &mut Orders, report: &mut Report) -> anyhow::Result<()> {
    follow(stage, settings)?;
    let (name, sent) = ("jobs after a payment", "template messages after a payment");
    for round in 0..settings.rounds {
        stage.write(&["DELETE FROM jobs".to_owned()])?;
        book(stage, orders, 16, ORDERS, 1)?;
        let before = stage.number(SENT)?;
        let used = stage.processor.used();
        let started = Instant::now();
        let workers = stage.app.workers();
        // Four times sixteen at once, as many as a node has places for.
        let done = stage.wait(async {
            let all = futures_util::future::join_all((0..4).map(|_| workers.run_due())).await;
            all.into_iter().sum::<anyhow::Result<usize>>()
        })?;
        let (elapsed, now_used) = (started.elapsed(), stage.processor.used());
        let delivered = stage.number(SENT)? - before;
        anyhow::ensure!(delivered == ORDERS, "{delivered} of {ORDERS} payers were told");
        report.add(stage, name, Row::of_batch(done as i64, elapsed, used, now_used));
        report.add(stage, sent, Row::of_batch(delivered, elapsed, used, now_used));
        report.progress(&format!("{}: messages out, round {} of {}", stage.name, round + 1, settings.rounds));
    }
    Ok(())
}

const SENT: &str = "SELECT COUNT(*) FROM message_deliveries WHERE channel = 'template' AND state <> 'failed'";

/// Every payer follows the service account.
fn follow(stage: &Stage, settings: &Settings) -> anyhow::Result<()> {
    let (now, last) = (stage.app.now_ms(), settings.units() - 1);
    let app_id = &stage.app.config.wechat.mp.app_id;
    let account = id_expression("acc", "i");
    stage.write(&[format!(
        "INSERT INTO wechat_users (app_id, openid, account_id, following, created_at, updated_at) \
         WITH RECURSIVE numbers(i) AS (SELECT CAST(0 AS bigint) UNION ALL SELECT i + 1 FROM numbers WHERE i < {last}) \
         SELECT '{app_id}', 'o' || ({BASE} + i), {account}, TRUE, {now}, {now} FROM numbers"
    )])
}
