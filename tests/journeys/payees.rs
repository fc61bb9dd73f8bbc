//! Where the payers' transfers go is changed by two people.

use serde_json::{Value, json};
use tejian::staff::Role;

use crate::staff_refunds::decide;
use crate::staff_world::Desk;
use crate::transfers::transfer_order;
use crate::world::World;

const NEW: &str = "6222000099998888";

async fn payee(desk: &mut Desk) -> Value {
    desk.get("/settings").await["payees"][0].clone()
}

/// The same with another account.
fn elsewhere(payee: &Value, account: &str) -> Value {
    json!({
        "name": payee["name"], "account_name": payee["account_name"], "bank_name": payee["bank_name"], "account_no": account,
    })
}

#[tokio::test]
async fn where_transfers_go_is_changed_by_two_people() {
    let world = World::start().await;
    transfer_order(&world, 10_000).await;
    let mut admin = world.staff("admin", &[Role::Admin]).await;
    let mut manager = world.staff("manager", &[Role::FinanceManager]).await;
    let before = payee(&mut admin).await;
    let path = format!("/settings/payees/{}/changes", before["id"].as_str().unwrap());
    admin.try_post(&path, elsewhere(&before, NEW)).await.refused(403, "step_up_needed");
    admin.step_up(&world).await;
    admin.try_post(&path, elsewhere(&before, "12 34")).await.refused(422, "payee_wrong");
    admin.try_post(&path, elsewhere(&before, before["account_no"].as_str().unwrap())).await.refused(409, "payee_same");
    let review = admin.try_post(&path, elsewhere(&before, NEW)).await.expect(201);
    admin.try_post(&path, elsewhere(&before, "6222000077776666")).await.refused(409, "payee_change_waits");
    let now = payee(&mut admin).await;
    assert_eq!((&now["account_no"], &now["change_waits"]), (&before["account_no"], &json!(true)), "{now}");

    let task = manager.get("/worklist/items?desk=payee_change").await;
    assert_eq!(task["items"].as_array().unwrap().len(), 1, "{task}");
    let case = manager.get(&format!("/reviews/{}", review["id"].as_str().unwrap())).await;
    assert_eq!(case["subject"]["payee_after"]["account_no"], NEW, "{case}");
    assert_eq!(case["subject"]["payee_before"]["account_no"], before["account_no"]);
    decide(&world, &mut manager, &review, "approved").await.expect(200);
    let now = payee(&mut admin).await;
    assert_eq!((now["account_no"].as_str(), &now["change_waits"]), (Some(NEW), &json!(false)), "{now}");

    let trail = manager.get("/audit").await;
    let by = |action: &str| {
        let entries = trail["items"].as_array().unwrap();
        entries.iter().find(|one| one["action"] == action).map(|one| one["actor_name"].clone())
    };
    assert_eq!((by("payee.change_asked"), by("payee.changed")), (Some(json!("员工admin")), Some(json!("员工manager"))));
    assert!(!trail.to_string().contains(NEW), "its ends alone");
}

#[tokio::test]
async fn what_nobody_sees_in_a_name_is_not_shown_to_who_decides() {
    let world = World::start().await;
    transfer_order(&world, 10_000).await;
    let mut admin = world.staff("admin", &[Role::Admin]).await;
    let mut manager = world.staff("manager", &[Role::FinanceManager]).await;
    let before = payee(&mut admin).await;
    let path = format!("/settings/payees/{}/changes", before["id"].as_str().unwrap());
    admin.step_up(&world).await;
    let mut wanted = elsewhere(&before, NEW);
    wanted["account_name"] = json!("\u{200b}\u{202e}");
    admin.try_post(&path, wanted.clone()).await.refused(422, "payee_wrong");
    wanted["account_name"] = json!("示例\u{202e}院检特\u{2066}\u{200b}");
    wanted["bank_name"] = json!("示例银行\u{202e}\n营业部");
    let review = admin.try_post(&path, wanted).await.expect(201);
    let case = manager.get(&format!("/reviews/{}", review["id"].as_str().unwrap())).await;
    let after = &case["subject"]["payee_after"];
    assert_eq!(
        (&after["account_name"], &after["bank_name"]),
        (&json!("示例院检特"), &json!("示例银行 营业部")),
        "{case}"
    );
}

#[tokio::test]
async fn nobody_decides_on_his_own_change_and_a_declined_one_may_be_asked_for_again() {
    let world = World::start().await;
    transfer_order(&world, 10_000).await;
    let mut both = world.staff("both", &[Role::Admin, Role::FinanceManager]).await;
    let mut manager = world.staff("manager", &[Role::FinanceManager]).await;
    let mut admin = world.staff("admin", &[Role::Admin]).await;
    let before = payee(&mut both).await;
    let path = format!("/settings/payees/{}/changes", before["id"].as_str().unwrap());
    both.step_up(&world).await;
    let review = both.try_post(&path, elsewhere(&before, NEW)).await.expect(201);
    decide(&world, &mut both, &review, "approved").await.refused(403, "four_eyes");
    decide(&world, &mut admin, &review, "approved").await.refused(403, "not_permitted");
    decide(&world, &mut manager, &review, "rejected").await.expect(200);
    assert_eq!(payee(&mut both).await, before);

    // What moved since it was asked for is not overwritten.
    let review = both.try_post(&path, elsewhere(&before, NEW)).await.expect(201);
    world.tamper("UPDATE payees SET bank_name = '别的银行'").await;
    decide(&world, &mut manager, &review, "approved").await.refused(409, "payee_moved_on");
    assert_eq!(payee(&mut both).await["account_no"], before["account_no"]);
    decide(&world, &mut manager, &review, "rejected").await.expect(200);
}
