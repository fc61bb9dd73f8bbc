use foundation::clock::{Clock, SystemClock};
use sea_orm::ConnectionTrait;

use super::{AHEAD_MAX_MS, GONE_AFTER_MS, Node, Presence, lacking_keys, living, name_of_key};
use crate::app::SharedApp;
use crate::testing;

fn node(address: &str, marks: &[&str]) -> Node {
    Node {
        id: format!("nod_{address}"),
        host: "here".to_owned(),
        address: address.to_owned(),
        version: "1".to_owned(),
        key_marks: marks.iter().map(|mark| (*mark).to_owned()).collect(),
        works_on_jobs: true,
        started_at: 0,
        silent_ms: 0,
        clock_ahead_ms: Some(0),
    }
}

async fn addresses(app: &SharedApp) -> Vec<String> {
    let nodes = living(app.database.reader()).await.unwrap();
    nodes.into_iter().map(|node| node.address).collect()
}

/// The database's clock runs by itself. What lies between two beats is put between them here: `seen_at` of these rows is
/// `by_ms` later, with a negative value earlier.
async fn shift(app: &SharedApp, addresses: &[&str], by_ms: i64) {
    let transaction = app.database.begin_write().await.unwrap();
    for address in addresses {
        let shift = format!("UPDATE nodes SET seen_at = seen_at + ({by_ms}) WHERE address = '{address}'");
        assert_eq!(transaction.execute_unprepared(&shift).await.unwrap().rows_affected(), 1, "{address}");
    }
    transaction.commit().await.unwrap();
}

/// A clock that nobody looks at so closely.
const MINUTE_MS: i64 = 60_000;

#[test]
fn who_does_not_open_what_another_seals_is_named_with_the_key() {
    let nodes = [node("a", &["k1:aa"]), node("b", &["k2:bb", "k1:aa"]), node("c", &["k1:aa", "k2:bb"])];
    let lacking = lacking_keys(&nodes);
    assert_eq!(lacking, [(&nodes[0], "k2:bb")]);
    assert_eq!(name_of_key(lacking[0].1), "k2");
    assert!(lacking_keys(&nodes[1..]).is_empty(), "whoever has both may seal with either");
    // The same name, and another key.
    let nodes = [node("a", &["k1:aa"]), node("b", &["k1:cc"])];
    assert_eq!(lacking_keys(&nodes).len(), 2);
}

#[tokio::test]
async fn a_node_that_nobody_hears_of_is_cleared_after_some_minutes_and_back_when_it_speaks() {
    const ONE: &str = "10.0.0.1:8080";
    const OTHER: &str = "10.0.0.2:8080";
    let (app, _clock) = testing::app().await;
    let one = Presence::new(&app, ONE, true).unwrap();
    let other = Presence::new(&app, OTHER, false).unwrap();
    for presence in [&one, &other] {
        presence.beat().await.unwrap();
    }
    let nodes = living(app.database.reader()).await.unwrap();
    assert_eq!(nodes.iter().map(|node| node.works_on_jobs).collect::<Vec<_>>(), [true, false]);
    assert!(nodes.iter().all(|node| node.version == env!("CARGO_PKG_VERSION") && node.key_marks.len() == 1));

    shift(&app, &[ONE, OTHER], MINUTE_MS - GONE_AFTER_MS).await;
    assert_eq!(addresses(&app).await, [ONE, OTHER], "not yet");
    let nodes = living(app.database.reader()).await.unwrap();
    assert!(nodes.iter().all(|node| node.silent_ms >= GONE_AFTER_MS - MINUTE_MS), "{nodes:?}");
    shift(&app, &[ONE, OTHER], -MINUTE_MS - 1).await;
    other.beat().await.unwrap();
    assert_eq!(addresses(&app).await, [OTHER]);
    one.beat().await.unwrap();
    assert_eq!(addresses(&app).await, [ONE, OTHER], "it only slept");
    one.leave().await;
    assert_eq!(addresses(&app).await, [OTHER]);
}

#[tokio::test]
async fn a_node_that_was_killed_and_began_again_is_counted_once_whatever_its_clock_said() {
    let (app, clock) = testing::app().await;
    let killed = Presence::new(&app, "10.0.0.1:8080", true).unwrap();
    let beside = Presence::new(&app, "10.0.0.2:8080", true).unwrap();
    for presence in [&killed, &beside] {
        presence.beat().await.unwrap();
    }
    // Its clock was ahead, and is put right.
    clock.advance_ms(-3_600_000);
    let again = Presence::new(&app, "10.0.0.1:8080", true).unwrap();
    again.beat().await.unwrap();
    assert_eq!(addresses(&app).await, ["10.0.0.1:8080", "10.0.0.2:8080"]);
    // Another machine of the same name, in truth: neither takes the other away for longer than a beat.
    killed.beat().await.unwrap();
    again.beat().await.unwrap();
    assert_eq!(addresses(&app).await, ["10.0.0.1:8080", "10.0.0.1:8080", "10.0.0.2:8080"]);
}

#[tokio::test]
async fn a_node_with_a_wrong_clock_is_counted_by_everybody_and_its_clock_is_told() {
    let (app, clock) = testing::app().await;
    let node = Presence::new(&app, "10.0.0.1:8080", true).unwrap();
    let right = SystemClock.now_ms();
    let mut told = Vec::new();
    for ahead_ms in [0, -3_600_000, 86_400_000, 2 * 86_400_000] {
        clock.set_ms(right + ahead_ms);
        node.beat().await.unwrap();
        // Whoever judges does so with a clock of his own, which says what it likes.
        clock.set_ms(0);
        let nodes = living(app.database.reader()).await.unwrap();
        let [found] = nodes.as_slice() else { panic!("{ahead_ms}: {nodes:?}") };
        assert!((0..MINUTE_MS).contains(&found.silent_ms), "{ahead_ms}: {found:?}");
        told.push(found.clock_ahead_ms.unwrap() - ahead_ms);
    }
    assert!(told.iter().all(|apart_ms| (apart_ms - told[0]).abs() < MINUTE_MS), "{told:?}");
}

/// What a node from before `clock_ahead_ms` writes: when it was heard of, by its own clock.
async fn note_by_its_own_clock(app: &SharedApp, address: &str, own_ms: i64) {
    let insert = format!(
        "INSERT INTO nodes (id, host, address, version, key_marks, works_on_jobs, started_at, seen_at) \
         VALUES ('nod_{address}', 'here', '{address}', '1', 'k1:aa', {}, {own_ms}, {own_ms})",
        if app.database.is_sqlite() { "1" } else { "TRUE" }
    );
    let transaction = app.database.begin_write().await.unwrap();
    transaction.execute_unprepared(&insert).await.unwrap();
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn an_older_node_that_writes_by_its_own_clock_and_a_new_one_see_each_other() {
    let (app, clock) = testing::app().await;
    let right = SystemClock.now_ms();
    note_by_its_own_clock(&app, "10.0.0.1:8080", right).await;
    note_by_its_own_clock(&app, "10.0.0.2:8080", right + 10 * MINUTE_MS).await;
    note_by_its_own_clock(&app, "10.0.0.3:8080", right - 10 * MINUTE_MS).await;
    // Its own clock is wrong, and what the other compares with its own is right all the same.
    clock.set_ms(right - 3_600_000);
    Presence::new(&app, "10.0.0.4:8080", true).unwrap().beat().await.unwrap();

    let nodes = living(app.database.reader()).await.unwrap();
    let found: Vec<_> = nodes.iter().map(|node| (node.address.as_str(), node.clock_ahead_ms.is_some())).collect();
    assert_eq!(found, [("10.0.0.1:8080", false), ("10.0.0.2:8080", false), ("10.0.0.4:8080", true)]);
    assert!(nodes[1].silent_ms < -8 * MINUTE_MS, "{nodes:?}");
    let as_the_older_one_judges = format!(
        "UPDATE nodes SET seen_at = seen_at WHERE address = '10.0.0.4:8080' AND NOT (seen_at < {} OR seen_at > {})",
        right - GONE_AFTER_MS,
        right + AHEAD_MAX_MS
    );
    let transaction = app.database.begin_write().await.unwrap();
    assert_eq!(transaction.execute_unprepared(&as_the_older_one_judges).await.unwrap().rows_affected(), 1);
}

#[tokio::test]
async fn a_clock_of_the_database_that_leaps_leaves_no_ghost_and_loses_nobody_for_longer_than_a_beat() {
    const ONE: &str = "10.0.0.1:8080";
    const DEAD: &str = "10.0.0.2:8080";
    let (app, _clock) = testing::app().await;
    let one = Presence::new(&app, ONE, true).unwrap();
    let dead = Presence::new(&app, DEAD, true).unwrap();
    one.beat().await.unwrap();
    dead.beat().await.unwrap();
    // Some minutes ahead, as a machine may be that was the database before: no reason to overlook a node.
    shift(&app, &[ONE, DEAD], AHEAD_MAX_MS - MINUTE_MS).await;
    assert_eq!(addresses(&app).await, [ONE, DEAD]);
    // Two days; one of them died then.
    shift(&app, &[ONE, DEAD], 2 * 86_400_000).await;
    assert_eq!(addresses(&app).await, Vec::<String>::new());
    one.beat().await.unwrap();
    assert_eq!(addresses(&app).await, [ONE]);
}
