//! Every route for payers, walked by somebody of another unit with the identifiers of this one: he learns nothing and
//! changes nothing.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::operations::{Operation, places};
use super::town::{Town, collect_identifiers};
use crate::caller::Caller;

/// Texts that only the resident may see.
const PRIVATE: [&str; 3] = ["渝中受害物业", "13900000001", "139****0001"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_gets_nothing_of_another_unit_by_any_route() {
    let town = Town::build().await;
    let theirs = town.samples.identifiers.clone();
    for prefix in ["ord_", "fee_", "rpt_", "unt_", "ses_", "ttl_", "pno_", "rmt_", "upl_", "shr_", "vch_"] {
        assert!(theirs.iter().any(|id| id.starts_with(prefix)), "nothing to find of {prefix}: {theirs:?}");
    }
    let before = everything_of_the_resident(&town).await;
    for operation in town.operations.iter().filter(|operation| operation.path.starts_with("/api/")) {
        // Some routes end the session or change the unit: each gets a fresh one.
        let session = town.world.phone(&town.stranger.account, &town.stranger.unit, &town.stranger.openid).await;
        let mut stranger = Caller::with_token(&town.world.base_url, &session.token);
        if operation.has_id() {
            for id in &theirs {
                let reply =
                    stranger.json(operation.method.clone(), &operation.path_with(id), &body_of(operation)).await;
                assert!(
                    reply.status.is_client_error(),
                    "{} {} with {id}: {}",
                    operation.method,
                    operation.path,
                    reply.text()
                );
                look_for_leaks(operation, &reply.text(), &theirs, Some(id));
            }
        } else {
            let reply = stranger.json(operation.method.clone(), &operation.path, &body_of(operation)).await;
            look_for_leaks(operation, &reply.text(), &theirs, None);
        }
        put_identifiers_into_bodies(&mut stranger, operation, &theirs).await;
    }
    assert_eq!(everything_of_the_resident(&town).await, before, "a stranger changed something");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitor_gets_nothing_at_all() {
    let town = Town::build().await;
    let theirs = town.samples.identifiers.clone();
    let mut visitor = Caller::browser(&town.world.base_url);
    for operation in town.operations.iter().filter(|operation| operation.path.starts_with("/api/")) {
        let sample = theirs.iter().next().expect("the resident has something");
        for id in if operation.has_id() { theirs.iter().collect() } else { vec![sample] } {
            let reply = visitor.json(operation.method.clone(), &operation.path_with(id), &body_of(operation)).await;
            look_for_leaks(operation, &reply.text(), &theirs, Some(id));
        }
    }
}

fn body_of(operation: &Operation) -> Value {
    operation.body.clone().unwrap_or_else(|| json!({}))
}

/// Wherever a body holds a text, another unit's identifier is tried in its place.
async fn put_identifiers_into_bodies(stranger: &mut Caller, operation: &Operation, theirs: &BTreeSet<String>) {
    let Some(example) = &operation.body else { return };
    for place in places(example) {
        let is_text = example.pointer(&place).is_some_and(Value::is_string);
        for id in theirs.iter().filter(|_| is_text) {
            let mut body = example.clone();
            *body.pointer_mut(&place).expect("the place is in the example") = json!(id);
            let path = operation.path_with(id);
            let reply = stranger.json(operation.method.clone(), &path, &body).await;
            assert!(!reply.status.is_server_error(), "{} {path}: {}", operation.method, reply.text());
            look_for_leaks(operation, &reply.text(), theirs, Some(id));
        }
    }
}

/// An answer may repeat what was sent, and nothing else of theirs.
#[track_caller]
fn look_for_leaks(operation: &Operation, answer: &str, theirs: &BTreeSet<String>, sent: Option<&str>) {
    let mut shown = BTreeSet::new();
    collect_identifiers(answer, &mut shown);
    let leaked: Vec<&String> = shown.iter().filter(|id| theirs.contains(*id) && Some(id.as_str()) != sent).collect();
    assert!(leaked.is_empty(), "{} {} shows {leaked:?}: {answer}", operation.method, operation.path);
    for private in PRIVATE {
        assert!(!answer.contains(private), "{} {} shows {private}: {answer}", operation.method, operation.path);
    }
}

/// What the resident sees on every page without an identifier, to be compared before and after.
async fn everything_of_the_resident(town: &Town) -> Vec<String> {
    let mut caller = Caller::with_token(&town.world.base_url, &town.resident.token);
    let mut pages = Vec::new();
    for operation in &town.operations {
        let is_list = operation.method == "GET" && operation.path.starts_with("/api/") && !operation.has_id();
        // The list of sign-ins grows by the test's own.
        if is_list && operation.path != "/api/v1/sessions" {
            pages.push(format!("{} {}", operation.path, without_trace_id(&caller.get(&operation.path).await.text())));
        }
    }
    pages
}

fn without_trace_id(text: &str) -> String {
    match text.split_once("\"trace_id\":\"") {
        Some((before, after)) => format!("{before}{}", after.split_once('"').map_or("", |(_, rest)| rest)),
        None => text.to_owned(),
    }
}
