//! Sign-ins that ended are forgotten after their time: of payers and of officers, page by page, and never a living one.

use reqwest::Method;
use serde_json::json;
use tejian::ended_sessions::plan_forgetting;
use tejian::staff::Role;

use crate::caller::Caller;
use crate::world::World;

const DAY_MS: i64 = 86_400_000;
const DAY_MINUTES: i64 = 24 * 60;
const PHONE: &str = "13900000001";
const PAYERS: &str = "SELECT COUNT(*) FROM sessions";
const OFFICERS: &str = "SELECT COUNT(*) FROM staff_sessions";

async fn plan(world: &World) {
    let transaction = world.app.database.begin_write().await.expect("a transaction");
    plan_forgetting(&*transaction, world.app.now_ms()).await.expect("planned");
    plan_forgetting(&*transaction, world.app.now_ms()).await.expect("harmless");
    transaction.commit().await.expect("a commit");
}

async fn signed_in_on(world: &World, device: &str) -> Caller {
    let mut caller = world.visitor();
    caller.put_header("x-device", device);
    world.sign_in_by_sms(&mut caller, PHONE).await;
    caller
}

#[tokio::test]
async fn sign_ins_that_ended_are_forgotten_after_their_time_and_living_ones_stay() {
    let world = World::start_with(|config| config.login.session_days = 400).await;
    let days = world.app.config.login.ended_sessions_days;
    world.seed_unit("示例物业001有限公司", PHONE).await;
    let mut gone = signed_in_on(&world, "first0123456789abcdef").await;
    world.clock.advance_ms(3_600_000);
    let mut living = signed_in_on(&world, "other0123456789abcdef").await;
    gone.json(Method::DELETE, "/api/v1/session", &json!({})).await.expect(204);
    // His time is over by itself.
    world.staff("zhang", &[Role::FeeClerk]).await;
    plan(&world).await;
    let officers = world.number(OFFICERS).await;
    assert!(officers > 0);

    world.pass_minutes((days - 1) * DAY_MINUTES).await;
    assert_eq!((world.number(PAYERS).await, world.number(OFFICERS).await), (2, officers), "as long as they are kept");
    world.pass_minutes(2 * DAY_MINUTES).await;
    assert_eq!((world.number(PAYERS).await, world.number(OFFICERS).await), (1, 0));
    assert_eq!(living.get("/api/v1/session").await.expect(200)["signed_in"], true);
    assert_eq!(living.get("/api/v1/sessions").await.expect(200)["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn whoever_signs_in_after_everything_was_forgotten_is_told_of_as_a_new_device() {
    let world = World::start().await;
    world.seed_unit("示例物业001有限公司", PHONE).await;
    let mut owner = signed_in_on(&world, "first0123456789abcdef").await;
    owner.json(Method::DELETE, "/api/v1/session", &json!({})).await.expect(204);
    plan(&world).await;
    world.pass_minutes((world.app.config.login.ended_sessions_days + 2) * DAY_MINUTES).await;
    assert_eq!(world.number(PAYERS).await, 0);
    let mut somebody = signed_in_on(&world, "other0123456789abcdef").await;
    world.settle().await;
    let list = somebody.get("/api/v1/messages").await.expect(200);
    let told = list["items"].as_array().unwrap().iter().filter(|message| message["kind"] == "new_device").count();
    assert_eq!(told, 1, "it is not the first sign-in of this account: {list}");
}

#[tokio::test]
async fn many_that_ended_in_one_moment_are_forgotten_in_slices_whatever_ended_them() {
    let world = World::start().await;
    let now = world.app.now_ms();
    let long_ago = now - (world.app.config.login.ended_sessions_days + 1) * DAY_MS;
    let later = now + 30 * DAY_MS;
    let lately = now - DAY_MS;
    // Time over; signed out long before it was over; signed out lately; living.
    let kinds = [(260, "NULL", long_ago), (260, "long_ago", later), (7, "lately", later), (5, "NULL", later)];
    for (kind, (count, revoked, expires)) in kinds.into_iter().enumerate() {
        let revoked = revoked.replace("long_ago", &long_ago.to_string()).replace("lately", &lately.to_string());
        world
            .tamper(&format!(
                "INSERT INTO sessions (id, token_hash, account_id, client, device, created_at, last_seen_at, expires_at, \
                 revoked_at) WITH RECURSIVE numbers(i) AS \
                 (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {count}) \
                 SELECT 'ses_{kind}_' || i, 'hash {kind} ' || i, 'acc_of_nobody', 'h5-browser', 'phone', {long_ago}, \
                 {long_ago}, {expires}, CAST({revoked} AS bigint) FROM numbers"
            ))
            .await;
    }
    plan(&world).await;
    world.pass_minutes(DAY_MINUTES).await;
    assert_eq!(world.number(PAYERS).await, 12, "what ended lately and what lives");
    assert_eq!(world.number(&format!("{PAYERS} WHERE revoked_at IS NULL")).await, 5);
}
