use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use axum::response::Response;
use foundation::config::Secret;
use futures_util::FutureExt;
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use crate::testing;

async fn ask(request: Request<Body>) -> Response {
    let (app, _clock) = testing::app().await;
    super::router(app).oneshot(request).await.expect("the router answers everything")
}

async fn get(path: &str) -> Response {
    ask(Request::get(path).body(Body::empty()).unwrap()).await
}

async fn text(response: Response) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

async fn json(response: Response) -> Value {
    serde_json::from_str(&text(response).await).unwrap()
}

#[tokio::test]
async fn every_error_towards_programs_is_a_problem_with_the_id_of_the_answer() {
    for (method, path, status, code) in [
        (Method::GET, "/api/v1/nothing", StatusCode::NOT_FOUND, "not_found"),
        (Method::GET, "/integration/v1/nothing", StatusCode::NOT_FOUND, "not_found"),
        (Method::GET, "/wechat/nothing", StatusCode::NOT_FOUND, "not_found"),
        (Method::GET, "/api/v1/%00", StatusCode::BAD_REQUEST, "malformed_address"),
    ] {
        let response = ask(Request::builder().method(method).uri(path).body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), status, "{path}");
        let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        let body = json(response).await;
        assert_eq!(body["error"]["code"], code, "{path}");
        assert_eq!(body["error"]["trace_id"], id.as_str());
        assert_eq!(body["error"]["money"], "none");
    }
}

#[tokio::test]
async fn every_route_that_is_given_longer_is_one_of_ours() {
    let document: Value = serde_json::from_str(&super::document_text()).unwrap();
    for (method, path) in super::guard::LARGE {
        let operation = &document["paths"][path][method.as_str().to_ascii_lowercase()];
        assert!(operation.is_object(), "{method} {path}");
        // Where the proxy waits longer (deploy/nginx/tejian.conf).
        assert!(["/integration/", "/staff/"].iter().any(|start| path.starts_with(start)), "{path}");
    }
}

#[tokio::test]
async fn people_get_a_page_when_they_lose_their_way() {
    let response = get("/somewhere").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert!(response.headers()[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/html"));
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let page = text(response).await;
    assert!(page.contains("没有找到") && page.contains(&id), "{page}");
}

#[tokio::test]
async fn a_dead_link_is_a_page_for_people_and_a_problem_for_programs() {
    let link = || Request::get("/files/0123.1.abcd");
    let for_program = ask(link().body(Body::empty()).unwrap()).await;
    assert!(for_program.status().is_client_error());
    let message = json(for_program).await["error"]["message"].as_str().unwrap().to_owned();
    let for_person = ask(link().header(header::ACCEPT, "text/html,*/*").body(Body::empty()).unwrap()).await;
    assert!(for_person.status().is_client_error());
    let page = text(for_person).await;
    assert!(page.starts_with("<!doctype html>") && page.contains(&message), "{page}");
    assert!(!page.contains("扣款") && !page.contains("款项"), "a file costs nothing: {page}");
}

#[tokio::test]
async fn a_wrong_method_says_which_are_right() {
    let response = ask(Request::post("/healthz").body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()[header::ALLOW], "GET,HEAD");
}

#[tokio::test]
async fn readiness_names_every_part() {
    let response = get("/readyz").await;
    assert_eq!(response.status(), StatusCode::OK);
    let body = json(response).await;
    for part in ["database", "writes", "migrations", "cache", "files"] {
        assert_eq!(body["parts"][part], "ok");
    }
}

#[tokio::test]
async fn readiness_tells_of_changes_not_yet_applied() {
    let mut config = testing::config();
    config.database.migrate_on_start = false;
    // The databases that tests are given have their schema already.
    config.database.url = Secret::new(format!("sqlite://{}/empty.db?mode=rwc", config.files.directory));
    let (app, _clock) = testing::app_with(config).await;
    let request = Request::get("/readyz").body(Body::empty()).unwrap();
    let response = super::router(app).oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    let body = json(response).await;
    assert_eq!(body["parts"]["database"], "ok");
    assert!(body["parts"]["migrations"].as_str().unwrap().contains("tejian migrate"), "{body}");
}

#[tokio::test]
async fn a_verification_file_is_answered_at_the_root_and_nothing_else_beside_it_is() {
    let mut config = testing::config();
    let directory = std::path::PathBuf::from(&config.files.directory).join("verify");
    std::fs::create_dir_all(directory.join("dir123.txt")).unwrap();
    for name in ["MP_verify_AbC123.txt", "a1B2c3d4.txt", "notes.md", "MP_verify_AbC123.pem"] {
        std::fs::write(directory.join(name), format!("content of {name}")).unwrap();
    }
    std::fs::write(directory.parent().unwrap().join("MP_verify_outside.txt"), "outside").unwrap();
    config.wechat.verification_directory = directory.to_str().unwrap().to_owned();
    let (app, _clock) = testing::app_with(config).await;
    let router = super::router(app);
    let fetch =
        async |path: &str| router.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    for name in ["MP_verify_AbC123.txt", "a1B2c3d4.txt"] {
        let response = fetch(&format!("/{name}")).await;
        assert_eq!(response.status(), StatusCode::OK, "{name}");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/plain; charset=utf-8");
        assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(text(response).await, format!("content of {name}"));
    }
    for path in [
        "/notes.md",
        "/MP_verify_AbC123.pem",
        "/dir123.txt",
        "/MP_verify_nothing.txt",
        "/MP_verify_AbC123.txt/",
        "/../MP_verify_outside.txt",
        "/..%2FMP_verify_outside.txt",
        "/%2e%2e%2fMP_verify_outside.txt",
        "/verify/a1B2c3d4.txt",
        "/MP_verify_%2e%2e%2fMP_verify_outside.txt",
    ] {
        assert_eq!(fetch(path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    // What stands at the root already stays what it is.
    assert_eq!(fetch("/readyz").await.status(), StatusCode::OK);
    assert_eq!(fetch("/h5").await.status(), StatusCode::PERMANENT_REDIRECT);
    // Without a directory no file is looked for, wherever the program was started.
    assert_eq!(get("/MP_verify_AbC123.txt").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn requests_are_measured_by_route_template() {
    get("/healthz").await;
    let metrics = text(get("/metrics").await).await;
    assert!(metrics.contains(r#"tejian_http_requests_total{method="GET",route="/healthz",status="200"}"#), "{metrics}");
}

#[tokio::test]
async fn a_request_whose_caller_hangs_up_is_measured_too() {
    // Recording has started.
    get("/healthz").await;
    let unanswered = axum::Router::new()
        .route("/unanswered", axum::routing::get(std::future::pending::<()>))
        .layer(axum::middleware::from_fn(super::context::surround));
    let request = Request::get("/unanswered").body(Body::empty()).unwrap();
    assert!(unanswered.oneshot(request).now_or_never().is_none(), "it hangs up");
    let metrics = text(get("/metrics").await).await;
    let told = r#"tejian_http_requests_total{method="GET",route="/unanswered",status="499"} 1"#;
    assert!(metrics.contains(told), "{metrics}");
}

#[tokio::test]
async fn the_documentation_is_served_without_outside_addresses() {
    let document = json(get("/openapi.json").await).await;
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["paths"]["/readyz"]["get"].is_object());
    let response = get("/docs/").await;
    assert_eq!(response.status(), StatusCode::OK);
    let page = text(response).await;
    assert!(!page.contains("http://") && !page.contains("https://"), "{page}");
}

#[tokio::test]
async fn without_the_setting_nobody_is_told_which_routes_there_are() {
    let mut config = testing::config();
    config.http.api_documents = false;
    let (app, _clock) = testing::app_with(config).await;
    let router = super::router(app);
    for path in ["/openapi.json", "/docs", "/docs/", "/docs/index.html", "/docs/swagger-initializer.js"] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        assert_eq!(router.clone().oneshot(request).await.unwrap().status(), StatusCode::NOT_FOUND, "{path}");
    }
    let front = router.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
    assert!(!text(front).await.contains("/docs/"));
}

#[test]
fn documents_are_closed_unless_somebody_opens_them() {
    let config = foundation::config::Config::load_from(None, []).unwrap();
    assert!(!config.http.api_documents);
}

#[tokio::test]
async fn pages_carry_careful_headers() {
    let response = get("/").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    assert!(response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().contains("object-src 'none'"));
    assert_eq!(get("/api/v1/nothing").await.headers()[header::CACHE_CONTROL], "no-store");
}

#[tokio::test]
async fn hashed_files_of_the_front_end_are_kept_forever_and_the_page_is_asked_for_again() {
    let mut config = testing::config();
    let directory = std::path::PathBuf::from(&config.files.directory).join("h5");
    std::fs::create_dir_all(directory.join("assets")).unwrap();
    std::fs::write(directory.join("index.html"), "<script>1</script>").unwrap();
    std::fs::write(directory.join("assets/index-1a2b.js"), "1").unwrap();
    config.http.h5_directory = directory.to_str().unwrap().to_owned();
    let (app, _clock) = testing::app_with(config).await;
    let router = super::router(app);
    for (path, caching) in [("/h5/", "no-cache"), ("/h5/assets/index-1a2b.js", "public, max-age=31536000, immutable")] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()[header::CACHE_CONTROL], caching, "{path}");
    }
    // What was compressed while building is sent as it is; who cannot read that gets the file itself.
    std::fs::write(directory.join("assets/index-1a2b.js.br"), "compressed").unwrap();
    for (encoding, sent) in [("br", "compressed"), ("identity", "1")] {
        let request = Request::get("/h5/assets/index-1a2b.js").header(header::ACCEPT_ENCODING, encoding);
        let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert!(response.headers()[header::VARY].to_str().unwrap().contains("accept-encoding"), "{encoding}");
        assert_eq!(text(response).await, sent, "{encoding}");
    }
    for path in ["/h5/nothing", "/h5/../Cargo.toml", "/h5/%2e%2e/%2e%2e/etc/passwd"] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        assert_eq!(router.clone().oneshot(request).await.unwrap().status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn large_json_takes_room_while_it_is_received() {
    let (app, _clock) = testing::app().await;
    let router = super::router(app.clone());
    let sign_in = |bytes: usize| {
        let request = Request::post("/api/v1/session/password").header("x-client", "mini-program");
        let request = request.header(header::CONTENT_TYPE, "application/json");
        request.body(Body::from(format!("{{\"a\":\"{}\"}}", "a".repeat(bytes)))).unwrap()
    };
    let _files = app.large_bodies.take(app.config.http.large_bodies_limit_bytes as u64).unwrap();
    let refused = router.clone().oneshot(sign_in(100_000)).await.unwrap();
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(json(refused).await["error"]["code"], "too_many_large_bodies");
    let read = router.oneshot(sign_in(1_000)).await.unwrap();
    assert_eq!(read.status(), StatusCode::UNPROCESSABLE_ENTITY, "an ordinary one is read meanwhile");
}

#[tokio::test]
async fn wechats_door_reads_no_more_than_a_push_can_be() {
    for path in ["/wechat/mp", "/wechat/mini"] {
        let request = Request::post(path).header(header::CONTENT_TYPE, "text/xml");
        let response = ask(request.body(Body::from(vec![b' '; 64 * 1024 + 1])).unwrap()).await;
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE, "{path}");
    }
}
