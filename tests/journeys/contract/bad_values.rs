//! Every route of the document, driven with values that cannot be right. Nothing may answer 5xx, and every refusal has
//! a code, a Chinese sentence and the id of the request.

use reqwest::Method;
use serde_json::{Value, json};

use super::operations::{Operation, places};
use super::town::Town;
use crate::caller::{Caller, Reply};

/// What no identifier looks like, ready for a path.
const BAD_IDS: [&str; 12] = [
    "x",
    "0",
    "-1",
    "9223372036854775808",
    "ord_00000000000000000000000000000000",
    "ORD_0192F0C4000000000000000000000000",
    "%00",
    "%ff%fe",
    "..%2f..%2fetc%2fpasswd",
    "%27%20OR%201%3D1--",
    "%E8%AE%A2%E5%8D%95",
    "%F0%9F%98%80",
];

/// What no parameter wants, ready for a query.
const BAD_QUERY_VALUES: [&str; 10] = [
    "",
    "-1",
    "1.5",
    "99999999999999999999",
    "null",
    "%00",
    "%ff",
    "%27%3B%20DROP%20TABLE%20fees%3B--",
    "%F0%A0%AE%B7%F0%9F%98%80",
    "%25%5F%5C",
];

/// What is not the JSON that is expected.
const BAD_BODIES: [&[u8]; 13] = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"true",
    b"12",
    b"\"text\"",
    b"{}",
    b"{\"a\":1}",
    b"{\"a\":\"\\u0000\"}",
    b"\xff\xfe\x00",
    b"\xef\xbb\xbf{}",
    b"<xml><a>1</a></xml>",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_route_breaks_on_bad_values() {
    let town = Town::build().await;
    let mut asked = 0;
    for operation in &town.operations {
        let session = town.world.phone(&town.unit.applicant, &town.unit.unit, &town.resident.openid).await;
        let mut signed_in = Caller::with_token(&town.world.base_url, &session.token);
        let mut visitor = Caller::browser(&town.world.base_url);
        // With a row that exists, so that the rest is looked at.
        let id = town.samples.for_path(&operation.path);
        for caller in [&mut visitor, &mut signed_in] {
            asked += bad_ids(caller, operation).await;
            asked += bad_queries(caller, operation, &id).await;
            asked += bad_bodies(caller, operation, &id, town.world.app.config.http.body_limit_bytes).await;
            asked += bad_fields(caller, operation, &id).await;
        }
    }
    assert!(asked > 1_000, "only {asked} requests were made: the document is not read");
}

async fn bad_ids(caller: &mut Caller, operation: &Operation) -> usize {
    if !operation.has_id() {
        return 0;
    }
    let long = "a".repeat(4_000);
    let ids: Vec<&str> = BAD_IDS.into_iter().chain([long.as_str()]).collect();
    for id in &ids {
        let path = operation.path_with(id);
        let reply = match &operation.body {
            Some(body) => caller.json(operation.method.clone(), &path, body).await,
            None => caller.send(operation.method.clone(), &path, None, Vec::new()).await,
        };
        judge(operation, &reply);
        assert!(!reply.status.is_success(), "{} {path} answered {}", operation.method, reply.status);
    }
    ids.len()
}

async fn bad_queries(caller: &mut Caller, operation: &Operation, id: &str) -> usize {
    let path = operation.path_with(id);
    let mut asked = 0;
    for name in &operation.query {
        let long = "长".repeat(2_000);
        for value in BAD_QUERY_VALUES.into_iter().chain([long.as_str(), &format!("1&{name}=2")]) {
            let address = format!("{path}?{name}={value}");
            judge(operation, &caller.send(operation.method.clone(), &address, None, Vec::new()).await);
            asked += 1;
        }
    }
    asked
}

async fn bad_bodies(caller: &mut Caller, operation: &Operation, id: &str, limit_bytes: usize) -> usize {
    if operation.body.is_none() && !operation.takes_bytes {
        return 0;
    }
    let path = operation.path_with(id);
    let nested = "[".repeat(20_000);
    let deep = format!("{{\"a\":{}1{}}}", "{\"a\":".repeat(500), "}".repeat(500));
    let mut asked = 0;
    for body in BAD_BODIES.into_iter().chain([nested.as_bytes(), deep.as_bytes()]) {
        judge(operation, &caller.send(operation.method.clone(), &path, Some("application/json"), body.to_vec()).await);
        asked += 1;
    }
    if operation.body.is_some() {
        for content_type in
            [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("multipart/form-data")]
        {
            let reply = caller.send(operation.method.clone(), &path, content_type, b"{}".to_vec()).await;
            judge(operation, &reply);
            assert!(reply.status.is_client_error(), "{} {path} took {content_type:?}", operation.method);
            asked += 1;
        }
        let huge = format!("{{\"a\":\"{}\"}}", "a".repeat(limit_bytes));
        let reply = caller.send(operation.method.clone(), &path, Some("application/json"), huge.into_bytes()).await;
        judge(operation, &reply);
        // A visitor is turned away before anybody reads what he brings.
        assert!([401, 413].contains(&reply.status.as_u16()), "{} {path}: {}", operation.method, reply.status);
        asked += 1;
    }
    asked
}

/// A body that fits, with one value at a time replaced by what cannot be right, left out, or joined by an unknown one.
async fn bad_fields(caller: &mut Caller, operation: &Operation, id: &str) -> usize {
    let Some(example) = &operation.body else { return 0 };
    let path = operation.path_with(id);
    let mut asked = 0;
    for place in places(example) {
        for bad in bad_values() {
            let mut body = example.clone();
            *body.pointer_mut(&place).expect("the place is in the example") = bad;
            judge(operation, &caller.json(operation.method.clone(), &path, &body).await);
            asked += 1;
        }
        let mut body = example.clone();
        let (parent, name) = place.rsplit_once('/').expect("a pointer has a slash");
        if let Some(object) = body.pointer_mut(parent).and_then(Value::as_object_mut) {
            object.remove(name);
            judge(operation, &caller.json(operation.method.clone(), &path, &body).await);
            asked += 1;
        }
        // Numbers that serde_json itself would not write.
        let text = replaced_by_raw(example, &place, "1e400");
        let reply =
            caller.send(Method::clone(&operation.method), &path, Some("application/json"), text.into_bytes()).await;
        judge(operation, &reply);
        asked += 1;
    }
    asked
}

fn bad_values() -> Vec<Value> {
    vec![
        Value::Null,
        json!(-1),
        json!(0),
        json!(1.5),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(true),
        json!(""),
        json!(" \t\u{3000}"),
        json!("a\u{0}b"),
        json!("𠮷😀"),
        json!("' OR 1=1 --"),
        json!("<script>alert(1)</script>"),
        json!("2026-02-30"),
        json!("长".repeat(5_000)),
        json!([]),
        json!({}),
        json!([[[]]]),
    ]
}

fn replaced_by_raw(example: &Value, place: &str, raw: &str) -> String {
    const MARK: &str = "a mark that stands nowhere else";
    let mut body = example.clone();
    *body.pointer_mut(place).expect("the place is in the example") = json!(MARK);
    body.to_string().replace(&format!("\"{MARK}\""), raw)
}

#[track_caller]
fn judge(operation: &Operation, reply: &Reply) {
    let (method, path) = (&operation.method, &operation.path);
    assert!(!reply.status.is_server_error(), "{method} {path}: {} {}", reply.status, reply.text());
    if reply.status.is_client_error() && operation.is_for_programs() {
        reply.check_form_of_refusal();
    }
}
