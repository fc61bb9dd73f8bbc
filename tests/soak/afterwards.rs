//! When the load is over: the nodes stop, time passes, nobody helps; then everything must be right.

use foundation::calendar::{beijing_date, print_date};
use foundation::secret_hash::sha256_hex;
use sea_orm::{ConnectionTrait, Statement};
use simulator::{Refund, RefundState};
use tejian::audit::{self, Verified};
use tejian::reconciliation;
use time::Duration;

use crate::books::{BUSINESS, EVERYTHING_HAS_ENDED, NEEDS_A_PERSON};
use crate::faults::NOBODYS_ORDER;
use crate::money_rules::{MONEY_RULES, NOTHING_IS_OPEN};
use crate::sides;
use crate::stage::Stage;
use crate::tally::Group;
use crate::work::errands::Queue;
use crate::work::papers;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// How much work may be left before something runs in circles.
const ROUNDS_MAX: u32 = 10_000;
/// Business without which a soak has proved nothing.
const DONE: [&str; 6] = [
    "orders made",
    "payments made",
    "transfers that arrived",
    "report files downloaded",
    "refunds approved",
    "receipts taken back and made out anew",
];
/// When somebody mends refunds in WeChat's console.
const MENDED_AFTER_STEPS: usize = 30 + 24 + 6;

/// Fails with everything that is wrong.
pub async fn judge(stage: &Stage) -> anyhow::Result<()> {
    stage.nodes.stop_all().await?;
    stage.take_over().await?;
    // Close together first, then days: orders expire, refunds arrive, messages give up or go out.
    let steps = [MINUTE_MS; 30].into_iter().chain([60 * MINUTE_MS; 24]).chain([DAY_MS / 2; 80]);
    for (number, step_ms) in steps.enumerate() {
        stage.clock.pass_ms(step_ms);
        if number == MENDED_AFTER_STEPS {
            carry_out_some(stage).await?;
        }
        settle(stage).await?;
    }
    let mut wrong = stage.nodes.panics();
    let open = NOTHING_IS_OPEN.iter().filter(|(rule, _)| *rule != NEEDS_A_PERSON);
    for (rule, violations) in MONEY_RULES.iter().chain(open).chain(EVERYTHING_HAS_ENDED) {
        let count = stage.number(&violations.replace("NOBODYS", &format!("'{NOBODYS_ORDER}'"))).await?;
        if count != 0 {
            wrong.push(format!("{rule}: {count} times not"));
        }
    }
    wrong.extend(sides::differ(stage).await?);
    wrong.extend(days_that_differ(stage).await?);
    wrong.extend(broken_promises(stage).await?);
    wrong.extend(files_that_differ(stage).await?);
    if let Verified::Broken(broken) = audit::verify(stage.app.database.reader()).await? {
        wrong.push(format!("the audit trail is broken at {}: {}", broken.seq, broken.what));
    }
    for (name, query) in BUSINESS {
        let count = stage.number(&query.replace("NOBODYS", &format!("'{NOBODYS_ORDER}'"))).await?;
        stage.tally.add(Group::Found, name, count.unsigned_abs());
    }
    for happened in DONE {
        if stage.tally.of(Group::Done, happened) == 0 {
            wrong.push(format!("nothing was proved: no {happened}"));
        }
    }
    anyhow::ensure!(wrong.is_empty(), "{}", wrong.join("\n      "));
    Ok(())
}

/// Every second refund to a dead card that nobody made by bank, and every one that WeChat never settles, is carried out in
/// WeChat's console, and nobody is told.
async fn carry_out_some(stage: &Stage) -> anyhow::Result<()> {
    let dead = "SELECT out_refund_no FROM refunds WHERE channel = 'wechat' AND state = 'abnormal' ORDER BY id";
    let dead = stage.texts(dead).await?.into_iter().step_by(2);
    let under_way = stage.wechat.refunds().into_iter().filter(|refund| refund.state == RefundState::Processing);
    let stuck = under_way.filter(Refund::is_left_to_people).map(|refund| refund.out_refund_no);
    for number in dead.chain(stuck) {
        stage.wechat.faults().set(|faults| faults.notice_lost_next += 1);
        anyhow::ensure!(stage.wechat.carry_out_refund(&number), "refund {number} went wrong in our books alone");
        stage.tally.injected("refund carried out by hand at WeChat, and nobody told");
    }
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

async fn days_that_differ(stage: &Stage) -> anyhow::Result<Vec<String>> {
    let mut wrong = Vec::new();
    // WeChat makes the bill of a day from 10:00 of the next day on.
    let today = beijing_date(stage.app.now_ms() - 10 * 60 * MINUTE_MS);
    let mut day = beijing_date(stage.began_at);
    while day < today {
        let found = reconciliation::run(&stage.app, day).await?;
        stage.tally.add(Group::Found, "days reconciled without a difference", u64::from(found.differences == 0));
        if found.differences != 0 {
            wrong.push(format!("{}: {} differences", print_date(day), found.differences));
        }
        day += Duration::days(1);
    }
    Ok(wrong)
}

/// What was answered for and is not there.
async fn broken_promises(stage: &Stage) -> anyhow::Result<Vec<String>> {
    let promised = &stage.errands.promised;
    let mut wrong = Vec::new();
    let mut keep = async |what: &str, ids: &Queue, query: &str| -> anyhow::Result<()> {
        while let Some(id) = ids.take() {
            stage.tally.add(Group::Found, &format!("{what} that were answered for"), 1);
            if stage.number(&query.replace('?', &id)).await? != 1 {
                wrong.push(format!("lost after it was answered for: {what}: {id}"));
            }
        }
        Ok(())
    };
    keep("orders", &promised.orders, "SELECT COUNT(*) FROM orders WHERE id = '?'").await?;
    keep(
        "report files",
        &promised.reports,
        "SELECT COUNT(*) FROM reports WHERE external_id = 'R?' AND file_key IS NOT NULL",
    )
    .await?;
    keep("slips", &promised.slips, "SELECT COUNT(*) FROM uploads WHERE id = '?' AND state = 'ready'").await?;
    Ok(wrong)
}

/// Files that the books name and the store does not have as they were handed in.
async fn files_that_differ(stage: &Stage) -> anyhow::Result<Vec<String>> {
    let reader = stage.app.database.reader();
    let mut wrong = Vec::new();
    for query in [
        "SELECT external_id, file_key, file_sha256 FROM reports WHERE file_key IS NOT NULL",
        "SELECT id, file_key, sha256 FROM uploads WHERE state = 'ready'",
    ] {
        let statement = Statement::from_string(reader.get_database_backend(), query);
        for row in reader.query_all_raw(statement).await? {
            let (name, key, hash): (String, String, String) =
                (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            let content = stage.app.files.get(&key).await;
            let as_handed_in = match (&content, name.strip_prefix('R')) {
                (Ok(content), Some(number)) => content[..] == papers::report(number),
                (Ok(content), None) => sha256_hex(content) == hash,
                (Err(_), _) => false,
            };
            stage.tally.add(Group::Found, "files in the store, as they were handed in", u64::from(as_handed_in));
            if !as_handed_in {
                wrong.push(format!("the file of {name} is not what was handed in"));
            }
        }
    }
    Ok(wrong)
}
