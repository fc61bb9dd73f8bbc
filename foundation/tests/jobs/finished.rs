//! What stays of jobs that are finished, and for how long.

use foundation::jobs::{FINISHED_KEPT_DAYS, NewJob, enqueue, forget_finished, plan_forgetting};

use crate::ground::Ground;
use crate::{DAY_MS, NOW, number};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_finished_is_forgotten_when_nobody_relies_on_it_any_more() {
    let ground = Ground::new().await;
    ground.mend();
    let passing = |number: usize| NewJob::new("passing", &(), NOW).once(format!("passing:{number}"));
    let lasting = || NewJob::new("lasting", &(), NOW).once("lasting");
    ground.write((0..1_200).map(passing).chain([lasting()]).collect()).await;
    let transaction = ground.database.begin_write().await.unwrap();
    plan_forgetting(&*transaction, NOW).await.unwrap();
    plan_forgetting(&*transaction, NOW).await.unwrap();
    transaction.commit().await.unwrap();
    ground.workers.run_due().await.unwrap();
    assert_eq!(ground.went_well(), (1_200, 1));

    ground.clock.advance_ms((FINISHED_KEPT_DAYS - 1) * DAY_MS);
    ground.write(vec![passing(7), lasting()]).await;
    ground.workers.run_due().await.unwrap();
    assert_eq!(ground.in_state("done").await, 1_201, "until then every key keeps others out");
    assert_eq!(ground.went_well(), (1_200, 1));

    ground.clock.advance_ms(2 * DAY_MS);
    ground.workers.run_due().await.unwrap();
    assert_eq!((ground.in_state("done").await, ground.in_state("remembered").await), (0, 1));
    assert_eq!(ground.in_state("waiting").await, 1, "and the next night");
    ground.write(vec![passing(7), lasting()]).await;
    ground.workers.run_due().await.unwrap();
    assert_eq!(ground.went_well(), (1_201, 1), "a key that is remembered keeps others out for ever");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_forget_at_the_same_time_forget_different_rows() {
    let ground = Ground::new().await;
    ground.mend();
    ground.write((0..60).map(|number| NewJob::new("passing", &(), NOW).once(format!("{number}"))).collect()).await;
    let waiting = NewJob::new("passing", &(), NOW + DAY_MS).once("waiting");
    let transaction = ground.database.begin_write().await.unwrap();
    enqueue(&*transaction, waiting).await.unwrap();
    transaction.commit().await.unwrap();
    ground.workers.run_due().await.unwrap();
    let forget = || forget_finished(&ground.database, NOW + 1, &[], 40);
    let (one, other) = tokio::join!(forget(), forget());
    assert_eq!(one.unwrap() + other.unwrap(), 60);
    assert_eq!(forget().await.unwrap(), 0);
    assert_eq!(number(&ground.database, "SELECT COUNT(*) FROM jobs").await, 1, "what waits stays");
}
