//! A refund of an order that was registered as paid by bank, and that the bank sent back later: it goes once more, by two people.

use serde_json::{Value, json};
use simulator::faults::RefundOutcome;
use tejian::staff::Role;

use crate::core_rows::core_system_says;
use crate::payouts::{A, B, claim, lines, only_payout, reveal, write_account};
use crate::receipts::paid_order;
use crate::seed::Class;
use crate::staff_refunds::{approve, decide, let_it_happen, propose};
use crate::staff_world::Desk;
use crate::transfers::{order_by, order_page, transfer_order};
use crate::world::{Phone, World};

fn wanted() -> Value {
    json!({ "payee": { "name": "示例物业001有限公司", "account": B }, "reason": "户名账号不符" })
}

/// A transfer order of 100 yuan, paid by a line of the bank from the account A, with its receipt.
async fn order_by_bank(world: &World, cashier: &mut Desk) -> (Phone, String) {
    let (_, phone, order) = transfer_order(world, 10_000).await;
    world.settle().await;
    let code = order_page(world, &phone, &order).await["payment_notice"]["payment_code"].as_str().unwrap().to_owned();
    lines(world, cashier, &[format!("2026-08-03,100.00,示例物业001有限公司,{A},{code},K-1")]).await;
    let_it_happen(world).await;
    (phone, order)
}

/// So much of an order goes back by bank, decided by two people and registered as paid; the refund.
async fn paid_out(world: &World, order: &str, amount_fen: i64, desks: (&mut Desk, &mut Desk)) -> String {
    let (cashier, reviewer) = desks;
    let review = propose(world, cashier, order, amount_fen).await;
    decide(world, reviewer, &review, "approved").await.expect(200);
    let_it_happen(world).await;
    let refund = only_payout(cashier).await;
    cashier.step_up(world).await;
    let path = format!("/bank/returns/{refund}/bounced");
    cashier.try_post(&path, wanted()).await.refused(409, "return_not_paid");
    pay(cashier, &refund, "BANK-1").await;
    let_it_happen(world).await;
    refund
}

async fn pay(desk: &mut Desk, refund: &str, reference_no: &str) {
    let body = json!({ "reference_no": reference_no });
    desk.try_post(&format!("/refunds/{refund}/confirm"), body).await.expect(204);
}

/// The bank sent it back: asked for by the one, decided by the other.
async fn bounce(world: &World, refund: &str, desks: (&mut Desk, &mut Desk)) {
    let (cashier, reviewer) = desks;
    cashier.step_up(world).await;
    let review = cashier.try_post(&format!("/bank/returns/{refund}/bounced"), wanted()).await.expect(201);
    decide(world, reviewer, &review, "approved").await.expect(200);
}

/// Paid once more by somebody who did not ask for the account.
async fn pay_again(world: &World, refund: &str) {
    let mut other = world.staff("other", &[Role::Cashier]).await;
    other.step_up(world).await;
    assert_eq!(reveal(&mut other, refund).await["payee"]["account"], B);
    pay(&mut other, refund, "BANK-2").await;
    let_it_happen(world).await;
}

async fn refunded_fen(desk: &mut Desk, order: &str) -> Value {
    desk.get(&format!("/orders/{order}")).await["refunded_fen"].clone()
}

#[tokio::test]
async fn a_whole_refund_that_the_bank_sent_back_goes_once_more_and_counts_once() {
    let world = World::start().await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let (phone, order) = order_by_bank(&world, &mut cashier).await;
    let refund = paid_out(&world, &order, 10_000, (&mut cashier, &mut reviewer)).await;
    assert_eq!(order_page(&world, &phone, &order).await["state"], "refunded");
    let shown = cashier.get("/refunds").await["items"][0].clone();
    assert_eq!((&shown["may_bounce"], &shown["state_text"]), (&json!(true), &json!("已退款")), "{shown}");
    let letters = "SELECT COUNT(*) FROM red_letters";
    assert_eq!(world.number(letters).await, 1);

    // Asked for by one, it is still paid; whoever asked may take that back.
    let path = format!("/bank/returns/{refund}/bounced");
    cashier.step_up(&world).await;
    let review = cashier.try_post(&path, wanted()).await.expect(201);
    cashier.try_post(&path, wanted()).await.refused(409, "return_change_waits");
    assert_eq!(cashier.get("/refunds").await["items"][0]["state_text"], "银行退票待审批");
    assert_eq!(order_page(&world, &phone, &order).await["state"], "refunded");
    let seen = reviewer.get(&format!("/reviews/{}", review["id"].as_str().unwrap())).await;
    let subject = &seen["subject"];
    assert_eq!((&subject["refund"]["id"], &subject["transaction"]), (&json!(refund), &Value::Null), "{seen}");
    assert_eq!(subject["return_change"]["kind"], "bounced", "{seen}");
    cashier.try_post(&format!("/bank/returns/{refund}/change/withdraw"), json!({})).await.expect(204);
    decide(&world, &mut reviewer, &review, "approved").await.refused(409, "review_decided");
    assert_eq!(cashier.get("/refunds").await["items"][0]["state"], "success");

    // Decided by another: the order is on its way of refunding again, and nothing of the decision is done twice.
    bounce(&world, &refund, (&mut cashier, &mut reviewer)).await;
    let_it_happen(&world).await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!((&page["state"], &page["refund"]["state"]), (&json!("refunding"), &json!("requested")), "{page}");
    assert!(page["timeline"].to_string().contains("银行退票，重新办理退回"), "{page}");
    assert_eq!(refunded_fen(&mut cashier, &order).await, 0);
    assert_eq!(only_payout(&mut cashier).await, refund);
    assert_eq!(world.number(letters).await, 1);
    assert_eq!(world.number("SELECT COUNT(*) FROM fees WHERE state = 'cancelled'").await, 1);
    let body = json!({ "amount_fen": 1, "reason": "再退" });
    cashier.step_up(&world).await;
    cashier.try_post(&format!("/orders/{order}/refunds"), body).await.refused(422, "refund_too_much");

    // Neither who asked nor who has not looked at the new account pays it out.
    let (confirm, reference) = (format!("/refunds/{refund}/confirm"), json!({ "reference_no": "BANK-2" }));
    cashier.try_post(&confirm, reference.clone()).await.refused(403, "four_eyes");
    let mut unseen = world.staff("unseen", &[Role::Cashier]).await;
    unseen.step_up(&world).await;
    unseen.try_post(&confirm, reference.clone()).await.refused(409, "payee_unseen");
    pay_again(&world, &refund).await;
    unseen.step_up(&world).await;
    unseen.try_post(&confirm, reference).await.refused(409, "refund_not_by_hand");
    let page = order_page(&world, &phone, &order).await;
    assert_eq!((&page["state"], &page["refund"]["state"]), (&json!("refunded"), &json!("success")), "{page}");
    assert_eq!(refunded_fen(&mut cashier, &order).await, 10_000, "once");
    assert_eq!(world.number(letters).await, 1, "the receipt is taken back once");
    assert_eq!(world.number("SELECT COUNT(*) FROM fees WHERE state = 'cancelled'").await, 1);
    assert_eq!(world.number("SELECT COUNT(*) FROM reports WHERE released_at IS NOT NULL").await, 0);

    // The payer is told each time where it went, and in between that it goes once more.
    let messages = world.get(&phone, "/api/v1/messages").await.ok()["items"].to_string();
    for told in ["退到尾号 2222 的账户", "正在由银行退回：银行退票，户名账号不符", "退到尾号 4444 的账户"]
    {
        assert_eq!(messages.matches(told).count(), 1, "{told}: {messages}");
    }
    let mut auditor = world.staff("auditor", &[Role::Auditor]).await;
    let trail = auditor.get("/audit?limit=100").await;
    for action in ["bank.return_bounce_asked", "bank.return_bounced"] {
        let found = trail["items"].as_array().unwrap().iter().find(|one| one["action"] == action);
        let entry = found.unwrap_or_else(|| panic!("{action}: {trail}"));
        assert_eq!(entry["detail"]["reference_no"], "BANK-1", "the slip of what came back: {trail}");
    }
    assert!(!trail.to_string().contains(B), "its ends alone");
}

#[tokio::test]
async fn a_part_that_the_bank_sent_back_leaves_the_rest_of_its_order_as_it_was() {
    let world = World::start().await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let (phone, order) = order_by_bank(&world, &mut cashier).await;
    let refund = paid_out(&world, &order, 4_000, (&mut cashier, &mut reviewer)).await;
    let before = order_page(&world, &phone, &order).await;
    let receipt = &before["invoice"]["invoice_number"];
    assert_eq!((&before["state"], &before["invoice"]["state"]), (&json!("paid"), &json!("issued")), "{before}");
    bounce(&world, &refund, (&mut cashier, &mut reviewer)).await;
    let_it_happen(&world).await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!((&page["state"], &page["invoice"]["invoice_number"]), (&json!("refunding"), receipt), "{page}");
    pay_again(&world, &refund).await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!((&page["state"], &page["invoice"]["invoice_number"]), (&json!("paid"), receipt), "{page}");
    assert_eq!(refunded_fen(&mut cashier, &order).await, 4_000);
    // What is left may still go back, and no more.
    cashier.step_up(&world).await;
    let body = json!({ "amount_fen": 6_001, "reason": "再退" });
    let refused = cashier.try_post(&format!("/orders/{order}/refunds"), body).await.refused(422, "refund_too_much");
    assert_eq!(refused["details"]["refundable_fen"], 6_000);
}

#[tokio::test]
async fn a_voided_order_whose_part_the_bank_sent_back_stays_voided() {
    let world = World::start().await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let (_, phone, order) = transfer_order(&world, 100_000).await;
    lines(&world, &cashier, &[format!("2026-08-03,400.00,甲公司,{A},检验费,V-1")]).await;
    claim(&mut cashier, "V-1", &order, 40_000).await;
    let refund = paid_out(&world, &order, 40_000, (&mut cashier, &mut reviewer)).await;
    assert_eq!(refunded_fen(&mut cashier, &order).await, 40_000);
    bounce(&world, &refund, (&mut cashier, &mut reviewer)).await;
    assert_eq!(order_page(&world, &phone, &order).await["state"], "void");
    assert_eq!(refunded_fen(&mut cashier, &order).await, 0);
    pay_again(&world, &refund).await;
    assert_eq!(order_page(&world, &phone, &order).await["state"], "void");
    assert_eq!(refunded_fen(&mut cashier, &order).await, 40_000);
}

#[tokio::test]
async fn only_what_was_paid_to_an_account_is_sent_back_by_the_bank() {
    let world = World::start().await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    // Through WeChat.
    let (unit, phone, order) = paid_order(&world, Class::Vat, "91500000DEM0000145", &[10_000]).await;
    let_it_happen(&world).await;
    let review = propose(&world, &mut cashier, &order, 10_000).await;
    approve(&world, &mut reviewer, &review).await;
    let_it_happen(&world).await;
    let through_wechat = cashier.get("/refunds").await["items"][0].clone();
    assert_eq!((&through_wechat["state"], &through_wechat["may_bounce"]), (&json!("success"), &json!(false)));
    // Handed back at the window.
    let order = order_by(&world, &unit, &phone, Class::Nontax, "transfer", 100_000).await;
    let mut window = world.staff("window", &[Role::CounterClerk]).await;
    window.post(&format!("/orders/{order}/counter-payments"), crate::window::cash(40_000)).await;
    let review = propose(&world, &mut cashier, &order, 40_000).await;
    decide(&world, &mut reviewer, &review, "approved").await.expect(200);
    let refund = only_payout(&mut cashier).await;
    cashier.step_up(&world).await;
    let body = json!({ "reference_no": "W-1", "at_window": true });
    cashier.try_post(&format!("/refunds/{refund}/confirm"), body).await.expect(204);
    for refund in [through_wechat["id"].as_str().unwrap(), refund.as_str()] {
        let asked = cashier.try_post(&format!("/bank/returns/{refund}/bounced"), wanted()).await;
        asked.refused(409, "return_not_paid");
    }
}

#[tokio::test]
async fn the_second_payout_takes_back_no_fee_that_was_settled_anew() {
    let world = World::start().await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let (phone, order) = order_by_bank(&world, &mut cashier).await;
    let refund = paid_out(&world, &order, 10_000, (&mut cashier, &mut reviewer)).await;
    assert_eq!(world.number("SELECT COUNT(*) FROM fees WHERE state = 'cancelled'").await, 1);
    // The payer has settled it elsewhere since, and has his report.
    let paid = tejian::orders::lines_of(world.app.database.reader(), &order).await.unwrap();
    core_system_says(&world, &paid[0].fee_id, "100.00", "已缴", &[]).await;
    let open = "SELECT COUNT(*) FROM reports WHERE released_at IS NOT NULL";
    assert_eq!(world.number(open).await, 1);

    bounce(&world, &refund, (&mut cashier, &mut reviewer)).await;
    pay_again(&world, &refund).await;
    assert_eq!(order_page(&world, &phone, &order).await["state"], "refunded");
    assert_eq!(world.number("SELECT COUNT(*) FROM fees WHERE state = 'paid'").await, 1);
    assert_eq!(world.number(open).await, 1);
}

/// A refund of 100 yuan that WeChat could not carry out and that the cashier paid by bank instead: payer, order, refund.
async fn paid_for_wechat(world: &World, desks: (&mut Desk, &mut Desk)) -> (Phone, String, String) {
    let (cashier, reviewer) = desks;
    let (_, phone, order) = paid_order(world, Class::Vat, "91500000DEM0000145", &[10_000]).await;
    let_it_happen(world).await;
    world.wechat.faults().set(|faults| faults.refund_outcome = RefundOutcome::Abnormal);
    let review = propose(world, cashier, &order, 10_000).await;
    approve(world, reviewer, &review).await;
    let_it_happen(world).await;
    let refund = only_payout(cashier).await;
    write_account(world, &refund).await;
    cashier.step_up(world).await;
    assert_eq!(reveal(cashier, &refund).await["payee"]["account"], A);
    pay(cashier, &refund, "BANK-1").await;
    let_it_happen(world).await;
    (phone, order, refund)
}

#[tokio::test]
async fn what_a_person_paid_because_wechat_could_not_may_be_sent_back_by_the_bank_too() {
    let world = World::start().await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let (phone, order, refund) = paid_for_wechat(&world, (&mut cashier, &mut reviewer)).await;
    assert_eq!(order_page(&world, &phone, &order).await["state"], "refunded");
    assert_eq!(cashier.get("/refunds").await["items"][0]["may_bounce"], true);

    bounce(&world, &refund, (&mut cashier, &mut reviewer)).await;
    let_it_happen(&world).await;
    assert_eq!(order_page(&world, &phone, &order).await["state"], "refunding");
    assert_eq!(refunded_fen(&mut cashier, &order).await, 0);
    // WeChat tells once more that its try failed: it is in the hands of a person by now, and stays there.
    world.tamper("UPDATE channel_events SET state = 'unmatched' WHERE kind = 'refund'").await;
    let mut operator = world.staff("operator", &[Role::IntegrationOperator]).await;
    let notice = operator.get("/channel-events?state=unmatched").await["items"][0]["id"].as_str().unwrap().to_owned();
    operator.post(&format!("/channel-events/{notice}/replay"), json!({})).await;
    assert_eq!(world.number("SELECT COUNT(*) FROM refunds WHERE state = 'requested' AND channel = 'bank'").await, 1);
    pay_again(&world, &refund).await;
    assert_eq!(order_page(&world, &phone, &order).await["state"], "refunded");
    assert_eq!(refunded_fen(&mut cashier, &order).await, 10_000, "once");
    assert_eq!(world.wechat.refunds().len(), 1, "WeChat is not asked for it again");
}

#[tokio::test]
async fn what_wechat_carries_out_after_a_person_had_paid_is_told_and_counts_once() {
    let world = World::start().await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let (phone, order, _) = paid_for_wechat(&world, (&mut cashier, &mut reviewer)).await;
    let mut operator = world.staff("operator", &[Role::IntegrationOperator]).await;
    assert_eq!(operator.get("/channel-events?state=rejected").await["items"], json!([]));

    let at_wechat = world.wechat.refunds().remove(0);
    assert!(world.wechat.carry_out_refund(&at_wechat.out_refund_no));
    let_it_happen(&world).await;
    let rejected = operator.get("/channel-events?state=rejected").await;
    assert_eq!(rejected["items"].as_array().unwrap().len(), 1);
    assert_eq!(rejected["items"][0]["failure"], "refund_after_payout");
    assert_eq!(order_page(&world, &phone, &order).await["state"], "refunded");
    assert_eq!(refunded_fen(&mut cashier, &order).await, 10_000, "once in our books");
}
