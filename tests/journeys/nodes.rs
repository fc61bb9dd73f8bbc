//! Two nodes of the same application, each with its own pools, before the same WeChat.

use std::net::SocketAddr;

use foundation::scratch::REDIS_VARIABLE;
use futures_util::future::join_all;
use serde_json::json;
use tejian::app::SharedApp;
use tejian::staff::Role;
use tokio::net::TcpListener;

use crate::staff_world::Desk;
use crate::world::World;

const REQUESTS: u64 = 50;

/// Serves another node; gives its address.
pub async fn serve(node: SharedApp) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("a bound address"));
    let router = tejian::web::router(node).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Fifty requests at once, every other one to the other node; each needs the service account's access token.
async fn storm(nodes: [&str; 2], desk: &Desk, wave: u32) {
    let asked = (0..REQUESTS).map(|number| {
        let (mut caller, node) = (desk.caller.clone(), nodes[usize::from(number % 2 == 0)]);
        async move {
            let name = format!("第 {wave} 波 {number} 号");
            let code = json!({ "kind": "counter", "name": name, "page": "/h5/#/pages/home/home" });
            caller.post(&format!("{node}/staff/v1/scene-codes"), &code).await.expect(200);
        }
    });
    join_all(asked).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_requests_on_two_nodes_under_an_ended_token_fetch_one_and_nobody_is_refused() {
    let world = World::start().await;
    let other = serve(world.second_node().await).await;
    let nodes = [world.base_url.as_str(), other.as_str()];
    let count = |path: &str| world.wechat.counters().get(path).copied().unwrap_or(0);
    let (tokens, calls) = ("/cgi-bin/stable_token", "/cgi-bin/qrcode/create");
    let desk = world.staff("yunying", &[Role::ContentOperator]).await;
    storm(nodes, &desk, 1).await;
    // With Redis the nodes share what one of them fetched; without it each keeps its own.
    let owners: u64 = if std::env::var(REDIS_VARIABLE).is_ok_and(|url| !url.is_empty()) { 1 } else { 2 };
    assert_eq!((count(tokens), count(calls)), (owners, REQUESTS), "the first token");
    for wave in [2, 3] {
        let before = (count(tokens), count(calls));
        world.wechat.invalidate_tokens();
        storm(nodes, &desk, wave).await;
        assert_eq!(count(tokens) - before.0, owners, "one refresh, wave {wave}");
        // Who went out with the old token was told so once, and went again with the new one.
        let refused = count(calls) - before.1 - REQUESTS;
        assert!((1..=REQUESTS).contains(&refused), "{refused} refused in wave {wave}");
        let quiet = (count(tokens), count(calls));
        storm(nodes, &desk, wave + 10).await;
        assert_eq!((count(tokens), count(calls) - quiet.1), (quiet.0, REQUESTS), "no storm after it");
    }
}
