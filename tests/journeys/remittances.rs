//! 已汇款: the draft, the review, and what a verdict brings about.

use reqwest::Method;
use serde_json::{Value, json};
use tejian::staff::Role;

use crate::bank::statement;
use crate::seed::{Class, Seeded, checkout};
use crate::staff_world::Desk;
use crate::transfers::{order_by, order_page};
use crate::uploads::{photo, send_whole};
use crate::world::{Answer, Phone, World};

/// A unit, its phone, and an order that was remitted already.
pub async fn remitted_order(world: &World, amount_fen: i64) -> (Seeded, Phone, String) {
    let unit = world.seed_unit("示例化工厂01", "13900000001").await;
    let phone = world.phone(&unit.applicant, &unit.unit, "openid").await;
    let order = order_by(world, &unit, &phone, Class::Vat, "remitted", amount_fen).await;
    (unit, phone, order)
}

pub async fn draft(world: &World, phone: &Phone, order: &str, change: impl FnOnce(&mut Value)) -> Answer {
    let upload = send_whole(world, phone, "回单.png", photo(40, 30)).await.ok();
    let mut body = json!({
        "payer_name": "示例化工厂01",
        "payer_account": "6222 0000 0000 0001",
        "remitted_on": "2026-08-01",
        "amount_fen": 30_000,
        "serial_no": "HD20260801-77",
        "reference_no": "2600000123",
        "proof_ids": [upload["id"]],
    });
    change(&mut body);
    world.ask(phone, Method::PUT, &format!("/api/v1/orders/{order}/remittance"), Some(body)).await
}

pub async fn submit(world: &World, phone: &Phone, order: &str) -> Answer {
    world.post(phone, &format!("/api/v1/orders/{order}/remittance/submit"), json!({})).await
}

pub async fn open_review(desk: &mut Desk) -> Value {
    let reviews = desk.get("/reviews?kind=remittance&state=open").await;
    reviews["items"][0].clone()
}

#[tokio::test]
async fn a_remittance_that_is_approved_pays_the_order_and_claims_its_line() {
    let world = World::start().await;
    let (_, phone, order) = remitted_order(&world, 30_000).await;
    let incomplete = submit(&world, &phone, &order).await;
    assert_eq!(incomplete.refused(422), "remittance_incomplete");
    draft(&world, &phone, &order, |_| ()).await.ok();
    let page = submit(&world, &phone, &order).await.ok();
    assert_eq!((page["state"].as_str(), page["under_review"].as_bool()), (Some("pending_payment"), Some(true)));
    let counts = world.get(&phone, "/api/v1/home").await.ok()["orders"].clone();
    assert_eq!((&counts["pending_payment"], &counts["under_review"]), (&json!(1), &json!(1)), "{counts}");
    let remittance = &page["remittance"];
    assert_eq!(remittance["state"], "submitted");
    // Monday 2026-08-03 plus three working days: the end of Thursday.
    assert_eq!(remittance["due_at"], 1_785_722_400_000_i64 + 3 * 86_400_000 + 14 * 3_600_000 - 1_000);
    assert_eq!(remittance["working_days_left"], 3);
    assert_eq!(submit(&world, &phone, &order).await.refused(409), "remittance_submitted");
    assert_eq!(draft(&world, &phone, &order, |_| ()).await.refused(409), "remittance_submitted");
    let path = format!("/api/v1/orders/{order}");
    assert_eq!(world.post(&phone, &format!("{path}/void"), json!({})).await.refused(409), "order_under_review");
    let switch = world.post(&phone, &format!("{path}/method"), json!({ "method": "online" })).await;
    assert_eq!(switch.refused(409), "order_under_review");

    // The line of the bank is there already; nothing is claimed over the reviewer's head.
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let csv =
        "交易日期,贷方金额,对方户名,附言,交易流水号\n2026-08-01,300.00,示例化工厂01,委托单2600000123,HD20260801-77\n";
    statement(&world, &cashier, csv.as_bytes()).await;
    world.settle().await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let review = open_review(&mut reviewer).await;
    let shown = reviewer.get(&format!("/reviews/{}", review["id"].as_str().unwrap())).await;
    assert_eq!(shown["subject"]["matches"][0]["score"], 100, "{shown}");
    assert!(shown["subject"]["remittance"]["proofs"][0]["url"].as_str().unwrap().starts_with("/files/uploads/"));
    let verdict = json!({ "verdict": "approved", "opinion": "已到账" });
    let id = review["id"].as_str().unwrap();
    reviewer.post(&format!("/reviews/{id}/verdict"), verdict.clone()).await;
    assert!(reviewer.try_post(&format!("/reviews/{id}/verdict"), verdict).await.status.is_client_error(), "once");
    world.settle().await;
    world.pass_minutes(5).await;
    let page = order_page(&world, &phone, &order).await;
    assert!(["paid", "completed"].contains(&page["state"].as_str().unwrap()), "{}", page["state"]);
    assert_eq!(world.get(&phone, "/api/v1/home").await.ok()["orders"]["under_review"], 0);
    assert_eq!((page["received_fen"].as_i64(), page["remittance"]["state"].as_str()), (Some(30_000), Some("approved")));
    assert_eq!(page["invoice_state"], "issued", "a receipt without a payment through WeChat");
    let lines = cashier.get("/bank/transactions").await;
    assert_eq!(lines["items"][0]["state"], "claimed");
    assert_eq!(
        world.number("SELECT COUNT(*) FROM orders WHERE paid_by = 'remittance' AND paid_attempt_id IS NULL").await,
        1
    );
}

#[tokio::test]
async fn an_approval_without_a_line_of_the_bank_rests_on_words_and_never_on_too_little() {
    let world = World::start().await;
    let (_, phone, order) = remitted_order(&world, 30_000).await;
    draft(&world, &phone, &order, |body| body["amount_fen"] = json!(29_000)).await.ok();
    submit(&world, &phone, &order).await.ok();
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let path = format!("/reviews/{}/verdict", open_review(&mut reviewer).await["id"].as_str().unwrap());
    let yes = |opinion: &str| json!({ "verdict": "approved", "opinion": opinion });
    reviewer.try_post(&path, yes("已在网银核对")).await.refused(409, "remittance_too_small");
    assert_eq!(order_page(&world, &phone, &order).await["under_review"], true, "nothing was decided");
    let no = json!({ "verdict": "rejected", "opinion": "金额少 10 元" });
    reviewer.post(&path, no).await;

    let (_, phone, order) = remitted_order(&world, 30_000).await;
    draft(&world, &phone, &order, |body| body["serial_no"] = json!("HD-OTHER")).await.ok();
    submit(&world, &phone, &order).await.ok();
    let path = format!("/reviews/{}/verdict", open_review(&mut reviewer).await["id"].as_str().unwrap());
    reviewer.try_post(&path, yes("")).await.refused(422, "opinion_needed");
    reviewer.post(&path, yes("已在网银核对")).await;
    world.settle().await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!((page["state"].as_str(), page["received_fen"].as_i64()), (Some("paid"), Some(0)));

    // The statement comes later; its line is proposed for the order, which can be found, and its money is taken for it.
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let csv = "交易日期,贷方金额,对方户名,附言,交易流水号\n2026-08-02,300.00,示例化工厂01,检验费,LATER-1\n";
    statement(&world, &cashier, csv.as_bytes()).await;
    let line = cashier.get("/bank/transactions?q=LATER-1").await["items"][0].clone();
    assert_eq!(line["proposals"][0]["order_id"].as_str(), Some(order.as_str()), "{line}");
    let number = page["order_no"].as_str().unwrap();
    let found = cashier.get(&format!("/orders?takes_money=true&q={number}")).await;
    assert_eq!(found["items"][0]["lacks_of_bank_fen"], 30_000);
    let claims = json!({ "claims": [{ "order_id": order, "amount_fen": 30_000 }] });
    cashier.post(&format!("/bank/transactions/{}/claims", line["id"].as_str().unwrap()), claims).await;
    assert_eq!(order_page(&world, &phone, &order).await["received_fen"], 30_000);
    assert_eq!(cashier.get(&format!("/orders?takes_money=true&q={number}")).await["items"], json!([]));

    let seen = reviewer.get(&format!("/orders/{order}")).await;
    let done: Vec<&str> =
        seen["audit"].as_array().unwrap().iter().map(|one| one["actor_name"].as_str().unwrap()).collect();
    assert!(done.contains(&"员工reviewer"), "who approved is told with the order: {}", seen["audit"]);
}

#[tokio::test]
async fn one_line_of_the_bank_proves_one_remittance_and_a_weak_one_proves_none() {
    let world = World::start().await;
    let (unit, phone, first) = remitted_order(&world, 30_000).await;
    let second = order_by(&world, &unit, &phone, Class::Vat, "remitted", 30_000).await;
    let third = order_by(&world, &unit, &phone, Class::Vat, "remitted", 30_000).await;
    for (order, serial, amount_fen) in [(&first, "HD-1", 30_000), (&second, "HD-2", 30_000), (&third, "HD-3", 29_000)] {
        let told = draft(&world, &phone, order, |body| {
            body["serial_no"] = json!(serial);
            body["reference_no"] = json!("");
            body["amount_fen"] = json!(amount_fen);
        });
        told.await.ok();
        submit(&world, &phone, order).await.ok();
    }
    // One line names the first remittance; another is only of the same payer and a little more.
    let cashier = world.staff("cashier", &[Role::Cashier]).await;
    let csv = "交易日期,贷方金额,对方户名,附言,交易流水号\n2026-08-01,300.00,示例化工厂01,检验费,HD-1\n\
               2026-08-01,500.00,示例化工厂01,检验费,HD-3\n";
    statement(&world, &cashier, csv.as_bytes()).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let reviews = reviewer.get("/reviews?kind=remittance&state=open").await;
    let mut paths = Vec::new();
    for review in reviews["items"].as_array().unwrap() {
        let shown = reviewer.get(&format!("/reviews/{}", review["id"].as_str().unwrap())).await;
        let subject = &shown["subject"];
        let of_first = subject["order"]["id"] == first.as_str();
        assert_eq!(subject["proving_transaction_id"].is_string(), of_first, "{subject}");
        paths.push((subject["order"]["id"].clone(), format!("/reviews/{}/verdict", review["id"].as_str().unwrap())));
    }
    let path = |order: &str| paths.iter().find(|(of, _)| of == order).map(|(_, path)| path.clone()).unwrap();
    let yes = |opinion: &str| json!({ "verdict": "approved", "opinion": opinion });
    reviewer.try_post(&path(&second), yes("")).await.refused(422, "opinion_needed");
    reviewer.try_post(&path(&third), yes("已在网银核对")).await.refused(409, "remittance_too_small");
    reviewer.post(&path(&first), yes("")).await;
    assert_eq!(order_page(&world, &phone, &first).await["received_fen"], 30_000, "its line is claimed with it");
    reviewer.try_post(&path(&second), yes("")).await.refused(422, "opinion_needed");
    assert_eq!(order_page(&world, &phone, &second).await["under_review"], true, "nothing was decided");
}

#[tokio::test]
async fn money_on_the_account_of_another_payee_proves_no_remittance() {
    let world = World::start().await;
    let (unit, phone, order) = remitted_order(&world, 30_000).await;
    // The institute's other receiver has an account of its own.
    world.seed_fees(&unit, Class::Nontax, &[100]).await;
    world.tamper("UPDATE payees SET bank_account = '5000 0000 0000 0001' WHERE receipt_class = 'nontax'").await;
    world.tamper("UPDATE payees SET bank_account = '5000 0000 0000 0002' WHERE receipt_class = 'vat'").await;
    draft(&world, &phone, &order, |_| ()).await.ok();
    submit(&world, &phone, &order).await.ok();
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let file = |account: &str| {
        format!(
            "本方账号,交易日期,贷方金额,对方户名,附言,交易流水号\n\
             {account},2026-08-01,300.00,示例化工厂01,检验费,HD20260801-77\n"
        )
    };
    statement(&world, &cashier, file("5000000000000001").as_bytes()).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let id = open_review(&mut reviewer).await["id"].as_str().unwrap().to_owned();
    let subject = reviewer.get(&format!("/reviews/{id}")).await["subject"].clone();
    assert!(subject["proving_transaction_id"].is_null(), "{subject}");
    let reasons = subject["matches"][0]["reasons"].to_string();
    assert!(reasons.contains("到账账户不是本订单收款单位的"), "the reviewer reads why: {subject}");
    let path = format!("/reviews/{id}/verdict");
    let yes = json!({ "verdict": "approved", "opinion": "" });
    reviewer.try_post(&path, yes).await.refused(422, "opinion_needed");
    assert_eq!(order_page(&world, &phone, &order).await["under_review"], true, "nothing was decided");
    assert_eq!(cashier.get("/bank/transactions?state=open").await["items"][0]["rest_fen"], 30_000, "nothing was taken");
}

#[tokio::test]
async fn an_approval_claims_the_line_that_brings_exactly_the_rest() {
    let world = World::start().await;
    let (_, phone, order) = remitted_order(&world, 30_000).await;
    let mut window = world.staff("window", &[Role::CounterClerk]).await;
    window.post(&format!("/orders/{order}/counter-payments"), crate::window::cash(10_000)).await;
    draft(&world, &phone, &order, |body| body["amount_fen"] = json!(20_000)).await.ok();
    submit(&world, &phone, &order).await.ok();
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let csv = "交易日期,贷方金额,对方户名,附言,交易流水号\n2026-08-01,200.00,示例化工厂01,余款,HD20260801-77\n";
    statement(&world, &cashier, csv.as_bytes()).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let path = format!("/reviews/{}/verdict", open_review(&mut reviewer).await["id"].as_str().unwrap());
    reviewer.post(&path, json!({ "verdict": "approved", "opinion": "" })).await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!((page["state"].as_str(), page["received_fen"].as_i64()), (Some("paid"), Some(30_000)));
    assert_eq!(cashier.get("/bank/transactions").await["items"][0]["state"], "claimed");
}

#[tokio::test]
async fn a_rejected_remittance_voids_the_order_and_the_next_one_begins_with_everything_kept() {
    let world = World::start().await;
    let (_, phone, order) = remitted_order(&world, 30_000).await;
    draft(&world, &phone, &order, |_| ()).await.ok();
    submit(&world, &phone, &order).await.ok();
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let id = open_review(&mut reviewer).await["id"].as_str().unwrap().to_owned();
    let without =
        reviewer.try_post(&format!("/reviews/{id}/verdict"), json!({ "verdict": "rejected", "opinion": "" })).await;
    assert!(without.status.is_client_error(), "an opinion is mandatory");
    let verdict = json!({ "verdict": "rejected", "opinion": "回单金额与订单不符" });
    reviewer.post(&format!("/reviews/{id}/verdict"), verdict).await;
    world.settle().await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!(page["state"], "void");
    assert!(page["void_reason"].as_str().unwrap().contains("回单金额与订单不符"));
    assert_eq!(page["remittance"]["opinion"], "回单金额与订单不符");
    assert_eq!(page["can"]["start_again"], true);
    let messages = world.get(&phone, "/api/v1/messages").await.ok();
    assert!(messages["items"][0]["body"].as_str().unwrap().contains("回单金额与订单不符"), "{messages}");
    let again = world.post(&phone, &format!("/api/v1/orders/{order}/again"), json!({})).await.ok();
    let fees: Vec<String> = serde_json::from_value(again["fee_ids"].clone()).unwrap();
    let mut request = checkout("key-once-more", &fees, 30_000);
    request["method"] = json!("remitted");
    let made = world.post(&phone, "/api/v1/checkouts", request).await.ok();
    let second = made["orders"][0]["id"].as_str().unwrap();
    let page = order_page(&world, &phone, second).await;
    assert_eq!(
        (page["remittance"]["state"].as_str(), page["remittance"]["serial_no"].as_str()),
        (Some("draft"), Some("HD20260801-77"))
    );
    assert_eq!(page["remittance"]["proofs"].as_array().unwrap().len(), 1);
    submit(&world, &phone, second).await.ok();
}

#[tokio::test]
async fn a_rejection_leaves_an_order_waiting_whose_money_came_in_part() {
    let world = World::start().await;
    let (_, phone, order) = remitted_order(&world, 30_000).await;
    let mut window = world.staff("window", &[Role::CounterClerk]).await;
    window.post(&format!("/orders/{order}/counter-payments"), crate::window::cash(10_000)).await;
    world.pass_minutes(1).await;
    draft(&world, &phone, &order, |_| ()).await.ok();
    submit(&world, &phone, &order).await.ok();
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let id = open_review(&mut reviewer).await["id"].as_str().unwrap().to_owned();
    let verdict = json!({ "verdict": "rejected", "opinion": "回单金额与订单不符" });
    reviewer.post(&format!("/reviews/{id}/verdict"), verdict).await;
    world.settle().await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!(
        (page["state"].as_str(), page["under_review"].as_bool(), page["missing_fen"].as_i64()),
        (Some("pending_payment"), Some(false), Some(20_000))
    );
    assert_eq!(page["remittance"]["opinion"], "回单金额与订单不符");
    let messages = world.get(&phone, "/api/v1/messages").await.ok();
    let body = messages["items"][0]["body"].as_str().unwrap();
    assert!(body.contains("回单金额与订单不符") && body.contains("还差 200.00 元"), "{body}");

    // The same order is told of anew, and goes through.
    assert_eq!(page["can"]["edit_remittance"], true);
    draft(&world, &phone, &order, |body| body["amount_fen"] = json!(20_000)).await.ok();
    submit(&world, &phone, &order).await.ok();
    let again = open_review(&mut reviewer).await["id"].as_str().unwrap().to_owned();
    assert_ne!(again, id);
    let verdict = json!({ "verdict": "approved", "opinion": "已到账" });
    reviewer.post(&format!("/reviews/{again}/verdict"), verdict).await;
    assert_eq!(order_page(&world, &phone, &order).await["state"], "paid");
}

#[tokio::test]
async fn a_mistyped_remittance_is_taken_back_corrected_and_sent_again() {
    let world = World::start().await;
    let (_, phone, order) = remitted_order(&world, 30_000).await;
    draft(&world, &phone, &order, |body| body["amount_fen"] = json!(3_000)).await.ok();
    let page = submit(&world, &phone, &order).await.ok();
    assert_eq!(page["can"]["withdraw_remittance"], true);
    let path = format!("/api/v1/orders/{order}/remittance/withdraw");
    let page = world.post(&phone, &path, json!({})).await.ok();
    assert_eq!(
        (page["under_review"].as_bool(), page["remittance"]["state"].as_str(), &page["remittance"]["amount_fen"]),
        (Some(false), Some("draft"), &json!(3_000))
    );
    assert_eq!(page["remittance"]["proofs"].as_array().unwrap().len(), 1, "everything is kept");
    assert_eq!(world.post(&phone, &path, json!({})).await.refused(409), "remittance_decided");
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    assert!(open_review(&mut reviewer).await.is_null(), "nothing waits for a decision");
    draft(&world, &phone, &order, |_| ()).await.ok();
    submit(&world, &phone, &order).await.ok();
    let id = open_review(&mut reviewer).await["id"].as_str().unwrap().to_owned();
    reviewer.post(&format!("/reviews/{id}/verdict"), json!({ "verdict": "approved", "opinion": "已到账" })).await;
    let refused = world.post(&phone, &path, json!({})).await;
    assert_eq!(refused.refused(409), "remittance_decided");
    assert_eq!(order_page(&world, &phone, &order).await["state"], "paid");
}

#[tokio::test]
async fn the_same_slip_told_twice_and_another_amount_are_warned_about() {
    let world = World::start().await;
    let (unit, phone, order) = remitted_order(&world, 30_000).await;
    draft(&world, &phone, &order, |_| ()).await.ok();
    submit(&world, &phone, &order).await.ok();
    let second = order_by(&world, &unit, &phone, Class::Vat, "remitted", 20_000).await;
    let page = draft(&world, &phone, &second, |body| body["serial_no"] = json!("ＨＤ20260801-77")).await.ok();
    let warnings = page["remittance"]["warnings"].to_string();
    assert!(warnings.contains("流水号") && warnings.contains("不同"), "{warnings}");
}

#[tokio::test]
async fn an_order_under_review_neither_expires_nor_goes_unnoticed() {
    let world = World::start().await;
    let (_, phone, order) = remitted_order(&world, 30_000).await;
    draft(&world, &phone, &order, |_| ()).await.ok();
    submit(&world, &phone, &order).await.ok();
    for _ in 0..40 {
        world.pass_minutes(24 * 60).await;
    }
    let page = order_page(&world, &phone, &order).await;
    assert_eq!(page["state"], "pending_payment");
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    assert_eq!(open_review(&mut reviewer).await["overdue"], true);
    let late = draft(&world, &phone, &order, |body| body["proof_ids"] = json!([])).await;
    assert_eq!(late.refused(409), "remittance_submitted");
}

#[tokio::test]
async fn a_review_that_is_late_says_so_and_whom_to_call() {
    let world = World::start().await;
    let (_, phone, order) = remitted_order(&world, 30_000).await;
    draft(&world, &phone, &order, |_| ()).await.ok();
    let page = submit(&world, &phone, &order).await.ok();
    let step = page["next_step"]["text"].as_str().unwrap();
    assert!(step.contains("三个工作日内完成"), "{step}");
    assert_eq!(
        (&page["next_step"]["promised_at"], &page["remittance"]["late"]),
        (&page["remittance"]["due_at"], &json!(false))
    );
    let told = async |world: &World| {
        let messages = world.get(&phone, "/api/v1/messages").await.ok();
        let bodies = messages["items"].as_array().unwrap().iter().filter(|one| one["title"] == "汇款审核超时了");
        bodies.map(|one| one["body"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for _ in 0..3 {
        world.pass_minutes(24 * 60).await;
    }
    assert!(told(&world).await.is_empty(), "the last day is not over yet");
    for _ in 0..3 {
        world.pass_minutes(24 * 60).await;
    }
    let page = order_page(&world, &phone, &order).await;
    let step = page["next_step"]["text"].as_str().unwrap();
    assert!(step.contains("2026-08-06") && step.contains("超时") && step.contains("023-00000000"), "{step}");
    assert_eq!((&page["next_step"]["promised_at"], &page["remittance"]["late"]), (&Value::Null, &json!(true)));
    let told = told(&world).await;
    assert!(told.len() == 1 && told[0].contains("023-00000000"), "{told:?}");
}

#[tokio::test]
async fn proofs_of_another_unit_are_not_taken() {
    let world = World::start().await;
    let (_, phone, order) = remitted_order(&world, 30_000).await;
    let other = world.seed_unit("另一家单位", "13900000002").await;
    let stranger = world.phone(&other.applicant, &other.unit, "other").await;
    let theirs = send_whole(&world, &stranger, "回单.png", photo(10, 10)).await.ok();
    let refused = draft(&world, &phone, &order, |body| body["proof_ids"] = json!([theirs["id"]])).await;
    assert_eq!(refused.refused(422), "proof_not_ready");
}
