//! Words of a payer never make somebody else's money his own: neither a draft, nor a number of another order, nor what was
//! told of a transfer of another payer.

use reqwest::Method;
use serde_json::{Value, json};
use tejian::staff::Role;

use crate::bank::statement;
use crate::remittances::{draft, open_review, remitted_order, submit};
use crate::seed::Class;
use crate::staff_world::Desk;
use crate::transfers::{order_by, order_page};
use crate::world::{Phone, World};

const STRANGER: &str = "另一家商贸有限公司";

/// Imports one line over 300 yuan; the answer is the line.
async fn line(world: &World, desk: &mut Desk, payer: &str, remark: &str, serial: &str) -> Value {
    let csv = format!("交易日期,贷方金额,对方户名,附言,交易流水号\n2026-08-01,300.00,{payer},{remark},{serial}\n");
    statement(world, desk, csv.as_bytes()).await;
    let found = desk.get(&format!("/bank/transactions?q={serial}")).await["items"][0].clone();
    desk.get(&format!("/bank/transactions/{}", found["id"].as_str().unwrap())).await
}

async fn received(world: &World, phone: &Phone, order: &str) -> Option<i64> {
    order_page(world, phone, order).await["received_fen"].as_i64()
}

#[tokio::test]
async fn a_draft_that_nobody_handed_in_makes_no_strangers_money_ones_own() {
    let world = World::start().await;
    let (_, phone, order) = remitted_order(&world, 30_000).await;
    draft(&world, &phone, &order, |body| body["payer_name"] = json!(STRANGER)).await.ok();
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let theirs = line(&world, &mut cashier, STRANGER, "委托单2600000123", "B-1").await;
    assert_eq!((theirs["state"].as_str(), theirs["claims"].clone()), (Some("open"), json!([])), "{theirs}");
    assert_eq!(received(&world, &phone, &order).await, Some(0));
    assert!(!theirs["proposals"].to_string().contains("委托单号"), "{}", theirs["proposals"]);

    // Nor does it go back to the stranger in the name of this order, whose people would be told of it.
    world.ask(&phone, Method::POST, &format!("/api/v1/orders/{order}/void"), Some(json!({}))).await.ok();
    cashier.step_up(&world).await;
    let path = format!("/bank/transactions/{}/return", theirs["id"].as_str().unwrap());
    let body = json!({ "order_id": order, "amount_fen": 30_000, "reason": "重复转账" });
    cashier.try_post(&path, body).await.refused(409, "line_names_other");
}

#[tokio::test]
async fn what_a_reviewer_found_right_claims_later_money_of_the_unit_itself_and_of_nobody_else() {
    let world = World::start().await;
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    for (payer, comes) in [(STRANGER, 0), ("示例化工厂01", 30_000)] {
        let (_, phone, order) = remitted_order(&world, 30_000).await;
        draft(&world, &phone, &order, |body| body["payer_name"] = json!(payer)).await.ok();
        submit(&world, &phone, &order).await.ok();
        let path = format!("/reviews/{}/verdict", open_review(&mut reviewer).await["id"].as_str().unwrap());
        reviewer.post(&path, json!({ "verdict": "approved", "opinion": "已在网银核对" })).await;
        world.settle().await;
        let serial = format!("LATER-{comes}");
        let later = line(&world, &mut cashier, payer, "委托单2600000123", &serial).await;
        assert_eq!(received(&world, &phone, &order).await, Some(comes), "{later}");
        if comes == 0 {
            // A person sees it proposed, and decides; then it is out of the way of the next one.
            assert_eq!(later["proposals"][0]["order_id"].as_str(), Some(order.as_str()), "{later}");
            let path = format!("/bank/transactions/{}/claims", later["id"].as_str().unwrap());
            cashier.post(&path, json!({ "claims": [{ "order_id": order, "amount_fen": 30_000 }] })).await;
        }
    }
}

#[tokio::test]
async fn money_of_a_payer_whose_remittance_was_found_wrong_goes_back_to_him() {
    let world = World::start().await;
    let (_, phone, order) = remitted_order(&world, 30_000).await;
    draft(&world, &phone, &order, |body| body["payer_name"] = json!(STRANGER)).await.ok();
    submit(&world, &phone, &order).await.ok();
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let path = format!("/reviews/{}/verdict", open_review(&mut reviewer).await["id"].as_str().unwrap());
    reviewer.post(&path, json!({ "verdict": "rejected", "opinion": "款项未到账" })).await;
    world.settle().await;
    if order_page(&world, &phone, &order).await["state"] != "void" {
        world.ask(&phone, Method::POST, &format!("/api/v1/orders/{order}/void"), Some(json!({}))).await.ok();
    }
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    let late = line(&world, &mut cashier, STRANGER, "检验费", "B-3").await;
    cashier.step_up(&world).await;
    let path = format!("/bank/transactions/{}/return", late["id"].as_str().unwrap());
    let body = json!({ "order_id": order, "amount_fen": 30_000, "reason": "汇款没有通过审核" });
    cashier.try_post(&path, body).await.expect(201);
}

#[tokio::test]
async fn the_number_of_somebody_elses_order_told_as_ones_own_counts_for_nothing() {
    let world = World::start().await;
    let other = world.seed_unit(STRANGER, "13900000002").await;
    let stranger = world.phone(&other.applicant, &other.unit, "other").await;
    let theirs = order_by(&world, &other, &stranger, Class::Nontax, "transfer", 30_000).await;
    world.settle().await;
    let number = order_page(&world, &stranger, &theirs).await["order_no"].as_str().unwrap().to_owned();

    let (_, phone, order) = remitted_order(&world, 30_000).await;
    let told = draft(&world, &phone, &order, |body| {
        body["payer_name"] = json!(STRANGER);
        body["reference_no"] = json!(number);
    });
    told.await.ok();
    submit(&world, &phone, &order).await.ok();
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    line(&world, &mut cashier, STRANGER, &format!("检验费{number}"), "B-2").await;
    assert_eq!(received(&world, &stranger, &theirs).await, Some(30_000), "it pays the order that it names");
    assert_eq!(received(&world, &phone, &order).await, Some(0));
    let mut reviewer = world.staff("reviewer", &[Role::FinanceReviewer]).await;
    let review = open_review(&mut reviewer).await;
    let shown = reviewer.get(&format!("/reviews/{}", review["id"].as_str().unwrap())).await;
    assert!(shown["subject"]["proving_transaction_id"].is_null(), "{shown}");
}
