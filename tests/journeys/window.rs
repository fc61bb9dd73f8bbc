//! The window: what was taken there by mistake, and slips that are handed over there.

use foundation::ids::new_id_text;
use reqwest::Method;
use serde_json::{Value, json};
use tejian::staff::Role;

use crate::paying::open_payment;
use crate::seed::{Class, checkout};
use crate::staff_refunds::{decide, let_it_happen, propose};
use crate::staff_world::Desk;
use crate::transfers::{order_by, order_page, transfer_order};
use crate::uploads::photo;
use crate::world::{Phone, World};

/// Cash, as the form of the window sends it: under a key of its own.
pub fn cash(amount_fen: i64) -> Value {
    form("cash", amount_fen)
}

/// The same for a card.
pub fn card(amount_fen: i64) -> Value {
    form("pos", amount_fen)
}

fn form(kind: &str, amount_fen: i64) -> Value {
    json!({ "key": new_id_text("key"), "kind": kind, "amount_fen": amount_fen })
}

async fn take(window: &mut Desk, order: &str, amount_fen: i64) -> Value {
    window.try_post(&format!("/orders/{order}/counter-payments"), cash(amount_fen)).await.expect(201)["payment"].clone()
}

async fn ask_undo(window: &mut Desk, payment: &Value) -> crate::caller::Reply {
    let path = format!("/counter-payments/{}/undo", payment["id"].as_str().unwrap());
    window.try_post(&path, json!({ "reason": "收错订单" })).await
}

async fn bodies(world: &World, phone: &Phone) -> String {
    world.settle().await;
    world.get(phone, "/api/v1/messages").await.ok()["items"].to_string()
}

#[tokio::test]
async fn money_taken_at_the_window_by_mistake_is_undone_by_two_people() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 50_000).await;
    let mut window = world.staff("window", &[Role::CounterClerk]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let payment = take(&mut window, &order, 20_000).await;
    let path = format!("/counter-payments/{}/undo", payment["id"].as_str().unwrap());
    window.try_post(&path, json!({ "reason": " " })).await.refused(422, "reason_missing");
    let review = ask_undo(&mut window, &payment).await.expect(201);
    ask_undo(&mut window, &payment).await.refused(409, "review_open");
    assert_eq!(order_page(&world, &phone, &order).await["received_fen"], 20_000, "asking changes nothing");
    let shown = reviewer.get(&format!("/reviews/{}", review["id"].as_str().unwrap())).await;
    assert_eq!(shown["subject"]["counter_payment"]["undo_reason"], "收错订单", "{shown}");

    // A rejection leaves everything, and it can be asked for again.
    decide(&world, &mut reviewer, &review, "rejected").await.expect(200);
    assert_eq!(order_page(&world, &phone, &order).await["received_fen"], 20_000);
    let review = ask_undo(&mut window, &payment).await.expect(201);
    decide(&world, &mut reviewer, &review, "approved").await.expect(200);
    let page = order_page(&world, &phone, &order).await;
    assert_eq!((page["state"].as_str(), page["received_fen"].as_i64()), (Some("pending_payment"), Some(0)));
    assert_eq!(page["can"]["void"], true, "nothing of it is here any more");
    let told = bodies(&world, &phone).await;
    assert!(told.contains("收取的 200.00 元 已撤销并退还：收错订单"), "{told}");
    ask_undo(&mut window, &payment).await.refused(409, "counter_payment_undone");
    let seen = window.get(&format!("/orders/{order}")).await;
    assert_eq!(seen["counter_payments"][0]["undone_by"], "员工reviewer", "{seen}");

    // Who asked does not decide.
    let payment = take(&mut window, &order, 50_000).await;
    let mut manager = world.staff("manager", &[Role::FinanceManager, Role::CounterClerk]).await;
    let review = ask_undo(&mut manager, &payment).await;
    if review.status.is_success() {
        let review = review.expect(201);
        decide(&world, &mut manager, &review, "approved").await.refused(403, "four_eyes");
    }
}

#[tokio::test]
async fn money_whose_answer_was_lost_is_taken_once_when_the_form_is_sent_again() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 100_000).await;
    let mut window = world.staff("window", &[Role::CounterClerk]).await;
    let path = format!("/orders/{order}/counter-payments");
    let form = cash(30_000);
    let first = window.try_post(&path, form.clone()).await.expect(201);
    let second = window.try_post(&path, form.clone()).await.expect(201);
    assert_eq!(second, first, "the answer that was lost");
    assert_eq!(order_page(&world, &phone, &order).await["received_fen"], 30_000);
    assert_eq!(world.number("SELECT COUNT(*) FROM counter_payments").await, 1);
    assert_eq!(world.number("SELECT COUNT(*) FROM audit_entries WHERE action = 'counter.received'").await, 1);

    // Under the same key, but not the same: nobody can tell what is meant.
    for (name, value) in [("amount_fen", json!(20_000)), ("kind", json!("pos")), ("receipt_no", json!("000123"))] {
        let mut other = form.clone();
        other[name] = value;
        let refusal = window.try_post(&path, other).await;
        assert!(refusal.text().contains("这次收款已登记为现金 300.00 元"), "{}", refusal.text());
        refusal.refused(409, "key_reused");
    }
    for (key, code) in [(json!("short"), "key_malformed"), (json!("with a space"), "key_malformed")] {
        let mut other = form.clone();
        other["key"] = key;
        window.try_post(&path, other).await.refused(422, code);
    }
    let without = window.try_post(&path, json!({ "kind": "cash", "amount_fen": 1_000 })).await;
    assert!(without.status.is_client_error(), "{}", without.text());
    assert_eq!(order_page(&world, &phone, &order).await["received_fen"], 30_000);

    // Another form is other money, and the first one is answered also once the order is paid.
    window.try_post(&path, cash(70_000)).await.expect(201);
    let again = window.try_post(&path, form).await.expect(201);
    assert_eq!((&again["payment"], &again["state"]), (&first["payment"], &json!("paid")));
    assert_eq!(world.number("SELECT COUNT(*) FROM counter_payments").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_taps_at_once_take_the_money_once() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 100_000).await;
    let window = world.staff("window", &[Role::CounterClerk]).await;
    let path = format!("/staff/v1/orders/{order}/counter-payments");
    let form = cash(30_000);
    let (mut left, mut right) = (window.caller.clone(), window.caller.clone());
    let (one, two) = tokio::join!(left.post(&path, &form), right.post(&path, &form));
    assert_eq!(one.expect(201)["payment"]["id"], two.expect(201)["payment"]["id"]);
    assert_eq!(order_page(&world, &phone, &order).await["received_fen"], 30_000);
}

#[tokio::test]
async fn a_form_that_is_sent_again_after_its_money_was_given_back_takes_nothing() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 50_000).await;
    let mut window = world.staff("window", &[Role::CounterClerk]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let path = format!("/orders/{order}/counter-payments");
    let form = cash(20_000);
    let payment = window.try_post(&path, form.clone()).await.expect(201)["payment"].clone();
    let review = ask_undo(&mut window, &payment).await.expect(201);
    decide(&world, &mut reviewer, &review, "approved").await.expect(200);
    window.try_post(&path, form).await.refused(409, "counter_payment_undone");
    assert_eq!(order_page(&world, &phone, &order).await["received_fen"], 0);
}

/// A clerk at the desk of receipts who has proved himself, and the newest receipt there.
async fn receipts_desk(world: &World) -> (Desk, String) {
    let mut clerk = world.staff("invoices", &[Role::InvoiceClerk]).await;
    clerk.step_up(world).await;
    let invoice = clerk.get("/invoices").await["items"][0]["id"].as_str().unwrap().to_owned();
    (clerk, invoice)
}

#[tokio::test]
async fn a_paid_order_waits_again_once_its_receipt_was_taken_back() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 50_000).await;
    let mut window = world.staff("window", &[Role::CounterClerk]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let payment = take(&mut window, &order, 50_000).await;
    let_it_happen(&world).await;
    assert_eq!(order_page(&world, &phone, &order).await["invoice_state"], "issued");
    ask_undo(&mut window, &payment).await.refused(409, "order_receipt_made");
    let (mut clerk, invoice) = receipts_desk(&world).await;
    clerk.post(&format!("/invoices/{invoice}/red-letter"), json!({ "reason": "收错订单" })).await;
    let_it_happen(&world).await;
    let review = ask_undo(&mut window, &payment).await.expect(201);
    decide(&world, &mut reviewer, &review, "approved").await.expect(200);
    let page = order_page(&world, &phone, &order).await;
    assert_eq!((page["state"].as_str(), page["missing_fen"].as_i64()), (Some("pending_payment"), Some(50_000)));
    assert_eq!(world.number("SELECT COUNT(*) FROM fees WHERE state = 'locked'").await, 1);
    assert_eq!(world.number("SELECT COUNT(*) FROM reports WHERE released_at IS NOT NULL").await, 0);

    // The code went with the payment; another one is had with one tap.
    assert_eq!((&page["payment_notice"]["state"], &page["can"]["renew_code"]), (&json!("expired"), &json!(true)));
    world.post(&phone, &format!("/api/v1/orders/{order}/payment-notice/renew"), json!({})).await.ok();
    let_it_happen(&world).await;
    assert_eq!(order_page(&world, &phone, &order).await["payment_notice"]["state"], "issued");

    // Paid once more, it gets another receipt; the one that was taken back stays in the books.
    take(&mut window, &order, 50_000).await;
    let_it_happen(&world).await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!((page["state"].as_str(), page["invoice_state"].as_str()), (Some("paid"), Some("issued")));
    let seen = window.get(&format!("/orders/{order}")).await;
    assert_eq!(seen["invoices"][0]["red_letters"].as_array().unwrap().len(), 1, "{seen}");
}

#[tokio::test]
async fn asking_for_an_undo_leaves_a_receipt_that_could_not_be_made_to_its_payer() {
    let world = World::start().await;
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let phone = world.phone(&unit.applicant, &unit.unit, "openid").await;
    let fees = world.seed_fees(&unit, Class::Vat, &[50_000]).await;
    let mut body = checkout("key-00000001", &fees, 50_000);
    // Unknown to the tax bureau.
    body["invoice"]["title"]["tax_no"] = json!("91500000DEM000014");
    let made = world.post(&phone, "/api/v1/checkouts", body).await.ok();
    let order = made["orders"][0]["id"].as_str().unwrap().to_owned();
    let mut window = world.staff("window", &[Role::CounterClerk]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let payment = take(&mut window, &order, 50_000).await;
    let_it_happen(&world).await;
    assert_eq!(order_page(&world, &phone, &order).await["invoice_state"], "failed");

    // Asked for and declined: the order stays paid, and its receipt can still be mended.
    let review = ask_undo(&mut window, &payment).await.expect(201);
    assert_eq!(order_page(&world, &phone, &order).await["invoice_state"], "failed", "asking changes nothing");
    decide(&world, &mut reviewer, &review, "rejected").await.expect(200);
    let page = order_page(&world, &phone, &order).await;
    assert_eq!((&page["invoice_state"], &page["can"]["retry_invoice"]), (&json!("failed"), &json!(true)), "{page}");

    // Asked for again and mended meanwhile: what is being made stands in the way of the decision.
    let review = ask_undo(&mut window, &payment).await.expect(201);
    world.ask(&phone, Method::POST, &format!("/api/v1/orders/{order}/invoice/retry"), Some(json!({}))).await.ok();
    decide(&world, &mut reviewer, &review, "approved").await.refused(409, "order_receipt_made");
    let_it_happen(&world).await;
    decide(&world, &mut reviewer, &review, "approved").await.expect(200);
    assert_eq!(order_page(&world, &phone, &order).await["state"], "pending_payment");
    assert_eq!(world.number("SELECT COUNT(*) FROM invoices").await, 0, "forgotten with the payment");
}

#[tokio::test]
async fn a_receipt_that_was_taken_back_stays_in_the_books_although_the_one_in_its_place_failed() {
    let world = World::start().await;
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let phone = world.phone(&unit.applicant, &unit.unit, "openid").await;
    let order = order_by(&world, &unit, &phone, Class::Vat, "online", 50_000).await;
    let mut window = world.staff("window", &[Role::CounterClerk]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let payment = take(&mut window, &order, 50_000).await;
    let_it_happen(&world).await;
    let (mut clerk, invoice) = receipts_desk(&world).await;
    // To a number that the tax bureau does not know.
    let title = json!({ "title": { "name": "示例物业002有限公司", "tax_no": "91500000DEM000014" } });
    clerk.post(&format!("/invoices/{invoice}/reissue"), title).await;
    let_it_happen(&world).await;
    assert_eq!(order_page(&world, &phone, &order).await["invoice_state"], "failed");

    let review = ask_undo(&mut window, &payment).await.expect(201);
    decide(&world, &mut reviewer, &review, "approved").await.expect(200);
    assert_eq!(order_page(&world, &phone, &order).await["state"], "pending_payment");
    assert_eq!(world.number("SELECT COUNT(*) FROM invoices WHERE state = 'reversed'").await, 1);

    // Paid once more, it gets another one to its own title, beside the one that was taken back.
    take(&mut window, &order, 50_000).await;
    let_it_happen(&world).await;
    assert_eq!(order_page(&world, &phone, &order).await["invoice_state"], "issued");
    let seen = window.get(&format!("/orders/{order}")).await;
    assert_eq!(seen["invoices"][0]["red_letters"].as_array().unwrap().len(), 1, "{seen}");
}

#[tokio::test]
async fn an_order_that_waits_again_has_a_day_to_be_paid_also_through_wechat() {
    let world = World::start().await;
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let phone = world.phone(&unit.applicant, &unit.unit, &world.wechat.people()[0].mp_openid).await;
    let order = order_by(&world, &unit, &phone, Class::Nontax, "online", 50_000).await;
    let mut window = world.staff("window", &[Role::CounterClerk]).await;
    let payment = take(&mut window, &order, 50_000).await;
    let_it_happen(&world).await;
    let (mut clerk, invoice) = receipts_desk(&world).await;
    clerk.post(&format!("/invoices/{invoice}/red-letter"), json!({ "reason": "收错订单" })).await;
    let_it_happen(&world).await;
    // Long after the order could have been paid.
    world.pass_minutes(world.app.config.orders.expire_hours * 60 + 60).await;
    let mut asking = world.staff("asking", &[Role::CounterClerk]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let review = ask_undo(&mut asking, &payment).await.expect(201);
    decide(&world, &mut reviewer, &review, "approved").await.expect(200);
    world.settle().await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!(page["state"], "pending_payment", "{page}");
    assert!(page["expires_at"].as_i64().unwrap() > world.app.now_ms() + 23 * 3_600_000, "{page}");
    open_payment(&world, &phone, &order, "tap-00000001", "jsapi").await;
}

#[tokio::test]
async fn a_receipt_that_is_asked_for_late_is_not_made_out_over_money_that_was_decided_to_go_back() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 50_000).await;
    let mut window = world.staff("window", &[Role::CounterClerk]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let payment = take(&mut window, &order, 50_000).await;
    let_it_happen(&world).await;
    let (mut clerk, invoice) = receipts_desk(&world).await;
    clerk.post(&format!("/invoices/{invoice}/red-letter"), json!({ "reason": "收错订单" })).await;
    let_it_happen(&world).await;
    let review = ask_undo(&mut window, &payment).await.expect(201);
    decide(&world, &mut reviewer, &review, "approved").await.expect(200);
    world.settle().await;

    // Paid once more; a part goes back before the job runs that asks for the receipt.
    take(&mut window, &order, 50_000).await;
    let review = propose(&world, &mut cashier, &order, 20_000).await;
    decide(&world, &mut reviewer, &review, "approved").await.expect(200);
    let_it_happen(&world).await;
    assert_eq!(order_page(&world, &phone, &order).await["invoice_state"], "issued");
    assert_eq!(world.number("SELECT amount_fen FROM invoices").await, 30_000);
}

#[tokio::test]
async fn a_day_that_is_closed_and_money_that_goes_back_keep_a_payment_where_it_is() {
    let world = World::start().await;
    let (unit, _, order) = transfer_order(&world, 50_000).await;
    let mut window = world.staff("window", &[Role::CounterClerk]).await;
    let payment = take(&mut window, &order, 20_000).await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let refund = propose(&world, &mut cashier, &order, 20_000).await;
    ask_undo(&mut window, &payment).await.refused(409, "order_refunding");
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    decide(&world, &mut reviewer, &refund, "rejected").await.expect(200);
    let day = "INSERT INTO reconciliation_days (day, state, channel_count, channel_fen, channel_refund_fen, charge_fen, books_count, \
               books_fen, books_refund_fen, run_at) VALUES ('2026-08-03', 'closed', 0, 0, 0, 0, 0, 0, 0, 0)";
    world.tamper(day).await;
    ask_undo(&mut window, &payment).await.refused(409, "day_closed");
    drop(unit);
}

#[tokio::test]
async fn a_slip_brought_to_the_window_is_entered_by_staff_and_decided_by_somebody_else() {
    let world = World::start().await;
    let unit = world.seed_unit("示例化工厂01", "13900000001").await;
    let phone = world.phone(&unit.applicant, &unit.unit, "openid").await;
    let order = order_by(&world, &unit, &phone, Class::Vat, "online", 30_000).await;
    let mut window = world.staff("window", &[Role::CounterClerk]).await;
    let scan = scan(&window).await;
    let slip = |proofs: Value| {
        json!({
            "payer_name": "示例化工厂01",
            "payer_account": "6222000000000001",
            "remitted_on": "2026-08-01",
            "amount_fen": 30_000,
            "serial_no": "HD-WINDOW-1",
            "proof_ids": proofs,
        })
    };
    let path = format!("/orders/{order}/remittance");
    window.try_post(&path, slip(json!([]))).await.refused(422, "remittance_incomplete");
    let page = order_page(&world, &phone, &order).await;
    assert_eq!(page["method"], "online", "what was refused changed nothing");
    window.try_post(&path, slip(json!([scan["id"]]))).await.expect(201);
    window.try_post(&path, slip(json!([scan["id"]]))).await.refused(409, "remittance_submitted");
    let page = order_page(&world, &phone, &order).await;
    assert_eq!((page["method"].as_str(), page["under_review"].as_bool()), (Some("remitted"), Some(true)));
    let told = bodies(&world, &phone).await;
    assert!(told.contains("窗口工作人员代为提交"), "{told}");

    let mut manager = world.staff("manager", &[Role::FinanceManager]).await;
    let review = manager.get("/reviews?kind=remittance&state=open").await["items"][0].clone();
    assert_eq!(review["submitted_by"], "员工window", "{review}");
    let verdict = json!({ "verdict": "rejected", "opinion": "款项未到账" });
    manager.post(&format!("/reviews/{}/verdict", review["id"].as_str().unwrap()), verdict).await;
    // Everything is kept for the next order of the same fees, the scan with it.
    let again = world.post(&phone, &format!("/api/v1/orders/{order}/again"), json!({})).await.ok();
    let fees: Vec<String> = serde_json::from_value(again["fee_ids"].clone()).unwrap();
    let mut request = crate::seed::checkout("key-once-more", &fees, 30_000);
    request["method"] = json!("remitted");
    let made = world.post(&phone, "/api/v1/checkouts", request).await.ok();
    let second = made["orders"][0]["id"].as_str().unwrap();
    let kept = order_page(&world, &phone, second).await["remittance"].clone();
    let body = slip(json!([kept["proofs"][0]["id"]]));
    let path = format!("/api/v1/orders/{second}/remittance");
    world.ask(&phone, Method::PUT, &path, Some(body)).await.ok();
    world.post(&phone, &format!("{path}/submit"), json!({})).await.ok();
}

async fn scan(desk: &Desk) -> Value {
    let boundary = "a-boundary-that-occurs-nowhere-else";
    let mut body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\npaper_scan\r\n--{boundary}\r\n\
         Content-Disposition: form-data; name=\"file\"; filename=\"slip.png\"\r\nContent-Type: image/png\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(&photo(40, 30));
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    let kind = format!("multipart/form-data; boundary={boundary}");
    let mut caller = desk.caller.clone();
    caller.send(Method::POST, "/staff/v1/uploads/whole", Some(&kind), body).await.expect(201)
}
