//! Jobs that failed too often: set going again, by a person or by whoever writes the same once more, or given up for good.

use foundation::jobs::{GivenUp, JobFilter, JobState, NewJob, forget_finished, list, plan_forgetting, revive};
use sea_orm::ConnectionTrait;

use crate::ground::Ground;
use crate::{DAY_MS, NOW, number};

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_job_is_set_going_once_and_from_its_first_attempt() {
    let ground = Ground::new().await;
    ground.write(vec![NewJob::new("passing", &(), NOW)]).await;
    ground.give_up().await;
    let dead = JobFilter { state: Some(JobState::Dead), kind: None };
    let found = list(ground.database.reader(), &dead, None, 10).await.unwrap();
    let [job] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((job.kind.as_str(), job.attempts, job.created_at), ("passing", 20, NOW));
    assert!(job.at > NOW && job.at < NOW + DAY_MS, "since when it is dead: {job:?}");
    assert_eq!(job.last_error.as_deref(), Some("no route to 139****0001"), "nobody's phone is shown");

    let transaction = ground.database.begin_write().await.unwrap();
    let now = NOW + 2 * DAY_MS;
    ground.clock.advance_ms(DAY_MS);
    assert!(revive(&*transaction, &job.id, now).await.unwrap());
    assert!(!revive(&*transaction, &job.id, now).await.unwrap(), "it is not dead any more");
    transaction.commit().await.unwrap();
    ground.clock.advance_ms(DAY_MS);
    ground.workers.run_due().await.unwrap();
    let attempts = number(&ground.database, "SELECT attempts FROM jobs WHERE state = 'waiting'").await;
    assert_eq!(attempts, 1, "it has as many attempts as a new one");
    ground.mend();
    ground.clock.advance_ms(3_600_000);
    ground.workers.run_due().await.unwrap();
    assert_eq!(ground.went_well(), (1, 0));
    assert_eq!(number(&ground.database, "SELECT COUNT(*) FROM jobs").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_writes_a_job_in_the_place_of_a_dead_one_sets_it_going() {
    let ground = Ground::new().await;
    ground.write(vec![NewJob::new("passing", &"old", NOW).once("the one")]).await;
    ground.give_up().await;
    assert_eq!(ground.in_state("dead").await, 1);
    ground.mend();
    let job = || NewJob::new("passing", &"new", NOW).once("the one");
    ground.write(vec![job(), NewJob::new("passing", &(), NOW + 100 * DAY_MS), job()]).await;
    assert_eq!((ground.in_state("dead").await, ground.in_state("waiting").await), (0, 2), "still one with this key");
    let set_back = "SELECT COUNT(*) FROM jobs WHERE payload = '\"new\"' AND attempts = 0 AND last_error IS NULL";
    assert_eq!(number(&ground.database, set_back).await, 1);
    ground.write(vec![job()]).await;
    ground.workers.run_due().await.unwrap();
    assert_eq!(ground.went_well().0, 1);
    ground.write(vec![job()]).await;
    ground.workers.run_due().await.unwrap();
    assert_eq!(ground.went_well().0, 1, "one that is done keeps others out");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_job_that_counts_from_its_first_time_goes_on_with_what_it_was_told_then() {
    let ground = Ground::new().await;
    let job = |told: &str| NewJob::new("passing", &told, NOW).once("the one").as_first_written();
    ground.write(vec![job("first")]).await;
    ground.give_up().await;
    assert_eq!(ground.in_state("dead").await, 1);
    ground.write(vec![job("again")]).await;
    let set_back = "SELECT COUNT(*) FROM jobs WHERE payload = '\"first\"' AND state = 'waiting' AND attempts = 0";
    assert_eq!(number(&ground.database, set_back).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_gives_up_is_forgotten_like_what_was_done() {
    let ground = Ground::new().await;
    let keyed = || NewJob::new("passing", &(), NOW).once("the one");
    ground.write(vec![NewJob::new("passing", &(), NOW), keyed(), NewJob::new("of_tomorrow", &(), NOW)]).await;
    ground.give_up().await;
    let dead = JobFilter { state: Some(JobState::Dead), kind: None };
    let found = list(ground.database.reader(), &dead, None, 10).await.unwrap();
    assert_eq!(found.len(), 2);
    let give_up = async |id: &str| {
        let transaction = ground.database.begin_write().await.unwrap();
        let given_up = ground.workers.give_up(&*transaction, id, "已由银行退回").await.unwrap();
        transaction.commit().await.unwrap();
        given_up
    };
    for job in &found {
        assert_eq!(give_up(&job.id).await, GivenUp::Settled { kind: "passing".to_owned() });
        assert_eq!(give_up(&job.id).await, GivenUp::NotDead, "once");
    }
    assert_eq!(give_up("job_of_nobody").await, GivenUp::NotDead);
    assert_eq!((ground.in_state("dead").await, ground.in_state("done").await), (0, 1), "the one with a key stays");
    let waits = "SELECT COUNT(*) FROM jobs WHERE kind = 'of_tomorrow' AND state = 'waiting'";
    assert_eq!(number(&ground.database, waits).await, 1);
    ground.mend();
    ground.write(vec![keyed()]).await;
    ground.workers.run_due().await.unwrap();
    assert_eq!(ground.went_well(), (0, 0), "its key keeps others out");
    let forgotten = forget_finished(&ground.database, NOW + 100 * DAY_MS, &[], 10).await.unwrap();
    assert_eq!((forgotten, ground.in_state("done").await), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_on_for_ever_cannot_be_given_up() {
    let ground = Ground::new().await;
    let transaction = ground.database.begin_write().await.unwrap();
    plan_forgetting(&*transaction, NOW).await.unwrap();
    transaction.execute_unprepared("UPDATE jobs SET state = 'dead', attempts = 20").await.unwrap();
    let dead = JobFilter { state: Some(JobState::Dead), kind: None };
    let found = list(&*transaction, &dead, None, 10).await.unwrap();
    assert_eq!(ground.workers.give_up(&*transaction, &found[0].id, "不用了").await.unwrap(), GivenUp::GoesOn);
    transaction.commit().await.unwrap();
    assert_eq!(ground.in_state("dead").await, 1);
}
