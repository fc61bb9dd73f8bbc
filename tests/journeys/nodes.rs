//! Two nodes of the same application, each with its own pools, before the same WeChat; and nodes before a schema that is not
//! of their version.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use foundation::jobs::{NewJob, enqueue_all};
use foundation::scratch::{REDIS_VARIABLE, ScratchDatabase};
use futures_util::future::join_all;
use serde_json::json;
use tejian::app::SharedApp;
use tejian::staff::Role;
use tejian::web;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

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

/// A node that serves and works, until it is told to stop.
struct Node {
    address: String,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<anyhow::Result<()>>,
}

impl Node {
    async fn begin(app: SharedApp) -> Node {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("a bound address"));
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(web::serve(app, listener, async move {
            stopped.await.expect("told to stop");
        }));
        Node { address, stop, serving }
    }

    /// What `/readyz` answers: its status.
    async fn readiness(&self, world: &World) -> u16 {
        let asked = world.http.get(format!("{}/readyz", self.address)).send().await;
        asked.expect("an answer").status().as_u16()
    }

    async fn end(self) {
        self.stop.send(()).expect("it serves");
        self.serving.await.expect("no panic").expect("it ends well");
    }
}

/// Writes a job that every version does, and one of a kind that this one does not know.
async fn write_due_jobs(world: &World) {
    let now = world.app.now_ms();
    let jobs = vec![NewJob::new("jobs.forget", &(), now), NewJob::new("of_tomorrow.work", &(), now)];
    let transaction = world.app.database.begin_write().await.expect("a transaction");
    enqueue_all(&*transaction, jobs).await.expect("written");
    transaction.commit().await.expect("a commit");
}

/// How many of those were not claimed by anybody.
async fn untouched(world: &World) -> i64 {
    let now = world.app.now_ms();
    world.number(&format!("SELECT COUNT(*) FROM jobs WHERE attempts = 0 AND run_at = {now}")).await
}

/// Comes back as soon as no more than so many are left untouched.
async fn until_untouched(world: &World, wanted: i64) {
    loop {
        let ran = world.app.jobs_ran.notified();
        tokio::pin!(ran);
        // Listens before it looks: what happens in between is not missed.
        ran.as_mut().enable();
        if untouched(world).await <= wanted {
            return;
        }
        ran.await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_there_before_the_schema_begins_no_job_until_it_is_brought_up_to_date() {
    let claims = Arc::new(Mutex::new(0));
    let heard = claims.clone();
    let database = ScratchDatabase::create().await.expect("a database of its own");
    let hear = move |told: &sea_orm::Statement| {
        *heard.lock().expect("quiet") += usize::from(told.sql.contains("locked_by"));
    };
    let world = World::start_over(database, |database| database.on_statement(hear), |_| ()).await;
    write_due_jobs(&world).await;
    let jobs = world.number("SELECT COUNT(*) FROM jobs").await;
    let last = "version = (SELECT MAX(version) FROM seaql_migrations)";
    world.tamper(&format!("UPDATE seaql_migrations SET version = 'not_yet_' || version WHERE {last}")).await;
    *claims.lock().expect("quiet") = 0;

    let node = Node::begin(world.app.clone()).await;
    assert_eq!(node.readiness(&world).await, 503);
    assert_eq!((untouched(&world).await, *claims.lock().expect("quiet")), (2, 0));
    assert_eq!(world.number("SELECT COUNT(*) FROM jobs").await, jobs, "nor was any written");

    let applied = "UPDATE seaql_migrations SET version = SUBSTR(version, 9) WHERE version LIKE 'not_yet_%'";
    world.tamper(applied).await;
    until_untouched(&world, 1).await;
    node.end().await;
    assert_eq!(untouched(&world).await, 1, "it did the job that it knows");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_of_the_version_before_works_on_beside_a_newer_schema_and_leaves_newer_jobs_to_others() {
    let world = World::start().await;
    world.tamper("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_of_tomorrow', 0)").await;
    write_due_jobs(&world).await;
    let node = Node::begin(world.app.clone()).await;
    assert_eq!(node.readiness(&world).await, 200);
    until_untouched(&world, 1).await;
    node.end().await;
    assert_eq!(untouched(&world).await, 1, "it did the job that it knows");
    let known = world.number("SELECT COUNT(*) FROM jobs WHERE kind = 'of_tomorrow.work' AND last_error IS NULL").await;
    assert_eq!(known, 1, "the other did not fail, and waits for those who know it");
}

#[tokio::test]
async fn a_node_looks_at_the_list_of_wechats_certificates_before_anything_is_signed_with_one() {
    let world = World::start_with(|config| {
        config.wechat.pay.public_key_id.clear();
        config.wechat.pay.public_key.clear();
        config.wechat.pay.download_certificates = true;
    })
    .await;
    assert!(world.app.pay.certificate_ends().is_empty(), "nobody asked yet");
    let node = Node::begin(world.app.clone()).await;
    let learned = async {
        while world.app.pay.certificate_ends().is_empty() {
            node.readiness(&world).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), learned).await.expect("it looks by itself");
    node.end().await;
}
