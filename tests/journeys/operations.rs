//! What operators and strangers see of the process itself.

use std::collections::HashMap;
use std::process::{Command, Stdio};

use foundation::config::Secret;

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
async fn metrics_move_to_a_listener_of_their_own_when_one_is_set() {
    let open = World::start().await;
    open.visitor().get("/healthz").await;
    assert!(open.visitor().get("/metrics").await.text().contains("tejian_http_requests_total"));
    let apart = World::start_with(|config| config.http.metrics_listen = "127.0.0.1:0".to_owned()).await;
    assert_eq!(apart.visitor().get("/metrics").await.status, 404);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = apart.app.clone();
    tokio::spawn(async move { axum::serve(listener, tejian::watch::operators_router(app)).await });
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
    world.clock.advance_ms(11 * 60_000);
    let settled = figures(&world).await;
    assert_eq!((settled["tejian_payments_unknown"], settled["tejian_payable_fen"]), (0, 126_500));
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
    let (_, phone, order) = one_order(&world, 126_500).await;
    let payment = open_payment(&world, &phone, &order, "tap-00000001", "jsapi").await;
    world.wechat.pay_jsapi(&phone.openid, &payment["parameters"]).await.expect("the pay sheet accepts it");
    world.settle().await;
    assert!(["paid", "completed"].contains(&state_of(&world, &phone, &order).await.as_str()));
    let mut again = world.signed_in_wechat("13900000001").await;
    assert_eq!(again.get("/api/v1/session").await.expect(200)["signed_in"], true);
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
