//! 对公转账: from the choice of the method to the code, its end, and its renewal.

use reqwest::Method;
use serde_json::{Value, json};
use tejian::staff::Role;

use crate::bank::statement;
use crate::seed::{Class, Seeded, checkout};
use crate::world::{Phone, World};

const DAY_MINUTES: i64 = 24 * 60;

/// A unit with one non-tax fee, its phone, and an order that is to be paid by transfer.
pub async fn transfer_order(world: &World, amount_fen: i64) -> (Seeded, Phone, String) {
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let phone = world.phone(&unit.applicant, &unit.unit, "openid").await;
    let order = order_by(world, &unit, &phone, Class::Nontax, "transfer", amount_fen).await;
    (unit, phone, order)
}

/// An order of one new fee, to be paid by this method.
pub async fn order_by(
    world: &World,
    unit: &Seeded,
    phone: &Phone,
    class: Class,
    method: &str,
    amount_fen: i64,
) -> String {
    let fees = world.seed_fees(unit, class, &[amount_fen]).await;
    let mut request = checkout(&format!("key-{}", &fees[0][4..20]), &fees, amount_fen);
    request["method"] = json!(method);
    let made = world.post(phone, "/api/v1/checkouts", request).await.ok();
    made["orders"][0]["id"].as_str().expect("an order was made").to_owned()
}

pub async fn order_page(world: &World, phone: &Phone, order: &str) -> Value {
    world.get(phone, &format!("/api/v1/orders/{order}")).await.ok()
}

#[tokio::test]
async fn a_transfer_order_gets_its_code_by_itself_and_the_paper_shows_it() {
    let world = World::start_with(|config| config.transfer.code_pattern = r"^50\d{18}$".to_owned()).await;
    let (_, phone, order) = transfer_order(&world, 126_500).await;
    let before = order_page(&world, &phone, &order).await;
    assert_eq!(before["payment_notice"]["state"], "requested");
    assert_eq!(before["payment_notice"]["payment_code"], Value::Null);
    world.settle().await;
    let page = order_page(&world, &phone, &order).await;
    let notice = &page["payment_notice"];
    assert_eq!(notice["state"], "issued", "{notice}");
    let code = notice["payment_code"].as_str().unwrap();
    assert!(code.len() == 20 && code.starts_with("50"), "{code}");
    assert_eq!(notice["account_no"], "0000");
    assert_eq!(notice["amount_fen"], 126_500);
    assert!(notice["remark_rule"].as_str().unwrap().contains("20位缴款码"));
    assert!(page["next_step"]["text"].as_str().unwrap().contains("缴款码"));
    assert_eq!(page["can"]["pay"], false);
    // The paper can be taken to the bank (S0-34).
    let request = json!({ "kind": "order_document", "id": order });
    let link = world.post(&phone, "/api/v1/download-links", request).await.ok();
    let address = format!("{}{}", world.base_url, link["url"].as_str().unwrap());
    let pdf = world.http.get(address).send().await.unwrap().bytes().await.unwrap();
    let document = lopdf::Document::load_mem(&pdf).unwrap();
    let text = document.extract_text(&[1]).unwrap();
    assert!(text.contains(code) && text.contains("缴款码"), "{text}");
    // It is not also paid through WeChat.
    let pay = json!({ "key": "tap-00000001", "channel": "native" });
    let refused = world.post(&phone, &format!("/api/v1/orders/{order}/payments"), pay).await;
    assert_eq!(refused.refused(409), "order_method_differs");
}

#[tokio::test]
async fn each_receipt_class_has_its_own_ways_to_pay() {
    let world = World::start().await;
    let unit = world.seed_unit("示例化工厂01", "13900000001").await;
    let phone = world.phone(&unit.applicant, &unit.unit, "openid").await;
    let mut fees = world.seed_fees(&unit, Class::Nontax, &[60_500]).await;
    fees.extend(world.seed_fees(&unit, Class::Vat, &[30_000]).await);
    let preview = world.post(&phone, "/api/v1/checkouts/preview", json!({ "fee_ids": fees })).await.ok();
    let groups = preview["groups"].as_array().unwrap();
    let methods = |group: &Value| -> Vec<String> {
        let methods = group["methods"].as_array().unwrap().iter();
        methods.filter(|one| one["available"] == true).map(|one| one["method"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(methods(&groups[0]), ["online", "transfer"]);
    assert_eq!(methods(&groups[1]), ["online", "remitted"]);
    let mut request = checkout("key-00000001", &fees, 90_500);
    request["method"] = json!("transfer");
    let mixed = world.post(&phone, "/api/v1/checkouts", request.clone()).await;
    assert_eq!(mixed.refused(422), "method_not_offered");
    let vat = groups[1]["key"].as_str().unwrap();
    request["method_by_group"] = json!({ vat: "remitted" });
    let made = world.post(&phone, "/api/v1/checkouts", request).await.ok();
    let mut found = Vec::new();
    for order in made["orders"].as_array().unwrap() {
        let page = order_page(&world, &phone, order["id"].as_str().unwrap()).await;
        found.push((page["receipt_class"].clone(), page["method"].clone()));
    }
    assert_eq!(found, [(json!("nontax"), json!("transfer")), (json!("vat"), json!("remitted"))]);
}

#[tokio::test]
async fn an_outage_of_the_fiscal_system_is_shown_and_mends_itself() {
    let world = World::start().await;
    world.wechat.faults().set(|faults| faults.fiscal_out = true);
    let (_, phone, order) = transfer_order(&world, 1_000).await;
    world.settle().await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!(page["payment_notice"]["state"], "requested");
    assert!(page["payment_notice"]["failure"].as_str().unwrap().contains("重试"));
    world.wechat.faults().clear();
    world.pass_minutes(60).await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!(page["payment_notice"]["state"], "issued");
    assert_eq!(page["payment_notice"]["failure"], Value::Null);
    assert_eq!(world.wechat.payment_codes().len(), 1, "asked for once");
}

#[tokio::test]
async fn a_refused_code_is_explained_and_asked_for_anew_with_one_tap() {
    let world = World::start().await;
    world.wechat.faults().set(|faults| faults.payment_code_error = Some("执收单位未授权该项目".to_owned()));
    let (_, phone, order) = transfer_order(&world, 1_000).await;
    world.settle().await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!(page["payment_notice"]["state"], "failed");
    assert_eq!(page["payment_notice"]["failure"], "执收单位未授权该项目");
    assert_eq!(page["can"]["renew_code"], true);
    world.wechat.faults().clear();
    let path = format!("/api/v1/orders/{order}/payment-notice/renew");
    world.post(&phone, &path, json!({})).await.ok();
    world.settle().await;
    assert_eq!(order_page(&world, &phone, &order).await["payment_notice"]["state"], "issued");
    assert_eq!(world.post(&phone, &path, json!({})).await.refused(409), "notice_still_good");
}

#[tokio::test]
async fn a_code_that_ends_is_reminded_of_and_renewed_with_one_tap() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 1_000).await;
    world.settle().await;
    let page = order_page(&world, &phone, &order).await;
    let first = page["payment_notice"].clone();
    assert_eq!(page["next_step"]["promised_at"], first["expires_at"], "what counts is the code: {page}");
    assert!(page["expires_at"].as_i64() > first["expires_at"].as_i64(), "and the order outlives it");
    assert!(page["next_step"]["text"].as_str().unwrap().contains("订单保留至"), "{page}");
    for _ in 0..13 {
        world.pass_minutes(DAY_MINUTES).await;
    }
    let messages = world.get(&phone, "/api/v1/messages").await.ok();
    let titles: Vec<&str> =
        messages["items"].as_array().unwrap().iter().filter_map(|one| one["title"].as_str()).collect();
    assert_eq!(titles.iter().filter(|title| **title == "缴款码即将到期").count(), 1, "{titles:?}");
    for _ in 0..3 {
        world.pass_minutes(DAY_MINUTES).await;
    }
    let page = order_page(&world, &phone, &order).await;
    assert_eq!(page["payment_notice"]["state"], "expired");
    assert!(page["next_step"]["text"].as_str().unwrap().contains("更换缴款码"), "{page}");
    assert_eq!(page["next_step"]["promised_at"], page["expires_at"]);
    assert_eq!(page["state"], "pending_payment", "the order outlives its code");
    world.post(&phone, &format!("/api/v1/orders/{order}/payment-notice/renew"), json!({})).await.ok();
    world.settle().await;
    let second = order_page(&world, &phone, &order).await["payment_notice"].clone();
    assert_eq!(second["state"], "issued");
    assert_ne!(second["payment_code"], first["payment_code"]);
    let codes = world.wechat.payment_codes();
    let old = codes.iter().find(|code| first["payment_code"] == code.payment_code.as_str()).unwrap();
    assert!(old.cancelled, "the old code is cancelled at the fiscal system");
}

#[tokio::test]
async fn the_way_to_pay_can_be_changed_while_no_money_came() {
    let world = World::start().await;
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let openid = world.wechat.people()[0].mp_openid.clone();
    let phone = world.phone(&unit.applicant, &unit.unit, &openid).await;
    let order = order_by(&world, &unit, &phone, Class::Nontax, "online", 1_000).await;
    let path = format!("/api/v1/orders/{order}");
    let payment = world
        .post(&phone, &format!("{path}/payments"), json!({ "key": "tap-00000001", "channel": "native" }))
        .await
        .ok();
    let switched = world.post(&phone, &format!("{path}/method"), json!({ "method": "transfer" })).await.ok();
    assert_eq!(switched["method"], "transfer");
    let code_url = payment["code_url"].as_str().unwrap();
    assert!(world.wechat.pay_native(&openid, code_url).await.is_err(), "what was open at WeChat is closed");
    world.settle().await;
    assert_eq!(order_page(&world, &phone, &order).await["payment_notice"]["state"], "issued");
    let other = world.post(&phone, &format!("{path}/method"), json!({ "method": "remitted" })).await;
    assert_eq!(other.refused(422), "method_not_offered");
    let back = world.post(&phone, &format!("{path}/method"), json!({ "method": "online" })).await.ok();
    assert_eq!(back["payment_notice"], Value::Null);
    world.settle().await;
    assert!(world.wechat.payment_codes()[0].cancelled);
    world.post(&phone, &format!("{path}/payments"), json!({ "key": "tap-00000002", "channel": "native" })).await.ok();
}

#[tokio::test]
async fn nobody_switches_to_a_way_to_pay_that_the_confirmation_would_have_refused() {
    let world = World::start().await;
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let openid = world.wechat.people()[0].mp_openid.clone();
    let phone = world.phone(&unit.applicant, &unit.unit, &openid).await;
    for (class, method) in [(Class::Nontax, "transfer"), (Class::Vat, "remitted")] {
        let order = order_by(&world, &unit, &phone, class, "online", 1_000).await;
        let path = format!("/api/v1/orders/{order}");
        assert_eq!(order_page(&world, &phone, &order).await["can"]["switch_to"], json!([method]));
        let payment = world
            .post(&phone, &format!("{path}/payments"), json!({ "key": "tap-00000001", "channel": "native" }))
            .await
            .ok();
        // Nobody knows where such money would have to go.
        world.tamper("UPDATE payees SET bank_account = ' '").await;
        let refused = world.post(&phone, &format!("{path}/method"), json!({ "method": method })).await;
        let why = &refused.body["error"]["fields"]["method"];
        assert_eq!(why, "收款单位还没有登记银行账号，请使用线上支付", "{}", refused.body);
        assert_eq!(refused.refused(422), "method_unavailable");
        let page = order_page(&world, &phone, &order).await;
        assert_eq!((&page["method"], &page["can"]["switch_to"]), (&json!("online"), &json!([])));
        let code_url = payment["code_url"].as_str().unwrap();
        world.wechat.pay_native(&openid, code_url).await.expect("what was open at WeChat stays open");
        world.settle().await;
        world.tamper("UPDATE payees SET bank_account = '0000'").await;
    }
}

#[tokio::test]
async fn a_code_that_the_fiscal_system_reports_as_paid_pays_the_order() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 88_000).await;
    world.settle().await;
    let code = order_page(&world, &phone, &order).await["payment_notice"]["payment_code"].as_str().unwrap().to_owned();
    assert!(world.wechat.pay_code(&code, 80_000));
    world.pass_minutes(7 * 60).await;
    assert_eq!(
        order_page(&world, &phone, &order).await["state"],
        "pending_payment",
        "another amount waits for the bank"
    );
    assert!(world.wechat.pay_code(&code, 88_000));
    world.pass_minutes(7 * 60).await;
    world.pass_minutes(10).await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!(page["payment_notice"]["state"], "paid");
    assert_eq!(page["invoice_state"], "issued", "{page}");
}

/// The payment code of an order and the moment of its end.
async fn code_and_end(world: &World, phone: &Phone, order: &str) -> (String, i64) {
    let notice = order_page(world, phone, order).await["payment_notice"].clone();
    let code = notice["payment_code"].as_str().expect("a code").to_owned();
    (code, notice["expires_at"].as_i64().expect("an end"))
}

async fn pass_days(world: &World, days: usize) {
    for _ in 0..days {
        world.pass_minutes(DAY_MINUTES).await;
    }
}

#[tokio::test]
async fn a_code_paid_at_its_last_moment_is_booked_although_the_fiscal_system_was_silent_then() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 88_000).await;
    world.settle().await;
    let (code, end) = code_and_end(&world, &phone, &order).await;
    pass_days(&world, 14).await;
    assert!(world.wechat.pay_code(&code, 88_000));
    world.wechat.faults().set(|faults| faults.fiscal_out = true);
    world.clock.advance_ms(end - world.app.now_ms() + 60_000);
    world.settle().await;
    assert_eq!(
        order_page(&world, &phone, &order).await["payment_notice"]["state"],
        "issued",
        "nobody said it was not paid"
    );
    world.wechat.faults().clear();
    world.pass_minutes(60).await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!(page["payment_notice"]["state"], "paid", "{page}");
    assert!(page["paid_at"].is_i64(), "{page}");
}

#[tokio::test]
async fn money_that_the_fiscal_system_tells_of_after_the_end_of_a_code_pays_the_order() {
    let world = World::start().await;
    let (unit, phone, order) = transfer_order(&world, 88_000).await;
    let unpaid = order_by(&world, &unit, &phone, Class::Nontax, "transfer", 1_000).await;
    world.settle().await;
    let (code, end) = code_and_end(&world, &phone, &order).await;
    pass_days(&world, 16).await;
    assert!(world.app.now_ms() > end);
    assert_eq!(order_page(&world, &phone, &order).await["payment_notice"]["state"], "expired");
    assert!(world.wechat.pay_code(&code, 88_000));
    world.pass_minutes(12 * 60).await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!(page["payment_notice"]["state"], "paid", "{page}");
    assert!(page["paid_at"].is_i64(), "{page}");

    // Nobody goes on asking for ever about one that was not paid.
    pass_days(&world, 4).await;
    let number = order_page(&world, &phone, &unpaid).await["payment_notice"]["notice_no"].as_str().unwrap().to_owned();
    let asked = |world: &World| world.wechat.wire_log().iter().filter(|line| line.path.ends_with(&number)).count();
    let before = asked(&world);
    pass_days(&world, 2).await;
    assert_eq!(asked(&world), before);
    assert_eq!(order_page(&world, &phone, &unpaid).await["payment_notice"]["state"], "expired");
}

#[tokio::test]
async fn a_code_that_was_paid_before_it_could_be_cancelled_takes_the_order_up_again() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 88_000).await;
    world.settle().await;
    let (code, _) = code_and_end(&world, &phone, &order).await;
    assert!(world.wechat.pay_code(&code, 88_000));
    world.post(&phone, &format!("/api/v1/orders/{order}/void"), json!({})).await.ok();
    world.settle().await;
    let page = order_page(&world, &phone, &order).await;
    assert!(["paid", "completed"].contains(&page["state"].as_str().unwrap()), "{page}");
    assert_eq!(page["payment_notice"]["state"], "paid", "{page}");
}

#[tokio::test]
async fn money_that_a_person_gave_back_takes_no_order_up_again_when_the_fiscal_system_tells_of_it_late() {
    // Whatever the line says, a person decides.
    let world = World::start_with(|config| config.bank.automatic_score = i64::MAX).await;
    let (_, phone, order) = transfer_order(&world, 88_000).await;
    world.settle().await;
    let (code, _) = code_and_end(&world, &phone, &order).await;
    assert!(world.wechat.pay_code(&code, 88_000));
    // Nobody answers there when the order is given up, and its money comes with the statement.
    world.wechat.faults().set(|faults| faults.fiscal_out = true);
    world.post(&phone, &format!("/api/v1/orders/{order}/void"), json!({})).await.ok();
    world.settle().await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let csv = format!("交易日期,贷方金额,对方户名,附言,交易流水号\n2026-08-01,880.00,某个人,缴款码{code}先退回,L-1\n");
    statement(&world, &cashier, csv.as_bytes()).await;
    let line = cashier.get("/bank/transactions?q=L-1").await["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(order_page(&world, &phone, &order).await["state"], "void");
    cashier.step_up(&world).await;
    let body = json!({ "order_id": order, "amount_fen": 88_000, "reason": "不再需要" });
    cashier.try_post(&format!("/bank/transactions/{line}/return"), body).await.expect(201);
    world.wechat.faults().set(|faults| faults.fiscal_out = false);
    world.pass_minutes(6 * 60).await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!((page["state"].as_str(), page["received_fen"].as_i64()), (Some("void"), Some(0)), "{page}");
}

#[tokio::test]
async fn the_code_of_an_order_that_was_paid_another_way_is_cancelled_and_never_called_paid() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 88_000).await;
    world.settle().await;
    // Late money through WeChat, say: of an attempt that was open before the way to pay was changed.
    world.tamper("UPDATE orders SET state = 'paid'").await;
    assert_eq!(order_page(&world, &phone, &order).await["payment_notice"]["state"], "cancelled");
    world.pass_minutes(7 * 60).await;
    assert_eq!(world.number("SELECT COUNT(*) FROM payment_notices WHERE state = 'cancelled'").await, 1);
    assert!(world.wechat.payment_codes()[0].cancelled, "nobody can pay it a second time");
}

#[tokio::test]
async fn an_unpaid_transfer_order_is_voided_when_its_month_is_over() {
    let world = World::start().await;
    let (_, phone, order) = transfer_order(&world, 1_000).await;
    for _ in 0..31 {
        world.pass_minutes(DAY_MINUTES).await;
    }
    let page = order_page(&world, &phone, &order).await;
    assert_eq!(page["state"], "void");
    let again = world.ask(&phone, Method::POST, &format!("/api/v1/orders/{order}/again"), None).await.ok();
    assert_eq!(again["count"], 1, "its fee is payable again");
}

#[tokio::test]
async fn wechats_non_tax_payment_makes_the_codes_where_it_is_configured() {
    let world = World::start_with(|config| {
        config.fiscal.payment_codes = "wechat".to_owned();
        let nontax = &mut config.wechat.nontax;
        nontax.department_code = "065080906".to_owned();
        nontax.department_name = "示例特检院".to_owned();
        nontax.region_code = "500000".to_owned();
        nontax.item_id = "103044901".to_owned();
        assert_eq!(config.complaints(), [""; 0]);
    })
    .await;
    let (_, phone, order) = transfer_order(&world, 126_500).await;
    world.settle().await;
    let page = order_page(&world, &phone, &order).await;
    let notice = &page["payment_notice"];
    assert_eq!(notice["state"], "issued", "{notice}");
    let made = world.wechat.nontax_orders();
    assert_eq!((made.len(), made[0].fee, made[0].region_code.as_str()), (1, 126_500, "500000"));
    assert_eq!(notice["payment_code"], json!(made[0].payment_notice_no));
    assert!(world.wechat.payment_codes().is_empty(), "the fiscal system was not asked");
    assert!(world.wechat.pay_code(&made[0].payment_notice_no, 126_500));
    world.pass_minutes(7 * 60).await;
    let page = order_page(&world, &phone, &order).await;
    assert!(["paid", "completed"].contains(&page["state"].as_str().unwrap()), "{page}");
}

#[tokio::test]
async fn what_wechats_non_tax_payment_refuses_is_explained_and_an_outage_mends_itself() {
    let world = World::start_with(|config| {
        config.fiscal.payment_codes = "wechat".to_owned();
        let nontax = &mut config.wechat.nontax;
        nontax.department_code = "065080906".to_owned();
        nontax.department_name = "示例特检院".to_owned();
        nontax.region_code = "500000".to_owned();
        nontax.item_id = "103044901".to_owned();
    })
    .await;
    world.wechat.faults().errcode("/nontax/unifiedorder", -1, 100);
    let (unit, phone, order) = transfer_order(&world, 1_000).await;
    world.settle().await;
    let page = order_page(&world, &phone, &order).await;
    assert_eq!(page["payment_notice"]["state"], "requested", "busy is no refusal");
    world.wechat.faults().clear();
    world.pass_minutes(60).await;
    assert_eq!(order_page(&world, &phone, &order).await["payment_notice"]["state"], "issued");
    assert_eq!(world.wechat.nontax_orders().len(), 1, "asked for once");
    world.wechat.faults().errcode("/nontax/unifiedorder", 40097, 100);
    let refused = order_by(&world, &unit, &phone, Class::Nontax, "transfer", 2_000).await;
    world.settle().await;
    let notice = order_page(&world, &phone, &refused).await["payment_notice"].clone();
    assert_eq!(notice["state"], "failed", "{notice}");
    assert!(notice["failure"].as_str().unwrap().contains("40097"));
}
