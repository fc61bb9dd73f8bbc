//! Where money goes that leaves by bank: two people look at the account as at the sum, a line goes back to where it came from,
//! and nobody is shown another payer's account.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tejian::staff::Role;

use crate::bank::statement;
use crate::seed::Class;
use crate::staff_refunds::{decide, propose};
use crate::staff_world::Desk;
use crate::transfers::{order_by, order_page, transfer_order};
use crate::world::{Phone, World};

const HEADER: &str = "交易日期,贷方金额,对方户名,对方账号,附言,交易流水号";
/// An account that money came from.
pub const A: &str = "6222000011112222";
/// Another one.
pub const B: &str = "6222000033334444";

/// Imports these lines.
pub async fn lines(world: &World, desk: &Desk, rows: &[String]) {
    statement(world, desk, format!("{HEADER}\n{}\n", rows.join("\n")).as_bytes()).await;
}

/// Takes a line with this number for an order.
pub async fn claim(desk: &mut Desk, serial: &str, order: &str, amount_fen: i64) {
    let line = desk.get(&format!("/bank/transactions?q={serial}")).await["items"][0]["id"].clone();
    let path = format!("/bank/transactions/{}/claims", line.as_str().unwrap());
    desk.post(&path, json!({ "claims": [{ "order_id": order, "amount_fen": amount_fen }] })).await;
}

/// The only refund that somebody is to pay out.
pub async fn only_payout(desk: &mut Desk) -> String {
    let waiting = desk.get("/refunds?needs_person=true").await;
    assert_eq!(waiting["items"].as_array().unwrap().len(), 1, "{waiting}");
    waiting["items"][0]["id"].as_str().unwrap().to_owned()
}

/// The account of a refund, and that somebody looked.
pub async fn reveal(desk: &mut Desk, refund: &str) -> Value {
    desk.post(&format!("/refunds/{refund}/payee/reveal"), json!({})).await
}

/// Somebody who does not pay it out writes down where a refund goes.
pub async fn write_account(world: &World, refund: &str) {
    let end = refund[refund.len() - 10..].to_lowercase();
    let mut writer = world.staff(&format!("writer-{end}"), &[Role::Cashier]).await;
    writer.step_up(world).await;
    let account = json!({ "name": "示例物业001有限公司", "account": A });
    assert_eq!(writer.put(&format!("/refunds/{refund}/payee"), account).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn an_account_written_down_after_the_decision_is_paid_by_somebody_else() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 100_000).await;
    let mut window = world.staff("window", &[Role::CounterClerk]).await;
    window.post(&format!("/orders/{order}/counter-payments"), crate::window::cash(40_000)).await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut manager = world.staff("manager", &[Role::FinanceManager]).await;
    let account = |account: &str| json!({ "name": "示例物业001有限公司", "account": account });
    cashier.step_up(&world).await;
    let body = json!({ "amount_fen": 40_000, "reason": "不再办理", "payee": account(A) });
    let review = cashier.try_post(&format!("/orders/{order}/refunds"), body).await.expect(201);
    let mut auditor = world.staff("auditor", &[Role::Auditor]).await;
    let trail = auditor.get("/audit").await;
    let proposed = trail["items"].as_array().unwrap().iter().find(|one| one["action"] == "refund.proposed").unwrap();
    assert!(proposed["detail"]["payee"].as_str().unwrap().ends_with("2222"), "{proposed}");
    assert!(!trail.to_string().contains(A), "its ends alone");

    // What is decided on stays what was proposed.
    let refund = review["subject_id"].as_str().unwrap().to_owned();
    let path = format!("/refunds/{refund}/payee");
    cashier.put(&path, account(B)).await.refused(409, "refund_proposed");
    decide(&world, &mut manager, &review, "approved").await.expect(200);
    let seen = reveal(&mut cashier, &refund).await;
    assert_eq!((seen["payee"]["account"].as_str(), seen["may_change"].as_bool()), (Some(A), Some(true)), "{seen}");
    assert!(seen["source_text"].as_str().unwrap().contains("您申请退款时填写"), "{seen}");

    // Even the one who decided cannot send it elsewhere alone.
    world.pass_minutes(30).await;
    manager.put(&path, account(B)).await.refused(403, "step_up_needed");
    manager.step_up(&world).await;
    let disguised = json!({ "name": "示例物业\u{202e}001\u{200b}有限公司", "account": B });
    assert_eq!(manager.put(&path, disguised).await.status, StatusCode::NO_CONTENT);
    let confirm = format!("/refunds/{refund}/confirm");
    let reference = json!({ "reference_no": "BANK-1" });
    manager.try_post(&confirm, reference.clone()).await.refused(403, "four_eyes");
    // Nor is it registered by somebody who looked at the account before: he may have sent it there.
    cashier.step_up(&world).await;
    cashier.try_post(&confirm, reference.clone()).await.refused(409, "payee_unseen");
    let seen = reveal(&mut cashier, &refund).await;
    assert_eq!(
        (&seen["payee"]["account"], &seen["payee"]["name"]),
        (&json!(B), &json!("示例物业001有限公司")),
        "as it is seen"
    );
    let text = seen["source_text"].as_str().unwrap();
    assert!(text.contains("员工manager在审批之后填写") && text.contains("审批人没有看过"), "{text}");
    cashier.try_post(&confirm, reference.clone()).await.expect(204);
    cashier.put(&path, account(A)).await.refused(409, "refund_not_by_hand");

    // The payer is told where it went, once.
    world.settle().await;
    let messages = world.get(&phone, "/api/v1/messages").await.ok();
    let told: Vec<&Value> =
        messages["items"].as_array().unwrap().iter().filter(|one| one["title"] == "一笔款项已由银行转账退回").collect();
    assert_eq!(told.len(), 1, "{messages}");
    let body = told[0]["body"].as_str().unwrap();
    assert!(body.contains("400.00 元") && body.contains("尾号 4444"), "{body}");
    assert!(!messages.to_string().contains(B), "its end alone");
}

#[tokio::test]
async fn the_decider_sees_the_account_beside_the_payers_and_who_typed_it_does_not_pay_it_out() {
    let world = World::start().await;
    let (_, _, order) = transfer_order(&world, 100_000).await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    lines(&world, &cashier, &[format!("2026-08-04,400.00,甲公司,{A},检验费,T1")]).await;
    claim(&mut cashier, "T1", &order, 40_000).await;
    cashier.step_up(&world).await;
    let body =
        json!({ "amount_fen": 40_000, "reason": "不再办理", "payee": { "name": "示例物业001有限公司", "account": B } });
    let review = cashier.try_post(&format!("/orders/{order}/refunds"), body).await.expect(201);
    let refund = review["subject_id"].as_str().unwrap().to_owned();

    let seen = reveal(&mut reviewer, &refund).await;
    assert_eq!((&seen["payee"]["account"], &seen["may_change"]), (&json!(B), &json!(false)), "{seen}");
    assert_eq!(seen["source_text"], "员工cashier申请退款时填写");
    assert_eq!(seen["sources"], json!([{ "name": "甲公司", "account": A, "amount_fen": 40_000 }]), "{seen}");
    decide(&world, &mut reviewer, &review, "approved").await.expect(200);

    let confirm = format!("/refunds/{refund}/confirm");
    let reference = json!({ "reference_no": "BANK-9" });
    cashier.step_up(&world).await;
    cashier.try_post(&confirm, reference.clone()).await.refused(403, "four_eyes");
    reviewer.try_post(&confirm, reference.clone()).await.refused(403, "not_permitted");
    let mut other = world.staff("other", &[Role::Cashier]).await;
    other.step_up(&world).await;
    other.try_post(&confirm, reference).await.expect(204);
    let mut stranger = world.staff("stranger", &[Role::Registrar]).await;
    stranger.try_post(&format!("/refunds/{refund}/payee/reveal"), json!({})).await.refused(403, "not_permitted");
}

#[tokio::test]
async fn money_of_a_line_goes_back_to_its_sender_and_to_nobody_else() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 10_000).await;
    world.settle().await;
    let code = order_page(&world, &phone, &order).await["payment_notice"]["payment_code"].as_str().unwrap().to_owned();
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    // The second transfer comes without an account in the statement.
    let row =
        |day: &str, account: &str, serial: &str| format!("{day},100.00,示例物业001有限公司,{account},{code},{serial}");
    lines(&world, &cashier, &[row("2026-08-04", A, "D1"), row("2026-08-05", "", "D2")]).await;
    let second = cashier.get("/bank/transactions?state=open").await["items"][0].clone();
    cashier.step_up(&world).await;
    let path = format!("/bank/transactions/{}/return", second["id"].as_str().unwrap());
    let body = json!({ "order_id": order, "amount_fen": 10_000, "reason": "重复转账" });
    let review = cashier.try_post(&path, body.clone()).await.expect(201);
    decide(&world, &mut reviewer, &review, "approved").await.expect(200);
    let refund = only_payout(&mut cashier).await;
    let seen = reveal(&mut cashier, &refund).await;
    assert_eq!(
        (&seen["payee"], &seen["may_change"]),
        (&Value::Null, &json!(false)),
        "not the account of another transfer"
    );
    assert!(seen["source_text"].as_str().unwrap().contains("原路退回"), "{seen}");
    cashier.step_up(&world).await;
    let account = json!({ "name": "别的人", "account": B });
    cashier.put(&format!("/refunds/{refund}/payee"), account.clone()).await.refused(409, "refund_of_line");
    let reference = json!({ "reference_no": "BANK-2" });
    cashier.try_post(&format!("/refunds/{refund}/confirm"), reference).await.expect(204);

    // One with an account: the statement says where it goes, whatever anybody types.
    lines(&world, &cashier, &[row("2026-08-06", B, "D3")]).await;
    let third = cashier.get("/bank/transactions?q=D3").await["items"][0].clone();
    cashier.step_up(&world).await;
    let path = format!("/bank/transactions/{}/return", third["id"].as_str().unwrap());
    let review = cashier.try_post(&path, body).await.expect(201);
    decide(&world, &mut reviewer, &review, "approved").await.expect(200);
    let refund = only_payout(&mut cashier).await;
    cashier.step_up(&world).await;
    let account = json!({ "name": "别的人", "account": A });
    cashier.put(&format!("/refunds/{refund}/payee"), account).await.refused(409, "refund_of_line");
    let seen = reveal(&mut cashier, &refund).await;
    assert_eq!((&seen["payee"]["account"], &seen["source_text"]), (&json!(B), &json!("银行流水的付款账户")), "{seen}");
}

/// A second transfer for an order that is paid, with an account in the statement, decided to go back: the order, its line and
/// the refund.
async fn decided_return(
    world: &World,
    phone: &Phone,
    order: &str,
    desks: (&mut Desk, &mut Desk),
    serial: &str,
) -> (String, String) {
    let (cashier, reviewer) = desks;
    world.settle().await;
    let code = order_page(world, phone, order).await["payment_notice"]["payment_code"].as_str().unwrap().to_owned();
    let row = |day: &str, of: &str| format!("{day},100.00,示例物业001有限公司,{A},{code},{serial}-{of}");
    lines(world, cashier, &[row("2026-08-04", "1"), row("2026-08-05", "2")]).await;
    let second = cashier.get(&format!("/bank/transactions?state=open&q={serial}")).await["items"][0].clone();
    let line = second["id"].as_str().unwrap().to_owned();
    cashier.step_up(world).await;
    let body = json!({ "order_id": order, "amount_fen": 10_000, "reason": "重复转账" });
    let review = cashier.try_post(&format!("/bank/transactions/{line}/return"), body).await.expect(201);
    decide(world, reviewer, &review, "approved").await.expect(200);
    (line, review["subject_id"].as_str().unwrap().to_owned())
}

async fn line_of(desk: &mut Desk, id: &str) -> Value {
    desk.get(&format!("/bank/transactions/{id}")).await
}

#[tokio::test]
async fn a_return_whose_senders_account_is_closed_goes_to_another_one_by_two_people() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 10_000).await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let (line, refund) = decided_return(&world, &phone, &order, (&mut cashier, &mut reviewer), "C1").await;
    let path = format!("/bank/returns/{refund}/payee");
    let wanted = |account: &str| {
        let payee = json!({ "name": "示例物业001有限公司", "account": account });
        json!({ "payee": payee, "reason": "原账户已销户" })
    };
    world.pass_minutes(30).await;
    cashier.try_post(&path, wanted(B)).await.refused(403, "step_up_needed");
    cashier.step_up(&world).await;
    cashier.try_post(&path, wanted("12")).await.refused(422, "payee_incomplete");
    reviewer.step_up(&world).await;
    reviewer.try_post(&path, wanted(B)).await.refused(403, "not_permitted");
    let review = cashier.try_post(&path, wanted(B)).await.expect(201);
    cashier.try_post(&path, wanted(A)).await.refused(409, "return_change_waits");

    // Nothing is paid out while it waits, and the account is shown to the decider alone in full.
    let confirm = format!("/refunds/{refund}/confirm");
    let reference = json!({ "reference_no": "BANK-1" });
    cashier.try_post(&confirm, reference.clone()).await.refused(409, "return_change_waits");
    let task = reviewer.get("/worklist/items?desk=line_return_change").await;
    assert_eq!(task["items"].as_array().unwrap().len(), 1, "{task}");
    let shown = reviewer.get(&format!("/reviews/{}", review["id"].as_str().unwrap())).await;
    assert_eq!(shown["subject"]["return_change"]["kind"], "payee", "{shown}");
    assert!(!shown.to_string().contains(B), "its ends alone: {shown}");
    let seen = reveal(&mut reviewer, &refund).await;
    assert_eq!((&seen["payee"]["account"], &seen["change"]["payee"]["account"]), (&json!(A), &json!(B)), "{seen}");
    assert_eq!(line_of(&mut cashier, &line).await["returns"][0]["state_text"], "换账户待审批");

    // Who asked cannot decide; declined, everything is as it was.
    decide(&world, &mut cashier, &review, "approved").await.refused(403, "not_permitted");
    decide(&world, &mut reviewer, &review, "rejected").await.expect(200);
    let seen = reveal(&mut cashier, &refund).await;
    assert_eq!((&seen["payee"]["account"], &seen["change"]), (&json!(A), &Value::Null), "{seen}");

    // Approved, it goes there, and who typed the account does not pay it out.
    cashier.step_up(&world).await;
    let review = cashier.try_post(&path, wanted(B)).await.expect(201);
    let mut other = world.staff("other", &[Role::Cashier]).await;
    assert_eq!(reveal(&mut other, &refund).await["payee"]["account"], A, "as it is until somebody decides");
    decide(&world, &mut reviewer, &review, "approved").await.expect(200);
    let seen = reveal(&mut cashier, &refund).await;
    assert_eq!((&seen["payee"]["account"], &seen["may_change"]), (&json!(B), &json!(false)), "{seen}");
    assert_eq!(seen["sources"][0]["account"], A, "where it came from stands beside it: {seen}");
    cashier.step_up(&world).await;
    cashier.try_post(&confirm, reference.clone()).await.refused(403, "four_eyes");
    // Nor does anybody who has looked at the old account alone: that is where he may have sent it.
    other.step_up(&world).await;
    other.try_post(&confirm, reference.clone()).await.refused(409, "payee_unseen");
    assert_eq!(reveal(&mut other, &refund).await["payee"]["account"], B);
    other.try_post(&confirm, reference).await.expect(204);
    other.try_post(&path, wanted(A)).await.refused(409, "return_not_open");

    world.settle().await;
    let messages = world.get(&phone, "/api/v1/messages").await.ok()["items"].to_string();
    assert!(messages.contains("100.00 元 已由银行转账退到尾号 4444 的账户"), "{messages}");
    let mut auditor = world.staff("auditor", &[Role::Auditor]).await;
    let trail = auditor.get("/audit").await;
    let changed =
        trail["items"].as_array().unwrap().iter().find(|one| one["action"] == "bank.return_payee_changed").unwrap();
    assert!(changed["detail"]["payee_before"].as_str().unwrap().ends_with("2222"), "{changed}");
    assert!(changed["detail"]["payee"].as_str().unwrap().ends_with("4444"), "{changed}");
    assert!(!trail.to_string().contains(B), "its ends alone");
}

#[tokio::test]
async fn a_decided_return_is_called_off_by_two_people_and_its_money_is_on_its_line_again() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 10_000).await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let (line, refund) = decided_return(&world, &phone, &order, (&mut cashier, &mut reviewer), "C2").await;
    let path = format!("/bank/returns/{refund}/call-off");
    cashier.step_up(&world).await;
    cashier.try_post(&path, json!({ "reason": " " })).await.refused(422, "reason_missing");
    let review = cashier.try_post(&path, json!({ "reason": "原账户已销户，改抵下一笔费用" })).await.expect(201);
    assert_eq!(line_of(&mut cashier, &line).await["rest_fen"], 0, "still set aside");
    decide(&world, &mut reviewer, &review, "approved").await.expect(200);

    let shown = line_of(&mut cashier, &line).await;
    assert_eq!((&shown["state"], &shown["rest_fen"]), (&json!("open"), &json!(10_000)), "{shown}");
    assert_eq!(shown["returns"][0]["state_text"], "已取消退回", "{shown}");
    let waiting = cashier.get("/refunds?needs_person=true").await;
    assert_eq!(waiting["items"], json!([]), "nothing is left to be paid out");
    cashier.step_up(&world).await;
    let reference = json!({ "reference_no": "BANK-1" });
    cashier.try_post(&format!("/refunds/{refund}/confirm"), reference).await.refused(409, "return_called_off");
    cashier.try_post(&path, json!({ "reason": "再来一次" })).await.refused(409, "return_not_open");

    // The payer, who was told that it goes back, is told that it does not.
    world.settle().await;
    let messages = world.get(&phone, "/api/v1/messages").await.ok()["items"].to_string();
    assert!(messages.contains("没有退回：原账户已销户，改抵下一笔费用"), "{messages}");
    // Asked for once more, it may go back after all.
    let body = json!({ "order_id": order, "amount_fen": 10_000, "reason": "重复转账" });
    cashier.try_post(&format!("/bank/transactions/{line}/return"), body).await.expect(201);
}

#[tokio::test]
async fn whoever_asked_for_a_change_of_a_return_takes_it_back_and_nobody_else_does() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 10_000).await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let (line, refund) = decided_return(&world, &phone, &order, (&mut cashier, &mut reviewer), "C3").await;
    let withdraw = format!("/bank/returns/{refund}/change/withdraw");
    cashier.try_post(&withdraw, json!({})).await.refused(409, "return_change_decided");
    let wanted = json!({ "payee": { "name": "示例物业001有限公司", "account": B }, "reason": "原账户已销户" });
    cashier.step_up(&world).await;
    let path = format!("/bank/returns/{refund}/payee");
    let review = cashier.try_post(&path, wanted.clone()).await.expect(201);
    let me = cashier.get("/session").await["officer"]["id"].clone();
    assert_eq!(line_of(&mut cashier, &line).await["returns"][0]["change_asked_by"], me);

    let mut other = world.staff("other", &[Role::Cashier]).await;
    other.try_post(&withdraw, json!({})).await.refused(403, "change_not_yours");
    reviewer.try_post(&withdraw, json!({})).await.refused(403, "not_permitted");
    // Also while somebody has it in his hands.
    let its = format!("/reviews/{}", review["id"].as_str().unwrap());
    reviewer.post(&format!("{its}/claim"), json!({})).await;
    cashier.try_post(&withdraw, json!({})).await.expect(204);
    cashier.try_post(&withdraw, json!({})).await.refused(409, "return_change_decided");

    // As it was before: nobody can decide on it any more, the old account stands, and another change may be asked for.
    decide(&world, &mut reviewer, &review, "approved").await.refused(409, "review_decided");
    assert_eq!(reviewer.get(&its).await["state"], "withdrawn");
    let shown = line_of(&mut cashier, &line).await["returns"][0].clone();
    assert_eq!((&shown["state_text"], &shown["change_asked_by"]), (&json!("待银行退款"), &Value::Null), "{shown}");
    let seen = reveal(&mut other, &refund).await;
    assert_eq!((&seen["payee"]["account"], &seen["change"]), (&json!(A), &Value::Null), "{seen}");
    let review = cashier.try_post(&path, wanted.clone()).await.expect(201);
    decide(&world, &mut reviewer, &review, "rejected").await.expect(200);
    cashier.try_post(&withdraw, json!({})).await.refused(409, "return_change_decided");
    cashier.try_post(&path, wanted).await.expect(201);
    cashier.try_post(&withdraw, json!({})).await.expect(204);
    // It is paid to where it came from, even by him: the account that he typed counts for nothing.
    cashier.step_up(&world).await;
    let reference = json!({ "reference_no": "BANK-1" });
    cashier.try_post(&format!("/refunds/{refund}/confirm"), reference).await.expect(204);

    let mut auditor = world.staff("auditor", &[Role::Auditor]).await;
    let trail = auditor.get("/audit?limit=100").await;
    let entries = trail["items"].as_array().unwrap();
    let withdrawn: Vec<_> = entries.iter().filter(|one| one["action"] == "bank.return_change_withdrawn").collect();
    assert_eq!(withdrawn.len(), 2, "{trail}");
    assert_eq!(withdrawn[0]["detail"]["kind"], "换账户", "{trail}");
    assert!(!trail.to_string().contains(B), "its ends alone");
}

#[tokio::test]
async fn a_paid_return_that_the_bank_sent_back_goes_to_another_account_by_two_people() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 10_000).await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let (line, refund) = decided_return(&world, &phone, &order, (&mut cashier, &mut reviewer), "C4").await;
    let path = format!("/bank/returns/{refund}/bounced");
    let wanted = json!({ "payee": { "name": "示例物业001有限公司", "account": B }, "reason": "户名账号不符" });
    cashier.step_up(&world).await;
    cashier.try_post(&path, wanted.clone()).await.refused(409, "return_not_paid");
    let confirm = format!("/refunds/{refund}/confirm");
    cashier.try_post(&confirm, json!({ "reference_no": "BANK-1" })).await.expect(204);
    world.settle().await;

    // Asked for by one, it is still paid; taken back, it is as it was.
    let review = cashier.try_post(&path, wanted.clone()).await.expect(201);
    cashier.try_post(&path, wanted.clone()).await.refused(409, "return_change_waits");
    let shown = line_of(&mut cashier, &line).await;
    assert_eq!(shown["returns"][0]["state_text"], "银行退票待审批", "{shown}");
    assert_eq!(shown["going_back"], "refunded", "{shown}");
    cashier.try_post(&format!("/bank/returns/{refund}/change/withdraw"), json!({})).await.expect(204);
    decide(&world, &mut reviewer, &review, "approved").await.refused(409, "review_decided");
    assert_eq!(line_of(&mut cashier, &line).await["returns"][0]["state"], "success");

    // Decided by another, it waits to be paid once more; its money is still set aside.
    let review = cashier.try_post(&path, wanted).await.expect(201);
    decide(&world, &mut reviewer, &review, "approved").await.expect(200);
    let shown = line_of(&mut cashier, &line).await;
    assert_eq!((&shown["rest_fen"], &shown["going_back"]), (&json!(0), &json!("refunding")), "{shown}");
    let back = &shown["returns"][0];
    assert_eq!((&back["state_text"], &back["bank_reference"]), (&json!("待银行退款"), &Value::Null), "{shown}");
    assert_eq!(back["finished_at"], Value::Null, "{shown}");
    assert_eq!(only_payout(&mut cashier).await, refund);

    // Neither who asked nor who has not looked at the new account pays it out; nor is it paid twice.
    let reference = json!({ "reference_no": "BANK-2" });
    cashier.step_up(&world).await;
    cashier.try_post(&confirm, reference.clone()).await.refused(403, "four_eyes");
    let mut other = world.staff("other", &[Role::Cashier]).await;
    other.step_up(&world).await;
    other.try_post(&confirm, reference.clone()).await.refused(409, "payee_unseen");
    assert_eq!(reveal(&mut other, &refund).await["payee"]["account"], B);
    other.try_post(&confirm, reference.clone()).await.expect(204);
    other.try_post(&confirm, reference).await.refused(409, "refund_not_by_hand");
    let shown = line_of(&mut cashier, &line).await;
    assert_eq!((&shown["rest_fen"], &shown["going_back"]), (&json!(0), &json!("refunded")), "{shown}");
    assert_eq!(shown["returns"][0]["bank_reference"], "BANK-2", "{shown}");

    // The payer is told each time where it went, and in between that it goes once more.
    world.settle().await;
    let messages = world.get(&phone, "/api/v1/messages").await.ok()["items"].to_string();
    for told in ["退到尾号 2222 的账户", "正在由银行退回：银行退票，户名账号不符", "退到尾号 4444 的账户"]
    {
        assert_eq!(messages.matches(told).count(), 1, "{told}: {messages}");
    }
    let page = order_page(&world, &phone, &order).await;
    assert!(["paid", "completed"].contains(&page["state"].as_str().unwrap()), "the order is as it was: {page}");
    assert!(page.to_string().contains("银行退票，重新办理退回"), "{page}");
    let mut auditor = world.staff("auditor", &[Role::Auditor]).await;
    let trail = auditor.get("/audit?limit=100").await;
    let entry = |action: &str| {
        let found = trail["items"].as_array().unwrap().iter().find(|one| one["action"] == action);
        found.unwrap_or_else(|| panic!("{action}: {trail}"))["detail"].clone()
    };
    for action in ["bank.return_bounce_asked", "bank.return_bounced"] {
        assert_eq!(entry(action)["reference_no"], "BANK-1", "the slip of what came back: {trail}");
    }
    assert!(!trail.to_string().contains(B), "its ends alone");
}

#[tokio::test]
async fn money_of_several_payers_is_shown_as_such_and_goes_to_none_of_them_unseen() {
    let world = World::start().await;
    let (unit, phone, order) = transfer_order(&world, 100_000).await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let row = |yuan: &str, account: &str, serial: &str| format!("2026-08-04,{yuan},甲公司,{account},检验费,{serial}");
    let rows = [row("500.00", A, "S1"), row("100.00", B, "S2"), row("200.00", A, "S3"), row("300.00", B, "S4")];
    lines(&world, &cashier, &rows).await;
    claim(&mut cashier, "S1", &order, 50_000).await;
    claim(&mut cashier, "S2", &order, 10_000).await;
    let review = propose(&world, &mut cashier, &order, 60_000).await;
    decide(&world, &mut reviewer, &review, "approved").await.expect(200);
    let refund = only_payout(&mut cashier).await;
    let seen = reveal(&mut cashier, &refund).await;
    assert_eq!((&seen["payee"], &seen["may_change"]), (&Value::Null, &json!(true)), "{seen}");
    assert!(seen["source_text"].as_str().unwrap().contains("多个付款人，请核对"), "{seen}");
    // The payer reads that he is asked for the account, and by whom.
    world.settle().await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!(page["refund"]["state_text"], "退款已同意，工作人员会与您核对收款账户，之后从银行转出", "{page}");
    let messages = world.get(&phone, "/api/v1/messages").await.ok()["items"].to_string();
    assert!(messages.contains("退到哪个账户，工作人员会打电话与您核对"), "{messages}");
    let sources: Vec<_> =
        seen["sources"].as_array().unwrap().iter().map(|one| (&one["account"], &one["amount_fen"])).collect();
    assert_eq!(sources, [(&json!(B), &json!(10_000)), (&json!(A), &json!(50_000))]);
    cashier.step_up(&world).await;
    let reference = json!({ "reference_no": "BANK-1" });
    let confirm = format!("/refunds/{refund}/confirm");
    cashier.try_post(&confirm, reference.clone()).await.refused(409, "payee_missing");
    write_account(&world, &refund).await;
    reveal(&mut cashier, &refund).await;
    cashier.try_post(&confirm, reference.clone()).await.expect(204);

    // Cash and a transfer are two payers as well.
    let second = order_by(&world, &unit, &phone, Class::Nontax, "transfer", 100_000).await;
    let mut window = world.staff("window", &[Role::CounterClerk]).await;
    window.post(&format!("/orders/{second}/counter-payments"), crate::window::cash(30_000)).await;
    claim(&mut cashier, "S3", &second, 20_000).await;
    let review = propose(&world, &mut cashier, &second, 50_000).await;
    decide(&world, &mut reviewer, &review, "approved").await.expect(200);
    let refund = only_payout(&mut cashier).await;
    let seen = reveal(&mut cashier, &refund).await;
    assert_eq!(seen["payee"], Value::Null, "{seen}");
    assert_eq!(seen["sources"][1], json!({ "name": "窗口收款", "amount_fen": 30_000 }), "{seen}");
    cashier.step_up(&world).await;
    let confirm = format!("/refunds/{refund}/confirm");
    let at_window = json!({ "reference_no": "W-1", "at_window": true });
    cashier.try_post(&confirm, at_window).await.refused(409, "payout_not_at_window");
    write_account(&world, &refund).await;
    reveal(&mut cashier, &refund).await;
    cashier.try_post(&confirm, reference).await.expect(204);

    // One payer's account is shown at once.
    let third = order_by(&world, &unit, &phone, Class::Nontax, "transfer", 100_000).await;
    claim(&mut cashier, "S4", &third, 30_000).await;
    let review = propose(&world, &mut cashier, &third, 30_000).await;
    decide(&world, &mut reviewer, &review, "approved").await.expect(200);
    let refund = only_payout(&mut cashier).await;
    let seen = reveal(&mut cashier, &refund).await;
    assert_eq!((&seen["payee"]["account"], &seen["sources"]), (&json!(B), &json!([])), "{seen}");
}

#[tokio::test]
async fn no_payout_is_registered_before_its_account_is_written_down_unless_the_books_tell_it() {
    let world = World::start().await;
    let (unit, phone, order) = transfer_order(&world, 100_000).await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let rows = ["2026-08-04,400.00,甲公司,,检验费,U1".to_owned(), format!("2026-08-04,300.00,甲公司,{B},检验费,U2")];
    lines(&world, &cashier, &rows).await;
    claim(&mut cashier, "U1", &order, 40_000).await;
    let review = propose(&world, &mut cashier, &order, 40_000).await;
    decide(&world, &mut reviewer, &review, "approved").await.expect(200);
    let refund = only_payout(&mut cashier).await;
    let (confirm, path) = (format!("/refunds/{refund}/confirm"), format!("/refunds/{refund}/payee"));
    let reference = json!({ "reference_no": "BANK-1" });
    cashier.step_up(&world).await;
    cashier.try_post(&confirm, reference.clone()).await.refused(409, "payee_missing");
    let at_window = json!({ "reference_no": "W-1", "at_window": true });
    cashier.try_post(&confirm, at_window.clone()).await.refused(409, "payout_not_at_window");
    assert_eq!(
        world.number("SELECT COUNT(*) FROM refunds WHERE state = 'requested'").await,
        1,
        "nothing is registered"
    );
    // Whoever finds the account out is not the one who pays to it.
    let account = json!({ "name": "甲公司", "account": A });
    assert_eq!(cashier.put(&path, account).await.status, StatusCode::NO_CONTENT);
    cashier.try_post(&confirm, reference.clone()).await.refused(403, "four_eyes");
    let mut other = world.staff("other", &[Role::Cashier]).await;
    other.step_up(&world).await;
    assert_eq!(reveal(&mut other, &refund).await["payee"]["account"], A);
    other.try_post(&confirm, at_window).await.refused(409, "payout_not_at_window");
    other.try_post(&confirm, reference.clone()).await.expect(204);

    // The statement tells the account: nobody types it, and anybody may pay to it.
    let second = order_by(&world, &unit, &phone, Class::Nontax, "transfer", 100_000).await;
    claim(&mut cashier, "U2", &second, 30_000).await;
    let review = propose(&world, &mut cashier, &second, 30_000).await;
    decide(&world, &mut reviewer, &review, "approved").await.expect(200);
    let refund = only_payout(&mut cashier).await;
    cashier.step_up(&world).await;
    cashier.try_post(&format!("/refunds/{refund}/confirm"), reference).await.expect(204);
}

#[tokio::test]
async fn cash_is_handed_back_at_the_window_where_it_came_and_the_payer_is_told_so() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 100_000).await;
    let mut window = world.staff("window", &[Role::CounterClerk]).await;
    window.post(&format!("/orders/{order}/counter-payments"), crate::window::cash(40_000)).await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let review = propose(&world, &mut cashier, &order, 40_000).await;
    decide(&world, &mut reviewer, &review, "approved").await.expect(200);
    let refund = only_payout(&mut cashier).await;
    let seen = reveal(&mut cashier, &refund).await;
    assert_eq!((&seen["payee"], &seen["at_window"]), (&Value::Null, &json!(true)), "{seen}");
    let confirm = format!("/refunds/{refund}/confirm");
    cashier.step_up(&world).await;
    cashier.try_post(&confirm, json!({ "reference_no": "BANK-1" })).await.refused(409, "payee_missing");
    cashier.try_post(&confirm, json!({ "reference_no": "W-1", "at_window": true })).await.expect(204);
    world.settle().await;
    let messages = world.get(&phone, "/api/v1/messages").await.ok()["items"].to_string();
    assert!(messages.contains("400.00 元 已在服务窗口当面退还"), "{messages}");
    assert!(!messages.contains("已由银行转账"), "{messages}");
    assert_eq!(order_page(&world, &phone, &order).await["refund"]["state_text"], "已在服务窗口退还");
    let mut auditor = world.staff("auditor", &[Role::Auditor]).await;
    let trail = auditor.get("/audit?limit=100").await;
    let confirmed = trail["items"].as_array().unwrap().iter().find(|one| one["action"] == "refund.confirmed").unwrap();
    assert_eq!(confirmed["detail"]["how"], "at_window", "{confirmed}");
}

#[tokio::test]
async fn a_line_goes_back_over_an_order_that_it_has_to_do_with() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 10_000).await;
    let mut window = world.staff("window", &[Role::CounterClerk]).await;
    window.post(&format!("/orders/{order}/counter-payments"), crate::window::cash(10_000)).await;
    let number = order_page(&world, &phone, &order).await["order_no"].as_str().unwrap().to_owned();
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let rows = [
        format!("2026-08-04,30.00,另一家单位,{A},检验费,N1"),
        format!("2026-08-04,30.00,另一家单位,{A},{number},N2"),
        format!("2026-08-04,30.00,示例物业001有限公司,{B},往来款,N3"),
    ];
    lines(&world, &cashier, &rows).await;
    cashier.step_up(&world).await;
    for (serial, refused) in [("N1", true), ("N2", false), ("N3", false)] {
        let line = cashier.get(&format!("/bank/transactions?q={serial}")).await["items"][0].clone();
        let path = format!("/bank/transactions/{}/return", line["id"].as_str().unwrap());
        let body = json!({ "order_id": order, "amount_fen": 3_000, "reason": "重复转账" });
        let reply = cashier.try_post(&path, body).await;
        if refused {
            reply.refused(409, "line_names_other");
            assert_eq!(world.number("SELECT COUNT(*) FROM bank_transactions WHERE rest_fen = 0").await, 0);
        } else {
            reply.expect(201);
        }
    }
}

#[tokio::test]
async fn wechat_is_never_asked_about_money_that_a_person_gives_back() {
    let world = World::start().await;
    let (_, _, order) = transfer_order(&world, 10_000).await;
    let mut window = world.staff("window", &[Role::CounterClerk]).await;
    window.post(&format!("/orders/{order}/counter-payments"), crate::window::cash(4_000)).await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let review = propose(&world, &mut cashier, &order, 4_000).await;
    decide(&world, &mut reviewer, &review, "approved").await.expect(200);
    let body = format!("<xml><mch_id>{}</mch_id><req_info>anything</req_info></xml>", world.app.pay.mch_id());
    let url = format!("{}/wechat/pay/notify/refund", world.base_url);
    let taken = world.http.post(url).header("content-type", "text/xml").body(body).send().await.unwrap();
    assert_eq!(taken.status(), StatusCode::OK);
    world.settle().await;
    assert_eq!(world.number("SELECT COUNT(*) FROM channel_events WHERE state = 'applied'").await, 1);
    let counters = world.wechat.counters();
    let asked: u64 = counters.iter().filter(|(path, _)| path.contains("refund")).map(|(_, count)| *count).sum();
    assert_eq!(asked, 0, "{counters:?}");
}
