//! The other desks: fees, receipts, messages, events, search, dashboard, exports, settings.

use std::io::Cursor;

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tejian::staff::Role;

use crate::core_rows::core_system_says;
use crate::paying::{one_order, open_payment};
use crate::receipts::paid_order;
use crate::said_paid::{posted, until_it_waits};
use crate::seed::{Class, checkout};
use crate::staff_world::Desk;
use crate::world::World;

const GOOD: &str = "91500000DEM0000145";

#[tokio::test]
async fn a_fee_is_corrected_and_cancelled_unless_somebody_is_paying_it() {
    let world = World::start().await;
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let ids = world.seed_fees(&unit, Class::Nontax, &[60_500, 70_000]).await;
    let phone = world.phone(&unit.applicant, &unit.unit, &world.wechat.people()[0].mp_openid).await;
    let mut clerk = world.staff("clerk", &[Role::FeeClerk]).await;
    let path = format!("/fees/{}", ids[0]);
    clerk
        .try_post(&format!("{path}/correct"), json!({ "amount_fen": 0, "reason": "" }))
        .await
        .refused(422, "fee_wrong");
    let corrected = clerk.post(&format!("{path}/correct"), json!({ "amount_fen": 50_500, "reason": "减免" })).await;
    assert_eq!(corrected["amount_fen"], 50_500);
    assert_eq!(world.get(&phone, "/api/v1/fees").await.ok()["total"]["amount_fen"], 120_500);

    let made = world.post(&phone, "/api/v1/checkouts", checkout("key-00000001", &ids[..1], 50_500)).await.ok();
    let order = made["orders"][0]["id"].as_str().unwrap().to_owned();
    open_payment(&world, &phone, &order, "tap-00000001", "jsapi").await;
    for (verb, body) in [("correct", json!({ "amount_fen": 1, "reason": "错" })), ("cancel", json!({ "reason": "错" }))]
    {
        let refusal = clerk.try_post(&format!("{path}/{verb}"), body).await.refused(409, "fee_in_order");
        assert_eq!(refusal["details"]["order_id"], json!(order));
    }
    let other = format!("/fees/{}", ids[1]);
    let cancelled = clerk.post(&format!("{other}/cancel"), json!({ "reason": "重复录入" })).await;
    assert_eq!(cancelled["state_text"], "已撤销");
    clerk.try_post(&format!("{other}/cancel"), json!({ "reason": "重复" })).await.refused(409, "fee_cancelled");
    assert_eq!(world.get(&phone, "/api/v1/fees").await.ok()["total"]["count"], 0);

    let report_no = cancelled["report_no"].as_str().unwrap();
    let payees = clerk.get("/payees").await;
    let new = json!({ "report_no": report_no, "payee_id": payees["items"][0]["id"], "amount_fen": 66_600, "reason": "补录", "unit_uscc": GOOD });
    clerk.try_post("/fees", new.clone()).await.expect(201);
    clerk.try_post("/fees", new).await.refused(409, "fee_exists");
    clerk
        .try_post(&format!("{other}/correct"), json!({ "amount_fen": 1, "reason": "恢复" }))
        .await
        .refused(409, "fee_exists");
    assert_eq!(world.get(&phone, "/api/v1/fees").await.ok()["total"]["amount_fen"], 66_600);
    let page = clerk.get("/fees?state=payable").await;
    assert_eq!(page["items"].as_array().unwrap().len(), 1, "{page}");
}

#[tokio::test]
async fn a_fee_that_was_told_as_settled_by_mistake_is_asked_for_after_all() {
    let world = World::start().await;
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let ids = world.seed_fees(&unit, Class::Nontax, &[60_500, 70_000]).await;
    let phone = world.phone(&unit.applicant, &unit.unit, &world.wechat.people()[0].mp_openid).await;
    let open_reports = "SELECT COUNT(*) FROM reports WHERE released_at IS NOT NULL";
    for id in &ids {
        core_system_says(&world, id, "0", "已缴", &[]).await;
    }
    assert_eq!(world.number(open_reports).await, 2);
    assert_eq!(world.get(&phone, "/api/v1/fees").await.ok()["total"]["count"], 0);

    let mut clerk = world.staff("clerk", &[Role::FeeClerk]).await;
    let page = clerk.get("/fees?state=paid").await;
    assert_eq!(page["items"][0]["can"], json!({ "correct": true, "cancel": true }), "{page}");
    let right = json!({ "amount_fen": 60_500, "reason": "主系统误报为已缴" });
    let corrected = clerk.post(&format!("/fees/{}/correct", ids[0]), right).await;
    assert_eq!((corrected["state"].as_str(), corrected["paid_at"].as_i64()), (Some("payable"), None), "{corrected}");
    clerk.post(&format!("/fees/{}/cancel", ids[1]), json!({ "reason": "误报，另行收费" })).await;
    world.settle().await;
    let messages = world.get(&phone, "/api/v1/messages").await.ok();
    let told: Vec<&Value> = messages["items"].as_array().unwrap().iter().collect();
    assert!(
        told.len() == 1 && told[0].to_string().contains("605.00"),
        "its payer hears of the one that is owed: {messages}"
    );
    assert_eq!(world.number(open_reports).await, 0, "nobody has paid for the reports");
    let list = world.get(&phone, "/api/v1/fees").await.ok();
    assert_eq!(list["total"]["amount_fen"], 60_500, "{list}");

    // It is paid like any other, and after that nothing but a refund takes it back.
    let made = world.post(&phone, "/api/v1/checkouts", checkout("key-00000001", &ids[..1], 60_500)).await.ok();
    let order = made["orders"][0]["id"].as_str().expect("an order").to_owned();
    let payment = open_payment(&world, &phone, &order, "tap-00000001", "jsapi").await;
    world.wechat.pay_jsapi(&phone.openid, &payment["parameters"]).await.expect("paid");
    world.settle().await;
    assert_eq!(world.number(open_reports).await, 1);
    let cancel = json!({ "reason": "错" });
    clerk.try_post(&format!("/fees/{}/cancel", ids[0]), cancel).await.refused(409, "fee_paid");
    assert_eq!(world.number(open_reports).await, 1, "and its report stays open");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fee_that_an_import_brings_at_the_same_moment_is_not_posted_beside_it() {
    let world = World::start().await;
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let ids = world.seed_fees(&unit, Class::Nontax, &[60_500]).await;
    let mut clerk = world.staff("clerk", &[Role::FeeClerk]).await;
    let cancelled = clerk.post(&format!("/fees/{}/cancel", ids[0]), json!({ "reason": "重复录入" })).await;
    let payees = clerk.get("/payees").await;
    let new = json!({
        "report_no": cancelled["report_no"], "payee_id": payees["items"][0]["id"], "amount_fen": 66_600, "reason": "补录",
    });

    // As an import that lets the fee live again, and has not ended.
    let importing = world.app.database.begin_write().await.expect("a transaction");
    tejian::fees::intake::one_maker_at_a_time(&*importing).await.expect("its turn");
    importing.execute_unprepared("UPDATE fees SET state = 'payable'").await.expect("the fee");
    let posting = posted(&clerk, "/fees", new);
    until_it_waits(&world, &posting).await;
    importing.commit().await.expect("a commit");
    posting.await.expect("an answer").refused(409, "fee_exists");
    assert_eq!(world.number("SELECT COUNT(*) FROM fees WHERE state = 'payable'").await, 1);
}

/// Count and fen of what is payable in all, as the first page of the console tells it.
async fn payable(desk: &mut Desk) -> (i64, i64) {
    let told = desk.get("/dashboard").await["payable"].clone();
    (told["count"].as_i64().expect("a count"), told["amount_fen"].as_i64().expect("fen"))
}

#[tokio::test]
async fn what_is_payable_in_all_is_told_without_counting_it() {
    let world = World::start().await;
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let ids = world.seed_fees(&unit, Class::Nontax, &[60_500, 70_000, 80_000]).await;
    let phone = world.phone(&unit.applicant, &unit.unit, &world.wechat.people()[0].mp_openid).await;
    let mut clerk = world.staff("clerk", &[Role::FeeClerk, Role::Auditor]).await;
    assert_eq!(payable(&mut clerk).await, (3, 210_500));
    clerk.post(&format!("/fees/{}/correct", ids[1]), json!({ "amount_fen": 75_000, "reason": "更正" })).await;
    clerk.post(&format!("/fees/{}/cancel", ids[2]), json!({ "reason": "重复录入" })).await;
    assert_eq!(payable(&mut clerk).await, (2, 135_500));
    let made = world.post(&phone, "/api/v1/checkouts", checkout("key-00000001", &ids[..1], 60_500)).await.ok();
    assert_eq!(payable(&mut clerk).await, (1, 75_000), "what is in an order is not asked for");
    let order = made["orders"][0]["id"].as_str().expect("an order");
    world.post(&phone, &format!("/api/v1/orders/{order}/void"), json!({ "reason": "选错了" })).await.ok();
    assert_eq!(payable(&mut clerk).await, (2, 135_500));

    // Many changes become one, and the total is the same.
    tejian::fees::schedule(&world.app).await.expect("a job");
    world.pass_minutes(11).await;
    assert_eq!(world.number("SELECT COUNT(*) FROM payable_changes").await, 1);
    assert_eq!(payable(&mut clerk).await, (2, 135_500));
    world.tamper(&format!("DELETE FROM fees WHERE id = '{}'", ids[0])).await;
    assert_eq!(payable(&mut clerk).await, (1, 75_000), "whoever changes a fee changes the total");
}

#[tokio::test]
async fn a_receipt_is_made_out_to_somebody_else() {
    let world = World::start().await;
    let (_, _, order) = paid_order(&world, Class::Vat, GOOD, &[126_500]).await;
    for _ in 0..3 {
        world.pass_minutes(2).await;
    }
    let mut clerk = world.staff("invoices", &[Role::InvoiceClerk]).await;
    let list = clerk.get("/invoices?state=issued").await;
    let id = list["items"][0]["id"].as_str().unwrap().to_owned();
    let first_number = list["items"][0]["invoice_number"].clone();
    let title = json!({ "title": { "kind": "organization", "name": "示例物业002有限公司", "tax_no": GOOD } });
    clerk.try_post(&format!("/invoices/{id}/reissue"), title.clone()).await.refused(403, "step_up_needed");
    clerk.step_up(&world).await;
    let under_way = clerk.post(&format!("/invoices/{id}/reissue"), title.clone()).await;
    assert_eq!(under_way["state_text"], "红冲中");
    clerk.try_post(&format!("/invoices/{id}/reissue"), title).await.refused(409, "invoice_not_failed");
    for _ in 0..5 {
        world.pass_minutes(2).await;
    }
    let again = clerk.get("/invoices").await["items"][0].clone();
    assert_eq!(
        (again["state"].as_str(), again["title"]["name"].as_str()),
        (Some("issued"), Some("示例物业002有限公司")),
        "{again}"
    );
    assert_ne!(again["invoice_number"], first_number);
    assert_eq!(again["red_letters"][0]["invoice_number"], first_number);
    let by_old_number = clerk.get(&format!("/invoices?q={}", first_number.as_str().unwrap())).await;
    assert_eq!(by_old_number["items"][0]["id"], again["id"], "its old number finds it");
    assert_eq!(clerk.get("/invoices?state=reversed").await["items"][0]["id"], again["id"]);
    assert_eq!(world.number(&format!("SELECT COUNT(*) FROM invoices WHERE order_id = '{order}'")).await, 1);
}

#[tokio::test]
async fn one_box_finds_anything_that_its_owner_may_see() {
    let world = World::start().await;
    let (unit, _, order) = paid_order(&world, Class::Vat, GOOD, &[126_500]).await;
    world.pass_minutes(2).await;
    let mut service = world.staff("service", &[Role::CustomerService]).await;
    let page = service.get(&format!("/orders/{order}")).await;
    let number = page["attempts"][0]["transaction_id"].as_str().unwrap().to_owned();
    for (words, kind) in [
        (page["order_no"].as_str().unwrap(), "order"),
        ("物业001", "unit"),
        (unit.phone.as_str(), "account"),
        (number.as_str(), "transaction"),
        (page["lines"][0]["report_no"].as_str().unwrap(), "report"),
        ("3110500112201603A021", "fee"),
    ] {
        let found = service.get(&format!("/search?q={words}")).await;
        let kinds: Vec<&str> =
            found["groups"].as_array().unwrap().iter().map(|group| group["kind"].as_str().unwrap()).collect();
        assert!(kinds.contains(&kind), "{words}: {kinds:?}");
    }
    let mut operator = world.staff("operator", &[Role::ContentOperator]).await;
    let found = operator.get(&format!("/search?q={}", page["order_no"].as_str().unwrap())).await;
    assert_eq!(found["groups"], json!([]), "who may not see orders finds none");
    assert_eq!(service.get("/search?q=%25").await["groups"], json!([]), "a wildcard is a letter");
}

#[tokio::test]
async fn the_dashboard_counts_what_was_paid() {
    let world = World::start().await;
    let (unit, _, _) = paid_order(&world, Class::Vat, GOOD, &[126_500, 1]).await;
    world.seed_fees(&unit, Class::Nontax, &[500]).await;
    let mut manager = world.staff("manager", &[Role::FinanceManager]).await;
    let figures = manager.get("/dashboard?from=2026-08-02&to=2026-08-03").await;
    assert_eq!(
        figures["payments_by_day"][0],
        json!({ "on": "2026-08-02", "online_fen": 0, "transfer_fen": 0, "remitted_fen": 0, "counter_fen": 0, "count": 0 })
    );
    assert_eq!(figures["payments_by_day"][1]["online_fen"], 126_501, "{figures}");
    assert_eq!(figures["payable"], json!({ "count": 1, "amount_fen": 500 }));
    manager.caller.get("/staff/v1/dashboard?from=2026-08-03&to=2026-08-02").await.refused(422, "range_wrong");
    manager.caller.get("/staff/v1/dashboard?from=x").await.refused(422, "date_wrong");
}

#[tokio::test]
async fn a_list_is_taken_away_as_a_spreadsheet_and_that_is_written_down() {
    let world = World::start().await;
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    world.seed_fees(&unit, Class::Nontax, &[60_500; 230]).await;
    let mut clerk = world.staff("clerk", &[Role::FeeClerk]).await;
    let reply = clerk.caller.get("/staff/v1/exports/fees.xlsx?state=payable").await;
    assert!(reply.header("content-disposition").contains("filename*=UTF-8''%E8%B4%B9%E7%94%A8_2026-08-03.xlsx"));
    let mut book: calamine::Xlsx<_> = calamine::Reader::new(Cursor::new(reply.bytes)).expect("a workbook");
    let sheet = calamine::Reader::worksheet_range_at(&mut book, 0).unwrap().unwrap();
    assert_eq!(sheet.height(), 231);
    assert_eq!(sheet.get_value((1, 5)), Some(&calamine::Data::Float(605.0)));
    clerk.caller.get("/staff/v1/exports/audit.xlsx").await.refused(403, "not_permitted");
    clerk.caller.get("/staff/v1/exports/secrets.xlsx").await.refused(404, "list_not_found");
    let mut auditor = world.staff("auditor", &[Role::Auditor]).await;
    let trail = auditor.get(&format!("/audit?actor={}", clerk.id)).await;
    assert_eq!(trail["items"][0]["action"], "export.made", "{trail}");
    assert_eq!(trail["items"][0]["detail"], json!({ "list": "fees", "filter": "state=payable" }));
}

#[tokio::test]
async fn a_spreadsheet_that_ends_before_its_list_says_so_in_its_last_row() {
    for (rows, told) in [(150, None), (151, Some("最多 150 行"))] {
        let world = World::start_with(|config| config.staff.export_rows_max = 150).await;
        let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
        world.seed_fees(&unit, Class::Nontax, &vec![60_500; rows]).await;
        let mut clerk = world.staff("clerk", &[Role::FeeClerk]).await;
        let reply = clerk.caller.get("/staff/v1/exports/fees.xlsx").await;
        let mut book: calamine::Xlsx<_> = calamine::Reader::new(Cursor::new(reply.bytes)).expect("a workbook");
        let sheet = calamine::Reader::worksheet_range_at(&mut book, 0).unwrap().unwrap();
        assert_eq!(sheet.get_value((150, 5)), Some(&calamine::Data::Float(605.0)), "the last fee, under the header");
        let last = sheet.get_value((151, 0)).map(ToString::to_string);
        assert_eq!(last.is_some(), told.is_some());
        assert!(last.unwrap_or_default().contains(told.unwrap_or_default()));
    }
}

#[tokio::test]
async fn a_message_is_sent_once_more_when_asked_for() {
    let world = World::start().await;
    let person = world.wechat.people()[0].clone();
    world.wechat.follow(&person.mp_openid).await;
    let (mut browser, _) = world.open_in_wechat(&person.phone, "/h5/").await;
    let unit = world.seed_unit("示例物业001有限公司", &person.phone).await;
    world.sign_in_by_sms(&mut browser, &person.phone).await;
    let ids = world.seed_fees(&unit, Class::Nontax, &[100]).await;
    let phone = world.phone(&unit.applicant, &unit.unit, &person.mp_openid).await;
    let made = world.post(&phone, "/api/v1/checkouts", checkout("key-00000001", &ids, 100)).await.ok();
    let order = made["orders"][0]["id"].as_str().unwrap().to_owned();
    let payment = open_payment(&world, &phone, &order, "tap-00000001", "jsapi").await;
    world.wechat.pay_jsapi(&phone.openid, &payment["parameters"]).await.expect("paid");
    world.settle().await;
    let mut service = world.staff("service", &[Role::CustomerService]).await;
    let list = service.get(&format!("/messages?q={}", person.phone)).await;
    let message: Value =
        list["items"].as_array().unwrap().iter().find(|item| item["kind"] == "order_paid").expect("told").clone();
    assert!(!message.to_string().contains(&person.phone), "phones are masked: {message}");
    let cards = || world.wechat.pushed_messages(&person.mp_openid).len();
    let before = cards();
    service.post(&format!("/messages/{}/resend", message["id"].as_str().unwrap()), json!({})).await;
    world.settle().await;
    assert_eq!(cards(), before + 1);
}

#[tokio::test]
async fn messages_that_reached_nobody_are_taken_off_the_desk_with_a_reason() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    let payment = open_payment(&world, &phone, &order, "tap-00000001", "jsapi").await;
    world.wechat.pay_jsapi(&phone.openid, &payment["parameters"]).await.expect("paid");
    world.settle().await;
    world.tamper("UPDATE messages SET dead_at = 1, failure = '没有关注'").await;
    let dead = "SELECT COUNT(*) FROM messages WHERE dead_at IS NOT NULL";
    let all = world.number(dead).await;
    assert!(all >= 1, "somebody was told of the payment");
    let mut service = world.staff("service", &[Role::CustomerService]).await;
    let listed = service.get("/messages?state=dead").await;
    let id = listed["items"][0]["id"].as_str().expect("an id").to_owned();
    let path = format!("/messages/{id}/settle");

    service.try_post(&path, json!({ "reason": " " })).await.refused(422, "reason_missing");
    assert_eq!(world.number(dead).await, all, "nothing was done");
    let settled = service.post(&path, json!({ "reason": "已电话告知" })).await;
    assert!(settled["dead_at"].is_null() && settled["failure"] == "没有关注", "{settled}");
    service.try_post(&path, json!({ "reason": "已电话告知" })).await.refused(409, "message_not_dead");
    assert_eq!(world.number(dead).await, all - 1);

    // Another outage, and an alarm.
    world.tamper("UPDATE messages SET dead_at = 2").await;
    let many = service.post("/messages/settle-dead", json!({ "reason": "微信故障，已在公众号说明" })).await;
    assert_eq!(many["count"], json!(all));
    assert_eq!(world.number(dead).await, 0, "the alarm counts these");
    assert_eq!(service.get("/worklist/items?desk=messages").await["items"], json!([]));
    let none = service.post("/messages/settle-dead", json!({ "reason": "微信故障，已在公众号说明" })).await;
    assert_eq!(none["count"], json!(0));
    let mut auditor = world.staff("auditor", &[Role::Auditor]).await;
    let trail = auditor.get(&format!("/audit?object={id}")).await;
    assert_eq!(
        (&trail["items"][0]["action"], &trail["items"][0]["detail"]["reason"]),
        (&json!("message.settled"), &json!("已电话告知"))
    );
    let settled = "SELECT COUNT(*) FROM audit_entries WHERE action = 'message.settled'";
    assert_eq!(world.number(settled).await, 2, "one, and all the others; nothing for none");
}

#[tokio::test]
async fn a_notice_that_could_not_be_booked_is_booked_when_asked_for() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    let payment = open_payment(&world, &phone, &order, "tap-00000001", "jsapi").await;
    world.tamper("UPDATE payment_attempts SET out_trade_no = 'X' || out_trade_no").await;
    world.wechat.pay_jsapi(&phone.openid, &payment["parameters"]).await.expect("paid");
    world.wechat.deliver_due().await;
    let mut operator = world.staff("operator", &[Role::IntegrationOperator]).await;
    let list = operator.get("/channel-events?state=unmatched").await;
    let id = list["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(operator.get("/worklist/items?desk=integration").await["items"][0]["id"], json!(id));
    world.tamper("UPDATE payment_attempts SET out_trade_no = SUBSTR(out_trade_no, 2)").await;
    let replayed = operator.post(&format!("/channel-events/{id}/replay"), json!({})).await;
    assert_eq!(replayed["state_text"], "已入账", "{replayed}");
    assert_eq!(crate::paying::state_of(&world, &phone, &order).await, "paid");
}

#[tokio::test]
async fn a_day_off_that_the_institute_sets_moves_what_is_due() {
    let world = World::start().await;
    let mut admin = world.staff("admin", &[Role::Admin]).await;
    // Monday 3 August: two working days lead to Wednesday.
    let before = tejian::reviews::due_at(&world.app, 2);
    let day = json!({ "kind": "holiday", "name": "高温停工" });
    admin.put("/settings/calendar/2026-08-04", day.clone()).await.expect(200);
    let settings = admin.get("/settings").await;
    let shown = settings["calendar"].as_array().unwrap().iter().find(|day| day["on"] == "2026-08-04").unwrap();
    assert_eq!((shown["kind"].as_str(), shown["set_here"].as_bool()), (Some("holiday"), Some(true)));
    assert_eq!(tejian::reviews::due_at(&world.app, 2), before + 86_400_000);
    admin.put("/settings/calendar/2026-02-30", day).await.refused(404, "day_not_found");
    let restarted = world.second_node().await;
    assert_eq!(tejian::reviews::due_at(&restarted, 2), before + 86_400_000);
}
