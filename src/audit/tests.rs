//! The chain as somebody meets it who wants to change the past.

use sea_orm::ConnectionTrait;

use super::*;
use crate::app::SharedApp;
use crate::testing;

async fn write(app: &SharedApp, object: &str) {
    let transaction = app.database.begin_write().await.unwrap();
    let entry = Entry {
        actor: "stf_1".to_owned(),
        actor_name: "张三".to_owned(),
        action: Action::FeeCorrected,
        object: object.to_owned(),
        detail: serde_json::json!({ "before_fen": 100, "after_fen": 90, "reason": "录入有误" }),
    };
    record(&*transaction, app, entry).await.unwrap();
    transaction.commit().await.unwrap();
}

async fn tamper(app: &SharedApp, statement: &str) {
    let transaction = app.database.begin_write().await.unwrap();
    transaction.execute_unprepared(statement).await.unwrap();
    transaction.commit().await.unwrap();
}

async fn broken_at(app: &SharedApp) -> i64 {
    match verify(app.database.reader()).await.unwrap() {
        Verified::Broken(broken) => broken.seq,
        Verified::Whole { count } => panic!("{count} entries, nothing noticed"),
    }
}

#[tokio::test]
async fn entries_written_at_the_same_moment_make_one_chain() {
    let (app, _) = testing::app().await;
    futures_util::future::join_all((0..12).map(|number| {
        let app = app.clone();
        async move { write(&app, &format!("fee_{number}")).await }
    }))
    .await;
    assert_eq!(verify(app.database.reader()).await.unwrap(), Verified::Whole { count: 12 });
}

#[tokio::test]
async fn an_act_that_is_undone_leaves_no_entry() {
    let (app, _) = testing::app().await;
    write(&app, "fee_1").await;
    let transaction = app.database.begin_write().await.unwrap();
    let entry = Entry {
        actor: "stf_1".to_owned(),
        actor_name: "张三".to_owned(),
        action: Action::FeeCancelled,
        object: "fee_1".to_owned(),
        detail: serde_json::json!({}),
    };
    record(&*transaction, &app, entry).await.unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(verify(app.database.reader()).await.unwrap(), Verified::Whole { count: 1 });
    assert_eq!(entries_of(app.database.reader(), &["fee_1".to_owned()]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn whatever_is_changed_left_out_or_cut_off_is_noticed_at_its_place() {
    for (statement, place) in [
        ("UPDATE audit_entries SET detail = '{}' WHERE seq = 3", 3),
        ("UPDATE audit_entries SET actor_name = '李四' WHERE seq = 1", 1),
        ("DELETE FROM audit_entries WHERE seq = 2", 2),
        ("DELETE FROM audit_entries WHERE seq = 5", 5),
        ("UPDATE audit_chain SET seq = 4", 5),
    ] {
        let (app, _) = testing::app().await;
        for number in 1..=5 {
            write(&app, &format!("fee_{number}")).await;
        }
        tamper(&app, statement).await;
        assert_eq!(broken_at(&app).await, place, "{statement}");
    }
}
