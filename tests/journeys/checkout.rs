//! From the pending list to orders.

use serde_json::json;

use crate::seed::{Class, checkout};
use crate::world::World;

#[tokio::test]
async fn the_list_is_searched_tolerantly_and_paged_by_key() {
    let world = World::start().await;
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    world.seed_fees(&unit, Class::Nontax, &[60_500; 45]).await;
    let phone = world.phone(&unit.applicant, &unit.unit, "openid").await;
    let first = world.get(&phone, "/api/v1/fees?limit=20&q=%EF%BC%93110%20500112").await.ok();
    assert_eq!(first["total"], json!({ "count": 45, "amount_fen": 45 * 60_500 }));
    let mut seen = std::collections::HashSet::new();
    let mut next = None;
    for expected in [20, 20, 5] {
        let path = match &next {
            None => "/api/v1/fees?limit=20".to_owned(),
            Some(cursor) => format!("/api/v1/fees?limit=20&after={cursor}"),
        };
        let page = world.get(&phone, &path).await.ok();
        let items = page["items"].as_array().unwrap();
        assert_eq!(items.len(), expected);
        assert_eq!(page["total"], first["total"], "every page tells of all");
        assert!(items.iter().all(|item| item["payee_name"] == first["items"][0]["payee_name"]));
        seen.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        next = page["next"].as_str().map(str::to_owned);
    }
    assert_eq!(seen.len(), 45);
    assert_eq!(next, None);
    assert_ne!(first["items"][0]["payee_name"], "");
    // Behind the last page there is nothing, and the total is still that of all: `00000000` comes before every id.
    let behind = world.get(&phone, "/api/v1/fees?after=3030303030303030").await.ok();
    assert_eq!((&behind["items"], &behind["total"]), (&json!([]), &first["total"]));
    assert_eq!(world.get(&phone, "/api/v1/fees?q=%25").await.ok()["total"]["count"], 0);
}

#[tokio::test]
async fn of_colleagues_who_confirm_the_same_at_once_one_orders_and_the_others_are_told_so() {
    let world = World::start().await;
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let phone = world.phone(&unit.applicant, &unit.unit, "openid").await;
    for round in 0..5 {
        let mut ids = world.seed_fees(&unit, Class::Nontax, &[100_000, 60_500]).await;
        ids.extend(world.seed_fees(&unit, Class::Vat, &[30_000, 20_000]).await);
        // Each in another order of his own.
        let turned = |by: usize| ids.iter().cycle().skip(by).take(ids.len()).cloned().collect::<Vec<_>>();
        let confirm = async |by: usize| {
            let body = checkout(&format!("key-{round}-colleague-{by}"), &turned(by), 210_500);
            world.post(&phone, "/api/v1/checkouts", body).await
        };
        let answers = futures_util::future::join_all((0..4).map(confirm)).await;
        let made: Vec<usize> =
            answers.iter().filter_map(|answer| answer.body["orders"].as_array().map(Vec::len)).collect();
        assert_eq!(made, [2], "one colleague makes both orders");
        for answer in answers.into_iter().filter(|answer| answer.body["orders"].is_null()) {
            let (status, code) = (answer.status, answer.body["error"]["code"].clone());
            assert!(status == 409 || status == 422, "{status} {code}");
            assert!(code == "fees_changed" || code == "nothing_payable", "{status} {code}");
        }
    }
}

#[tokio::test]
async fn a_cursor_that_cannot_be_read_is_refused_and_not_taken_for_the_first_page() {
    let world = World::start().await;
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let ids = world.seed_fees(&unit, Class::Nontax, &[60_500; 3]).await;
    let phone = world.phone(&unit.applicant, &unit.unit, "openid").await;
    let made = world.post(&phone, "/api/v1/checkouts", checkout("key-00000001", &ids[..1], 60_500)).await.ok();
    let lines = format!("/api/v1/orders/{}/lines", made["orders"][0]["id"].as_str().unwrap());
    for list in ["/api/v1/fees", "/api/v1/orders", "/api/v1/reports", "/api/v1/messages", &lines] {
        for cursor in ["zzz", "00", "e4"] {
            let answer = world.get(&phone, &format!("{list}?after={cursor}")).await;
            assert!(answer.body["error"]["fields"]["after"].as_str().is_some(), "{list} {cursor}: {}", answer.body);
            assert_eq!(answer.refused(422), "invalid_fields", "{list} {cursor}");
        }
    }
    assert_eq!(world.get(&phone, &format!("{lines}?after=6162")).await.refused(422), "invalid_fields");
}

#[tokio::test]
async fn a_mixed_selection_becomes_one_order_per_receipt_class() {
    let world = World::start().await;
    let unit = world.seed_unit("示例化工厂01", "13900000001").await;
    let mut ids = world.seed_fees(&unit, Class::Nontax, &[100_000, 60_500]).await;
    ids.extend(world.seed_fees(&unit, Class::Vat, &[30_000]).await);
    let phone = world.phone(&unit.applicant, &unit.unit, "openid").await;
    let preview = world.post(&phone, "/api/v1/checkouts/preview", json!({ "all_matching": {} })).await.ok();
    assert_eq!(preview["count"], 3);
    assert_eq!(preview["amount_fen"], 190_500);
    assert_eq!(preview["groups"].as_array().unwrap().len(), 2);
    let orders = world.post(&phone, "/api/v1/checkouts", checkout("key-00000001", &ids, 190_500)).await.ok();
    let orders = orders["orders"].as_array().unwrap().clone();
    assert_eq!(orders.len(), 2);
    let sum: i64 = orders.iter().map(|order| order["amount_fen"].as_i64().unwrap()).sum();
    assert_eq!(sum, 190_500);
    assert_eq!(world.get(&phone, "/api/v1/fees").await.ok()["total"]["count"], 0);
    let list = world.get(&phone, "/api/v1/orders?tab=pending_payment").await.ok();
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    let page = world.get(&phone, &format!("/api/v1/orders/{}", orders[0]["id"].as_str().unwrap())).await.ok();
    assert_eq!(page["amount_capitals"], "壹仟陆佰零伍元整");
    assert!(page["order_no"].as_str().unwrap().starts_with("WT2026215"), "{}", page["order_no"]);
}

#[tokio::test]
async fn the_same_key_gives_the_same_orders_and_another_content_is_refused() {
    let world = World::start().await;
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let ids = world.seed_fees(&unit, Class::Nontax, &[60_500, 60_500]).await;
    let phone = world.phone(&unit.applicant, &unit.unit, "openid").await;
    let both = futures_util::future::join_all(
        (0..4).map(|_| world.post(&phone, "/api/v1/checkouts", checkout("key-00000001", &ids, 121_000))),
    )
    .await;
    let made: std::collections::HashSet<String> =
        both.into_iter().map(|answer| answer.ok()["orders"][0]["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(made.len(), 1, "four taps, one order");
    let other = world.post(&phone, "/api/v1/checkouts", checkout("key-00000001", &ids[..1], 60_500)).await;
    assert_eq!(other.refused(409), "key_reused");
}

#[tokio::test]
async fn two_phones_cannot_order_the_same_fee() {
    let world = World::start().await;
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let ids = world.seed_fees(&unit, Class::Nontax, &[60_500; 3]).await;
    let applicant = world.phone(&unit.applicant, &unit.unit, "one").await;
    let finance = world.phone(&unit.unit_account, &unit.unit, "two").await;
    let (first, second) = tokio::join!(
        world.post(&applicant, "/api/v1/checkouts", checkout("key-00000001", &ids, 181_500)),
        world.post(&finance, "/api/v1/checkouts", checkout("key-00000002", &ids, 181_500)),
    );
    let wins = [&first, &second].iter().filter(|answer| answer.status.is_success()).count();
    assert_eq!(wins, 1, "{first:?} {second:?}");
    assert_eq!(world.number("SELECT COUNT(*) FROM orders").await, 1);
}

#[tokio::test]
async fn a_changed_price_or_a_vanished_fee_orders_nothing() {
    let world = World::start().await;
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let ids = world.seed_fees(&unit, Class::Nontax, &[60_500, 100]).await;
    let phone = world.phone(&unit.applicant, &unit.unit, "openid").await;
    let wrong = world.post(&phone, "/api/v1/checkouts", checkout("key-00000001", &ids, 60_500)).await;
    assert_eq!(wrong.refused(409), "fees_changed");
    let float = world.post(&phone, "/api/v1/checkouts", {
        let mut body = checkout("key-00000002", &ids, 0);
        body["expected_amount_fen"] = json!(60600.0);
        body
    });
    assert!(float.await.status.is_client_error());
    assert_eq!(world.number("SELECT COUNT(*) FROM orders").await, 0);
    assert_eq!(world.number("SELECT COUNT(*) FROM fees WHERE state = 'payable'").await, 2);
}

#[tokio::test]
async fn two_thousand_reports_go_into_one_order() {
    let world = World::start().await;
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let ids = world.seed_fees(&unit, Class::Nontax, &vec![50; 2_000]).await;
    let phone = world.phone(&unit.applicant, &unit.unit, "openid").await;
    let preview = world.post(&phone, "/api/v1/checkouts/preview", json!({ "all_matching": {} })).await.ok();
    assert_eq!(preview["fee_ids"].as_array().unwrap().len(), 2_000);
    let order = world.post(&phone, "/api/v1/checkouts", checkout("key-00000001", &ids, 100_000)).await.ok();
    assert_eq!(order["orders"][0]["count"], 2_000);
    assert_eq!(world.number("SELECT COUNT(*) FROM order_lines").await, 2_000);
}

#[tokio::test]
async fn another_unit_sees_and_orders_nothing() {
    let world = World::start().await;
    let ours = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let theirs = world.seed_unit("示例物业002有限公司", "13900000002").await;
    let ids = world.seed_fees(&ours, Class::Nontax, &[60_500]).await;
    let owner = world.phone(&ours.applicant, &ours.unit, "one").await;
    let stranger = world.phone(&theirs.unit_account, &theirs.unit, "two").await;
    assert_eq!(world.get(&stranger, "/api/v1/fees").await.ok()["total"]["count"], 0);
    let stolen = world.post(&stranger, "/api/v1/checkouts", checkout("key-00000001", &ids, 60_500)).await;
    assert_eq!(stolen.refused(422), "nothing_payable");
    let order = world.post(&owner, "/api/v1/checkouts", checkout("key-00000001", &ids, 60_500)).await.ok();
    let id = order["orders"][0]["id"].as_str().unwrap().to_owned();
    for path in ["", "/lines", "/payment-state"] {
        let answer = world.get(&stranger, &format!("/api/v1/orders/{id}{path}")).await;
        assert_eq!(answer.refused(404), "order_not_found");
    }
    let void = world.post(&stranger, &format!("/api/v1/orders/{id}/void"), json!({})).await;
    assert_eq!(void.refused(404), "order_not_found");
}

#[tokio::test]
async fn every_fee_says_why_it_costs_what_it_costs() {
    let world = World::start().await;
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let fees = world.seed_fees(&unit, Class::Nontax, &[126_500]).await;
    let phone = world.phone(&unit.applicant, &unit.unit, "openid").await;
    assert_eq!(world.get(&phone, "/api/v1/fees").await.ok()["items"][0].get("price_basis"), None);
    let basis =
        r#"{"rule":"每台每次","items":[{"text":"检验费","amount_fen":126500}],"legal_basis":"示例价〔2016〕1 号"}"#;
    world.tamper(&format!("UPDATE fees SET price_basis = '{basis}'")).await;
    let shown = &world.get(&phone, "/api/v1/fees").await.ok()["items"][0]["price_basis"];
    assert_eq!(
        (&shown["rule"], &shown["items"][0]["amount_fen"]),
        (&serde_json::json!("每台每次"), &serde_json::json!(126_500))
    );
    let preview = world.post(&phone, "/api/v1/checkouts/preview", serde_json::json!({ "fee_ids": fees })).await.ok();
    assert!(preview.to_string().contains("示例价〔2016〕1 号"), "{preview}");
}
