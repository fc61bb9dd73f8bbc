//! The books beside WeChat's bills and the core system's ledger, day by day (B-19).

use foundation::calendar::{beijing_date, print_date, start_of_beijing_day_ms};
use foundation::paging::PageRequest;
use serde_json::json;
use tejian::reconciliation::{self, Day, DayState, Difference, DifferenceKind, LedgerEntry, RunProblem};
use tejian::staff::Role;
use time::Date;

use crate::paying::{one_order, open_payment, order_paid_in_wechat, state_of};
use crate::world::World;

const DAY_MS: i64 = 86_400_000;
const QUERY: &str = "/v3/pay/transactions/out-trade-no";

fn today(world: &World) -> Date {
    beijing_date(world.app.now_ms())
}

async fn differences(world: &World, day: Date) -> Vec<Difference> {
    let reader = world.app.database.reader();
    reconciliation::open_differences(reader, Some(day), &PageRequest::default()).await.expect("differences").items
}

async fn compare(world: &World, day: Date) -> Day {
    reconciliation::run(&world.app, day).await.expect("the bills are there")
}

async fn close(world: &World, day: Date) -> Result<(), foundation::problem::Problem> {
    let transaction = world.app.database.begin_write().await.expect("a transaction");
    let closed = reconciliation::close_day(&*transaction, day, "财务主管", world.app.now_ms()).await;
    if closed.is_ok() {
        transaction.commit().await.expect("a commit");
    }
    closed
}

#[tokio::test]
async fn a_day_that_fits_is_balanced_closed_and_then_fixed() {
    let world = World::start().await;
    order_paid_in_wechat(&world, 126_500).await;
    let day = today(&world);
    assert!(matches!(reconciliation::run(&world.app, day).await, Err(RunProblem::NotReady | RunProblem::Channel(_))));
    assert_eq!(close(&world, day).await.expect_err("today is not over").code(), "day_not_over");
    world.clock.advance_ms(DAY_MS + 3_600_000);
    let compared = compare(&world, day).await;
    assert_eq!(compared.state, DayState::Balanced);
    assert_eq!((compared.channel_count, compared.channel_fen), (1, 126_500));
    assert_eq!((compared.books_count, compared.books_fen), (1, 126_500));
    assert_eq!(compared.charge_fen, 759);
    assert_eq!(compared.flow_net_fen, Some(126_500 - 759), "the account moved by what was paid less WeChat's charge");
    assert_eq!(compared.state_text, "已对平（两方）", "the core system has not told yet");
    close(&world, day).await.expect("nothing is open");
    assert_eq!(close(&world, day).await.expect_err("once").code(), "day_closed");
    assert!(matches!(reconciliation::run(&world.app, day).await, Err(RunProblem::Closed)));
}

#[tokio::test]
async fn how_long_ago_the_last_compared_day_ended_is_a_figure() {
    // Of this test alone: other worlds in this process compare days, too.
    let recorder = foundation::telemetry::recorder();
    let _counting = metrics::set_default_local_recorder(&recorder);
    let world = World::start().await;
    let figure = async || {
        // Figures are looked up anew after ten seconds.
        world.clock.advance_ms(60_000);
        assert_eq!(world.visitor().get("/metrics").await.status, 200);
        let told = recorder.handle().render();
        let line = told.lines().find_map(|line| line.strip_prefix("tejian_reconciliation_age_seconds "));
        line.map(|value| value.parse::<f64>().expect("a number") as i64)
    };
    order_paid_in_wechat(&world, 126_500).await;
    assert_eq!(figure().await, None, "no day was compared");
    let day = today(&world);
    world.clock.advance_ms(DAY_MS + 3_600_000);
    compare(&world, day).await;
    let ended_at = start_of_beijing_day_ms(day + time::Duration::days(1));
    for _ in 0..2 {
        assert_eq!(figure().await, Some((world.app.now_ms() - ended_at) / 1_000));
    }
}

#[tokio::test]
async fn the_bills_that_were_compared_stay_as_proof() {
    let world = World::start().await;
    let order = order_paid_in_wechat(&world, 126_500).await;
    let day = today(&world);
    world.clock.advance_ms(DAY_MS + 3_600_000);
    let compared = compare(&world, day).await;
    let mut manager = world.staff("manager", &[Role::FinanceManager]).await;
    let number = manager.get(&format!("/orders/{order}")).await["attempts"][0]["out_trade_no"].clone();
    let bills =
        [("trade_bill", "trade", compared.trade_bill_sha1), ("fund_flow_bill", "fund-flow", compared.fund_flow_sha1)];
    for (kind, name, sha1) in bills {
        let sha1 = sha1.expect("a bill");
        assert_eq!(sha1.len(), 40);
        let link = manager.post("/download-links", json!({ "kind": kind, "id": print_date(day) })).await;
        let address = format!("{}{}", world.base_url, link["url"].as_str().expect("an address"));
        let fetch = async || world.http.get(&address).send().await.expect("an answer").text().await.expect("a text");
        let text = fetch().await;
        assert!(text.contains(number.as_str().expect("a number")) || kind == "fund_flow_bill", "{kind}: {text}");
        assert!(text.contains("1265.00"), "{kind}: {text}");
        // By its sum, so that another bill of the same day leaves it; by the day alone as earlier releases kept it.
        let key = format!("bills/{}/{name}-{}.csv", print_date(day), &sha1[..16]);
        let content = world.app.files.get(&key).await.expect("a bill");
        world.app.files.delete(&key).await.expect("gone");
        let earlier = format!("bills/{}/{name}.csv", print_date(day));
        world.app.files.put(&earlier, content).await.expect("stored");
        assert_eq!(fetch().await, text, "{kind}");
    }
    let other = json!({ "kind": "trade_bill", "id": "2026-01-01" });
    manager.try_post("/download-links", other).await.refused(404, "bill_not_found");
    let path = json!({ "kind": "trade_bill", "id": "../2026-01-01" });
    manager.try_post("/download-links", path).await.refused(404, "bill_not_found");
    let mut clerk = world.staff("clerk", &[Role::ReportClerk]).await;
    let wish = json!({ "kind": "trade_bill", "id": print_date(day) });
    clerk.try_post("/download-links", wish).await.refused(403, "not_permitted");
}

#[tokio::test]
async fn an_empty_day_is_balanced() {
    let world = World::start().await;
    let day = today(&world);
    world.clock.advance_ms(DAY_MS + 3_600_000);
    assert_eq!(compare(&world, day).await.state, DayState::Balanced);
}

#[tokio::test]
async fn money_nobody_told_us_of_is_found_on_the_bill_and_booked() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    let payment = open_payment(&world, &phone, &order, "tap-00000001", "jsapi").await;
    world.wechat.faults().set(|faults| faults.notice_lost_next = 1);
    world.wechat.faults().refuse(QUERY, 500, "SYSTEM_ERROR", 10_000);
    world.wechat.pay_jsapi(&phone.openid, &payment["parameters"]).await.expect("paid");
    let day = today(&world);
    world.clock.advance_ms(DAY_MS + 3_600_000);
    world.settle().await;
    assert_eq!(state_of(&world, &phone, &order).await, "paying", "the notice was lost and questions are not answered");
    assert_eq!(compare(&world, day).await.state, DayState::Differences);
    assert_eq!(differences(&world, day).await[0].kind, DifferenceKind::MissingInBooks);

    world.wechat.faults().clear();
    let compared = compare(&world, day).await;
    assert_eq!(compared.state, DayState::Balanced, "asked by number, booked, and compared again");
    assert_eq!(compared.books_fen, 126_500);
    assert!(["paid", "completed"].contains(&state_of(&world, &phone, &order).await.as_str()));
    let settled = differences(&world, day).await;
    assert_eq!(settled[0].settled_by.as_deref(), Some("system"));
    assert_eq!(world.number("SELECT COUNT(*) FROM payment_attempts WHERE state = 'paid'").await, 1);
}

#[tokio::test]
async fn differences_keep_the_day_open_until_a_person_explains_them() {
    let world = World::start().await;
    order_paid_in_wechat(&world, 126_500).await;
    world.tamper("UPDATE payment_attempts SET amount_fen = 126400").await;
    let day = today(&world);
    world.clock.advance_ms(DAY_MS + 3_600_000);
    let compared = compare(&world, day).await;
    assert_eq!((compared.state, compared.differences), (DayState::Differences, 1));
    assert_eq!(compare(&world, day).await.differences, 1, "comparing again doubles nothing");
    let found = differences(&world, day).await.remove(0);
    assert_eq!(found.kind, DifferenceKind::AmountDiffers);
    assert_eq!((found.channel_fen, found.books_fen), (Some(126_500), Some(126_400)));
    assert_eq!(close(&world, day).await.expect_err("open").code(), "differences_open");

    let now = world.app.now_ms();
    let transaction = world.app.database.begin_write().await.expect("a transaction");
    let silent = reconciliation::settle_difference(&*transaction, &found.id, "出纳", " ", now).await;
    assert_eq!(silent.expect_err("no explanation").code(), "note_missing");
    reconciliation::settle_difference(&*transaction, &found.id, "出纳", "录入错误，已更正", now)
        .await
        .expect("explained");
    let twice = reconciliation::settle_difference(&*transaction, &found.id, "主管", "再处理一次", now).await;
    assert_eq!(twice.expect_err("once").code(), "difference_settled");
    transaction.commit().await.expect("a commit");
    assert_eq!(compare(&world, day).await.state, DayState::Balanced, "what a person explained stays settled");
    close(&world, day).await.expect("explained");
}

#[tokio::test]
async fn payments_under_another_number_are_missing_on_both_sides() {
    let world = World::start().await;
    order_paid_in_wechat(&world, 500).await;
    world.tamper("UPDATE payment_attempts SET out_trade_no = 'ELSEWHERE1'").await;
    let day = today(&world);
    world.clock.advance_ms(DAY_MS + 3_600_000);
    compare(&world, day).await;
    let mut kinds: Vec<_> = differences(&world, day).await.into_iter().map(|found| found.kind.as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["missing_at_channel", "missing_in_books"]);
}

#[tokio::test]
async fn money_that_went_back_is_on_both_sides() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    let payment = open_payment(&world, &phone, &order, "tap-00000001", "jsapi").await;
    world.wechat.pay_jsapi(&phone.openid, &payment["parameters"]).await.expect("paid");
    // The order was given up behind our back and its fee is in nobody's hands: the money has to go back.
    world.tamper("UPDATE orders SET state = 'void'").await;
    world.tamper("UPDATE fees SET state = 'cancelled', order_id = NULL").await;
    world.settle().await;
    assert_eq!(world.number("SELECT COUNT(*) FROM refunds WHERE accepted_at IS NOT NULL").await, 1);
    let day = today(&world);
    world.clock.advance_ms(DAY_MS + 3_600_000);
    world.settle().await;
    let compared = compare(&world, day).await;
    assert_eq!(compared.state, DayState::Balanced, "{:?}", differences(&world, day).await);
    assert_eq!((compared.channel_refund_fen, compared.books_refund_fen), (126_500, 126_500));

    world.tamper("UPDATE refunds SET out_refund_no = 'R-other'").await;
    compare(&world, day).await;
    let open = differences(&world, day).await;
    assert!(open.iter().any(|found| found.kind == DifferenceKind::RefundMissingInBooks));
    assert!(open.iter().any(|found| found.kind == DifferenceKind::RefundMissingAtChannel));
}

#[tokio::test]
async fn the_core_systems_ledger_is_the_third_side() {
    let world = World::start().await;
    order_paid_in_wechat(&world, 126_500).await;
    let day = today(&world);
    world.clock.advance_ms(DAY_MS + 3_600_000);
    assert_eq!(compare(&world, day).await.core_fen, None, "it has not told yet, which is no difference");
    let entry = |order_no: &str, amount_fen| LedgerEntry { order_no: order_no.to_owned(), amount_fen };
    reconciliation::keep_ledger(&world.app, day, &[entry("WT9", 1)]).await.expect("kept");
    let compared = compare(&world, day).await;
    assert_eq!((compared.core_fen, compared.differences), (Some(1), 2));
    let transaction = world.app.database.begin_write().await.expect("a transaction");
    let paid = differences(&world, day).await;
    let ours = paid.iter().find(|found| found.kind == DifferenceKind::CoreMissing).expect("ours").reference.clone();
    drop(transaction);
    // What the core system says stands in a column of its own; what is proposed is done by a press, where it can be.
    let theirs = paid.iter().find(|found| found.kind == DifferenceKind::CoreUnknown).expect("theirs");
    assert_eq!((theirs.core_fen, theirs.channel_fen, theirs.can_remedy), (Some(1), None, false));
    let mut manager = world.staff("manager", &[Role::FinanceManager]).await;
    let by_hand = format!("/reconciliation/differences/{}/remedy", theirs.id);
    manager.try_post(&by_hand, json!({})).await.refused(409, "remedy_by_hand");
    let missing = paid.iter().find(|found| found.kind == DifferenceKind::CoreMissing).expect("ours");
    assert!(missing.can_remedy);
    let tell = format!("/reconciliation/differences/{}/remedy", missing.id);
    manager.try_post(&tell, json!({})).await.refused(409, "remedy_by_hand");
    reconciliation::keep_ledger(&world.app, day, &[entry(&ours, 126_500)]).await.expect("replaced");
    assert_eq!(compare(&world, day).await.state, DayState::Balanced);
}

#[tokio::test]
async fn yesterday_is_compared_by_itself_once_its_bill_is_there() {
    let world = World::start().await;
    order_paid_in_wechat(&world, 126_500).await;
    let day = today(&world);
    reconciliation::schedule(&world.app).await.expect("scheduled");
    reconciliation::schedule(&world.app).await.expect("harmless to repeat");
    let jobs = "SELECT COUNT(*) FROM jobs WHERE kind = 'reconciliation.day' AND state <> 'done'";
    assert_eq!(world.number(jobs).await, 1);
    world.settle().await;
    world.wechat.faults().set(|faults| faults.bills_creating = true);
    world.pass_minutes(24 * 60 + 30).await;
    let reader = world.app.database.reader();
    assert!(reconciliation::day(reader, day).await.expect("a query").is_none(), "the bill is being made");
    world.wechat.faults().clear();
    world.pass_minutes(31).await;
    let compared = reconciliation::day(reader, day).await.expect("a query").expect("compared");
    assert_eq!(compared.state, DayState::Balanced);
    let month = print_date(day)[..7].to_owned();
    assert!(
        reconciliation::days_of_month(reader, &month).await.expect("days").iter().any(|found| found.on == compared.on)
    );
    assert_eq!(world.number(jobs).await, 1, "the next day is on the list");
}

#[tokio::test]
async fn days_that_were_left_out_are_compared_when_a_node_looks_even_those_that_were_given_up() {
    let world = World::start().await;
    order_paid_in_wechat(&world, 126_500).await;
    let day = today(&world);
    world.clock.advance_ms(DAY_MS + 3_600_000);
    compare(&world, day).await;
    // For five days no node runs.
    world.clock.advance_ms(5 * DAY_MS);
    let compared = "SELECT COUNT(*) FROM reconciliation_days";
    let waiting = "SELECT COUNT(*) FROM jobs WHERE kind = 'reconciliation.day' AND state = 'waiting'";
    reconciliation::schedule(&world.app).await.expect("scheduled");
    reconciliation::schedule(&world.app).await.expect("harmless to repeat");
    assert_eq!(world.number(waiting).await, 5);
    world.tamper("UPDATE jobs SET state = 'dead', attempts = 20 WHERE kind = 'reconciliation.day'").await;
    world.pass_minutes(10).await;
    assert_eq!(world.number(compared).await, 1, "they were given up");
    reconciliation::schedule(&world.app).await.expect("scheduled");
    world.pass_minutes(10).await;
    assert_eq!(world.number(compared).await, 6);
    assert_eq!(world.number(waiting).await, 1, "and today, tomorrow");
    reconciliation::schedule(&world.app).await.expect("scheduled");
    assert_eq!(world.number(waiting).await, 1, "nothing is left out any more");
}

#[tokio::test]
async fn nobody_asks_for_a_bill_that_wechat_does_not_have_any_more() {
    let world = World::start().await;
    let day = "INSERT INTO reconciliation_days (day, state, channel_count, channel_fen, channel_refund_fen, charge_fen, books_count, \
               books_fen, books_refund_fen, run_at) VALUES ('2020-01-01', 'balanced', 0, 0, 0, 0, 0, 0, 0, 0)";
    world.tamper(day).await;
    reconciliation::schedule(&world.app).await.expect("scheduled");
    let in_state = async |state: &str| {
        world
            .number(&format!("SELECT COUNT(*) FROM jobs WHERE kind = 'reconciliation.day' AND state = '{state}'"))
            .await
    };
    assert_eq!(in_state("waiting").await, 90);
    world.wechat.faults().set(|faults| faults.bills_creating = true);
    world.pass_minutes(3 * 24 * 60).await;
    assert_eq!((in_state("waiting").await, in_state("done").await), (87, 3), "three are too long ago by now");
    assert_eq!(world.number("SELECT COUNT(*) FROM reconciliation_days").await, 1);
}
