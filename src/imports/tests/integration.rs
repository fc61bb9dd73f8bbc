//! The signed API, as the core system uses it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use foundation::config::Secret;
use foundation::secret_hash::sha256_hex;
use futures_util::stream::{self, FuturesUnordered, StreamExt};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tower::ServiceExt;

use super::Intake;

const SECRET: &str = "the core system and we know this secret";
const BATCHES: &str = "/integration/v1/fee-batches";

async fn intake() -> Intake {
    intake_between(SECRET, "").await
}

/// One that is being told of another secret.
async fn intake_between(secret: &str, old: &str) -> Intake {
    let mut config = crate::testing::config();
    config.integration.client_id = "core".to_owned();
    config.integration.secret = Secret::new(secret);
    config.integration.secret_old = Secret::new(old);
    Intake::with(config).await
}

/// A request to be signed; what a test changes, it changes after the signature.
#[derive(Clone)]
struct Call {
    method: Method,
    path: String,
    body: Vec<u8>,
    nonce: String,
    secret: &'static str,
    age_s: i64,
    idempotency_key: Option<&'static str>,
}

impl Call {
    fn new(method: Method, path: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        let nonce = foundation::ids::new_id_text("nonce");
        let (path, body) = (path.into(), body.into());
        Self { method, path, body, nonce, secret: SECRET, age_s: 0, idempotency_key: None }
    }

    fn batch(rows: &[Value]) -> Self {
        Self::new(Method::POST, BATCHES, json!({ "rows": rows }).to_string())
    }

    fn signed(&self, intake: &Intake) -> Request<Body> {
        let timestamp = (intake.app.now_ms() / 1_000 - self.age_s).to_string();
        let hash = sha256_hex(&self.body);
        let message = format!("{}\n{}\n{timestamp}\n{}\n{hash}", self.method, self.path, self.nonce);
        let mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).unwrap().chain_update(message);
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(&self.path)
            .header("x-tejian-client", "core")
            .header("x-tejian-timestamp", timestamp)
            .header("x-tejian-nonce", &self.nonce)
            .header("x-tejian-signature", hex::encode(mac.finalize().into_bytes()));
        if let Some(key) = self.idempotency_key {
            request = request.header("idempotency-key", key);
        }
        request.body(Body::from(self.body.clone())).unwrap()
    }

    async fn send(&self, intake: &Intake) -> (StatusCode, Value) {
        send(intake, self.signed(intake)).await
    }
}

async fn send(intake: &Intake, request: Request<Body>) -> (StatusCode, Value) {
    let answer = crate::web::router(intake.app.clone()).oneshot(request).await.unwrap();
    let status = answer.status();
    let content = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    let text = String::from_utf8(content.to_vec()).unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

fn fee(number: u32) -> Value {
    json!({
        "unit": { "id": "U001", "name": "示例物业001有限公司", "uscc": "91500000DEM0000145" },
        "applicant": { "name": "测试一号", "phone": "13900000001" },
        "device": { "name": "曳引驱动乘客电梯", "registration_code": format!("3110500112201603{number:04}") },
        "report": { "report_no": format!("DT-DJ-2026-{number:07}"), "issued_on": "2026-07-10" },
        "fee": { "id": format!("F{number:07}"), "amount_fen": 60_500, "receipt_class": "nontax" },
        "payee": { "code": "NT01", "name": "示例特检院", "bank_name": "示例银行", "bank_account": "0011" },
    })
}

#[tokio::test]
async fn a_signed_batch_is_taken_and_its_bad_rows_are_told() {
    let intake = intake().await;
    let mut bad = fee(2);
    bad["fee"]["amount_fen"] = json!(-1);
    let mut explained = fee(1);
    let items = json!([{ "text": "检验费", "amount_fen": 70_500 }, { "text": "减免；优惠", "amount_fen": -10_000 }]);
    explained["fee"]["price_basis"] = json!({ "rule": "每台每次", "items": items });
    let (status, answer) = Call::batch(&[explained, bad]).send(&intake).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!((&answer["rows"]["new"], &answer["rows"]["rejected"]), (&json!(1), &json!(1)));
    let basis = intake.fee("F0000001").await.unwrap().record.price_basis.expect("an explanation");
    assert_eq!((basis.items[1].text.as_str(), basis.items[1].amount_fen.0), ("减免，优惠", -10_000));
    assert_eq!((&answer["errors"][0]["line"], &answer["errors"][0]["fee_id"]), (&json!(2), &json!("F0000002")));
    assert_eq!(intake.fee("F0000001").await.unwrap().record.amount.0, 60_500);

    let id = answer["id"].as_str().unwrap();
    let (status, again) = Call::new(Method::GET, format!("/integration/v1/imports/{id}"), "").send(&intake).await;
    assert_eq!((status, &again["rows"]), (StatusCode::OK, &answer["rows"]));
    let errors = Call::new(Method::GET, format!("/integration/v1/imports/{id}/errors.csv"), "");
    let (status, text) = errors.send(&intake).await;
    assert_eq!(status, 200);
    assert!(text.as_str().is_some_and(|text| text.contains("F0000002") && text.contains("-0.01")), "{text}");
}

#[tokio::test]
async fn the_same_batch_again_changes_nothing_and_the_same_key_gives_the_same_answer() {
    let intake = intake().await;
    let keyed = Call { idempotency_key: Some("batch-2026-08-03"), ..Call::batch(&[fee(1)]) };
    let (_, first) = keyed.send(&intake).await;
    assert_eq!(first["rows"]["new"], 1);
    let again = Call { nonce: "another-nonce-1".to_owned(), ..keyed.clone() };
    assert_eq!(again.send(&intake).await, (StatusCode::OK, first));
    let other = Call { idempotency_key: Some("batch-2026-08-03"), ..Call::batch(&[fee(2)]) };
    let (status, answer) = other.send(&intake).await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::CONFLICT, &json!("idempotency_key_reused")));
    let (_, without_key) = Call::batch(&[fee(1)]).send(&intake).await;
    assert_eq!((&without_key["rows"]["new"], &without_key["rows"]["unchanged"]), (&json!(0), &json!(1)));
}

#[tokio::test]
async fn what_is_not_signed_right_is_refused_and_changes_nothing() {
    let intake = intake().await;
    let good = Call::batch(&[fee(1)]);
    let mut unsigned = good.signed(&intake);
    unsigned.headers_mut().remove("x-tejian-signature");
    let mut other_client = good.signed(&intake);
    other_client.headers_mut().insert("x-tejian-client", "other".parse().unwrap());
    let other_body = {
        let (parts, _) = good.signed(&intake).into_parts();
        Request::from_parts(parts, Body::from(json!({ "rows": [fee(9)] }).to_string()))
    };
    let mut other_path = good.signed(&intake);
    *other_path.uri_mut() = format!("{BATCHES}?x=1").parse().unwrap();
    let mut not_hex = good.signed(&intake);
    not_hex.headers_mut().insert("x-tejian-signature", "zz".parse().unwrap());
    for (name, request, code) in [
        ("unsigned", unsigned, "signature_missing"),
        ("not hex", not_hex, "signature_missing"),
        ("another client", other_client, "signature_invalid"),
        ("another body", other_body, "signature_invalid"),
        ("another path", other_path, "signature_invalid"),
        ("another secret", Call { secret: "guessed", ..good.clone() }.signed(&intake), "signature_invalid"),
        ("old", Call { age_s: 301, ..good.clone() }.signed(&intake), "signature_expired"),
        ("early", Call { age_s: -301, ..good.clone() }.signed(&intake), "signature_expired"),
    ] {
        let (status, answer) = send(&intake, request).await;
        assert_eq!((status, &answer["error"]["code"]), (StatusCode::UNAUTHORIZED, &json!(code)), "{name}: {answer}");
    }
    assert_eq!(intake.count("SELECT COUNT(*) FROM fees").await, 0);
    assert_eq!(good.send(&intake).await.0, StatusCode::OK, "refused tries do not use the number up");
    let (status, answer) = good.send(&intake).await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::UNAUTHORIZED, &json!("nonce_replayed")));
}

/// The same request, whose body begins and never ends.
fn endless(request: Request<Body>) -> Request<Body> {
    request.map(|_| Body::from_stream(stream::pending::<Result<bytes::Bytes, std::convert::Infallible>>()))
}

#[tokio::test]
async fn nothing_is_read_of_what_a_stranger_sends_who_does_not_know_the_client() {
    let intake = intake().await;
    let signed = Call::batch(&[fee(1)]).signed(&intake);
    let mut other_client = endless(signed);
    other_client.headers_mut().insert("x-tejian-client", "other".parse().unwrap());
    let mut half_a_signature = endless(Call::batch(&[fee(1)]).signed(&intake));
    half_a_signature.headers_mut().insert("x-tejian-signature", "00".repeat(16).parse().unwrap());
    for request in [other_client, half_a_signature] {
        let (status, answer) = send(&intake, request).await;
        assert_eq!((status, &answer["error"]["code"]), (StatusCode::UNAUTHORIZED, &json!("signature_invalid")));
        assert_eq!(intake.app.large_bodies.taken_bytes(), 0);
    }
}

#[tokio::test]
async fn large_bodies_that_nobody_signed_take_no_more_memory_than_they_may_together() {
    const ROOM_FOR: usize = 2;
    const FILE_BODY_BYTES: u64 = 30 * 1024 * 1024 + 1_024;
    const SENT: usize = 40;
    let mut config = crate::testing::config();
    config.integration.client_id = "core".to_owned();
    config.integration.secret = Secret::new(SECRET);
    config.http.import_limit_bytes = 32 * 1024 * 1024;
    config.http.large_bodies_limit_bytes = 2 * ROOM_FOR * config.http.import_limit_bytes;
    let intake = Intake::with(config).await;
    let forged = |number: usize| {
        let path = format!("/integration/v1/reports/R{number}/file");
        let call = Call { secret: "guessed", ..Call::new(Method::PUT, path, "%PDF-1.7") };
        endless(call.signed(&intake))
    };
    // All at once: those that found room wait for the rest of what they send, the others are answered.
    let mut asked: FuturesUnordered<_> = (0..SENT).map(|number| send(&intake, forged(number))).collect();
    for _ in ROOM_FOR..SENT {
        let (status, answer) = asked.next().await.expect("it is refused and does not wait");
        assert_eq!((status.as_u16(), &answer["error"]["code"]), (503, &json!("too_many_large_bodies")), "{answer}");
        assert_eq!(answer["error"]["money"], "none");
        assert!(intake.app.large_bodies.taken_bytes() <= ROOM_FOR as u64 * FILE_BODY_BYTES);
    }
    assert_eq!(intake.app.large_bodies.taken_bytes(), ROOM_FOR as u64 * FILE_BODY_BYTES);
    let of_a_payer = intake.app.large_bodies.take(2 * 32 * 1024 * 1024).expect("half is left to those who are known");
    drop(of_a_payer);
    assert_eq!(Call::batch(&[fee(1)]).send(&intake).await.0, StatusCode::OK, "a small one is taken meanwhile");
    drop(asked);
    assert_eq!(intake.app.large_bodies.taken_bytes(), 0);
    let put = Call::new(Method::PUT, "/integration/v1/reports/DT-DJ-2026-0000001/file", {
        let mut large = b"%PDF-1.7\n".to_vec();
        large.resize(8 * 1024 * 1024, b' ');
        large
    });
    let (status, answer) = put.send(&intake).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(intake.app.large_bodies.taken_bytes(), 0);
}

#[tokio::test]
async fn an_import_has_longer_than_a_page() {
    let mut config = crate::testing::config();
    config.integration.client_id = "core".to_owned();
    config.integration.secret = Secret::new(SECRET);
    config.http.request_timeout_ms = 1;
    let intake = Intake::with(config).await;
    let page = Request::post("/api/v1/sms-codes")
        .header("content-type", "application/json")
        .header("x-client", "mini-program")
        .body(Body::empty())
        .unwrap();
    let (status, answer) = send(&intake, endless(page)).await;
    assert_eq!((status.as_u16(), &answer["error"]["code"]), (503, &json!("timeout")), "{answer}");
    let rows: Vec<Value> = (1..=20).map(fee).collect();
    let (status, answer) = Call::batch(&rows).send(&intake).await;
    assert_eq!((status, &answer["rows"]["new"]), (StatusCode::OK, &json!(20)), "{answer}");
}

#[tokio::test]
async fn without_a_secret_the_api_is_closed() {
    let intake = Intake::new().await;
    let (status, answer) = Call { secret: "", ..Call::batch(&[fee(1)]) }.send(&intake).await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::FORBIDDEN, &json!("integration_closed")));
}

#[tokio::test]
async fn while_the_secret_of_the_core_system_changes_either_signs_and_a_third_does_not() {
    const NEXT: &str = "the next secret, known to both of us";
    let by = |secret: &'static str, number: u32| Call { secret, ..Call::batch(&[fee(number)]) };
    let during = intake_between(NEXT, SECRET).await;
    for (number, secret) in [(1, SECRET), (2, NEXT)] {
        let (status, answer) = by(secret, number).send(&during).await;
        assert_eq!((status, &answer["rows"]["new"]), (StatusCode::OK, &json!(1)), "{answer}");
    }
    for secret in ["a third secret that nobody gave out", ""] {
        let (status, answer) = by(secret, 3).send(&during).await;
        assert_eq!((status, &answer["error"]["code"]), (StatusCode::UNAUTHORIZED, &json!("signature_invalid")));
    }
    // A number is used up for both: whoever signs the same request again with the other secret says nothing new.
    let once = by(SECRET, 4);
    assert_eq!(once.send(&during).await.0, StatusCode::OK);
    let (status, answer) = Call { secret: NEXT, ..once }.send(&during).await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::UNAUTHORIZED, &json!("nonce_replayed")));
    assert_eq!(during.count("SELECT COUNT(*) FROM fees").await, 3);

    let after = intake_between(NEXT, "").await;
    for (secret, expected) in [(SECRET, 401), ("", 401), (NEXT, 200)] {
        assert_eq!(by(secret, 1).send(&after).await.0.as_u16(), expected, "{secret}");
    }
    let closed = intake_between("", SECRET).await;
    let (status, answer) = by(SECRET, 1).send(&closed).await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::FORBIDDEN, &json!("integration_closed")), "alone");
}

#[tokio::test]
async fn batches_that_are_empty_too_long_or_malformed_are_refused() {
    let intake = intake().await;
    let many: Vec<Value> = (1..=501).map(fee).collect();
    let mut unknown_field = fee(1);
    unknown_field["fee"]["amount"] = json!("1.00");
    for (call, expected) in [
        (Call::batch(&[]), 422),
        (Call::batch(&many), 422),
        (Call::batch(&[unknown_field]), 422),
        (Call::new(Method::POST, BATCHES, "{"), 400),
        (Call { idempotency_key: Some("short"), ..Call::batch(&[fee(1)]) }, 400),
    ] {
        let (status, answer) = call.send(&intake).await;
        assert_eq!(status.as_u16(), expected, "{answer}");
    }
    assert_eq!(intake.count("SELECT COUNT(*) FROM fees").await, 0);
}

#[tokio::test]
async fn a_report_file_is_kept_when_it_is_a_pdf_of_at_most_thirty_megabytes() {
    let intake = intake().await;
    Call::batch(&[fee(1)]).send(&intake).await;
    let put = |body: Vec<u8>| Call::new(Method::PUT, "/integration/v1/reports/DT-DJ-2026-0000001/file", body);
    let mut largest = b"%PDF-1.7\n".to_vec();
    largest.resize(30 * 1024 * 1024, b' ');
    let (status, answer) = put(largest.clone()).send(&intake).await;
    assert_eq!((status, &answer["bytes"]), (StatusCode::OK, &json!(31_457_280)), "{answer}");
    assert_eq!(intake.report("DT-DJ-2026-0000001").await.unwrap().file_sha256, Some(sha256_hex(&largest)));
    largest.push(b' ');
    for (call, expected, code) in [
        (put(largest), 413, "file_too_large"),
        (put(b"<html>".to_vec()), 422, "not_a_pdf"),
        (put(Vec::new()), 422, "not_a_pdf"),
        (Call::new(Method::PUT, "/integration/v1/reports/NONE/file", "%PDF-1.7"), 404, "report_not_found"),
    ] {
        let (status, answer) = call.send(&intake).await;
        assert_eq!((status.as_u16(), &answer["error"]["code"]), (expected, &json!(code)), "{answer}");
    }
}

#[tokio::test]
async fn a_report_file_is_fetched_from_an_allowed_host_by_a_job() {
    let files = axum::Router::new()
        .route("/one.pdf", axum::routing::get(|| async { "%PDF-1.7 one" }))
        .route("/page.pdf", axum::routing::get(|| async { "<html>" }))
        .route("/moved.pdf", axum::routing::get(|| async { axum::response::Redirect::to("/one.pdf") }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, files).await });
    let mut config = crate::testing::config();
    config.integration.client_id = "core".to_owned();
    config.integration.secret = Secret::new(SECRET);
    config.imports.allowed_url_hosts = host.to_string();
    let intake = Intake::with(config).await;
    let with_file = |number: u32, url: String| {
        let mut row = fee(number);
        row["report"]["file_url"] = json!(url);
        row
    };
    let rows = [
        with_file(1, format!("http://{host}/one.pdf")),
        with_file(2, format!("http://{host}/page.pdf")),
        with_file(3, format!("http://{host}/moved.pdf")),
        with_file(4, "http://127.0.0.1:1/one.pdf".to_owned()),
    ];
    let (_, answer) = Call::batch(&rows).send(&intake).await;
    assert_eq!((&answer["rows"]["new"], &answer["rows"]["rejected"]), (&json!(3), &json!(1)));
    intake.app.workers().run_due().await.unwrap();
    assert!(intake.report("DT-DJ-2026-0000001").await.unwrap().file_sha256.is_some());
    assert!(intake.report("DT-DJ-2026-0000002").await.unwrap().file_sha256.is_none());
    assert!(intake.report("DT-DJ-2026-0000003").await.unwrap().file_sha256.is_none(), "redirects are not followed");
}

/// Where the core system keeps files: `/second.pdf` is always there, `/first.pdf` once it is `up`.
struct FileServer {
    host: SocketAddr,
    up: Arc<AtomicBool>,
}

impl FileServer {
    async fn start() -> Self {
        let up = Arc::new(AtomicBool::new(false));
        let asked = up.clone();
        let first = move || {
            let is_up = asked.load(Ordering::SeqCst);
            async move { if is_up { Ok("%PDF-1.7 the first") } else { Err(StatusCode::SERVICE_UNAVAILABLE) } }
        };
        let files = axum::Router::new()
            .route("/first.pdf", axum::routing::get(first))
            .route("/second.pdf", axum::routing::get(|| async { "%PDF-1.7 the second" }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, files).await });
        Self { host, up }
    }

    async fn intake(&self) -> Intake {
        let mut config = crate::testing::config();
        config.integration.client_id = "core".to_owned();
        config.integration.secret = Secret::new(SECRET);
        config.imports.allowed_url_hosts = self.host.to_string();
        Intake::with(config).await
    }

    fn row(&self, number: u32, name: &str) -> Value {
        let mut row = fee(number);
        row["report"]["file_url"] = json!(format!("http://{}/{name}.pdf", self.host));
        row
    }
}

const UPLOADED: &str = "%PDF-1.7 uploaded";
const FETCHES_LEFT: &str = "SELECT COUNT(*) FROM jobs WHERE kind = 'imports.fetch_report' AND state <> 'done'";

async fn upload(intake: &Intake, number: u32) {
    let path = format!("/integration/v1/reports/DT-DJ-2026-{number:07}/file");
    let (status, answer) = Call::new(Method::PUT, path, UPLOADED).send(intake).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

async fn has_file(intake: &Intake, number: u32, content: &str) -> bool {
    let report = intake.report(&format!("DT-DJ-2026-{number:07}")).await.unwrap();
    report.file_sha256 == Some(sha256_hex(content.as_bytes()))
}

#[tokio::test]
async fn a_file_that_is_fetched_late_does_not_take_the_place_of_a_newer_one() {
    let files = FileServer::start().await;
    let intake = files.intake().await;
    let (_, answer) = Call::batch(&[files.row(1, "first"), files.row(2, "first")]).send(&intake).await;
    assert_eq!(answer["rows"]["new"], 2, "{answer}");
    intake.app.workers().run_due().await.unwrap();
    intake.clock.advance_ms(60_000);
    upload(&intake, 1).await;
    Call::batch(&[files.row(2, "second")]).send(&intake).await;
    intake.app.workers().run_due().await.unwrap();
    assert_eq!(intake.count(FETCHES_LEFT).await, 2, "the first file of both is not there yet");

    files.up.store(true, Ordering::SeqCst);
    intake.clock.advance_ms(7_200_000);
    intake.app.workers().run_due().await.unwrap();
    assert_eq!(intake.count(FETCHES_LEFT).await, 0, "nothing is tried again for a file that is over");
    assert!(has_file(&intake, 1, UPLOADED).await, "what was uploaded stays");
    assert!(has_file(&intake, 2, "%PDF-1.7 the second").await, "what was told later stays");
}

#[tokio::test]
async fn an_upload_that_a_newer_one_has_overtaken_is_told_so() {
    let intake = intake().await;
    Call::batch(&[fee(1)]).send(&intake).await;
    upload(&intake, 1).await;
    // The node that took the other one in has a clock that goes before ours.
    let later = intake.app.now_ms() + 1;
    intake.execute(&format!("UPDATE reports SET file_asked_at = {later}")).await;
    let put = |content: &str| Call::new(Method::PUT, "/integration/v1/reports/DT-DJ-2026-0000001/file", content);
    let (status, answer) = put("%PDF-1.7 overtaken").send(&intake).await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::CONFLICT, &json!("newer_report_file")), "{answer}");
    assert!(has_file(&intake, 1, UPLOADED).await, "nothing was changed");
    intake.clock.advance_ms(1);
    let (status, answer) = put("%PDF-1.7 once more").send(&intake).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert!(has_file(&intake, 1, "%PDF-1.7 once more").await);
}

#[tokio::test]
async fn rows_that_are_sent_again_do_not_bring_back_the_file_from_before_an_upload() {
    let files = FileServer::start().await;
    let intake = files.intake().await;
    let rows = [files.row(1, "first"), files.row(2, "first")];
    Call::batch(&rows).send(&intake).await;
    intake.app.workers().run_due().await.unwrap();
    intake.execute("UPDATE jobs SET state = 'dead', attempts = 20 WHERE kind = 'imports.fetch_report'").await;
    intake.clock.advance_ms(60_000);
    upload(&intake, 1).await;

    files.up.store(true, Ordering::SeqCst);
    intake.clock.advance_ms(60_000);
    Call::batch(&rows).send(&intake).await;
    intake.app.workers().run_due().await.unwrap();
    assert_eq!(intake.count(FETCHES_LEFT).await, 0, "the dead ones were tried again");
    assert!(has_file(&intake, 1, UPLOADED).await, "the address was told before the upload");
    assert!(has_file(&intake, 2, "%PDF-1.7 the first").await, "nobody uploaded anything there");

    Call::batch(&[files.row(1, "second")]).send(&intake).await;
    intake.app.workers().run_due().await.unwrap();
    assert!(has_file(&intake, 1, "%PDF-1.7 the second").await, "another address is a newer file");
}

#[tokio::test]
async fn the_ledger_of_a_day_is_taken_signed_and_replaced_as_a_whole() {
    let intake = intake().await;
    let ledger = |entries: Value| {
        Call::new(Method::PUT, "/integration/v1/ledgers/2026-08-02", json!({ "entries": entries }).to_string())
    };
    let two = json!([{ "order_no": "WT1", "amount_fen": 5 }, { "order_no": "WT2", "amount_fen": 7 }]);
    assert_eq!(ledger(two).send(&intake).await.0, StatusCode::NO_CONTENT);
    assert_eq!(ledger(json!([{ "order_no": "WT1", "amount_fen": 6 }])).send(&intake).await.0, StatusCode::NO_CONTENT);
    assert_eq!(intake.count("SELECT CAST(SUM(amount_fen) AS bigint) FROM core_ledger_entries").await, 6);
    assert_eq!(intake.count("SELECT amount_fen FROM core_ledger_days WHERE day = '2026-08-02'").await, 6);
    let (status, answer) = ledger(json!([{ "order_no": "WT1", "amount_fen": 6.5 }])).send(&intake).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
    let forged = Call { secret: "another-secret-another-secret-another", ..ledger(json!([])) };
    assert_eq!(forged.send(&intake).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(intake.count("SELECT COUNT(*) FROM core_ledger_entries").await, 1);
}
