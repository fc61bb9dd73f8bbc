//! Every route of the institute's side, walked by people who may not use it.

use std::collections::BTreeSet;

use serde_json::json;

use crate::caller::Caller;
use crate::contract::operations::{Operation, Samples, operations};
use crate::world::World;

/// One's own session needs no permission.
const OPEN_TO_ALL: [&str; 3] = ["/staff/v1/session", "/staff/v1/sessions", "/staff/v1/password"];

async fn staff_operations(world: &World) -> Vec<Operation> {
    let document = Caller::browser(&world.base_url).get("/openapi.json").await.expect(200);
    let samples = Samples { identifiers: BTreeSet::new() };
    let all = operations(&document, &samples);
    all.into_iter().filter(|operation| operation.path.starts_with("/staff/v1/")).collect()
}

fn is_ones_own(operation: &Operation) -> bool {
    OPEN_TO_ALL.iter().any(|open| operation.path == *open || operation.path.starts_with(&format!("{open}/")))
}

/// An identifier with the prefix that the route expects, of a row that is not there.
fn no_row(operation: &Operation) -> String {
    operation.path_with("ord_00000000000000000000000000000000")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_without_a_role_may_use_nothing_but_his_own_session() {
    let world = World::start().await;
    let mut nobody = world.staff("nobody", &[]).await;
    let operations = staff_operations(&world).await;
    assert!(operations.len() > 15, "the document is not read");
    for operation in operations.iter().filter(|operation| !is_ones_own(operation)) {
        let body = operation.body.clone().unwrap_or_else(|| json!({}));
        let reply = nobody.caller.json(operation.method.clone(), &no_row(operation), &body).await;
        reply.refused(403, "not_permitted");
    }
    assert_eq!(nobody.get("/session").await["officer"]["permissions"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payer_and_a_visitor_are_nobody_here() {
    let world = World::start().await;
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    let phone = world.phone(&unit.applicant, &unit.unit, "openid").await;
    let with_token = Caller::with_token(&world.base_url, &phone.token);
    let mut with_cookie = Caller::browser(&world.base_url);
    // A payer's token is no token of ours, in whichever pocket it is brought.
    with_cookie.put_cookie("tejian_staff", &phone.token);
    with_cookie.put_cookie("tejian_session", &phone.token);
    let visitor = Caller::browser(&world.base_url);
    for operation in staff_operations(&world).await {
        if operation.path.starts_with("/staff/v1/session") && !operation.path.contains("/session/step-up") {
            continue;
        }
        let body = operation.body.clone().unwrap_or_else(|| json!({}));
        for mut caller in [with_token.clone(), with_cookie.clone(), visitor.clone()] {
            caller.json(operation.method.clone(), &no_row(&operation), &body).await.refused(401, "not_signed_in");
        }
    }
}
