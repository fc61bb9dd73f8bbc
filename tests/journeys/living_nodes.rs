//! Nodes that make themselves known: which keys each of them has, who has stopped, and whether what they write arrives.

use foundation::clock::SharedClock;
use foundation::config::Secret;
use serde_json::Value;
use tejian::app::{App, SharedApp};
use tejian::commands::secrets::{Rotation, rotate};
use tejian::commands::serve::begin;
use tejian::nodes::{self, Presence};
use tejian::web;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::paying::one_order;
use crate::sealed_fields::{KEY_A, KEY_B};
use crate::world::World;

/// A node that serves until it is told to stop.
struct Serving {
    app: SharedApp,
    address: String,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<anyhow::Result<()>>,
}

impl Serving {
    /// Begins with these keys of personal fields, and is known when this returns.
    async fn start(world: &World, keys: &str) -> Self {
        let mut config = world.app.config.clone();
        config.secrets.keys = Secret::new(keys.to_owned());
        let clock: SharedClock = world.clock.clone();
        let app = App::open(config, clock).await.expect("the node opens");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound address").to_string();
        let (stop, stopped) = oneshot::channel::<()>();
        let ended = tokio::spawn(web::serve_without_jobs(app.clone(), listener, async move {
            stopped.await.ok();
        }));
        while !known(world).await.contains(&address) {
            tokio::task::yield_now().await;
        }
        Self { app, address, stop, ended }
    }

    /// Told to stop, as at a restart.
    async fn stop(self) {
        self.stop.send(()).expect("the node waits for it");
        self.ended.await.expect("the node ends").expect("and ends well");
    }
}

/// Where the living nodes listen.
async fn known(world: &World) -> Vec<String> {
    let living = nodes::living(world.app.database.reader()).await.expect("the nodes");
    living.into_iter().map(|node| node.address).collect()
}

/// The node there was heard of so much earlier, by the database's clock.
async fn fall_silent(world: &World, address: &str, for_ms: i64) {
    assert!(known(world).await.iter().any(|known| known == address), "{address} is not known");
    world.tamper(&format!("UPDATE nodes SET seen_at = seen_at - {for_ms} WHERE address = '{address}'")).await;
}

#[tokio::test]
async fn keys_are_rotated_only_when_every_living_node_opens_what_will_be_sealed() {
    let world = World::start_with(|config| config.secrets.keys = Secret::new(KEY_A.to_owned())).await;
    one_order(&world, 126_500).await;
    let late = Serving::start(&world, KEY_A).await;
    let ready = Serving::start(&world, &format!("{KEY_B},{KEY_A}")).await;
    let rotations = "SELECT COUNT(*) FROM audit_entries WHERE action = 'secrets.rotated'";

    let refused = rotate(&ready.app, Rotation::default()).await.unwrap_err().to_string();
    assert!(refused.contains(&late.address) && refused.contains("密钥 b"), "{refused}");
    assert!(!refused.contains(&ready.address), "{refused}");
    assert_eq!(world.number(rotations).await, 0, "nothing was begun");
    rotate(&ready.app, Rotation { force: true }).await.expect("somebody wants it all the same");
    let without = format!("{rotations} AND detail LIKE '%{}%'", late.address);
    assert_eq!(world.number(&without).await, 1, "and it stands in the trail who could not open it");

    // The first step of the manual: it opens with both, and seals with the older one until its next restart.
    late.stop().await;
    assert_eq!(known(&world).await, std::slice::from_ref(&ready.address), "whoever stops is gone at once");
    let halfway = Serving::start(&world, &format!("{KEY_A},{KEY_B}")).await;
    let rotated = rotate(&ready.app, Rotation::default()).await.expect("every node opens it");
    assert_eq!(rotated.nodes, 2);
    let [older] = rotated.sealing_with_older.as_slice() else { panic!("{rotated:?}") };
    assert!(older.contains(&halfway.address), "{older}");
    halfway.stop().await;
    ready.stop().await;
    assert!(known(&world).await.is_empty());
}

#[tokio::test]
async fn a_node_that_died_without_a_word_holds_up_a_rotation_for_minutes_only() {
    let world = World::start_with(|config| config.secrets.keys = Secret::new(KEY_A.to_owned())).await;
    let dead = Presence::new(&world.app, "10.0.0.1:8080", true).expect("its keys can be read");
    dead.beat().await.expect("it is written");
    let ready = Serving::start(&world, &format!("{KEY_B},{KEY_A}")).await;
    rotate(&ready.app, Rotation::default()).await.unwrap_err();
    fall_silent(&world, "10.0.0.1:8080", nodes::GONE_AFTER_MS + 1).await;
    let rotated = rotate(&ready.app, Rotation::default()).await.expect("nobody is left who lacks it");
    assert_eq!(rotated.sealing_with_older, Vec::<String>::new());
    ready.stop().await;
}

/// A node with these keys.
async fn with_keys(world: &World, keys: &str) -> SharedApp {
    let mut config = world.app.config.clone();
    config.secrets.keys = Secret::new(keys.to_owned());
    let clock: SharedClock = world.clock.clone();
    App::open(config, clock).await.expect("the node opens")
}

/// What keeps a node with these keys from beginning at an address; nothing when it may, and then it is told to stop at once.
async fn refusal(world: &World, keys: &str, address: &str) -> Option<String> {
    let app = with_keys(world, keys).await;
    match begin(&app, address, true).await {
        Ok(begun) => {
            begun.leave().await;
            None
        }
        Err(refused) => Some(refused.to_string()),
    }
}

#[tokio::test]
async fn a_node_whose_keys_do_not_fit_those_of_a_living_node_does_not_begin_and_the_dead_hold_nobody_up() {
    const THERE: &str = "10.0.0.1:8080";
    const HERE: &str = "10.0.0.2:8080";
    let world = World::start_with(|config| config.secrets.keys = Secret::new(KEY_A.to_owned())).await;
    let (a_b, b_a) = (format!("{KEY_A},{KEY_B}"), format!("{KEY_B},{KEY_A}"));
    assert_eq!(refusal(&world, KEY_B, HERE).await, None, "the first of all begins with whatever it has");

    // The first step of the manual was left out: what it sealed, the other would not open.
    let old = Presence::new(&world.app, THERE, true).expect("its keys can be read");
    old.beat().await.expect("it is written");
    for keys in [KEY_A, &a_b] {
        assert_eq!(refusal(&world, keys, HERE).await, None, "{keys}");
    }
    for keys in [KEY_B, &b_a] {
        let told = refusal(&world, keys, HERE).await.expect("a refusal");
        assert!(told.contains(THERE) && told.contains("密钥 b") && told.contains("没有启动"), "{told}");
    }
    old.leave().await;

    // The second step is being made: whoever comes without the new key comes too late.
    let new = Presence::new(&with_keys(&world, &b_a).await, THERE, true).expect("its keys can be read");
    new.beat().await.expect("it is written");
    for keys in [KEY_B, &a_b, &b_a] {
        assert_eq!(refusal(&world, keys, HERE).await, None, "{keys}");
    }
    let told = refusal(&world, KEY_A, HERE).await.expect("a refusal");
    assert!(told.contains(THERE) && told.contains("密钥 b") && told.contains("secrets.keys 里没有"), "{told}");

    // It died without a word: every other place is free after a minute, its own at once.
    fall_silent(&world, THERE, 60_001).await;
    assert_eq!(refusal(&world, KEY_A, HERE).await, None, "nobody has heard of it for a minute");
    new.beat().await.expect("it only slept");
    assert!(refusal(&world, KEY_A, HERE).await.is_some());
    assert_eq!(refusal(&world, KEY_A, THERE).await, None, "what is left there is of the process before");
}

#[tokio::test]
async fn of_two_nodes_whose_keys_do_not_fit_and_that_begin_at_once_exactly_one_begins() {
    const PLACES: [&str; 2] = ["10.0.0.1:8080", "10.0.0.2:8080"];
    let world = World::start_with(|config| config.secrets.keys = Secret::new(KEY_A.to_owned())).await;
    let (one, other) = (with_keys(&world, KEY_A).await, with_keys(&world, KEY_B).await);
    for round in 0..5 {
        let (first, second) = tokio::join!(begin(&one, PLACES[0], true), begin(&other, PLACES[1], true));
        let (begun, refused, place) = match (first, second) {
            (Ok(begun), Err(refused)) => (begun, refused.to_string(), PLACES[0]),
            (Err(refused), Ok(begun)) => (begun, refused.to_string(), PLACES[1]),
            (first, second) => panic!("round {round}: {} and {} begin", first.is_ok(), second.is_ok()),
        };
        assert!(refused.contains(place) && refused.contains("没有启动"), "{refused}");
        assert_eq!(known(&world).await, [place], "whoever did not begin leaves nothing behind");
        begun.leave().await;
    }

    // Keys that fit keep nobody from beginning beside another.
    let both = with_keys(&world, &format!("{KEY_A},{KEY_B}")).await;
    let (first, second) = tokio::join!(begin(&one, PLACES[0], true), begin(&both, PLACES[1], true));
    let begun = [first.expect("it begins"), second.expect("and the other beside it")];
    assert_eq!(known(&world).await, PLACES);
    for node in begun {
        node.leave().await;
    }
}

#[tokio::test]
async fn a_node_that_began_keeps_a_node_out_whose_keys_do_not_fit_whatever_their_clocks_say() {
    const THERE: &str = "10.0.0.1:8080";
    let world = World::start_with(|config| config.secrets.keys = Secret::new(KEY_A.to_owned())).await;
    let begun = begin(&world.app, THERE, true).await.expect("the first of all");
    for apart_ms in [-3_600_000, 2 * 3_600_000] {
        world.clock.advance_ms(apart_ms);
        let told = refusal(&world, KEY_B, "10.0.0.2:8080").await.expect("a refusal");
        assert!(told.contains(THERE), "{apart_ms}: {told}");
    }
    begun.leave().await;
    assert_eq!(refusal(&world, KEY_B, "10.0.0.2:8080").await, None, "it took its leave");
}

#[tokio::test]
async fn a_node_that_began_is_the_same_one_when_it_serves_and_gone_when_it_has_stopped() {
    let world = World::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound address").to_string();
    let begun = begin(&world.app, &address, false).await.expect("the first of all");
    let before = nodes::living(world.app.database.reader()).await.expect("the nodes");
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(web::serve_as(begun, listener, async move {
        stopped.await.ok();
    }));
    let health = world.http.get(format!("http://{address}/healthz")).send().await.expect("it serves");
    assert_eq!(health.status().as_u16(), 200);
    let since = nodes::living(world.app.database.reader()).await.expect("the nodes");
    let [one] = since.as_slice() else { panic!("{since:?}") };
    assert_eq!((&one.id, one.works_on_jobs), (&before[0].id, false));
    stop.send(()).expect("the node waits for it");
    serving.await.expect("the node ends").expect("and ends well");
    assert_eq!(known(&world).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_node_that_cannot_look_up_the_others_begins_and_is_known_once_it_can_be_written() {
    const HERE: &str = "10.0.0.1:8080";
    let world = World::start().await;
    world.tamper("ALTER TABLE nodes RENAME TO nodes_elsewhere").await;
    let begun = begin(&world.app, HERE, true).await.expect("nobody is kept out by what cannot be asked");
    world.tamper("ALTER TABLE nodes_elsewhere RENAME TO nodes").await;
    assert_eq!(known(&world).await, Vec::<String>::new());
    begun.beat().await.expect("it is written");
    assert_eq!(known(&world).await, [HERE]);
}

async fn readiness(world: &World, status: u16) -> Value {
    world.visitor().get("/readyz").await.expect(status)
}

#[tokio::test]
async fn a_database_that_takes_no_writes_is_told_by_readyz_until_it_takes_them_again() {
    let world = World::start().await;
    let node = Presence::new(&world.app, "127.0.0.1:8080", true).expect("its keys can be read");
    node.beat().await.expect("it is written");
    assert_eq!(readiness(&world, 200).await["parts"]["writes"], "ok");

    // Everything can still be read.
    world.tamper("ALTER TABLE nodes RENAME TO nodes_elsewhere").await;
    node.beat().await.unwrap_err();
    assert_eq!(readiness(&world, 200).await["parts"]["writes"], "ok", "one failure may pass by itself");
    node.beat().await.unwrap_err();
    let away = readiness(&world, 200).await;
    assert_eq!(away["parts"]["database"], "ok", "a node that can still show what there is stays in service");
    assert!(away["parts"]["writes"].as_str().is_some_and(|told| told.contains("写不进去")), "{away}");

    world.tamper("ALTER TABLE nodes_elsewhere RENAME TO nodes").await;
    node.beat().await.expect("it is written again");
    assert_eq!(readiness(&world, 200).await["parts"]["writes"], "ok");
}
