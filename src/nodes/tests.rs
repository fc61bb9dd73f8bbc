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
        seen_at: 0,
    }
}

async fn addresses(app: &SharedApp) -> Vec<String> {
    let nodes = living(app.database.reader(), app.now_ms()).await.unwrap();
    nodes.into_iter().map(|node| node.address).collect()
}

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
    let (app, clock) = testing::app().await;
    let one = Presence::new(&app, "10.0.0.1:8080", true).unwrap();
    let other = Presence::new(&app, "10.0.0.2:8080", false).unwrap();
    for presence in [&one, &other] {
        presence.beat().await.unwrap();
    }
    let nodes = living(app.database.reader(), app.now_ms()).await.unwrap();
    assert_eq!(nodes.iter().map(|node| node.works_on_jobs).collect::<Vec<_>>(), [true, false]);
    assert!(nodes.iter().all(|node| node.version == env!("CARGO_PKG_VERSION") && node.key_marks.len() == 1));

    clock.advance_ms(GONE_AFTER_MS);
    assert_eq!(addresses(&app).await.len(), 2, "not yet");
    other.beat().await.unwrap();
    clock.advance_ms(1);
    assert_eq!(addresses(&app).await, ["10.0.0.2:8080"]);
    other.beat().await.unwrap();
    one.beat().await.unwrap();
    assert_eq!(addresses(&app).await.len(), 2, "it only slept");
    one.leave().await;
    assert_eq!(addresses(&app).await, ["10.0.0.2:8080"]);
}

#[tokio::test]
async fn a_node_that_was_killed_and_began_again_is_counted_once() {
    let (app, clock) = testing::app().await;
    let killed = Presence::new(&app, "10.0.0.1:8080", true).unwrap();
    let beside = Presence::new(&app, "10.0.0.2:8080", true).unwrap();
    for presence in [&killed, &beside] {
        presence.beat().await.unwrap();
    }
    clock.advance_ms(1_000);
    let again = Presence::new(&app, "10.0.0.1:8080", true).unwrap();
    again.beat().await.unwrap();
    assert_eq!(addresses(&app).await, ["10.0.0.1:8080", "10.0.0.2:8080"]);
    // Another machine of the same name, in truth: neither takes the other away for longer than a beat.
    killed.beat().await.unwrap();
    again.beat().await.unwrap();
    assert_eq!(addresses(&app).await, ["10.0.0.1:8080", "10.0.0.1:8080", "10.0.0.2:8080"]);
}

#[tokio::test]
async fn a_clock_that_leaps_leaves_no_ghost_and_loses_nobody_for_longer_than_a_beat() {
    let (app, clock) = testing::app().await;
    let one = Presence::new(&app, "10.0.0.1:8080", true).unwrap();
    let dead = Presence::new(&app, "10.0.0.2:8080", true).unwrap();
    // Two days ahead, as a demonstration or a wrong machine may be; one dies there.
    clock.advance_ms(2 * 86_400_000);
    one.beat().await.unwrap();
    dead.beat().await.unwrap();
    clock.advance_ms(-2 * 86_400_000);
    one.beat().await.unwrap();
    assert_eq!(addresses(&app).await, ["10.0.0.1:8080"]);
    // A clock that is some minutes ahead is no reason to overlook a node.
    clock.advance_ms(AHEAD_MAX_MS);
    one.beat().await.unwrap();
    clock.advance_ms(-AHEAD_MAX_MS);
    assert_eq!(addresses(&app).await, ["10.0.0.1:8080"]);
}
