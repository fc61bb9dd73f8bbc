//! `docs/openapi.json` is checked in, so that clients are generated from what is really served; and what it says of
//! logins and headers is what happens.

use reqwest::Method;
use serde_json::json;

use super::town::Town;
use crate::caller::Caller;

#[test]
fn the_checked_in_document_is_the_served_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");
    let checked_in = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        checked_in == tejian::web::document_text(),
        "docs/openapi.json is out of date: run `make openapi` and check the difference in"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_is_demanded_where_the_document_says_so_and_nowhere_else() {
    let town = Town::build().await;
    let mut visitor = Caller::browser(&town.world.base_url);
    for operation in town.operations.iter().filter(|operation| operation.path.starts_with("/api/v1/")) {
        let path = operation.path_with(&town.samples.for_path(&operation.path));
        let body = operation.body.clone().unwrap_or_else(|| json!({}));
        let reply = visitor.json(operation.method.clone(), &path, &body).await;
        let named = ["session_cookie", "session_token"].map(str::to_owned);
        let told = if operation.logins.is_empty() { None } else { Some(401) };
        if told.is_some() {
            assert_eq!(operation.logins, named, "{} {path}", operation.method);
            assert_eq!(reply.status.as_u16(), 401, "{} {path}: {}", operation.method, reply.text());
        } else {
            assert!(!reply.text().contains("not_signed_in"), "{} {path}: {}", operation.method, reply.text());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_needs_the_header_that_the_document_names_and_is_told_its_name() {
    let town = Town::build().await;
    let writes = town.operations.iter().filter(|operation| operation.method != Method::GET);
    let writes: Vec<_> = writes.filter(|operation| operation.path.starts_with("/api/v1/")).collect();
    assert!(writes.len() > 10, "{}", writes.len());
    for operation in writes {
        assert!(operation.headers.iter().any(|name| name == "X-Requested-With"), "{}", operation.path);
        let path = operation.path_with(&town.samples.for_path(&operation.path));
        let request = town.world.http.request(operation.method.clone(), format!("{}{path}", town.world.base_url));
        let cookie = format!("tejian_session={}", town.resident.token);
        let reply = request.header("cookie", cookie).json(&json!({})).send().await.unwrap();
        let status = reply.status();
        let text = reply.text().await.unwrap();
        assert!(status.as_u16() == 403 && text.contains("X-Requested-With: tejian"), "{path}: {status} {text}");
    }
}

#[test]
fn what_wechat_pay_calls_is_described_too() {
    let document: serde_json::Value = serde_json::from_str(&tejian::web::document_text()).unwrap();
    for kind in ["payment", "refund", "fapiao"] {
        let operation = &document["paths"][format!("/wechat/pay/notify/{kind}")]["post"];
        assert!(operation["parameters"].to_string().contains("Wechatpay-Signature"), "{kind}: {operation}");
    }
}
