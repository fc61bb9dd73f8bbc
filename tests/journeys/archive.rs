//! Old notices, pushes and calls leave the tables for files, and come back.

use tejian::archive::{self, ArchiveState, SOURCES};

use crate::world::World;

const DAY_MS: i64 = 86_400_000;
const ALL: [&str; 3] = ["channel_events", "inbound_messages", "integration_requests"];

/// So many rows in each table, one an hour, the newest four years old; and one of today in each.
async fn years_ago(world: &World, rows: i64) {
    let newest = world.app.now_ms() - 4 * 365 * DAY_MS;
    let numbers = format!(
        "WITH RECURSIVE numbers(i) AS (SELECT CAST(1 AS bigint) UNION ALL SELECT i + 1 FROM numbers WHERE i < {rows})"
    );
    let at = format!("({newest} - ({rows} - i) * 3600000)");
    let body = if world.app.database.is_sqlite() { "x'00ff7b7d'" } else { "'\\x00ff7b7d'::bytea" };
    for statement in [
        format!(
            "INSERT INTO channel_events (id, kind, envelope_id, headers, body, plaintext, state, seen_count, received_at, applied_at) \
             {numbers} SELECT 'evt_' || i, 'payment', 'envelope ' || i, '[]', {body}, '{{\"金额\":1}}', \
             CASE WHEN i = 7 THEN 'rejected' ELSE 'applied' END, 1 + i % 3, {at}, NULL FROM numbers"
        ),
        format!(
            "INSERT INTO inbound_messages (dedup_key, openid, kind, content, received_at) \
             {numbers} SELECT 'push ' || i, 'o' || i, 'text', '您好', {at} FROM numbers"
        ),
        format!(
            "INSERT INTO integration_requests (request_id, request_hash, answer, created_at) \
             {numbers} SELECT 'call ' || i, '0', '{{}}', {at} FROM numbers"
        ),
        format!(
            "INSERT INTO inbound_messages (dedup_key, openid, kind, received_at) VALUES ('today', 'o', 'text', {})",
            world.app.now_ms()
        ),
    ] {
        world.tamper(&statement).await;
    }
}

async fn count(world: &World, table: &str) -> i64 {
    world.number(&format!("SELECT COUNT(*) FROM {table}")).await
}

#[tokio::test]
async fn old_rows_go_into_files_and_come_back_as_they_were() {
    let world = World::start().await;
    years_ago(&world, 2_300).await;
    let moved = archive::move_all(&world.app).await.expect("moved");
    assert_eq!(moved, 3 * 2_300 - 1, "all but the notice that waits for a person");
    assert_eq!(count(&world, "channel_events").await, 1);
    assert_eq!(world.number("SELECT COUNT(*) FROM inbound_messages WHERE dedup_key = 'today'").await, 1);
    assert_eq!(archive::move_all(&world.app).await.expect("nothing to do"), 0);
    let files = archive::list(world.app.database.reader(), Some("notices")).await.expect("a list");
    assert_eq!(files.iter().map(|file| file.rows).collect::<Vec<_>>(), [1_000, 1_000, 299]);
    assert!(files.windows(2).all(|pair| pair[0].last_at < pair[1].first_at));
    for file in &files {
        let (_, lines) = archive::read(&world.app, &file.id).await.expect("whole");
        assert_eq!(lines[0]["body"], "AP97fQ==", "bytes as they came");
        assert_eq!(lines[0]["plaintext"], "{\"金额\":1}");
        assert_eq!(archive::bring_back(&world.app, &file.id).await.expect("back"), lines.len() as u64);
        assert_eq!(archive::bring_back(&world.app, &file.id).await.expect("harmless"), 0);
    }
    assert_eq!(count(&world, "channel_events").await, 2_300);
    assert_eq!(world.number("SELECT CAST(SUM(seen_count) AS bigint) FROM channel_events").await, 4_601);
    assert_eq!(archive::move_all(&world.app).await.expect("they are wanted"), 0);
    world.clock.advance_ms(31 * DAY_MS);
    assert_eq!(archive::move_all(&world.app).await.expect("not any more"), 2_299);
    let states = archive::list(world.app.database.reader(), Some("notices")).await.expect("a list");
    assert_eq!(states.iter().filter(|file| file.state == ArchiveState::Kept).count(), 3);
    assert_eq!(states.len(), 3, "the same rows are in the same files");
}

#[tokio::test]
async fn what_is_brought_back_again_stays_a_month_again() {
    let world = World::start().await;
    years_ago(&world, 1_200).await;
    archive::move_all(&world.app).await.expect("moved");
    let first = archive::list(world.app.database.reader(), Some("calls")).await.expect("a list").remove(0);
    let calls = async || count(&world, "integration_requests").await;
    let night = async || archive::move_all(&world.app).await.expect("a night");
    assert_eq!(archive::bring_back(&world.app, &first.id).await.expect("back"), 1_000);
    // Asked for again before the month is over: a month from then.
    world.clock.advance_ms(20 * DAY_MS);
    assert_eq!(archive::bring_back(&world.app, &first.id).await.expect("again"), 0);
    world.clock.advance_ms(20 * DAY_MS);
    assert_eq!((night().await, calls().await), (0, 1_000), "still wanted");
    world.clock.advance_ms(11 * DAY_MS);
    assert_eq!((night().await, calls().await), (1_000, 0));
    // Asked for by the same number when they had left again.
    let state = async || archive::list(world.app.database.reader(), Some("calls")).await.expect("a list")[0].state;
    assert_eq!(state().await, ArchiveState::Kept);
    assert_eq!(archive::bring_back(&world.app, &first.id).await.expect("back"), 1_000);
    assert_eq!(state().await, ArchiveState::Back);
    assert_eq!((night().await, calls().await), (0, 1_000), "the very next night");
    world.clock.advance_ms(31 * DAY_MS);
    // Asked for in the middle of the night.
    let draft = archive::prepare(&world.app, SOURCES.last().expect("calls")).await.expect("a file").expect("rows");
    assert_eq!(archive::bring_back(&world.app, &first.id).await.expect("again"), 0);
    assert_eq!((draft.finish(&world.app).await.expect("nothing is wrong"), calls().await), (0, 1_000));
}

#[tokio::test]
async fn whoever_is_stopped_between_two_steps_loses_and_doubles_nothing() {
    let world = World::start().await;
    years_ago(&world, 1_200).await;
    for source in &SOURCES {
        // Stopped after the file was written: nothing knows the file, and every row is where it was.
        let stopped = archive::prepare(&world.app, source).await.expect("a file").expect("rows");
        drop(stopped);
        assert!(archive::list(world.app.database.reader(), Some(source.code)).await.expect("a list").is_empty());
        // Two at once: one of them moves the rows.
        let one = archive::prepare(&world.app, source).await.expect("a file").expect("rows");
        let other = archive::prepare(&world.app, source).await.expect("a file").expect("rows");
        assert_eq!(one.finish(&world.app).await.expect("moved"), 1_000);
        other.finish(&world.app).await.expect_err("gone already");
        let files = archive::list(world.app.database.reader(), Some(source.code)).await.expect("a list");
        assert_eq!(files.len(), 1, "{}", source.code);
        assert_eq!(archive::read(&world.app, &files[0].id).await.expect("whole").1.len(), 1_000);
    }
    // A row that changed after it was written stays, with all the others, and is written anew.
    let draft = archive::prepare(&world.app, &SOURCES[0]).await.expect("a file").expect("rows");
    world.tamper("UPDATE channel_events SET seen_count = 99 WHERE id = 'evt_1100'").await;
    let before = count(&world, "channel_events").await;
    draft.finish(&world.app).await.expect_err("it is not what was written");
    assert_eq!(count(&world, "channel_events").await, before);
    archive::move_all(&world.app).await.expect("moved");
    assert_eq!(count(&world, "channel_events").await, 1);
    for table in ALL {
        assert!(count(&world, table).await <= 1, "{table}");
    }
    let all = archive::list(world.app.database.reader(), None).await.expect("a list");
    assert_eq!(all.iter().map(|file| file.rows).sum::<i64>(), 3 * 1_200 - 1);
}

#[tokio::test]
async fn two_who_saw_different_rows_write_different_files() {
    let world = World::start().await;
    years_ago(&world, 1_200).await;
    let change = async |count: i64| {
        world.tamper(&format!("UPDATE channel_events SET seen_count = {count} WHERE id = 'evt_3'")).await;
    };
    change(1).await;
    let one = archive::prepare(&world.app, &SOURCES[0]).await.expect("a file").expect("rows");
    change(99).await;
    let other = archive::prepare(&world.app, &SOURCES[0]).await.expect("a file").expect("rows");
    change(1).await;
    one.finish(&world.app).await.expect("it is what was written");
    other.finish(&world.app).await.expect_err("it is not what was written");
    let files = archive::list(world.app.database.reader(), Some("notices")).await.expect("a list");
    let (_, lines) = archive::read(&world.app, &files[0].id).await.expect("whole");
    assert!(lines.iter().any(|line| line["id"] == "evt_3" && line["seen_count"] == 1));
}

#[tokio::test]
async fn the_work_of_years_is_done_in_many_short_runs() {
    let world = World::start().await;
    years_ago(&world, 2_300).await;
    archive::schedule(&world.app).await.expect("planned");
    assert_eq!(world.number("SELECT COUNT(*) FROM jobs").await, 1, "nothing else waits");
    world.clock.advance_ms(DAY_MS);
    let runs = world.app.workers().run_due().await.expect("all is moved");
    assert_eq!(world.number("SELECT COUNT(*) FROM archives").await, 9);
    assert_eq!(runs, 2, "nine files, five at most in a run");
    assert_eq!(world.number("SELECT COUNT(*) FROM jobs WHERE state = 'waiting'").await, 1, "and the next night");
}

#[tokio::test]
async fn a_file_that_somebody_changed_is_not_used_and_nothing_moves_where_nobody_wants_it() {
    let world = World::start_with(|config| config.archive.after_months = 0).await;
    years_ago(&world, 1_200).await;
    assert_eq!(archive::move_all(&world.app).await.expect("switched off"), 0);
    let world = World::start().await;
    years_ago(&world, 1_200).await;
    archive::move_all(&world.app).await.expect("moved");
    let files = archive::list(world.app.database.reader(), Some("calls")).await.expect("a list");
    world.app.files.put(&files[0].file_key, bytes::Bytes::from_static(b"other")).await.expect("written");
    archive::bring_back(&world.app, &files[0].id).await.expect_err("not what was written");
    assert_eq!(count(&world, "integration_requests").await, 0);
}

#[tokio::test]
async fn every_night_it_runs_by_itself() {
    let world = World::start().await;
    years_ago(&world, 1_200).await;
    archive::schedule(&world.app).await.expect("planned");
    archive::schedule(&world.app).await.expect("harmless");
    world.settle().await;
    assert_eq!(count(&world, "integration_requests").await, 1_200, "not in the middle of the day");
    world.pass_minutes(24 * 60).await;
    assert_eq!(count(&world, "integration_requests").await, 0);
    let old = world.app.now_ms() - 4 * 365 * DAY_MS;
    world.tamper(&format!("INSERT INTO integration_requests (request_id, request_hash, answer, created_at) VALUES ('late', '0', '', {old})")).await;
    world.pass_minutes(24 * 60).await;
    assert_eq!(count(&world, "integration_requests").await, 0, "and the next night");
}
