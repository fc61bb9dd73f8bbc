//! What operators and strangers see of the process itself.

use std::collections::HashMap;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use foundation::clock::SharedClock;
use foundation::config::{Secret, TracesConfig};
use foundation::ids::new_id_text;
use foundation::telemetry;
use serde_json::{Value, json};
use tejian::app::App;
use tejian::commands::demo::write_settings;
use tejian::commands::doctor::{Report, examine_live};
use tokio::net::UnixDatagram;
use tokio::sync::watch;

use crate::letters::Channel;
use crate::paying::{one_order, open_payment, state_of};
use crate::world::World;

#[tokio::test]
async fn a_started_process_is_ready_and_says_what_it_is() {
    let world = World::start().await;
    let mut visitor = world.visitor();
    assert_eq!(visitor.get("/readyz").await.expect(200)["ready"], true);
    assert!(visitor.get("/").await.text().contains("特种设备"));
    visitor.get("/api/v1/nothing").await.refused(404, "not_found");
}

#[test]
fn a_reader_who_stops_reading_makes_no_command_panic() {
    let binary = env!("CARGO_BIN_EXE_tejian");
    for arguments in [["doctor", "--defaults"], ["doctor", "--offline"]] {
        let mut command = Command::new(binary);
        let mut child = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(!told.contains("panicked") && matches!(ended.status.code(), Some(0 | 1)), "{:?} {told}", ended.status);
    }
}

#[tokio::test]
async fn whoever_watches_a_container_is_told_whether_its_node_is_ready() {
    let ask = async |listen: String| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tejian"));
        command.arg("ready").env("TEJIAN__HTTP__LISTEN", listen);
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    };
    let world = World::start().await;
    let answered = ask(world.base_url.replace("http://", "")).await;
    assert!(answered.status.success(), "{answered:?}");
    // A port that was free a moment ago, and on which nobody listens any more.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let unanswered = ask(address.to_string()).await;
    assert_eq!(unanswered.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unanswered.stderr).contains("没有节点回答"), "{unanswered:?}");
}

#[tokio::test]
async fn metrics_move_to_a_listener_of_their_own_when_one_is_set() {
    let open = World::start().await;
    open.visitor().get("/healthz").await;
    assert!(open.visitor().get("/metrics").await.text().contains("tejian_http_requests_total"));
    let apart = World::start_with(|config| config.http.metrics_listen = "127.0.0.1:0".to_owned()).await;
    assert_eq!(apart.visitor().get("/metrics").await.status, 404);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = apart.app.clone();
    tokio::spawn(tejian::watch::serve_operators(app, listener));
    let get = |path: &str| apart.http.get(format!("http://{address}{path}")).send();
    assert!(get("/metrics").await.unwrap().text().await.unwrap().contains("tejian_http_requests_total"));
    assert_eq!(get("/api/v1/session").await.unwrap().status(), 404, "and nothing else is there");
}

#[tokio::test]
async fn what_waits_and_what_is_unknown_is_told_as_figures() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    open_payment(&world, &phone, &order, "tap-00000001", "native").await;
    let before = figures(&world).await;
    assert_eq!((before["tejian_payments_unknown"], before["tejian_jobs_dead"]), (0, 0));
    // Nobody works: the time of the attempt passes and its fate is not known.
    world.clock.advance_ms(3 * 3_600_000);
    let after = figures(&world).await;
    assert_eq!(after["tejian_payments_unknown"], 1);
    assert!(after["tejian_jobs_due"] >= 1 && after["tejian_jobs_oldest_due_seconds"] > 3_600, "{after:?}");
    world.settle().await;
    // The order ends as well.
    world.pass_minutes(73 * 60).await;
    world.clock.advance_ms(11_000);
    let settled = figures(&world).await;
    assert_eq!((settled["tejian_payments_unknown"], settled["tejian_payable_fen"]), (0, 126_500));
}

/// An address of the PostgreSQL behind another one, whose connections say nothing any more once they are told so.
async fn line_to(url: &str, silence: &watch::Sender<bool>) -> String {
    let (who, place) = url.split_once('@').unwrap();
    let (server, name) = place.split_once('/').unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let line = format!("{who}@{}/{name}", listener.local_addr().unwrap());
    let (silence, server) = (silence.clone(), server.to_owned());
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let (mut silenced, server) = (silence.subscribe(), server.clone());
            tokio::spawn(async move {
                let mut far = tokio::net::TcpStream::connect(server).await.unwrap();
                let until_silent = async {
                    silenced.wait_for(|silent| *silent).await.ok();
                };
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                    () = until_silent => std::future::pending().await,
                }
            });
        }
    });
    line
}

/// How long Prometheus waits, by deploy/prometheus/prometheus.yml.
fn scrape_timeout() -> Duration {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/prometheus/prometheus.yml");
    let settings: serde_yaml_ng::Value = serde_yaml_ng::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let told = settings["global"]["scrape_timeout"].as_str().unwrap();
    Duration::from_secs(told.strip_suffix('s').unwrap().parse().unwrap())
}

#[tokio::test]
async fn a_database_that_froze_is_told_before_whoever_measures_gives_up() {
    let world = World::start().await;
    let before = figures(&world).await["tejian_figures_failed_total"];
    let silence = watch::Sender::new(false);
    let mut config = world.app.config.clone();
    let is_file = world.app.database.is_sqlite();
    if is_file {
        config.database.max_connections = 1;
    } else {
        config.database.url = Secret::new(line_to(config.database.url.expose(), &silence).await);
    }
    let clock: SharedClock = world.clock.clone();
    let frozen = App::open(config, clock).await.unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(tejian::watch::serve_operators(frozen.clone(), listener));
    // A file never freezes; its only connection may be busy for ever.
    let _held = if is_file { Some(frozen.database.begin_write().await.unwrap()) } else { None };
    silence.send_replace(true);
    let asked = world.http.get(format!("http://{address}/metrics")).timeout(scrape_timeout());
    let text = asked.send().await.expect("an answer in time").text().await.unwrap();
    let failed = text.lines().find_map(|line| line.strip_prefix("tejian_figures_failed_total "));
    assert!(failed.unwrap().parse::<i64>().unwrap() > before, "{failed:?} after {before}");
    assert!(text.contains("tejian_http_requests_total"), "what the process itself measured is told");
}

#[tokio::test]
async fn the_log_level_is_asked_for_and_changed_by_a_command_on_the_machine() {
    let world = World::start().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(tejian::watch::serve_operators(world.app.clone(), listener));
    let run = async |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tejian"));
        command.arg("log-level").args(arguments).env("TEJIAN__HTTP__METRICS_LISTEN", address.to_string());
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    };
    let shown = run(&[]).await;
    assert!(shown.status.success(), "{shown:?}");
    let refused = run(&["tejian=loud=very"]).await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("日志级别没有改变"), "{refused:?}");
}

#[tokio::test]
async fn whoever_started_a_node_hears_that_it_listens_that_it_is_awake_and_that_it_stops() {
    let world = World::start().await;
    let socket = std::env::temp_dir().join(new_id_text("told"));
    let heard = UnixDatagram::bind(&socket).unwrap();
    let settings = socket.with_extension("toml");
    write_settings(&world.app.config, &settings).unwrap();
    let mut node = Command::new(env!("CARGO_BIN_EXE_tejian"))
        .arg("--config")
        .arg(&settings)
        .arg("serve")
        .env("TEJIAN__SERVICE__ENVIRONMENT", "test")
        .env("TEJIAN__HTTP__LISTEN", "127.0.0.1:0")
        .env("TEJIAN__LINKS__SECRET", "the links of a test are signed with this")
        .env("NOTIFY_SOCKET", &socket)
        .env("WATCHDOG_USEC", "300000")
        .spawn()
        .unwrap();
    let number = node.id().to_string();
    // Says nothing more when it has ended.
    let ended = tokio::task::spawn_blocking(move || node.wait().unwrap());
    tokio::pin!(ended);
    for wanted in ["READY=1", "WATCHDOG=1", "WATCHDOG=1", "STOPPING=1"] {
        if wanted == "STOPPING=1" {
            assert!(Command::new("kill").args(["-TERM", &number]).status().unwrap().success());
        }
        loop {
            let mut told = [0; 64];
            let length = tokio::select! {
                length = heard.recv(&mut told) => length.unwrap(),
                status = &mut ended => panic!("it ended before {wanted}: {status:?}"),
            };
            if told[..length].trim_ascii() == wanted.as_bytes() {
                break;
            }
        }
    }
    assert!(ended.await.unwrap().success());
    for file in [socket, settings] {
        std::fs::remove_file(file).unwrap();
    }
}

async fn figures(world: &World) -> HashMap<String, i64> {
    let text = world.visitor().get("/metrics").await.text();
    let figure = |line: &str| {
        line.rsplit_once(' ').and_then(|(name, value)| Some((name.to_owned(), value.parse::<f64>().ok()? as i64)))
    };
    text.lines().filter(|line| line.starts_with("tejian_")).filter_map(figure).collect()
}

#[tokio::test]
async fn without_redis_people_still_sign_in_and_pay() {
    // Nobody listens there.
    let world = World::start_with(|config| config.redis.url = Secret::new("redis://127.0.0.1:1/")).await;
    let readiness = world.visitor().get("/readyz").await.expect(200);
    assert_eq!(readiness["ready"], true, "{readiness}");
    assert_ne!(readiness["parts"]["cache"], "ok", "whoever looks is told");
    assert!(!readiness.to_string().contains("127.0.0.1"), "and not where it is: {readiness}");
    let (_, phone, order) = one_order(&world, 126_500).await;
    let payment = open_payment(&world, &phone, &order, "tap-00000001", "jsapi").await;
    world.wechat.pay_jsapi(&phone.openid, &payment["parameters"]).await.expect("the pay sheet accepts it");
    world.settle().await;
    assert!(["paid", "completed"].contains(&state_of(&world, &phone, &order).await.as_str()));
    let mut again = world.signed_in_wechat("13900000001").await;
    assert_eq!(again.get("/api/v1/session").await.expect(200)["signed_in"], true);
}

#[tokio::test]
async fn without_the_file_store_a_node_stays_in_service_and_people_still_pay() {
    let world = World::start_with(|config| {
        // Nobody listens there.
        config.files.s3_endpoint = "http://127.0.0.1:1".to_owned();
        config.files.s3_bucket = "gone".to_owned();
    })
    .await;
    let readiness = world.visitor().get("/readyz").await.expect(200);
    assert_eq!(readiness["ready"], true, "{readiness}");
    assert_ne!(readiness["parts"]["files"], "ok", "whoever looks is told");
    let told = readiness.to_string();
    assert!(!told.contains("127.0.0.1") && !told.contains("gone"), "and neither where it is nor its name: {told}");
    let (_, phone, order) = one_order(&world, 126_500).await;
    let payment = open_payment(&world, &phone, &order, "tap-00000001", "jsapi").await;
    world.wechat.pay_jsapi(&phone.openid, &payment["parameters"]).await.expect("the pay sheet accepts it");
    world.wechat.deliver_due().await;
    assert_eq!(state_of(&world, &phone, &order).await, "paid");
}

#[tokio::test]
async fn a_flood_of_questions_whether_a_node_is_ready_asks_its_parts_once_a_second() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    // Everything is asked for there, and nothing is there.
    let store = axum::Router::new().fallback(async move || {
        counted.fetch_add(1, Ordering::SeqCst);
        axum::http::StatusCode::NOT_FOUND
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, store).await });
    let world = World::start_with(|config| {
        config.files.s3_endpoint = address;
        config.files.s3_bucket = "papers".to_owned();
        config.files.s3_access_key = "key".to_owned();
        config.files.s3_secret_key = Secret::new("secret");
    })
    .await;
    let before = asked.load(Ordering::SeqCst);
    let flood = || async {
        let url = format!("{}/readyz", world.base_url);
        let answers = futures_util::future::join_all((0..40).map(|_| world.http.get(&url).send())).await;
        assert!(answers.into_iter().all(|answer| answer.unwrap().status() == 200));
        asked.load(Ordering::SeqCst) - before
    };
    assert_eq!(flood().await, 1, "one asks for all");
    assert_eq!(flood().await, 1, "and the clock stands still");
    world.clock.advance_ms(1_000);
    assert_eq!(flood().await, 2);
}

#[tokio::test]
async fn the_end_of_the_merchants_own_certificate_is_told_where_it_is_given() {
    let recorder = telemetry::recorder();
    let _counting = metrics::set_default_local_recorder(&recorder);
    let identities = simulator::Identities::fixed();
    let certificate = identities.merchant_certificate_pem.clone();
    let world = World::start_with(|config| config.wechat.pay.merchant_certificate = certificate).await;
    world.visitor().get("/metrics").await;
    let told = recorder.handle().render();
    let serial = format!("serial=\"{}\"", identities.merchant_serial);
    let is_told = |line: &str| {
        line.starts_with("tejian_certificate_days_left{")
            && line.contains("owner=\"merchant\"")
            && line.contains(&serial)
    };
    assert!(told.lines().any(is_told), "{told}");
}

#[tokio::test]
async fn of_wechats_certificates_the_end_of_the_last_one_alone_is_told() {
    let recorder = telemetry::recorder();
    let _counting = metrics::set_default_local_recorder(&recorder);
    let world = World::start_with(|config| {
        config.wechat.pay.public_key_id.clear();
        config.wechat.pay.public_key.clear();
        config.wechat.pay.download_certificates = true;
    })
    .await;
    let told = async || {
        // Figures are looked up anew after ten seconds.
        world.clock.advance_ms(60_000);
        world.visitor().get("/metrics").await;
        let told = recorder.handle().render();
        let lines = told.lines().filter(|line| line.starts_with("tejian_certificate_days_left{"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(told().await, Vec::<String>::new(), "none is known yet");
    for known in [1, 2] {
        assert_eq!(world.app.pay.refresh_certificates().await.expect("the list"), known);
        let lines = told().await;
        let [line] = lines.as_slice() else { panic!("one series: {lines:?}") };
        let days = line.strip_prefix("tejian_certificate_days_left{owner=\"platform\"} ").expect("without its serial");
        let last = world.app.pay.certificate_ends().into_iter().map(|(_, ends_at_s)| ends_at_s).max().expect("an end");
        let seconds = days.parse::<f64>().expect("a number") * 86_400.0;
        assert!((seconds - (last - world.app.now_ms().div_euclid(1_000)) as f64).abs() < 1.0, "{line}");
        world.wechat.rotate_platform_certificate();
    }
}

#[tokio::test]
async fn how_old_a_notice_is_when_it_arrives_is_measured() {
    let recorder = telemetry::recorder();
    let _counting = metrics::set_default_local_recorder(&recorder);
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    open_payment(&world, &phone, &order, "tap-00000001", "native").await;
    let number = world.wechat.orders()[0].out_trade_no.clone();
    let letter = Channel::of(&world).paid("e-1", &number, "4200000000202608030000000001", 126_500);
    let forged = Channel::of(&world).paid("e-2", &number, "4200000000202608030000000002", 126_500).unsigned();
    world.clock.advance_ms(90_000);
    assert_eq!(letter.send(&world.http, &world.base_url).await, 204);
    assert_eq!(forged.send(&world.http, &world.base_url).await, 401);
    let told = recorder.handle().render();
    let demand = |line: &str| assert!(told.lines().any(|found| found == line), "no {line} in\n{told}");
    demand("tejian_notice_age_seconds_count 1");
    demand("tejian_notice_age_seconds_sum 90");
    demand("tejian_notice_age_seconds_bucket{le=\"60\"} 0");
    demand("tejian_notice_age_seconds_bucket{le=\"120\"} 1");
}

#[tokio::test]
async fn beyond_its_places_the_process_refuses_at_once_but_still_hears_of_money() {
    let world = World::start_with(|config| config.http.in_flight_max = 1).await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let slow = futures_util::stream::once(async move {
        stopped.await.ok();
        Ok::<_, std::io::Error>("{}")
    });
    let begun = world
        .http
        .post(format!("{}/api/v1/sms-codes", world.base_url))
        .header("content-type", "application/json")
        .header("x-requested-with", "tejian")
        .body(reqwest::Body::wrap_stream(slow));
    let begun = tokio::spawn(begun.send());
    let mut visitor = world.visitor();
    // The slow one has taken the only place as soon as somebody else finds none.
    let refused = loop {
        let answer = visitor.get("/api/v1/session").await;
        if answer.status == 503 {
            break answer;
        }
    };
    assert_eq!(refused.header("retry-after"), "2");
    refused.refused(503, "too_busy");
    assert_eq!(visitor.get("/healthz").await.status, 200);
    let forged = visitor.post("/wechat/pay/notify/payment", &serde_json::json!({})).await;
    assert_ne!(forged.status, 503, "notices have places of their own");
    stop.send(()).unwrap();
    assert_eq!(begun.await.unwrap().unwrap().status(), 422);
    visitor.get("/api/v1/session").await.expect(200);
}

#[tokio::test]
async fn a_visitor_in_wechat_binds_the_openid_at_the_first_login_and_never_sees_a_login_again() {
    let world = World::start().await;
    let phone = "13900000001";
    let mut first = world.signed_in_wechat(phone).await;
    let session = first.get("/api/v1/session").await.expect(200);
    assert_eq!(session["wechat"]["bound"], true, "{session}");

    let (mut later, landed) = world.open_in_wechat(phone, "/h5/#/pages/fees/fees").await;
    assert_eq!(landed, "/h5/#/pages/fees/fees");
    assert_eq!(later.get("/api/v1/session").await.expect(200)["signed_in"], true);
}

#[tokio::test]
async fn one_trace_leads_from_the_request_over_its_jobs_to_wechat() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    let (collector, sent) = collector().await;
    let traces = TracesConfig { endpoint: collector, per_thousand: 1_000, service_name: "tejian-test".to_owned() };
    let mut service = world.app.config.service.clone();
    service.log_level = "off".to_owned();
    let traces = telemetry::start(&service, &traces).unwrap();

    let payment = open_payment(&world, &phone, &order, "tap-00000001", "jsapi").await;
    world.wechat.pay_jsapi(&phone.openid, &payment["parameters"]).await.expect("the pay sheet accepts it");
    world.settle().await;
    // Outside production the code stands in the log.
    world.signed_in_wechat("13900000001").await;
    // Two nights.
    tejian::archive::schedule(&world.app).await.expect("planned");
    tejian::reconciliation::schedule(&world.app).await.expect("planned");
    world.pass_minutes(24 * 60).await;
    world.pass_minutes(24 * 60).await;
    // Its thread waits for the collector, which lives on this one.
    tokio::task::spawn_blocking(move || drop(traces)).await.unwrap();

    let spans: Vec<Span> = sent.lock().unwrap().iter().flat_map(spans_of).collect();
    let request = spans.iter().find(|span| span.says("route", "/api/v1/orders/{id}/payments")).expect("the request");
    let call = spans.iter().find(|span| span.says("template", "/v3/pay/transactions/jsapi")).expect("the call");
    assert_eq!(call.trace, request.trace);
    // The notice is a request of WeChat's own; what it causes is told by jobs.
    let notice = spans.iter().find(|span| span.says("route", "/wechat/pay/notify/payment")).expect("the notice");
    let jobs: Vec<&Span> = spans.iter().filter(|span| span.name == "job" && span.trace == notice.trace).collect();
    assert!(!jobs.is_empty(), "{spans:?}");
    let nights: Vec<&Span> = spans.iter().filter(|span| span.says("kind", "archive.move")).collect();
    assert!(nights.len() == 2 && nights[0].trace != nights[1].trace, "what goes on by itself begins anew: {nights:?}");
    let daily = "('archive.move', 'reconciliation.day', 'webhooks.prune')";
    let followed = format!("SELECT COUNT(*) FROM jobs WHERE kind IN {daily} AND trace IS NOT NULL");
    assert_eq!(world.number(&followed).await, 0);
    for body in sent.lock().unwrap().iter() {
        let text = body.to_string();
        for secret in ["13900000001", &phone.openid, &order] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    assert!(spans.iter().all(|span| span.lines == 0), "lines of the log in {spans:?}");
}

#[derive(Debug)]
struct Span {
    name: String,
    trace: String,
    attributes: HashMap<String, String>,
    /// Of the log.
    lines: usize,
}

impl Span {
    fn says(&self, key: &str, value: &str) -> bool {
        self.attributes.get(key).is_some_and(|said| said == value)
    }
}

/// Takes traces as a collector does: OTLP over HTTP, as JSON.
async fn collector() -> (String, Arc<Mutex<Vec<Value>>>) {
    let sent: Arc<Mutex<Vec<Value>>> = Arc::default();
    let kept = sent.clone();
    let take = axum::routing::post(async move |axum::Json(body): axum::Json<Value>| {
        kept.lock().unwrap().push(body);
        axum::Json(json!({}))
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().route("/v1/traces", take)).await });
    (address, sent)
}

fn spans_of(body: &Value) -> Vec<Span> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let list = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
    let scopes = list(body, "resourceSpans").into_iter().flat_map(|resource| list(&resource, "scopeSpans"));
    let spans = scopes.flat_map(|scope| list(&scope, "spans"));
    let attributes = |span: &Value| {
        let pairs = list(span, "attributes").into_iter();
        let value = |one: &Value| one["value"].as_object().and_then(|kinds| kinds.values().next()).map(text);
        pairs.map(|one| (text(&one["key"]), value(&one).unwrap_or_default())).collect()
    };
    spans
        .map(|span| Span {
            name: text(&span["name"]),
            trace: text(&span["traceId"]),
            attributes: attributes(&span),
            lines: list(&span, "events").len(),
        })
        .collect()
}

#[tokio::test]
async fn the_way_of_a_payment_is_tried_without_moving_money() {
    let world = World::start().await;
    let clock: SharedClock = world.clock.clone();
    let mut report = Report::default();
    examine_live(&world.app.config, &clock, &mut report).await;
    let text = report.to_string();
    assert!(report.is_healthy(), "{text}");
    assert!(text.contains("没有签名的会被拒绝") && text.contains("没有动钱"), "{text}");
    assert_eq!(world.number("SELECT COUNT(*) FROM payment_attempts").await, 0);

    // Something else answers at our address.
    let (other, _) = collector().await;
    let mut config = world.app.config.clone();
    config.service.public_base_url = other;
    let mut report = Report::default();
    examine_live(&config, &clock, &mut report).await;
    let text = report.to_string();
    assert!(text.contains("应为 401") && text.contains("回答 404"), "{text}");
}
