//! Money back by decision of the institute: two people, never more than was paid, receipts in step.

use serde_json::{Value, json};
use tejian::staff::Role;

use crate::paying::state_of;
use crate::receipts::{paid_order, upload_reports};
use crate::seed::Class;
use crate::staff_world::Desk;
use crate::transfers::{order_page, transfer_order};
use crate::world::World;

const GOOD: &str = "91500000DEM0000145";

/// Everything that follows from what was decided, receipts and WeChat's own pace included.
pub async fn let_it_happen(world: &World) {
    for _ in 0..6 {
        world.settle().await;
        world.pass_minutes(2).await;
    }
}

pub async fn propose(world: &World, cashier: &mut Desk, order: &str, amount_fen: i64) -> Value {
    cashier.step_up(world).await;
    let body = json!({ "amount_fen": amount_fen, "reason": "重复检验，协商退款" });
    cashier.try_post(&format!("/orders/{order}/refunds"), body).await.expect(201)
}

pub async fn approve(world: &World, reviewer: &mut Desk, review: &Value) -> Value {
    reviewer.step_up(world).await;
    let path = format!("/reviews/{}/verdict", review["id"].as_str().unwrap());
    reviewer.post(&path, json!({ "verdict": "approved", "opinion": "" })).await
}

#[tokio::test]
async fn a_whole_refund_takes_two_people_and_takes_the_receipt_back() {
    let world = World::start().await;
    let (_, phone, order) = paid_order(&world, Class::Vat, GOOD, &[126_500]).await;
    upload_reports(&world, &order, &[b"%PDF-1"]).await;
    let_it_happen(&world).await;
    assert_eq!(state_of(&world, &phone, &order).await, "completed");

    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let body = json!({ "amount_fen": 126_500, "reason": "重复检验" });
    cashier.try_post(&format!("/orders/{order}/refunds"), body.clone()).await.refused(403, "step_up_needed");
    reviewer.try_post(&format!("/orders/{order}/refunds"), body).await.refused(403, "not_permitted");
    let review = propose(&world, &mut cashier, &order, 126_500).await;
    assert_eq!((review["kind"].as_str(), review["state"].as_str()), (Some("refund"), Some("open")));
    assert_eq!(state_of(&world, &phone, &order).await, "completed", "nothing moves before the decision");

    let path = format!("/reviews/{}", review["id"].as_str().unwrap());
    cashier.caller.get(&format!("/staff/v1{path}")).await.refused(403, "not_permitted");
    let list = reviewer.get("/worklist").await;
    let desk = list["desks"].as_array().unwrap().iter().find(|desk| desk["code"] == "refund").unwrap().clone();
    assert_eq!(desk["count"], 1, "{list}");
    let seen = reviewer.get(&path).await;
    assert_eq!(seen["subject"]["refund"]["amount_fen"], 126_500, "{seen}");
    let verdict = json!({ "verdict": "approved", "opinion": "" });
    reviewer.try_post(&format!("{path}/verdict"), verdict).await.refused(403, "step_up_needed");
    let decided = approve(&world, &mut reviewer, &review).await;
    assert_eq!(decided["state"], "approved");
    assert_eq!(decided["history"].as_array().unwrap().len(), 2);
    assert_eq!(state_of(&world, &phone, &order).await, "refunding");

    let_it_happen(&world).await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!(page["state"], "refunded", "{page}");
    assert_eq!(page["refund"]["state"], "success");
    assert_eq!(page["invoice"]["state_text"], "已红冲");
    assert_eq!(world.number("SELECT COUNT(*) FROM reports WHERE released_at IS NOT NULL").await, 0);
    let reports = world.get(&phone, "/api/v1/reports").await.ok();
    let report = &reports["items"][0];
    assert_eq!(
        (report["blocked_reason"].as_str(), report["order_id"].as_str()),
        (Some("已退款"), Some(order.as_str()))
    );
    assert_eq!(world.number("SELECT COUNT(*) FROM fees WHERE state = 'cancelled'").await, 1);

    let full = cashier.get(&format!("/orders/{order}")).await;
    assert_eq!(full["refunded_fen"], 126_500);
    assert_eq!(full["invoices"][0]["red_letters"][0]["state"], "done", "{full}");
    let actions: Vec<&str> =
        full["audit"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert!(actions.contains(&"refund.proposed"), "{actions:?}");
}

#[tokio::test]
async fn parts_go_back_one_after_the_other_and_never_more_than_was_paid() {
    let world = World::start().await;
    let (_, phone, order) = paid_order(&world, Class::Vat, GOOD, &[100_000]).await;
    upload_reports(&world, &order, &[b"%PDF-1"]).await;
    let_it_happen(&world).await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let first = propose(&world, &mut cashier, &order, 30_000).await;
    let body = json!({ "amount_fen": 70_001, "reason": "再退" });
    let refused = cashier.try_post(&format!("/orders/{order}/refunds"), body).await;
    assert_eq!(refused.refused(422, "refund_too_much")["details"]["refundable_fen"], 70_000);
    approve(&world, &mut reviewer, &first).await;
    let_it_happen(&world).await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!(page["state"], "completed", "a part went back: {page}");
    assert_eq!(page["invoice"]["state_text"], "已开票", "one over the rest was issued in its place: {page}");
    let full = cashier.get(&format!("/orders/{order}")).await;
    assert_eq!(full["invoices"][0]["amount_fen"], 70_000, "{full}");
    assert_eq!(full["invoices"][0]["red_letters"][0]["amount_fen"], 100_000);

    let second = propose(&world, &mut cashier, &order, 70_000).await;
    approve(&world, &mut reviewer, &second).await;
    let_it_happen(&world).await;
    assert_eq!(state_of(&world, &phone, &order).await, "refunded");
    let refunded: i64 =
        world.number("SELECT CAST(SUM(amount_fen) AS bigint) FROM refunds WHERE state = 'success'").await;
    assert_eq!(refunded, 100_000);
    cashier.step_up(&world).await;
    let body = json!({ "amount_fen": 1, "reason": "再退" });
    cashier.try_post(&format!("/orders/{order}/refunds"), body).await.refused(409, "order_not_paid");
}

#[tokio::test]
async fn a_fiscal_receipt_is_taken_back_and_issued_over_the_rest() {
    let world = World::start().await;
    let (_, phone, order) = paid_order(&world, Class::Nontax, GOOD, &[50_000]).await;
    let_it_happen(&world).await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let review = propose(&world, &mut cashier, &order, 20_000).await;
    approve(&world, &mut reviewer, &review).await;
    let_it_happen(&world).await;
    let full = cashier.get(&format!("/orders/{order}")).await;
    assert_eq!(full["invoices"][0]["state"], "issued", "{full}");
    assert_eq!(full["invoices"][0]["amount_fen"], 30_000);
    assert_eq!(full["invoices"][0]["red_letters"][0]["state"], "done");
    assert_eq!(state_of(&world, &phone, &order).await, "paid", "its report file is not there yet");
    upload_reports(&world, &order, &[b"%PDF-1"]).await;
    world.settle().await;
    assert_eq!(state_of(&world, &phone, &order).await, "completed");
}

#[tokio::test]
async fn a_rejection_needs_a_reason_and_frees_the_amount() {
    let world = World::start().await;
    let (_, phone, order) = paid_order(&world, Class::Vat, GOOD, &[100_000]).await;
    let_it_happen(&world).await;
    let mut manager = world.staff("manager", &[Role::FinanceManager]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let mut other = world.staff("other", &[Role::FinanceReviewer]).await;
    let review = propose(&world, &mut manager, &order, 100_000).await;
    let path = format!("/reviews/{}", review["id"].as_str().unwrap());
    let yes = json!({ "verdict": "approved", "opinion": "" });
    manager.try_post(&format!("{path}/verdict"), yes).await.refused(403, "four_eyes");
    manager.try_post(&format!("{path}/claim"), json!({})).await.refused(403, "four_eyes");
    let claimed = reviewer.post(&format!("{path}/claim"), json!({})).await;
    assert_eq!(claimed["claimed_by"]["name"], "员工reviewer");
    let no = |opinion: &str| json!({ "verdict": "rejected", "opinion": opinion });
    other.try_post(&format!("{path}/verdict"), no("不同意")).await.refused(409, "review_claimed");
    reviewer.try_post(&format!("{path}/verdict"), no(" ")).await.refused(422, "opinion_missing");
    reviewer.post(&format!("{path}/release"), json!({})).await;
    other.post(&format!("{path}/verdict"), no("检验已完成，不予退款")).await;
    reviewer.try_post(&format!("{path}/verdict"), no("也不同意")).await.refused(409, "review_decided");
    world.settle().await;
    assert_eq!(state_of(&world, &phone, &order).await, "paid");
    assert_eq!(world.number("SELECT COUNT(*) FROM refunds WHERE state = 'declined'").await, 1);
    assert!(
        order_page(&world, &phone, &order).await["refund"].is_null(),
        "the payer is not told of what was not decided"
    );
    propose(&world, &mut manager, &order, 100_000).await;
}

#[tokio::test]
async fn what_wechat_cannot_carry_out_is_paid_back_by_hand() {
    let world = World::start().await;
    let (_, phone, order) = paid_order(&world, Class::Vat, GOOD, &[100_000]).await;
    let_it_happen(&world).await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let review = propose(&world, &mut cashier, &order, 100_000).await;
    world.tamper("UPDATE refunds SET state = 'proposed'").await;
    approve(&world, &mut reviewer, &review).await;
    world.tamper("UPDATE refunds SET state = 'abnormal'").await;
    let tasks = cashier.get("/worklist/items?desk=refund_payout").await;
    assert_eq!(tasks["items"].as_array().unwrap().len(), 1, "{tasks}");
    let refund = tasks["items"][0]["id"].as_str().unwrap().to_owned();
    cashier.step_up(&world).await;
    let path = format!("/refunds/{refund}/confirm");
    cashier.try_post(&path, json!({ "reference_no": "" })).await.refused(422, "reference_missing");
    cashier.try_post(&path, json!({ "reference_no": "2026080300001" })).await.refused(409, "payee_missing");
    crate::payouts::write_account(&world, &refund).await;
    cashier.post(&format!("/refunds/{refund}/payee/reveal"), json!({})).await;
    cashier.try_post(&path, json!({ "reference_no": "2026080300001" })).await.expect(204);
    cashier.try_post(&path, json!({ "reference_no": "2026080300001" })).await.refused(409, "refund_not_by_hand");
    assert_eq!(state_of(&world, &phone, &order).await, "refunded");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_propose_at_the_same_moment_cannot_exceed_the_sum() {
    let world = World::start().await;
    let (_, _, order) = paid_order(&world, Class::Vat, GOOD, &[100_000]).await;
    let_it_happen(&world).await;
    let mut one = world.staff("one", &[Role::Cashier]).await;
    let mut two = world.staff("two", &[Role::Cashier]).await;
    one.step_up(&world).await;
    two.step_up(&world).await;
    let path = format!("/orders/{order}/refunds");
    let body = json!({ "amount_fen": 60_000, "reason": "退款" });
    let (first, second) = tokio::join!(one.try_post(&path, body.clone()), two.try_post(&path, body.clone()));
    let accepted = [&first, &second].iter().filter(|reply| reply.status.is_success()).count();
    assert_eq!(accepted, 1, "{} {}", first.text(), second.text());
}

#[tokio::test]
async fn no_money_goes_back_while_the_receipt_is_being_made_or_waits_to_be_asked_for() {
    let world = World::start().await;
    let (_, phone, order) = paid_order(&world, Class::Nontax, GOOD, &[100_000]).await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let path = format!("/orders/{order}/refunds");
    let body = json!({ "amount_fen": 40_000, "reason": "重复检验" });
    cashier.step_up(&world).await;
    let refused = cashier.try_post(&path, body.clone()).await.refused(409, "invoice_in_progress");
    assert_eq!(refused["money"], "taken", "nobody has asked for the receipt yet");
    world.app.workers().run_due().await.expect("the receipt is asked for");
    assert_eq!(order_page(&world, &phone, &order).await["invoice_state"], "requested");
    cashier.try_post(&path, body.clone()).await.refused(409, "invoice_in_progress");
    let_it_happen(&world).await;
    let review = propose(&world, &mut cashier, &order, 40_000).await;
    // The receipt is issued anew between proposal and decision.
    world.tamper("UPDATE invoices SET state = 'requested'").await;
    reviewer.step_up(&world).await;
    let verdict = format!("/reviews/{}/verdict", review["id"].as_str().unwrap());
    let yes = json!({ "verdict": "approved", "opinion": "" });
    reviewer.try_post(&verdict, yes).await.refused(409, "invoice_in_progress");
    assert_eq!(state_of(&world, &phone, &order).await, "paid", "nothing of the decision is left");
    world.tamper("UPDATE invoices SET state = 'issued'").await;
    approve(&world, &mut reviewer, &review).await;
    let_it_happen(&world).await;
    let full = cashier.get(&format!("/orders/{order}")).await;
    assert_eq!((&full["refunded_fen"], &full["invoices"][0]["amount_fen"]), (&json!(40_000), &json!(60_000)), "{full}");
}

#[tokio::test]
async fn a_receipt_that_was_taken_back_is_made_out_again_over_what_is_left_since() {
    let world = World::start().await;
    let (_, _, order) = paid_order(&world, Class::Nontax, GOOD, &[100_000]).await;
    let_it_happen(&world).await;
    let mut clerk = world.staff("invoices", &[Role::InvoiceClerk]).await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let id = clerk.get("/invoices").await["items"][0]["id"].as_str().unwrap().to_owned();
    let back = (format!("/invoices/{id}/red-letter"), json!({ "reason": "客户要求作废" }));
    let title = json!({ "title": { "kind": "organization", "name": "示例物业002有限公司", "tax_no": GOOD } });
    let again = (format!("/invoices/{id}/reissue"), title);

    clerk.step_up(&world).await;
    clerk.post(&back.0, back.1.clone()).await;
    let_it_happen(&world).await;
    let review = propose(&world, &mut cashier, &order, 40_000).await;
    approve(&world, &mut reviewer, &review).await;
    let_it_happen(&world).await;
    clerk.step_up(&world).await;
    clerk.post(&again.0, again.1.clone()).await;
    let_it_happen(&world).await;
    let receipt = clerk.get("/invoices").await["items"][0].clone();
    assert_eq!(
        (receipt["state"].as_str(), receipt["amount_fen"].as_i64()),
        (Some("issued"), Some(60_000)),
        "{receipt}"
    );

    assert_eq!((&receipt["can"]["reissue"], &receipt["can"]["reissue_refused"]), (&json!(true), &Value::Null));

    // And when nothing is left there is nothing to make out, and it is not offered.
    let review = propose(&world, &mut cashier, &order, 60_000).await;
    approve(&world, &mut reviewer, &review).await;
    let_it_happen(&world).await;
    let receipt = clerk.get("/invoices").await["items"][0].clone();
    assert_eq!(receipt["state"], "reversed", "{receipt}");
    assert_eq!(receipt["can"]["reissue"], false, "{receipt}");
    assert!(receipt["can"]["reissue_refused"].as_str().unwrap().contains("全部退回"), "{receipt}");
    clerk.step_up(&world).await;
    clerk.try_post(&again.0, again.1).await.refused(409, "invoice_not_failed");
}

/// The decision of a second person on a review of any kind.
pub async fn decide(world: &World, desk: &mut Desk, review: &Value, verdict: &str) -> crate::caller::Reply {
    desk.step_up(world).await;
    let path = format!("/reviews/{}/verdict", review["id"].as_str().unwrap());
    desk.try_post(&path, json!({ "verdict": verdict, "opinion": "已核对" })).await
}

#[tokio::test]
async fn a_partly_paid_order_is_voided_by_two_people_and_its_money_goes_back() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 100_000).await;
    let mut window = world.staff("window", &[Role::CounterClerk]).await;
    window.post(&format!("/orders/{order}/counter-payments"), crate::window::cash(40_000)).await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    assert_eq!(cashier.get(&format!("/orders/{order}")).await["staff_can"]["refund"], true);
    cashier.step_up(&world).await;
    let path = format!("/orders/{order}/refunds");
    let part = json!({ "amount_fen": 10_000, "reason": "不再办理" });
    cashier.try_post(&path, part).await.refused(422, "refund_too_much");
    let payee = json!({ "name": "示例物业001有限公司", "account": "6222 0000 1111 2222", "bank": "示例银行" });
    let whole = json!({ "amount_fen": 40_000, "reason": "不再办理", "payee": payee });
    let review = cashier.try_post(&path, whole.clone()).await.expect(201);
    cashier.try_post(&path, whole).await.refused(409, "order_refunding");
    decide(&world, &mut reviewer, &review, "approved").await.expect(200);
    world.settle().await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!((page["state"].as_str(), page["refund"]["amount_fen"].as_i64()), (Some("void"), Some(40_000)));
    let money = |going_back: i64, refunded: i64| json!({ "received_fen": 40_000, "going_back_fen": going_back, "refunded_fen": refunded });
    assert_eq!(page["money_back"], money(40_000, 0), "{page}");
    assert_eq!(page["refund"]["state_text"], "退款已同意，等财务从银行转出，转出后 1–3 个工作日到账");
    let listed = world.get(&phone, "/api/v1/orders?tab=void").await.ok()["items"][0].clone();
    assert_eq!((&listed["going_back_fen"], &page["going_back_fen"]), (&json!(40_000), &json!(40_000)), "{listed}");
    assert_eq!(cashier.get("/orders").await["items"][0]["going_back_fen"], 40_000);
    assert_eq!(cashier.get(&format!("/orders/{order}")).await["money_back"], page["money_back"]);
    assert_eq!(world.number("SELECT COUNT(*) FROM fees WHERE state = 'payable'").await, 1, "it can be ordered anew");
    let messages = world.get(&phone, "/api/v1/messages").await.ok();
    let bodies = messages["items"].to_string();
    assert!(bodies.contains("已收的 400.00 元 将由银行退回"), "{bodies}");
    assert!(!bodies.contains("没有扣款"), "{bodies}");

    // The cashier sees the account, which is written down; others see its ends.
    let refund = cashier.get("/refunds?needs_person=true").await["items"][0].clone();
    assert_eq!(refund["payee_account_masked"].as_str().map(|text| text.contains("0000")), Some(false), "{refund}");
    let reveal = format!("/refunds/{}/payee/reveal", refund["id"].as_str().unwrap());
    window.try_post(&reveal, json!({})).await.refused(403, "not_permitted");
    assert_eq!(cashier.post(&reveal, json!({})).await["payee"]["account"], "6222000011112222");
    let mut auditor = world.staff("auditor", &[Role::Auditor]).await;
    let seen = auditor.get("/audit").await;
    let looks = seen["items"].as_array().unwrap().iter().filter(|entry| entry["action"] == "refund.payee_seen");
    assert_eq!(looks.count(), 1, "{seen}");
    assert!(!seen.to_string().contains("6222000011112222"));
    let path = format!("/refunds/{}/confirm", refund["id"].as_str().unwrap());
    let mut colleague = world.staff("colleague", &[Role::Cashier]).await;
    colleague.step_up(&world).await;
    colleague.try_post(&path, json!({ "reference_no": "BANK-1" })).await.expect(204);
    world.settle().await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!((page["state"].as_str(), page["refund"]["state"].as_str()), (Some("void"), Some("success")));
    assert_eq!(page["money_back"], money(0, 40_000), "{page}");
    assert_eq!(page["going_back_fen"], 0, "it is there");
    assert_eq!(page["refund"]["state_text"], "已由银行转账退回");
    assert_eq!(cashier.get(&format!("/orders/{order}")).await["refunded_fen"], 40_000);
}

#[tokio::test]
async fn a_void_with_refund_that_more_money_overtook_is_not_carried_out() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 100_000).await;
    let mut window = world.staff("window", &[Role::CounterClerk]).await;
    let path = format!("/orders/{order}/counter-payments");
    window.post(&path, crate::window::cash(40_000)).await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let review = propose(&world, &mut cashier, &order, 40_000).await;
    window.post(&path, crate::window::cash(60_000)).await;
    decide(&world, &mut reviewer, &review, "approved").await.refused(409, "order_money_changed");
    assert_eq!(order_page(&world, &phone, &order).await["state"], "paid");
    decide(&world, &mut reviewer, &review, "rejected").await.expect(200);
}

/// WeChat refuses the next red letter of what was applied for under this number.
fn refuse_red_letter(world: &World, application: &str) {
    let path = format!("/v3/new-tax-control-fapiao/fapiao-applications/{application}/reverse");
    world.wechat.faults().refuse(&path, 400, "INVALID_REQUEST", 1);
}

/// Under which number the first invoice of an order was applied for: that of its payment.
async fn first_application(desk: &mut Desk, order: &str) -> String {
    let page = desk.get(&format!("/orders/{order}")).await;
    page["attempts"][0]["transaction_id"].as_str().expect("WeChat's number").to_owned()
}

#[tokio::test]
async fn a_receipt_whose_red_letter_was_refused_is_never_made_out_over_money_that_went_back() {
    let world = World::start().await;
    let (_, _, order) = paid_order(&world, Class::Vat, GOOD, &[100_000]).await;
    let_it_happen(&world).await;
    let mut clerk = world.staff("invoices", &[Role::InvoiceClerk]).await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let id = clerk.get("/invoices").await["items"][0]["id"].as_str().unwrap().to_owned();
    let again = format!("/invoices/{id}/red-letter/retry");
    let title = json!({ "title": { "kind": "organization", "name": "示例物业002有限公司", "tax_no": GOOD } });
    let reissue = (format!("/invoices/{id}/reissue"), title);
    clerk.try_post(&again, json!({})).await.refused(403, "step_up_needed");
    clerk.step_up(&world).await;
    clerk.try_post(&again, json!({})).await.refused(409, "red_letter_not_failed");

    // A part goes back, and the issuer does not take the receipt back.
    refuse_red_letter(&world, &first_application(&mut cashier, &order).await);
    let review = propose(&world, &mut cashier, &order, 40_000).await;
    approve(&world, &mut reviewer, &review).await;
    let_it_happen(&world).await;
    let receipt = clerk.get("/invoices?state=red_letter_failed").await["items"][0].clone();
    assert_eq!((&receipt["state"], &receipt["amount_fen"]), (&json!("issued"), &json!(100_000)), "{receipt}");
    assert_eq!(receipt["can"]["red_letter_again"], true, "{receipt}");
    let counted = clerk.get("/worklist").await;
    let desk = counted["desks"].as_array().unwrap().iter().find(|desk| desk["code"] == "invoice").cloned();
    assert_eq!(desk.expect("a desk of failed papers")["count"], 1, "{counted}");
    let task = clerk.get("/worklist/items?desk=invoice").await["items"][0].clone();
    assert_eq!((&task["id"], &task["kind"]), (&json!(id), &json!("红冲失败")), "{task}");

    clerk.step_up(&world).await;
    clerk.post(&reissue.0, reissue.1.clone()).await;
    let_it_happen(&world).await;
    let receipt = clerk.get("/invoices").await["items"][0].clone();
    assert_eq!((&receipt["state"], &receipt["amount_fen"]), (&json!("issued"), &json!(60_000)), "{receipt}");
    assert_eq!(receipt["can"]["red_letter_again"], false, "{receipt}");
    assert_eq!(clerk.get("/worklist/items?desk=invoice").await["items"], json!([]));
}

#[tokio::test]
async fn a_refused_red_letter_is_asked_for_again_over_what_is_left_then() {
    let world = World::start().await;
    let (_, phone, order) = paid_order(&world, Class::Vat, GOOD, &[100_000]).await;
    let_it_happen(&world).await;
    let mut clerk = world.staff("invoices", &[Role::InvoiceClerk]).await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    refuse_red_letter(&world, &first_application(&mut cashier, &order).await);
    let review = propose(&world, &mut cashier, &order, 40_000).await;
    approve(&world, &mut reviewer, &review).await;
    let_it_happen(&world).await;
    let receipt = clerk.get("/invoices").await["items"][0].clone();
    let id = receipt["id"].as_str().unwrap().to_owned();
    let again = format!("/invoices/{id}/red-letter/retry");
    clerk.step_up(&world).await;
    let under_way = clerk.post(&again, json!({})).await;
    assert_eq!((&under_way["state"], &under_way["can"]["red_letter_again"]), (&json!("reversing"), &json!(false)));
    let_it_happen(&world).await;
    let receipt = clerk.get("/invoices").await["items"][0].clone();
    assert_eq!((&receipt["state"], &receipt["amount_fen"]), (&json!("issued"), &json!(60_000)), "{receipt}");
    assert_eq!(receipt["title"]["name"], under_way["title"]["name"], "for the same title");
    assert_eq!(receipt["red_letters"][0]["state"], "done", "{receipt}");

    // The rest goes back too: nothing is left to make a receipt out over, and the one that stands can only be taken back.
    // (The second application goes under our own number.)
    refuse_red_letter(&world, &format!("{}r2", &id[4..31]));
    let review = propose(&world, &mut cashier, &order, 60_000).await;
    approve(&world, &mut reviewer, &review).await;
    let_it_happen(&world).await;
    assert_eq!(state_of(&world, &phone, &order).await, "refunded");
    let receipt = clerk.get("/invoices").await["items"][0].clone();
    assert_eq!((&receipt["state"], &receipt["can"]["reissue"]), (&json!("issued"), &json!(false)), "{receipt}");
    assert!(receipt["can"]["reissue_refused"].as_str().unwrap().contains("全部退回"), "{receipt}");
    clerk.step_up(&world).await;
    let title = json!({ "title": { "kind": "organization", "name": "示例物业002有限公司", "tax_no": GOOD } });
    clerk.try_post(&format!("/invoices/{id}/reissue"), title).await.refused(409, "invoice_nothing_left");
    clerk.post(&again, json!({})).await;
    let_it_happen(&world).await;
    assert_eq!(clerk.get("/invoices").await["items"][0]["state"], "reversed", "taken back, and nothing in its place");
    assert_eq!(clerk.get("/worklist/items?desk=invoice").await["items"], json!([]));
}

#[tokio::test]
async fn a_receipt_whose_red_letter_was_refused_is_let_stand_with_a_reason() {
    let world = World::start().await;
    let (_, phone, order) = paid_order(&world, Class::Vat, GOOD, &[100_000]).await;
    let_it_happen(&world).await;
    let mut clerk = world.staff("invoices", &[Role::InvoiceClerk]).await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let id = clerk.get("/invoices").await["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/invoices/{id}/red-letter/let-stand");
    let why = json!({ "reason": "购买方已入账抵扣" });
    clerk.try_post(&path, why.clone()).await.refused(403, "step_up_needed");
    clerk.step_up(&world).await;
    clerk.try_post(&path, why.clone()).await.refused(409, "red_letter_not_failed");
    refuse_red_letter(&world, &first_application(&mut cashier, &order).await);
    let review = propose(&world, &mut cashier, &order, 40_000).await;
    approve(&world, &mut reviewer, &review).await;
    let_it_happen(&world).await;
    assert_eq!(clerk.get("/invoices").await["items"][0]["can"]["let_stand"], true);

    // With a reason it leaves the desk; the receipt says that it stands, and why.
    clerk.step_up(&world).await;
    clerk.try_post(&path, json!({ "reason": " " })).await.refused(422, "reason_missing");
    cashier.step_up(&world).await;
    cashier.try_post(&path, why.clone()).await.refused(403, "not_permitted");
    let kept = clerk.post(&path, why.clone()).await;
    assert_eq!((&kept["state"], &kept["amount_fen"]), (&json!("issued"), &json!(100_000)), "{kept}");
    assert_eq!(kept["failure"], "原票未红冲：购买方已入账抵扣", "{kept}");
    let letter = &kept["red_letters"][0];
    assert_eq!((&letter["state"], &letter["state_text"]), (&json!("stands"), &json!("原票未红冲")), "{kept}");
    assert_eq!(letter["stands_reason"], "购买方已入账抵扣", "{kept}");
    assert!(letter["failure"].as_str().is_some_and(|said| !said.is_empty()), "what the issuer said stays: {kept}");
    assert_eq!((&kept["can"]["let_stand"], &kept["can"]["red_letter_again"]), (&json!(false), &json!(false)), "{kept}");
    clerk.try_post(&path, why).await.refused(409, "red_letter_not_failed");
    clerk.try_post(&format!("/invoices/{id}/red-letter/retry"), json!({})).await.refused(409, "red_letter_not_failed");
    let counted = clerk.get("/worklist").await;
    let desk = counted["desks"].as_array().unwrap().iter().find(|desk| desk["code"] == "invoice").cloned();
    assert!(desk.is_none_or(|desk| desk["count"] == 0), "{counted}");
    assert_eq!(clerk.get("/worklist/items?desk=invoice").await["items"], json!([]));
    assert_eq!(clerk.get("/invoices?state=red_letter_failed").await["items"], json!([]));
    let page = order_page(&world, &phone, &order).await;
    assert_eq!(page["invoice"]["failure"], "原票未红冲：购买方已入账抵扣", "{page}");
    assert_eq!(page["invoice"]["state"], "issued", "{page}");
    assert!(page["timeline"].to_string().contains("票据没有红冲，原票仍有效"), "{page}");
    let full = cashier.get(&format!("/orders/{order}")).await;
    assert_eq!(full["invoices"][0]["red_letters"][0]["stands_reason"], "购买方已入账抵扣", "{full}");
    let audited = "SELECT COUNT(*) FROM audit_entries WHERE action = 'invoice.stands'";
    assert_eq!(world.number(audited).await, 1);

    // It may be taken back after all, like any other.
    clerk.step_up(&world).await;
    clerk.post(&format!("/invoices/{id}/red-letter"), json!({ "reason": "购买方同意退票" })).await;
    let_it_happen(&world).await;
    let receipt = clerk.get("/invoices").await["items"][0].clone();
    assert_eq!((&receipt["state"], &receipt["failure"]), (&json!("reversed"), &Value::Null), "{receipt}");
    let letter = &receipt["red_letters"][0];
    assert_eq!((&letter["state"], &letter["stands_reason"]), (&json!("done"), &Value::Null), "{receipt}");
}
