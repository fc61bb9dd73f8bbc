//! What operators and strangers see of the process itself.

use std::process::{Command, Stdio};

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
    tokio::spawn(async move { axum::serve(listener, tejian::web::metrics_router()).await });
    let get = |path: &str| apart.http.get(format!("http://{address}{path}")).send();
    assert!(get("/metrics").await.unwrap().text().await.unwrap().contains("tejian_http_requests_total"));
    assert_eq!(get("/api/v1/session").await.unwrap().status(), 404, "and nothing else is there");
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
