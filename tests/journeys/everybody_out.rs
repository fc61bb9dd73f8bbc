//! Everybody signed out at once, from the command line, beside nodes that serve.

use reqwest::Method;
use serde_json::json;
use tejian::accounts::{self, Client, NewSession};
use tejian::commands::sessions::{Count, End, end, living};
use tejian::staff::Role;

use crate::agreements::{agree, somebody};
use crate::caller::Caller;
use crate::paying::{one_order, state_of};
use crate::world::World;

const PHONE: &str = "13900000001";
const ALL: End = End { payers: false, officers: false, all: true, keep_wechat: false, yes: true };
const PAYERS: End = End { payers: true, all: false, ..ALL };
const OFFICERS: End = End { officers: true, all: false, ..ALL };

#[tokio::test]
async fn everybody_signs_in_anew_on_every_node_and_nothing_else_is_lost() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    let applicant = somebody(&world, "13900000071").await;
    agree(&world, &applicant, &["registration", "personal_information"]).await;
    let draft = world.post(&applicant, "/api/v1/registrations", json!({ "kind": "person" })).await.ok();
    let draft = format!("/api/v1/registrations/{}", draft["id"].as_str().unwrap());
    let typed = json!({ "kind": "person", "registrant_name": "王小明" });
    world.ask(&applicant, Method::PUT, &draft, Some(typed)).await.ok();
    let mut clerk = world.staff("zhang", &[Role::FeeClerk]).await;
    clerk.get("/worklist").await;

    // Another process than the one that serves.
    let operator = world.second_node().await;
    let there = Count { payers: 2, officers: 1 };
    assert_eq!(living(&operator, ALL).await.unwrap(), there);
    assert_eq!(world.get(&phone, "/api/v1/session").await.ok()["signed_in"], true, "looking ends nothing");
    assert_eq!(end(&operator, ALL).await.unwrap(), there);
    assert_eq!(end(&operator, ALL).await.unwrap(), Count::default());

    assert_eq!(world.get(&phone, "/api/v1/session").await.ok()["signed_in"], false);
    let path = format!("/api/v1/orders/{order}");
    assert_eq!(world.get(&phone, &path).await.refused(401), "not_signed_in");
    assert_eq!(world.get(&applicant, &draft).await.refused(401), "not_signed_in");
    clerk.caller.get("/staff/v1/worklist").await.refused(401, "not_signed_in");
    let trail = "SELECT COUNT(*) FROM audit_entries WHERE action = 'sessions.ended' AND actor = 'command' \
                 AND detail LIKE '%payers%' AND detail LIKE '%officers%'";
    assert_eq!(world.number(trail).await, 2);

    let again = world.phone(&phone.account, &phone.unit, &phone.openid).await;
    assert_eq!(state_of(&world, &again, &order).await, "pending_payment");
    let again = somebody(&world, "13900000071").await;
    assert_eq!(world.get(&again, &draft).await.ok()["registrant_name"], "王小明");
    world.clock.advance_ms(60_000);
    let mut back = Caller::browser(&world.base_url);
    back.post("/staff/v1/session", &json!({ "login": "zhang", "password": clerk.password })).await.expect(200);
    let code = json!({ "code": world.code(&clerk.secret) });
    back.post("/staff/v1/session/totp", &code).await.expect(200);
    back.get("/staff/v1/worklist").await.expect(200);
}

/// Whether the WeChat of this phone's holder signs in to an account by itself.
async fn comes_in_by_itself(world: &World) -> bool {
    let (mut caller, _) = world.open_in_wechat(PHONE, "/h5/#/pages/home/home").await;
    caller.get("/api/v1/session").await.expect(200)["signed_in"] == true
}

#[tokio::test]
async fn no_wechat_signs_in_by_itself_afterwards_unless_that_is_wanted_and_the_others_stay() {
    let world = World::start().await;
    world.seed_unit("示例物业001有限公司", PHONE).await;
    let mut clerk = world.staff("zhang", &[Role::FeeClerk]).await;
    let mut caller = world.signed_in_wechat(PHONE).await;
    assert_eq!(end(&world.app, OFFICERS).await.unwrap(), Count { payers: 0, officers: 1 });
    clerk.caller.get("/staff/v1/worklist").await.refused(401, "not_signed_in");
    assert_eq!(caller.get("/api/v1/session").await.expect(200)["signed_in"], true, "payers were not meant");

    let mut clerk = world.staff("li", &[Role::FeeClerk]).await;
    let kept = End { keep_wechat: true, ..PAYERS };
    assert_eq!(end(&world.app, kept).await.unwrap(), Count { payers: 1, officers: 0 });
    assert_eq!(caller.get("/api/v1/session").await.expect(200)["signed_in"], false);
    assert!(comes_in_by_itself(&world).await, "by a new session of its own");
    end(&world.app, PAYERS).await.unwrap();
    assert!(!comes_in_by_itself(&world).await);
    clerk.get("/worklist").await;
}

#[tokio::test]
async fn more_sessions_than_one_transaction_takes_all_end() {
    const SESSIONS: u64 = 1_203;
    let world = World::start().await;
    let unit = world.seed_unit("示例物业001有限公司", PHONE).await;
    let transaction = world.app.database.begin_write().await.unwrap();
    for _ in 0..SESSIONS {
        let session = NewSession {
            account_id: unit.applicant.clone(),
            unit_id: Some(unit.unit.clone()),
            client: Client::H5InBrowser,
            device: "test".to_owned(),
            device_key: None,
            address: None,
            wechat: None,
        };
        accounts::start_session(&world.app, &*transaction, session).await.unwrap();
    }
    transaction.commit().await.unwrap();
    assert_eq!(end(&world.app, PAYERS).await.unwrap().payers, SESSIONS);
    assert_eq!(living(&world.app, PAYERS).await.unwrap().payers, 0);
}
