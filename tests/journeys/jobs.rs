//! Dead jobs, and the ways on: by command, and by the daily look of a node; or the end of them, for a reason. What is finished
//! is forgotten.

use foundation::jobs::{FINISHED_KEPT_DAYS, NewJob, enqueue_all};
use serde_json::json;
use tejian::commands::jobs::{GiveUp, Listing, Retry, give_up, list, retry};
use tejian::web;
use tokio::net::TcpListener;

use crate::paying::{one_order, state_of};
use crate::world::World;

const DAY_MS: i64 = 86_400_000;
const DEAD: &str = "SELECT COUNT(*) FROM jobs WHERE state = 'dead'";
const AUDITED: &str = "SELECT COUNT(*) FROM audit_entries WHERE action = 'jobs.retried'";

fn page(after: Option<String>, limit: u64) -> Listing {
    Listing { state: Some("dead".parse().expect("a state")), kind: None, after, limit }
}

#[tokio::test]
async fn the_end_of_an_order_that_was_given_up_comes_once_somebody_tries_it_again() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    let state = state_of(&world, &phone, &order).await;
    let kind = "payments.expire_order";
    let error = "last_error = 'nobody answers at 13900000001'";
    world.tamper(&format!("UPDATE jobs SET state = 'dead', attempts = 20, {error} WHERE kind = '{kind}'")).await;
    world.pass_minutes(world.app.config.orders.expire_hours * 60 + 1).await;
    assert_eq!(state_of(&world, &phone, &order).await, state, "nobody ends it");

    let lines = list(&world.app, &page(None, 20)).await.expect("a list");
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    assert!(line.contains(kind) && line.contains("已停止") && line.contains("做了 20 次"), "{line}");
    assert!(line.contains("139****0001") && !line.contains("13900000001"), "{line}");
    let id = line.split_whitespace().next().expect("an id").to_owned();

    let other = Retry { kind: Some("payments.refund".to_owned()), ..Retry::default() };
    assert_eq!(retry(&world.app, &other).await.expect("nothing of this kind"), 0);
    assert_eq!(world.number(AUDITED).await, 0, "nothing was done");
    let this = Retry { id: Some(id), ..Retry::default() };
    assert_eq!(retry(&world.app, &this).await.expect("it is dead"), 1);
    assert_eq!((world.number(DEAD).await, world.number(AUDITED).await), (0, 1));
    let refused = retry(&world.app, &this).await.expect_err("it is not dead any more").to_string();
    assert!(refused.contains("没有停止"), "{refused}");
    world.settle().await;
    assert_ne!(state_of(&world, &phone, &order).await, state, "its time is over");
}

#[tokio::test]
async fn a_dead_job_that_was_settled_otherwise_is_given_up_with_a_reason() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    let state = state_of(&world, &phone, &order).await;
    let of_order = "kind = 'payments.expire_order'";
    world.tamper(&format!("UPDATE jobs SET state = 'dead', attempts = 20 WHERE {of_order}")).await;
    let lines = list(&world.app, &page(None, 20)).await.expect("a list");
    let id = lines[0].split_whitespace().next().expect("an id").to_owned();
    let give_up_for = async |id: &str, reason: &str| {
        let which = GiveUp { id: id.to_owned(), reason: reason.to_owned() };
        give_up(&world.app, &which).await.map_err(|error| error.to_string())
    };
    let given_up = "SELECT COUNT(*) FROM audit_entries WHERE action = 'jobs.given_up'";

    let refused = give_up_for(&id, "  ").await.expect_err("why?");
    assert!(refused.contains("原因"), "{refused}");
    assert_eq!((world.number(DEAD).await, world.number(given_up).await), (1, 0), "nothing was done");
    give_up_for(&id, "窗口已处理").await.expect("it is dead");
    assert_eq!((world.number(DEAD).await, world.number(given_up).await), (0, 1));
    let told = format!("{given_up} AND object = '{id}' AND detail LIKE '%窗口已处理%'");
    assert_eq!(world.number(&told).await, 1, "which, and why");
    let refused = give_up_for(&id, "窗口已处理").await.expect_err("once");
    assert!(refused.contains("没有停止"), "{refused}");

    world.pass_minutes(world.app.config.orders.expire_hours * 60 + 1).await;
    assert_eq!(state_of(&world, &phone, &order).await, state, "nobody does it any more");
    assert_eq!(world.number(&format!("SELECT COUNT(*) FROM jobs WHERE {of_order}")).await, 0);
}

#[tokio::test]
async fn hundreds_of_dead_jobs_are_shown_page_by_page_and_all_set_going() {
    let world = World::start().await;
    let transaction = world.app.database.begin_write().await.expect("a transaction");
    let later = world.app.now_ms() + DAY_MS;
    let jobs = (0..250).map(|number| NewJob::new("nobody.does_it", &number, later)).collect();
    enqueue_all(&*transaction, jobs).await.expect("written");
    transaction.commit().await.expect("a commit");
    world.tamper("UPDATE jobs SET state = 'dead'").await;
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let mut lines = list(&world.app, &page(after.take(), 100)).await.expect("a page");
        let more = lines.last().is_some_and(|line| line.starts_with("还有更多")).then(|| lines.pop()).flatten();
        ids.extend(lines.iter().filter_map(|line| line.split_whitespace().next().map(str::to_owned)));
        after = more.is_some().then(|| ids.last().cloned()).flatten();
        if after.is_none() {
            break;
        }
    }
    assert_eq!(ids.len(), 250);
    assert!(ids.is_sorted_by(|one, next| one > next), "newest first, none twice");
    let gone = list(&world.app, &page(Some("job_of_nobody".to_owned()), 100)).await;
    gone.expect_err("there is no place to go on from");

    let all = Retry { all_dead: true, ..Retry::default() };
    assert_eq!(retry(&world.app, &all).await.expect("all of them"), 250);
    assert_eq!((world.number(DEAD).await, world.number(AUDITED).await), (0, 3));
    assert_eq!(retry(&world.app, &all).await.expect("none is left"), 0);
}

#[tokio::test]
async fn daily_work_that_was_given_up_begins_anew_by_itself() {
    let world = World::start().await;
    web::schedule(&world.app).await.expect("set");
    let waiting = "SELECT COUNT(*) FROM jobs WHERE state = 'waiting' AND attempts = 0";
    let daily = world.number(waiting).await;
    // On PostgreSQL, one that adds up what is payable.
    assert_eq!(daily, if world.app.database.is_sqlite() { 4 } else { 5 });
    let given_up = "UPDATE jobs SET state = 'dead', attempts = 20, last_error = 'no'";

    world.tamper(given_up).await;
    web::schedule(&world.app).await.expect("a running node looks from time to time");
    assert_eq!((world.number(DEAD).await, world.number(waiting).await), (0, daily));

    world.tamper(given_up).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    web::serve(world.app.clone(), listener, async {}).await.expect("it begins and ends");
    assert_eq!((world.number(DEAD).await, world.number(waiting).await), (0, daily), "at the start of a node");
}

#[tokio::test]
async fn what_goes_on_and_days_that_are_to_be_compared_are_not_given_up() {
    let world = World::start().await;
    web::schedule(&world.app).await.expect("set");
    let transaction = world.app.database.begin_write().await.expect("a transaction");
    let upload = json!({ "upload_id": "upl_1" });
    enqueue_all(&*transaction, vec![NewJob::new("uploads.sweep", &upload, world.app.now_ms())]).await.expect("written");
    transaction.commit().await.expect("a commit");
    world.tamper("UPDATE jobs SET state = 'dead', attempts = 20, last_error = 'no'").await;
    let dead = world.number(DEAD).await;
    let mut refused = Vec::new();
    for line in list(&world.app, &page(None, 100)).await.expect("a list") {
        // A job that failed has a second line, with the reason, in the same text.
        let mut words = line.split_whitespace();
        let (id, kind) = (words.next().expect("an id"), words.next().expect("a kind"));
        // One night of it alone: the next is set by itself.
        if kind == "archive.move" {
            continue;
        }
        let which = GiveUp { id: id.to_owned(), reason: "不用再做".to_owned() };
        let told = give_up(&world.app, &which).await.expect_err(kind).to_string();
        assert!(told.contains("不能放弃"), "{kind}: {told}");
        refused.push(kind.to_owned());
    }
    refused.sort();
    let here = |kind: &&str| *kind != "fees.add_up" || !world.app.database.is_sqlite();
    let all = ["fees.add_up", "jobs.forget", "reconciliation.day", "sessions.forget", "uploads.sweep"];
    assert_eq!(refused, all.into_iter().filter(here).collect::<Vec<_>>());
    assert_eq!(world.number(DEAD).await, dead, "nothing was changed");
}

#[tokio::test]
async fn keys_of_what_was_finished_long_ago_are_forgotten_but_for_the_files_that_were_fetched() {
    let world = World::start().await;
    let long_ago = world.app.now_ms() - (FINISHED_KEPT_DAYS + 1) * DAY_MS;
    let lately = world.app.now_ms() - (FINISHED_KEPT_DAYS - 9) * DAY_MS;
    let kinds = [
        "imports.fetch_report",
        "messages.digest",
        "conversations.forget",
        "reconciliation.day",
        "archive.move",
        "webhooks.prune",
    ];
    for kind in kinds {
        for at in [long_ago, lately] {
            world
                .tamper(&format!(
                    "INSERT INTO jobs (id, kind, payload, run_at, dedup_key, attempts, state, created_at) \
                     VALUES ('job_{kind}_{at}', '{kind}', '{{}}', {at}, '{kind}:{at}', 1, 'done', {at})"
                ))
                .await;
        }
    }
    web::schedule(&world.app).await.expect("set");
    world.pass_minutes(24 * 60).await;
    let left = async |which: &str| world.number(&format!("SELECT COUNT(*) FROM jobs WHERE {which}")).await;
    assert_eq!(left(&format!("created_at = {lately} AND state = 'done'")).await, kinds.len() as i64);
    assert_eq!(left(&format!("created_at = {long_ago}")).await, 1);
    let kept = format!("dedup_key = 'imports.fetch_report:{long_ago}' AND state = 'remembered'");
    assert_eq!(left(&kept).await, 1, "its link may be over when the core system sends it again");
}
