//! Where people go and whom they call.

use reqwest::Method;
use serde_json::{Value, json};
use tejian::staff::Role;

use crate::seed::{Class, checkout};
use crate::world::World;

fn named<'a>(list: &'a Value, name: &str) -> Option<&'a Value> {
    list["items"].as_array().unwrap().iter().find(|office| office["name"] == name)
}

fn hall() -> Value {
    json!({ "name": "渝北服务大厅", "kind": "window", "district": "渝北区", "address": "渝北区示例路 1 号",
        "phone": "０２３-00000009", "hours": "工作日 9:00–17:00", "hands_out_papers": true })
}

#[tokio::test]
async fn the_list_is_kept_in_the_console_and_everybody_reads_it() {
    let world = World::start().await;
    let mut visitor = world.visitor();
    let installed = visitor.get("/api/v1/offices").await.expect(200);
    let count = installed["items"].as_array().unwrap().len();
    let mut clerk = world.staff("content", &[Role::ContentOperator]).await;
    clerk.try_post("/offices", json!({ "name": "渝", "kind": "bureau", "district": "", "address": "路", "phone": "问", "hands_out_papers": true }))
        .await
        .refused(422, "office_wrong");
    clerk.post("/offices", hall()).await;
    let list = visitor.get("/api/v1/offices").await.expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), count + 1, "what was installed is still there");
    let added = named(&list, "渝北服务大厅").unwrap().clone();
    assert_eq!((added["phone"].as_str(), added["kind_text"].as_str()), (Some("023-00000009"), Some("服务大厅")));

    // Of two who change the same place, the one who has not seen the other's change is told so.
    let path = format!("/offices/{}", added["id"].as_str().unwrap());
    let mut change = hall();
    change["phone"] = json!("023-00000010");
    change["seen_at"] = added["updated_at"].clone();
    clerk.put(&path, change.clone()).await.expect(200);
    clerk.put(&path, change).await.refused(409, "offices_changed");
    let mut ids: Vec<Value> = list["items"].as_array().unwrap().iter().map(|office| office["id"].clone()).collect();
    ids.reverse();
    let arranged = clerk.put("/office-order", json!({ "ids": ids })).await.expect(200);
    assert_eq!(arranged["items"][0]["name"], "渝北服务大厅");
    clerk.put("/office-order", json!({ "ids": ids[1..] })).await.refused(409, "offices_changed");
    let trail = world.staff("auditor", &[Role::Auditor]).await.get("/audit").await;
    let edits = trail["items"].as_array().unwrap().iter().filter(|entry| entry["action"] == "offices.changed").count();
    assert_eq!(edits, 3, "{trail}");
    let mut cashier = world.staff("cashier", &[Role::Cashier]).await;
    cashier.try_post("/offices", hall()).await.refused(403, "not_permitted");
}

#[tokio::test]
async fn nobody_orders_papers_for_a_place_that_hands_none_out() {
    let world = World::start().await;
    let seeded = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let payer = world.phone(&seeded.unit_account, &seeded.unit, "payer").await;
    let fees = world.seed_fees(&seeded, Class::Nontax, &[126_500]).await;
    let at = |office: &str| {
        let mut wanted = checkout("key-00000001", &fees, 126_500);
        wanted["delivery"] = json!({ "kind": "counter", "office": office });
        wanted
    };
    for place in ["bureau-wanzhou", "nowhere"] {
        let refused = world.post(&payer, "/api/v1/checkouts", at(place)).await;
        assert!(refused.body["error"]["fields"]["delivery.office"].is_string(), "{}", refused.body);
        assert_eq!(refused.refused(422), "checkout_incomplete");
    }
    // The first change of what was installed is a removal.
    let mut clerk = world.staff("content", &[Role::ContentOperator]).await;
    let gone =
        clerk.caller.json(Method::DELETE, "/staff/v1/offices/wanzhou", &json!({ "seen_at": 0 })).await.expect(200);
    assert!(named(&gone, "万州服务大厅").is_none() && named(&gone, "涪陵检验站").is_some());
    assert_eq!(world.post(&payer, "/api/v1/checkouts", at("wanzhou")).await.refused(422), "checkout_incomplete");
    world.post(&payer, "/api/v1/checkouts", at("fuling")).await.ok();
}

#[tokio::test]
async fn an_order_says_where_its_papers_were_to_be_fetched_when_that_place_is_gone() {
    let world = World::start().await;
    let seeded = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let payer = world.phone(&seeded.unit_account, &seeded.unit, "payer").await;
    let fees = world.seed_fees(&seeded, Class::Nontax, &[126_500]).await;
    let mut wanted = checkout("key-00000001", &fees, 126_500);
    wanted["delivery"] = json!({ "kind": "counter", "office": "wanzhou" });
    let made = world.post(&payer, "/api/v1/checkouts", wanted).await.ok();
    let order = made["orders"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/orders/{order}");
    let place = world.get(&payer, &path).await.ok()["delivery"]["place"].clone();
    assert_eq!((&place["name"], &place["hands_out_papers"]), (&json!("万州服务大厅"), &json!(true)), "{place}");

    let mut clerk = world.staff("content", &[Role::ContentOperator, Role::Auditor]).await;
    let removal = json!({ "seen_at": 0 });
    clerk.caller.json(Method::DELETE, "/staff/v1/offices/wanzhou", &removal).await.expect(200);
    let gone = world.get(&payer, &path).await.ok()["delivery"]["place"].clone();
    assert_eq!((&gone["name"], &gone["address"]), (&place["name"], &place["address"]));
    assert_eq!(gone["hands_out_papers"], false, "and that nobody hands anything out there");
    assert_eq!(clerk.get(&format!("/orders/{order}")).await["delivery"]["place"], gone);
    assert!(named(&world.visitor().get("/api/v1/offices").await.expect(200), "万州服务大厅").is_none());
}
