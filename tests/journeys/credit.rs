//! 欠费申请: from the request to the last payment (S1-49, S1-50, S1-55, S1-56).

use std::sync::{Arc, Mutex};

use foundation::scratch::ScratchDatabase;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tejian::imports::import_file;
use tejian::staff::Role;

use crate::core_rows::{core_system_says, file_about};
use crate::paying::{open_payment, state_of};
use crate::receiver::Receiver;
use crate::said_paid::{posted, until_it_waits};
use crate::seed::{Class, Seeded, checkout};
use crate::staff_world::Desk;
use crate::world::{Phone, World};

const DAY_MINUTES: i64 = 24 * 60;

struct Case {
    unit: Seeded,
    phone: Phone,
    fees: Vec<String>,
}

async fn case(world: &World, amounts_fen: &[i64]) -> Case {
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let fees = world.seed_fees(&unit, Class::Nontax, amounts_fen).await;
    let phone = world.phone(&unit.applicant, &unit.unit, &world.wechat.people()[0].mp_openid).await;
    Case { unit, phone, fees }
}

fn wish(fees: &[String], due_on: &str) -> Value {
    json!({ "fee_ids": fees, "reason": "月底统一付款", "proposed_due_on": due_on })
}

async fn ask(world: &World, case: &Case, fees: &[String], due_on: &str) -> Value {
    world.post(&case.phone, "/api/v1/credit-requests", wish(fees, due_on)).await.ok()
}

async fn manager(world: &World, login: &str) -> Desk {
    world.staff(login, &[Role::FinanceManager]).await
}

async fn review_of(desk: &mut Desk, credit: &Value) -> String {
    let open = desk.get("/reviews?kind=credit&state=open").await;
    let found = open["items"].as_array().unwrap().iter().find(|review| review["subject_id"] == credit["id"]).cloned();
    found.unwrap_or_else(|| panic!("no review in {open}"))["id"].as_str().unwrap().to_owned()
}

async fn approve(desk: &mut Desk, credit: &Value, terms: Value) -> Value {
    let review = review_of(desk, credit).await;
    let body = json!({ "verdict": "approved", "opinion": "同意", "terms": terms });
    desk.post(&format!("/reviews/{review}/verdict"), body).await
}

async fn shown(world: &World, case: &Case, credit: &Value) -> Value {
    world.get(&case.phone, &format!("/api/v1/credit-requests/{}", credit["id"].as_str().unwrap())).await.ok()
}

async fn pay(world: &World, case: &Case, fees: &[String], amount_fen: i64, key: &str) -> String {
    let made = world.post(&case.phone, "/api/v1/checkouts", checkout(key, fees, amount_fen)).await.ok();
    let order = made["orders"][0]["id"].as_str().unwrap().to_owned();
    let payment = open_payment(world, &case.phone, &order, &format!("tap-{key}"), "jsapi").await;
    world.wechat.pay_jsapi(&case.phone.openid, &payment["parameters"]).await.expect("paid");
    world.settle().await;
    order
}

async fn titles(world: &World, case: &Case) -> Vec<String> {
    let inbox = world.get(&case.phone, "/api/v1/messages").await.ok();
    let all = inbox["items"].as_array().unwrap().iter();
    all.map(|message| message["title"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_granted_request_opens_the_reports_and_is_paid_later() {
    let world = World::start_with(|config| config.webhooks.allow_private = true).await;
    let case = case(&world, &[60_500, 126_500]).await;
    let mut operator = world.staff("operator", &[Role::IntegrationOperator]).await;
    operator.step_up(&world).await;
    let receiver = Receiver::start().await;
    let types = ["credit.granted", "credit.settled"];
    operator.post("/webhooks/endpoints", json!({ "url": receiver.url, "event_types": types })).await;

    let credit = ask(&world, &case, &case.fees, "2026-08-31").await;
    assert_eq!(
        (&credit["state"], &credit["amount_fen"], &credit["count"]),
        (&json!("submitted"), &json!(187_000), &json!(2))
    );
    let list = world.get(&case.phone, "/api/v1/fees").await.ok();
    assert_eq!(list["items"][0]["credit"]["state"], "requested", "{list}");
    assert_eq!(world.number("SELECT COUNT(*) FROM reports WHERE released_at IS NOT NULL").await, 0);

    let mut desk = manager(&world, "manager").await;
    let review = review_of(&mut desk, &credit).await;
    let seen = desk.get(&format!("/reviews/{review}")).await;
    assert_eq!(seen["subject"]["credit"]["limit_fen"], 5_000_000, "{seen}");
    assert_eq!(seen["subject"]["fees"].as_array().unwrap().len(), 2);
    let review = approve(&mut desk, &credit, json!({ "due_on": "2026-08-20" })).await;
    assert_eq!((&review["state"], &review["terms"]["due_on"]), (&json!("approved"), &json!("2026-08-20")));
    world.settle().await;

    assert_eq!(world.number("SELECT COUNT(*) FROM reports WHERE released_at IS NOT NULL").await, 2);
    let granted = shown(&world, &case, &credit).await;
    assert_eq!(
        (&granted["state"], &granted["due_on"], &granted["owed_fen"]),
        (&json!("approved"), &json!("2026-08-20"), &json!(187_000))
    );
    let steps: Vec<&str> =
        granted["flow"].as_array().unwrap().iter().map(|step| step["title"].as_str().unwrap()).collect();
    assert_eq!(steps, ["提交申请", "审核通过"]);
    let list = world.get(&case.phone, "/api/v1/fees").await.ok();
    assert_eq!(list["items"][0]["credit"]["due_on"], "2026-08-20", "still payable, and on credit: {list}");
    let home = world.get(&case.phone, "/api/v1/home").await.ok();
    let owed = json!({ "count": 2, "amount_fen": 187_000, "due_on": "2026-08-20", "overdue": false });
    assert_eq!(home["owed"], owed, "the first page says what is owed and until when");
    let arrears = desk.get("/arrears").await;
    assert_eq!(
        (&arrears["items"][0]["owed_fen"], &arrears["items"][0]["state"]),
        (&json!(187_000), &json!("approved"))
    );

    pay(&world, &case, &case.fees[..1], 60_500, "key-00000001").await;
    assert_eq!(shown(&world, &case, &credit).await["owed_fen"], 126_500);
    pay(&world, &case, &case.fees[1..], 126_500, "key-00000002").await;
    let settled = shown(&world, &case, &credit).await;
    assert_eq!((&settled["state"], &settled["owed_fen"]), (&json!("settled"), &json!(0)), "{settled}");
    let told = titles(&world, &case).await;
    for wanted in ["欠费申请已提交", "欠费申请已批准", "欠费已缴清"] {
        assert!(told.iter().any(|title| title == wanted), "{wanted} in {told:?}");
    }
    let events = receiver.seen();
    let event = events[0].event();
    assert_eq!(event["type"], "credit.granted");
    assert_eq!(
        (&event["data"]["credit"]["due_on"], &event["data"]["credit"]["owed_fen"]),
        (&json!("2026-08-20"), &json!(187_000))
    );
    assert_eq!(event["data"]["fees"].as_array().unwrap().len(), 2);
    assert_eq!(events[1].event()["type"], "credit.settled");
    assert!(world.get(&case.phone, "/api/v1/home").await.ok().get("owed").is_none());
    assert_eq!(desk.get("/arrears").await["items"], json!([]));
    assert_eq!(desk.get("/arrears?state=settled").await["items"][0]["credit_id"], credit["id"]);
}

#[tokio::test]
async fn the_payer_is_reminded_until_he_pays_and_cannot_ask_again_while_he_is_late() {
    let world = World::start().await;
    let case = case(&world, &[60_500, 126_500]).await;
    let credit = ask(&world, &case, &case.fees[..1], "2026-08-13").await;
    let mut desk = manager(&world, "manager").await;
    approve(&mut desk, &credit, json!({})).await;
    world.settle().await;
    let reminders = || async {
        let told = titles(&world, &case).await;
        told.iter().filter(|title| title.contains("到期") || title.contains("逾期")).count()
    };
    // Granted on the 3rd; reminders on the 6th, 12th, 13th, then overdue on the 14th and 20th.
    for (day, wanted) in
        [(4, 0), (5, 0), (6, 1), (7, 1), (8, 1), (9, 1), (10, 1), (11, 1), (12, 2), (13, 3), (14, 4), (15, 4)]
    {
        world.pass_minutes(DAY_MINUTES).await;
        assert_eq!(reminders().await, wanted, "on the {day}th");
    }
    assert_eq!(shown(&world, &case, &credit).await["state"], "overdue");
    let late = world.post(&case.phone, "/api/v1/credit-requests", wish(&case.fees[1..], "2026-08-31")).await;
    assert_eq!(late.refused(409), "credit_overdue");
    let mut again = manager(&world, "second").await;
    let arrears = again.get("/arrears?state=overdue").await;
    assert_eq!(arrears["items"][0]["overdue_days"], 2, "{arrears}");
    let sheet = again.caller.get("/staff/v1/exports/arrears.xlsx?state=overdue").await;
    assert!(sheet.status == 200 && sheet.bytes.starts_with(b"PK"));
    pay(&world, &case, &case.fees[..1], 60_500, "key-00000001").await;
    world.pass_minutes(30 * DAY_MINUTES).await;
    assert_eq!(reminders().await, 4, "who has paid is left alone");
    ask(&world, &case, &case.fees[1..], "2026-09-30").await;
}

#[tokio::test]
async fn a_refused_or_withdrawn_request_leaves_everything_as_it_was() {
    let world = World::start().await;
    let case = case(&world, &[60_500]).await;
    let credit = ask(&world, &case, &case.fees, "2026-08-31").await;
    let twice = world.post(&case.phone, "/api/v1/credit-requests", wish(&case.fees, "2026-08-31")).await;
    assert_eq!(twice.refused(409), "credit_fees_changed");
    let path = format!("/api/v1/credit-requests/{}", credit["id"].as_str().unwrap());
    let withdrawn = world.post(&case.phone, &format!("{path}/withdraw"), json!({})).await.ok();
    assert_eq!((&withdrawn["state"], &withdrawn["can"]["withdraw"]), (&json!("withdrawn"), &json!(false)));
    let mut desk = manager(&world, "manager").await;
    assert_eq!(desk.get("/reviews?kind=credit&state=open").await["items"], json!([]));

    let second = ask(&world, &case, &case.fees, "2026-08-31").await;
    let review = review_of(&mut desk, &second).await;
    let body = json!({ "verdict": "rejected", "opinion": "请先缴清往年费用" });
    desk.post(&format!("/reviews/{review}/verdict"), body).await;
    world.settle().await;
    let refused = shown(&world, &case, &second).await;
    assert_eq!((&refused["state"], &refused["opinion"]), (&json!("rejected"), &json!("请先缴清往年费用")));
    assert!(titles(&world, &case).await.contains(&"欠费申请未通过".to_owned()));
    let late = format!("/api/v1/credit-requests/{}/withdraw", second["id"].as_str().unwrap());
    assert_eq!(world.post(&case.phone, &late, json!({})).await.refused(409), "credit_decided");
    assert_eq!(world.number("SELECT COUNT(*) FROM fees WHERE credit_id IS NOT NULL").await, 0);
    assert_eq!(world.number("SELECT COUNT(*) FROM reports WHERE released_at IS NOT NULL").await, 0);
    pay(&world, &case, &case.fees, 60_500, "key-00000001").await;
}

/// What was changed in a database, in the order in which it happened.
pub struct Changes(Arc<Mutex<Vec<String>>>);

impl Changes {
    /// Which of these tables was changed first since this was asked last.
    pub fn first_of(&self, tables: [&'static str; 2]) -> Option<&'static str> {
        let told = std::mem::take(&mut *self.0.lock().expect("quiet"));
        let changes = |sql: &str, table: &str| sql.starts_with(&format!("UPDATE \"{table}\""));
        told.iter().find_map(|sql| tables.into_iter().find(|table| changes(sql, table)))
    }

    /// The changes since this was asked last.
    pub fn take(&self) -> Vec<String> {
        let told = std::mem::take(&mut *self.0.lock().expect("quiet"));
        told.into_iter().filter(|sql| sql.starts_with("UPDATE ")).collect()
    }
}

/// A world whose database tells what is changed in it.
pub async fn overheard() -> (World, Changes) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let ears = told.clone();
    let database = ScratchDatabase::create().await.expect("a database of its own");
    let listen = move |statement: &sea_orm::Statement| ears.lock().expect("quiet").push(statement.sql.clone());
    (World::start_over(database, |database| database.on_statement(listen), |_| ()).await, Changes(told))
}

#[tokio::test]
async fn a_request_ends_as_it_is_decided_its_review_first() {
    let (world, changes) = overheard().await;
    let case = case(&world, &[60_500]).await;
    let rows = ["reviews", "credit_requests"];
    let credit = ask(&world, &case, &case.fees, "2026-08-31").await;
    changes.first_of(rows);
    let path = format!("/api/v1/credit-requests/{}/withdraw", credit["id"].as_str().unwrap());
    world.post(&case.phone, &path, json!({})).await.ok();
    assert_eq!(changes.first_of(rows), Some("reviews"), "taken back");

    let credit = ask(&world, &case, &case.fees, "2026-08-31").await;
    changes.first_of(rows);
    pay(&world, &case, &case.fees, 60_500, "key-00000001").await;
    assert_eq!(changes.first_of(rows), Some("reviews"), "paid meanwhile");
    assert_eq!(shown(&world, &case, &credit).await["state"], "withdrawn");
}

#[tokio::test]
async fn a_request_whose_fees_are_paid_meanwhile_ends_by_itself() {
    let world = World::start().await;
    let case = case(&world, &[60_500, 40_000]).await;
    let credit = ask(&world, &case, &case.fees, "2026-08-31").await;
    pay(&world, &case, &case.fees[..1], 60_500, "key-00000001").await;
    assert_eq!(shown(&world, &case, &credit).await["state"], "submitted", "the other fee is still asked for");
    pay(&world, &case, &case.fees[1..], 40_000, "key-00000002").await;
    let ended = shown(&world, &case, &credit).await;
    assert_eq!(ended["state"], "withdrawn", "{ended}");
    let mut desk = manager(&world, "manager").await;
    assert_eq!(desk.get("/reviews?kind=credit&state=open").await["items"], json!([]), "nobody has to decide it");
}

#[tokio::test]
async fn nobody_owes_more_than_his_limit_unless_the_decider_says_so() {
    let world = World::start().await;
    let case = case(&world, &[60_500, 126_500]).await;
    let mut desk = manager(&world, "manager").await;
    let limit = format!("/credit-limits/{}", case.unit.unit);
    let set = desk.put(&limit, json!({ "limit_fen": 100_000, "note": "小单位" })).await.expect(200);
    assert_eq!((&set["limit_fen"], &set["usual"]), (&json!(100_000), &json!(false)));
    let much = world.post(&case.phone, "/api/v1/credit-requests", wish(&case.fees, "2026-08-31")).await;
    assert_eq!(much.body["error"]["details"]["limit_fen"], 100_000, "{}", much.body);
    assert_eq!(much.refused(409), "credit_limit");
    let credit = ask(&world, &case, &case.fees[..1], "2026-08-31").await;
    desk.put(&limit, json!({ "limit_fen": 50_000 })).await.expect(200);
    let review = review_of(&mut desk, &credit).await;
    let verdict = |terms: Value| json!({ "verdict": "approved", "terms": terms });
    let path = format!("/reviews/{review}/verdict");
    desk.try_post(&path, verdict(json!({}))).await.refused(422, "credit_limit");
    for terms in [
        json!({ "due_on": "2026-08-03" }),
        json!({ "due_on": "2028-01-01" }),
        json!({ "limit_fen": -1 }),
        json!({ "rate": 3 }),
    ] {
        let refusal = desk.try_post(&path, verdict(terms)).await;
        assert_eq!(refusal.status, 422, "{}", refusal.text());
    }
    assert_eq!(world.number("SELECT COUNT(*) FROM reports WHERE released_at IS NOT NULL").await, 0);
    desk.post(&path, verdict(json!({ "limit_fen": 80_000 }))).await;
    let limits = desk.get("/credit-limits").await;
    assert_eq!((&limits["items"][0]["limit_fen"], &limits["items"][0]["owed_fen"]), (&json!(80_000), &json!(60_500)));
    let mut clerk = world.staff("clerk", &[Role::FeeClerk]).await;
    clerk.get("/arrears").await;
    clerk.put(&limit, json!({ "limit_fen": 1 })).await.refused(403, "not_permitted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_decides_holds_the_requests_of_a_unit_by_their_ids() {
    let world = World::start().await;
    let case = case(&world, &[60_500, 40_000]).await;
    let (one, other) = (
        ask(&world, &case, &case.fees[..1], "2026-08-31").await,
        ask(&world, &case, &case.fees[1..], "2026-08-31").await,
    );
    let mut desk = manager(&world, "manager").await;
    let review = review_of(&mut desk, &other).await;
    let mut ids = [&one, &other].map(|credit| credit["id"].as_str().unwrap().to_owned());
    ids.sort();
    let change = |id: &str| format!("UPDATE credit_requests SET updated_at = updated_at + 1 WHERE id = '{id}'");
    // Changed last, the first of them rests behind the second.
    world.tamper(&change(&ids[0])).await;

    // Another decider has the first one and goes on to the second: who comes later waits before he has anything.
    let held = world.app.database.begin_write().await.expect("a transaction");
    held.execute_unprepared(&change(&ids[0])).await.expect("the first one");
    let body = json!({ "verdict": "approved", "opinion": "同意" });
    let request = posted(&desk, &format!("/reviews/{review}/verdict"), body);
    until_it_waits(&world, &request).await;
    held.execute_unprepared(&change(&ids[1])).await.expect("the second one, without a circle");
    held.commit().await.expect("a commit");
    request.await.expect("an answer").expect(200);
    assert_eq!(shown(&world, &case, &other).await["state"], "approved");
    approve(&mut desk, &one, json!({})).await;
    assert_eq!(shown(&world, &case, &one).await["state"], "approved");
}

#[tokio::test]
async fn what_cannot_be_promised_is_refused_at_its_field() {
    let world = World::start().await;
    let case = case(&world, &[60_500]).await;
    for (field, body) in [
        ("proposed_due_on", wish(&case.fees, "2026-08-03")),
        ("proposed_due_on", wish(&case.fees, "2027-08-03")),
        ("proposed_due_on", wish(&case.fees, "soon")),
        ("fee_ids", wish(&[], "2026-08-31")),
        ("reason", json!({ "fee_ids": case.fees, "reason": " ", "proposed_due_on": "2026-08-31" })),
    ] {
        let refusal = world.post(&case.phone, "/api/v1/credit-requests", body).await;
        assert!(refusal.body["error"]["fields"][field].is_string(), "{field}: {}", refusal.body);
        assert_eq!(refusal.refused(422), "credit_incomplete");
    }
    let other = world.seed_unit("示例物业002有限公司", "13900000002").await;
    let stranger = world.phone(&other.applicant, &other.unit, "oStranger").await;
    let foreign = world.post(&stranger, "/api/v1/credit-requests", wish(&case.fees, "2026-08-31")).await;
    assert_eq!(foreign.refused(409), "credit_fees_changed");
    let credit = ask(&world, &case, &case.fees, "2026-08-31").await;
    let path = format!("/api/v1/credit-requests/{}", credit["id"].as_str().unwrap());
    assert_eq!(world.get(&stranger, &path).await.refused(404), "credit_not_found");
    assert_eq!(world.get(&stranger, "/api/v1/credit-requests").await.ok()["items"], json!([]));
}

#[tokio::test]
async fn a_report_that_was_opened_on_credit_stays_open_when_an_order_of_it_is_given_up() {
    let world = World::start().await;
    let case = case(&world, &[60_500]).await;
    let credit = ask(&world, &case, &case.fees, "2026-08-31").await;
    let mut desk = manager(&world, "manager").await;
    approve(&mut desk, &credit, json!({})).await;
    let made = world.post(&case.phone, "/api/v1/checkouts", checkout("key-00000001", &case.fees, 60_500)).await.ok();
    let order = made["orders"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(shown(&world, &case, &credit).await["owed_fen"], 60_500, "an order alone pays nothing");
    world.post(&case.phone, &format!("/api/v1/orders/{order}/void"), json!({})).await.ok();
    world.settle().await;
    assert_eq!(state_of(&world, &case.phone, &order).await, "void");
    assert_eq!(world.number("SELECT COUNT(*) FROM reports WHERE released_at IS NOT NULL").await, 1);
    let list = world.get(&case.phone, "/api/v1/fees").await.ok();
    assert_eq!((&list["total"]["count"], &list["items"][0]["credit"]["state"]), (&json!(1), &json!("granted")));
}

#[tokio::test]
async fn what_the_core_system_takes_back_or_gives_to_another_unit_is_owed_on_credit_no_longer() {
    let world = World::start().await;
    let case = case(&world, &[60_500]).await;
    let credit = ask(&world, &case, &case.fees, "2026-08-31").await;
    let mut desk = manager(&world, "manager").await;
    approve(&mut desk, &credit, json!({})).await;
    let fee = case.fees[0].as_str();
    core_system_says(&world, fee, "605.00", "取消", &[]).await;
    assert_eq!(shown(&world, &case, &credit).await["state"], "settled");
    core_system_says(&world, fee, "700.00", "待缴", &[]).await;
    let again = shown(&world, &case, &credit).await;
    assert_eq!((&again["state"], &again["owed_fen"]), (&json!("approved"), &json!(70_000)));
    assert_eq!(world.number("SELECT COUNT(*) FROM reports WHERE released_at IS NOT NULL").await, 1);

    // Another unit owes it, but was granted nothing: it owes as everybody does, and the first one no longer.
    core_system_says(&world, fee, "700.00", "待缴", &[("unit_id", "U-RIGHT"), ("unit_name", "示例化工厂01")]).await;
    assert_eq!(shown(&world, &case, &credit).await["state"], "settled");
    let owed = "SELECT COUNT(*) FROM fees WHERE state = 'payable' AND credit_id IS NULL AND credit_due_on IS NULL";
    assert_eq!(world.number(owed).await, 1);
    let open = "SELECT COUNT(*) FROM reports WHERE released_at IS NOT NULL OR credit_at IS NOT NULL";
    assert_eq!(world.number(open).await, 0, "nor is its report open before it pays");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_that_is_opened_while_the_core_system_tells_of_it_stays_open() {
    let world = World::start().await;
    let case = case(&world, &[60_500]).await;
    let fee = case.fees[0].as_str();
    let path = file_about(&world, fee, "605.00", "", &[("conclusion", "合格")]).await;

    // As whoever grants does: the fee first, then its report.
    let granting = world.app.database.begin_write().await.expect("a transaction");
    let hold = format!("UPDATE fees SET updated_at = updated_at + 1 WHERE id = '{fee}'");
    granting.execute_unprepared(&hold).await.expect("the fee");
    let (app, file) = (world.app.clone(), path.clone());
    let importing = tokio::spawn(async move { import_file(&app, &file, |_| {}).await });
    until_it_waits(&world, &importing).await;
    granting.execute_unprepared("UPDATE reports SET released_at = 1, credit_at = 1").await.expect("the report");
    granting.commit().await.expect("a commit");
    let summary = importing.await.expect("an end").expect("an import");
    std::fs::remove_file(path).expect("a file");
    assert_eq!(summary.rows.changed, 1, "{:?}", summary.errors);
    assert_eq!(world.number("SELECT COUNT(*) FROM reports WHERE conclusion = '合格'").await, 1);
    assert_eq!(world.number("SELECT COUNT(*) FROM reports WHERE released_at IS NOT NULL").await, 1);
}

#[tokio::test]
async fn a_fee_that_the_institute_cancels_is_owed_no_longer() {
    let world = World::start().await;
    let case = case(&world, &[60_500]).await;
    let credit = ask(&world, &case, &case.fees, "2026-08-31").await;
    let mut desk = manager(&world, "manager").await;
    approve(&mut desk, &credit, json!({})).await;
    desk.post(&format!("/fees/{}/cancel", case.fees[0]), json!({ "reason": "免收" })).await;
    world.settle().await;
    assert_eq!(shown(&world, &case, &credit).await["state"], "settled");
    desk.post(&format!("/fees/{}/correct", case.fees[0]), json!({ "amount_fen": 70_000, "reason": "恢复" })).await;
    world.settle().await;
    let again = shown(&world, &case, &credit).await;
    assert_eq!((&again["state"], &again["owed_fen"]), (&json!("approved"), &json!(70_000)));
}
