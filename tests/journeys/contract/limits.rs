//! Every route for payers, walked by a member of the same unit whose limits leave nothing of what is there (S1-59): lists
//! are empty, sums are nothing, and no identifier opens anything.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tejian::accounts;

use super::operations::places;
use super::town::{Town, collect_identifiers};
use crate::caller::Caller;

/// What limits are about; titles, messages and sessions are no devices.
const LIMITED: [&str; 9] = ["ord_", "fee_", "rpt_", "pno_", "rmt_", "upl_", "shr_", "vch_", "inv_"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_with_limits_gets_nothing_beyond_them_by_any_route() {
    let town = Town::build().await;
    let beyond: BTreeSet<String> = town
        .samples
        .identifiers
        .iter()
        .filter(|id| LIMITED.iter().any(|prefix| id.starts_with(prefix)))
        .cloned()
        .collect();
    let account = limited_member(&town, "{\"devices\":[],\"places\":[],\"kinds\":[\"锅炉\"]}").await;
    for operation in town.operations.iter().filter(|operation| operation.path.starts_with("/api/")) {
        // Some routes end the session or the membership: each gets a fresh one.
        town.world.tamper(&membership(&account, &town, "{\"devices\":[],\"places\":[],\"kinds\":[\"锅炉\"]}")).await;
        let session = town.world.phone(&account, &town.unit.unit, "limited").await;
        let mut member = Caller::with_token(&town.world.base_url, &session.token);
        let body = operation.body.clone().unwrap_or_else(|| json!({}));
        let ids: Vec<Option<&String>> = if operation.has_id() { beyond.iter().map(Some).collect() } else { vec![None] };
        for id in ids {
            let path = id.map_or_else(|| operation.path.clone(), |id| operation.path_with(id));
            let reply = member.json(operation.method.clone(), &path, &body).await;
            demand_nothing(&path, &reply.text(), &beyond, id);
            assert!(!reply.status.is_server_error(), "{path}: {}", reply.text());
            if id.is_some() {
                assert!(reply.status.is_client_error(), "{} {path}: {}", operation.method, reply.text());
            }
        }
        let Some(example) = &operation.body else { continue };
        for place in places(example) {
            for id in beyond.iter().filter(|_| example.pointer(&place).is_some_and(Value::is_string)) {
                let mut body = example.clone();
                *body.pointer_mut(&place).expect("the place is in the example") = json!(id);
                let reply = member.json(operation.method.clone(), &operation.path_with(id), &body).await;
                demand_nothing(&operation.path, &reply.text(), &beyond, Some(id));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_that_name_what_is_there_open_all_of_it() {
    let town = Town::build().await;
    let world = &town.world;
    let count = |home: &Value| home.pointer("/payable/count").and_then(Value::as_i64);
    let mut seen = Vec::new();
    for limits in [
        "{\"devices\":[\"dev_1\"],\"places\":[],\"kinds\":[]}",
        "{\"devices\":[\"dev_1\"],\"places\":[\"某地\"],\"kinds\":[\"电梯\",\"锅炉\"]}",
        "{\"devices\":[\"dev_2\"],\"places\":[],\"kinds\":[]}",
        "{\"devices\":[\"dev_1\"],\"places\":[],\"kinds\":[\"锅炉\"]}",
        "{\"devices\":[],\"places\":[\"某地\"],\"kinds\":[]}",
    ] {
        let account = limited_member(&town, limits).await;
        let phone = world.phone(&account, &town.unit.unit, "limited").await;
        let fees = world.get(&phone, "/api/v1/fees").await.ok();
        let orders = world.get(&phone, "/api/v1/orders").await.ok();
        let reports = world.get(&phone, "/api/v1/reports").await.ok();
        let home = world.get(&phone, "/api/v1/home").await.ok();
        let listed = [&fees, &orders, &reports].map(|list| list["items"].as_array().expect("a list").len());
        assert_eq!(fees["total"]["count"].as_i64(), i64::try_from(listed[0]).ok());
        if let Some(count) = count(&home) {
            assert_eq!(Some(count), i64::try_from(listed[0]).ok(), "{home}");
        }
        seen.push(listed.iter().all(|count| *count > 0).then_some(true).or((listed == [0, 0, 0]).then_some(false)));
    }
    assert_eq!(seen, [Some(true), Some(true), Some(false), Some(false), Some(false)]);
}

fn membership(account: &accounts::AccountId, town: &Town, limits: &str) -> String {
    format!(
        "INSERT INTO memberships (account_id, unit_id, role, created_at, limits) VALUES ('{account}', '{}', 'finance', 1, '{limits}') \
         ON CONFLICT (account_id, unit_id) DO UPDATE SET role = 'finance', limits = '{limits}'",
        town.unit.unit
    )
}

async fn limited_member(town: &Town, limits: &str) -> accounts::AccountId {
    let now = town.world.app.now_ms();
    let transaction = town.world.app.database.begin_write().await.expect("a transaction");
    let account = accounts::ensure_person(&*transaction, "13900000055", "财务小李", now).await.expect("an account");
    transaction.commit().await.expect("a commit");
    town.world.tamper(&membership(&account.id, town, limits)).await;
    account.id
}

/// An answer may repeat what was sent, and nothing else.
#[track_caller]
fn demand_nothing(path: &str, answer: &str, beyond: &BTreeSet<String>, sent: Option<&String>) {
    let mut shown = BTreeSet::new();
    collect_identifiers(answer, &mut shown);
    let leaked: Vec<&String> = shown.iter().filter(|id| beyond.contains(*id) && Some(*id) != sent).collect();
    assert!(leaked.is_empty(), "{path} shows {leaked:?}: {answer}");
    for sum in ["\"amount_fen\":77700", "\"count\":1,"] {
        let is_total = path == "/api/v1/home" || path == "/api/v1/fees" || path == "/api/v1/session";
        assert!(!(is_total && answer.contains(sum)), "{path} shows {sum}: {answer}");
    }
}
