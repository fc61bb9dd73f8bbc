//! A replica for reads that may be seconds old: a second connection to the same database that may not write.

use std::sync::{Arc, Mutex};

use foundation::config::{Config, Secret};
use foundation::scratch::ScratchDatabase;
use tejian::staff::Role;

use crate::seed::Class;
use crate::world::World;

/// What was asked of the database itself.
type Asked = Arc<Mutex<Vec<String>>>;

/// A world with a replica at this address, or at its own.
async fn followed_at(address: Option<String>) -> (World, Asked) {
    let asked = Asked::default();
    let ears = asked.clone();
    let database = ScratchDatabase::create().await.expect("a database of its own");
    let url = address.unwrap_or_else(|| database.url().to_owned());
    let change = |config: &mut Config| config.database.replica_url = Secret::new(url);
    let listen = move |told: &sea_orm::Statement| ears.lock().expect("quiet").push(told.sql.clone());
    (World::start_over(database, |database| database.on_statement(listen), change).await, asked)
}

/// Whether the database itself was asked for rows of a table since the last time.
fn asked_for(asked: &Asked, table: &str) -> bool {
    let all = std::mem::take(&mut *asked.lock().expect("quiet"));
    all.iter().any(|sql| sql.contains(&format!("FROM \"{table}\"")))
}

#[tokio::test]
async fn officers_read_from_the_replica_and_payers_never() {
    let (world, asked) = followed_at(None).await;
    let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
    world.seed_fees(&unit, Class::Nontax, &[60_500]).await;
    let phone = world.phone(&unit.applicant, &unit.unit, &world.wechat.people()[0].mp_openid).await;
    let mut auditor = world.staff("auditor", &[Role::Auditor]).await;
    auditor.get("/search?q=3110500112201603A021").await;
    world.clock.advance_ms(1_000);
    for path in ["/search?q=3110500112201603A021", "/dashboard"] {
        asked_for(&asked, "fees");
        auditor.get(path).await;
        assert!(!asked_for(&asked, "fees"), "{path} was read from the database itself");
    }
    let found = auditor.get("/search?q=3110500112201603A021").await;
    assert!(
        found["groups"].as_array().is_some_and(|groups| groups.iter().any(|group| group["kind"] == "fee")),
        "{found}"
    );
    asked_for(&asked, "fees");
    let file = auditor.caller.get("/staff/v1/exports/fees.xlsx").await;
    assert!(file.status.is_success() && file.bytes.starts_with(b"PK"));
    assert!(!asked_for(&asked, "fees"), "the spreadsheet was read from the database itself");
    assert_eq!(
        world.number("SELECT COUNT(*) FROM audit_entries WHERE action LIKE '%export%'").await,
        1,
        "noted all the same"
    );
    for path in ["/api/v1/fees", "/api/v1/home"] {
        asked_for(&asked, "fees");
        world.get(&phone, path).await.ok();
        assert!(asked_for(&asked, "fees"), "{path} was read from the replica");
    }
}

#[tokio::test]
async fn a_replica_that_is_gone_or_stands_still_is_not_missed() {
    let still = ScratchDatabase::create().await.expect("a database of its own");
    let database = foundation::database::Database::connect(still.url(), 1).await.expect("a database");
    database.migrate().await.expect("a schema");
    for address in [still.url().to_owned(), still.url().replace("tejian", "nowhere")] {
        let (world, asked) = followed_at(Some(address)).await;
        let unit = world.seed_unit("示例物业001有限公司", "13900000001").await;
        world.seed_fees(&unit, Class::Nontax, &[60_500]).await;
        let mut auditor = world.staff("auditor", &[Role::Auditor]).await;
        for _ in 0..3 {
            asked_for(&asked, "fees");
            let found = auditor.get("/search?q=3110500112201603A021").await;
            assert!(found["groups"].as_array().is_some_and(|groups| !groups.is_empty()), "{found}");
            assert!(asked_for(&asked, "fees"));
            world.clock.advance_ms(11_000);
        }
    }
}
