//! Saved invoice titles.

use reqwest::Method;
use serde_json::{Value, json};

use crate::seed::{Class, checkout};
use crate::world::World;

fn title(name: &str, tax_no: &str) -> Value {
    json!({ "kind": "organization", "name": name, "tax_no": tax_no })
}

#[tokio::test]
async fn titles_are_kept_changed_and_removed_and_the_last_used_is_the_default() {
    let world = World::start().await;
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let phone = world.phone(&unit.applicant, &unit.unit, "oSomebody").await;
    let made = world.post(&phone, "/api/v1/invoice-titles", title("甲公司", "91500000dem0000145")).await.ok();
    assert_eq!(made["tax_no"], "91500000DEM0000145");
    let id = made["id"].as_str().unwrap().to_owned();
    let fees = world.seed_fees(&unit, Class::Nontax, &[100]).await;
    world.post(&phone, "/api/v1/checkouts", checkout("key-00000001", &fees, 100)).await.ok();
    let listed = world.get(&phone, "/api/v1/invoice-titles").await.ok();
    assert_eq!(listed["items"][0]["name"], "示例物业001有限公司");
    assert_eq!(listed["items"][0]["is_default"], true);
    assert_eq!(listed["items"][1]["id"], id.as_str());
    let path = format!("/api/v1/invoice-titles/{id}");
    let changed = world.ask(&phone, Method::PUT, &path, Some(title("乙公司", "91500000DEM0000220"))).await.ok();
    assert_eq!(changed["name"], "乙公司");
    assert_eq!(world.ask(&phone, Method::DELETE, &path, None).await.status, 204);
    assert_eq!(world.ask(&phone, Method::DELETE, &path, None).await.refused(404), "title_not_found");
}

#[tokio::test]
async fn a_wrong_title_is_told_field_by_field_while_typing() {
    let world = World::start().await;
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let phone = world.phone(&unit.applicant, &unit.unit, "oSomebody").await;
    let path = "/api/v1/invoice-titles/check";
    let good = world.post(&phone, path, title("甲公司", "91500000DEM0000145")).await.ok();
    assert_eq!(good, json!({ "ok": true, "fields": {} }));
    let wrong = world.post(&phone, path, title("甲公司", "91500000DEM0000146")).await.ok();
    assert_eq!(wrong["ok"], false);
    assert!(wrong["fields"]["tax_no"].is_string());
}

#[tokio::test]
async fn titles_of_others_cannot_be_seen_or_touched() {
    let world = World::start().await;
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let mine = world.phone(&unit.applicant, &unit.unit, "oSomebody").await;
    let made = world.post(&mine, "/api/v1/invoice-titles", title("甲公司", "91500000DEM0000145")).await.ok();
    let path = format!("/api/v1/invoice-titles/{}", made["id"].as_str().unwrap());
    let other = world.seed_unit("别家物业有限公司", "13900000002").await;
    let stranger = world.phone(&other.unit_account, &other.unit, "oStranger").await;
    assert_eq!(world.get(&stranger, "/api/v1/invoice-titles").await.ok()["items"], json!([]));
    let change = world.ask(&stranger, Method::PUT, &path, Some(title("乙公司", "91500000DEM0000220"))).await;
    assert_eq!(change.refused(404), "title_not_found");
    assert_eq!(world.ask(&stranger, Method::DELETE, &path, None).await.refused(404), "title_not_found");
    let fees = world.seed_fees(&other, Class::Nontax, &[100]).await;
    let mut body = checkout("key-00000001", &fees, 100);
    body["invoice"] = json!({ "title_id": made["id"] });
    assert_eq!(world.post(&stranger, "/api/v1/checkouts", body).await.refused(404), "title_not_found");
    assert_eq!(world.get(&mine, "/api/v1/invoice-titles").await.ok()["items"][0]["name"], "甲公司");
}
