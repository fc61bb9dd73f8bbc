//! What is known of people rests sealed, is found again, and outlives its key.

use foundation::clock::SharedClock;
use foundation::sealed::BlindIndex;
use reqwest::Method;
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};
use serde_json::json;
use tejian::app::App;
use tejian::commands::secrets::{Rotation, rotate};
use tejian::sealing::{self, Wanted};
use tejian::staff::Role;

use crate::nodes::serve;
use crate::paying::one_order;
use crate::seed::Class;
use crate::transfers::order_by;
use crate::world::World;

const PHONE: &str = "13900000001";
pub const KEY_A: &str = "a:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
pub const KEY_B: &str = "b:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";

impl World {
    /// Tables that hold this text anywhere in a row, read past the application.
    async fn tables_with(&self, text: &str) -> Vec<String> {
        let reader = self.app.database.reader();
        let backend = reader.get_database_backend();
        let sqlite = backend == DatabaseBackend::Sqlite;
        let tables = if sqlite {
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        } else {
            "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'"
        };
        let rows = reader.query_all_raw(Statement::from_string(backend, tables)).await.expect("the tables");
        let mut found = Vec::new();
        for row in rows {
            let table: String = row.try_get("", "name").expect("a name");
            let whole_row = if sqlite {
                let columns = Statement::from_string(backend, format!("SELECT name FROM pragma_table_info('{table}')"));
                let columns = reader.query_all_raw(columns).await.expect("the columns");
                let names = columns.iter().map(|column| column.try_get::<String>("", "name").expect("a name"));
                names.map(|name| format!("COALESCE(\"{name}\", '')")).collect::<Vec<_>>().join(" || '|' || ")
            } else {
                format!("\"{table}\"::text")
            };
            if self.number(&format!("SELECT COUNT(*) FROM \"{table}\" WHERE {whole_row} LIKE '%{text}%'")).await > 0 {
                found.push(table);
            }
        }
        found
    }
}

#[tokio::test]
async fn no_phone_or_address_of_a_person_rests_in_the_clear() {
    let world = World::start().await;
    let (unit, phone, _) = one_order(&world, 126_500).await;
    let mut visitor = world.visitor();
    world.sign_in_by_sms(&mut visitor, PHONE).await;
    let owner = world.phone(&unit.unit_account, &unit.unit, "unit").await;
    let invitation = json!({ "role": "finance", "phone": "13900000002" });
    world.post(&owner, "/api/v1/member-invitations", invitation).await.ok();
    let title = json!({ "kind": "individual", "name": "王小明", "email": "wang@example.com", "phone": "13900000003" });
    world.post(&phone, "/api/v1/invoice-titles", title).await.ok();
    let remitted = order_by(&world, &unit, &phone, Class::Vat, "remitted", 30_000).await;
    let mut draft = json!({
        "payer_name": "王小明", "payer_account": "6222000011112222", "remitted_on": "2026-08-01", "amount_fen": 30_000,
    });
    draft["proof_ids"] = json!([]);
    let path = format!("/api/v1/orders/{remitted}/remittance");
    let kept = world.ask(&phone, Method::PUT, &path, Some(draft)).await.ok();
    assert!(kept.to_string().contains("6222000011112222"), "its owner reads it: {kept}");
    // Whoever looks for somebody leaves no phone and no account in the trail, which is kept for ever.
    let mut auditor = world.staff("auditor", &[Role::Auditor]).await;
    for (list, words) in
        [("messages", PHONE), ("bank-transactions", "6222000011112222"), ("orders", "wang@example.com")]
    {
        let reply = auditor.caller.get(&format!("/staff/v1/exports/{list}.xlsx?q={words}")).await;
        assert_eq!(reply.status.as_u16(), 200, "{list}");
    }
    let trail = auditor.get(&format!("/audit?actor={}", auditor.id)).await;
    let filters = trail["items"].as_array().unwrap().iter().filter(|entry| entry["action"] == "export.made");
    assert_eq!(
        filters.map(|entry| &entry["detail"]["filter"]).collect::<Vec<_>>(),
        vec![&json!("q=****"); 3],
        "{trail}"
    );
    world.settle().await;
    for text in [PHONE, "13900000002", "13900000003", "wang@example.com", "6222000011112222"] {
        assert_eq!(world.tables_with(text).await, Vec::<String>::new(), "{text}");
    }
    assert_eq!(world.get(&phone, "/api/v1/fees").await.ok()["items"].as_array().map(Vec::len), Some(0));
    let of_applicant = world.get(&phone, "/api/v1/orders").await.ok();
    assert_eq!(of_applicant["items"].as_array().map(Vec::len), Some(2), "an applicant finds what carries his phone");
}

#[tokio::test]
async fn what_was_written_in_the_clear_is_found_and_sealed_when_a_node_starts() {
    let world = World::start().await;
    let (seeded, phone, order) = one_order(&world, 126_500).await;
    for (table, column) in [("accounts", "phone"), ("fees", "applicant_phone"), ("orders", "applicant_phone")] {
        let person = if table == "accounts" { format!("id = '{}'", seeded.applicant) } else { "1 = 1".to_owned() };
        world.tamper(&format!("UPDATE {table} SET {column} = '{PHONE}' WHERE {person}")).await;
    }
    for table in ["accounts", "fees", "orders"] {
        assert!(world.tables_with(PHONE).await.contains(&table.to_owned()), "{table}");
    }
    // An older node may still write so while a newer one works already.
    let mut visitor = world.visitor();
    world.sign_in_by_sms(&mut visitor, PHONE).await;
    let session = visitor.get("/api/v1/session").await.expect(200);
    assert_eq!(session["account"]["id"], json!(seeded.applicant), "the same account, not a second one");
    world.get(&phone, &format!("/api/v1/orders/{order}")).await.ok();
    world.second_node().await;
    assert_eq!(world.tables_with(PHONE).await, Vec::<String>::new());
    world.get(&phone, &format!("/api/v1/orders/{order}")).await.ok();
    assert_eq!(sealing::seal(&world.app.database, Wanted::Clear).await.unwrap(), 0, "nothing is sealed twice");
}

#[tokio::test]
async fn a_new_key_seals_everything_anew_while_people_go_on() {
    let key = |text: &str| foundation::config::Secret::new(text.to_owned());
    let world = World::start_with(|config| config.secrets.keys = key(KEY_A)).await;
    let (seeded, phone, order) = one_order(&world, 126_500).await;
    world.seed_fees(&seeded, Class::Nontax, &vec![100; 450]).await;
    let before = world.tables_with(".a:").await;
    assert!(["fees", "reports"].iter().all(|table| before.iter().any(|one| one == table)), "{before:?}");
    let mut config = world.app.config.clone();
    config.secrets.keys = key(&format!("{KEY_B},{KEY_A}"));
    foundation::sealed::install(foundation::sealed::FieldKeys::of_config(&config).unwrap());
    let rotate = sealing::seal(&world.app.database, Wanted::ClearAndOlder);
    let people = async {
        for round in 0..10 {
            world.get(&phone, "/api/v1/fees").await.ok();
            world.get(&phone, &format!("/api/v1/orders/{order}")).await.ok();
            let title = json!({ "kind": "individual", "name": format!("王小明{round}"), "phone": "13900000003" });
            world.post(&phone, "/api/v1/invoice-titles", title).await.ok();
        }
    };
    let (rotated, ()) = tokio::join!(rotate, people);
    assert!(rotated.unwrap() > 900, "fees and reports of 451 rows each");
    assert_eq!(world.tables_with(".a:").await, Vec::<String>::new());
    assert_eq!(world.tables_with("sealed:a:").await, Vec::<String>::new());
    let mut visitor = world.visitor();
    world.sign_in_by_sms(&mut visitor, PHONE).await;
    let session = visitor.get("/api/v1/session").await.expect(200);
    assert_eq!(session["account"]["id"], json!(seeded.applicant));
}

#[tokio::test]
async fn a_phone_that_was_written_to_without_an_account_outlives_its_key() {
    let key = |text: &str| foundation::config::Secret::new(text.to_owned());
    let world = World::start_with(|config| config.secrets.keys = key(KEY_A)).await;
    let (unit, _, _) = one_order(&world, 126_500).await;
    let desk = world.staff("content", &[Role::ContentOperator]).await;
    let owner = world.phone(&unit.unit_account, &unit.unit, "unit").await;
    let invitation = json!({ "role": "finance", "phone": "13900000009" });
    world.post(&owner, "/api/v1/member-invitations", invitation).await.ok();
    world.settle().await;
    let under = |key: &str| format!("SELECT COUNT(*) FROM messages WHERE phone_sealed LIKE 'sealed:{key}:%'");
    assert_eq!((world.number(&under("a")).await, world.number(&under("b")).await), (1, 0));

    let clock: SharedClock = world.clock.clone();
    let mut config = world.app.config.clone();
    config.secrets.keys = key(&format!("{KEY_B},{KEY_A}"));
    let node = App::open(config.clone(), clock.clone()).await.expect("a node with both keys");
    assert!(rotate(&node, Rotation::default()).await.expect("everything opens").sealed > 0);
    assert_eq!((world.number(&under("a")).await, world.number(&under("b")).await), (0, 1));

    // The old key leaves: the service desk still sees whom the message went to.
    config.secrets.keys = key(KEY_B);
    let alone = serve(App::open(config, clock).await.expect("a node without the old key")).await;
    let mut caller = desk.caller.clone();
    let listed = caller.get(&format!("{alone}/staff/v1/messages")).await.expect(200);
    let told = listed["items"].as_array().expect("a page").iter().find(|one| one["kind"] == "member_invited");
    assert_eq!(told.expect("the invitation")["account_masked"], "139****0009");
}

#[tokio::test]
async fn second_factors_and_secrets_of_receivers_get_a_new_key_by_rotation_and_not_because_a_node_was_opened() {
    let key = |text: &str| foundation::config::Secret::new(text.to_owned());
    let world = World::start_with(|config| config.secrets.keys = key(KEY_A)).await;
    let mut desk = world.staff("operator", &[Role::IntegrationOperator]).await;
    desk.step_up(&world).await;
    let made = desk.post("/webhooks/endpoints", json!({ "url": "https://8.8.8.8/hook" })).await;
    let receiver = made["endpoint"]["id"].as_str().expect("an id").to_owned();
    desk.post(&format!("/webhooks/endpoints/{receiver}/rotate"), json!({})).await;
    let under = |key: &str| {
        let count =
            |table: &str, column: &str| format!("(SELECT COUNT(*) FROM {table} WHERE {column} LIKE 'sealed:{key}:%')");
        let (factors, secrets) = (count("staff_accounts", "totp_secret"), count("webhook_endpoints", "secret"));
        format!("SELECT {factors} + {secrets} + {}", count("webhook_endpoints", "previous_secret"))
    };
    assert_eq!((world.number(&under("a")).await, world.number(&under("b")).await), (3, 0));

    // With the new key in front by mistake, before the others have it: it is not admitted, and must have changed nothing.
    let clock: SharedClock = world.clock.clone();
    let mut config = world.app.config.clone();
    config.secrets.keys = key(&format!("{KEY_B},{KEY_A}"));
    let node = App::open(config, clock).await.expect("a node with both keys");
    assert_eq!((world.number(&under("a")).await, world.number(&under("b")).await), (3, 0), "nobody asked for it");

    assert_eq!(rotate(&node, Rotation::default()).await.expect("everything opens").unopened, 0);
    assert_eq!((world.number(&under("a")).await, world.number(&under("b")).await), (0, 3));

    world
        .tamper("UPDATE webhook_endpoints SET secret = 'sealed:lost:AAAA', previous_secret = 'sealed:lost:AAAA'")
        .await;
    world.tamper("UPDATE staff_accounts SET totp_secret = 'sealed:lost:AAAA'").await;
    let rotated = rotate(&node, Rotation::default()).await.expect("the rest opens");
    assert_eq!(rotated.unopened, 3, "and whoever rotates is told: {rotated:?}");
    desk.post(&format!("/webhooks/endpoints/{receiver}/rotate"), json!({})).await;
    let rotated = rotate(&node, Rotation::default()).await.expect("the rest opens");
    assert_eq!(rotated.unopened, 1, "a new secret does not stand beside one that is lost: {rotated:?}");
}

#[tokio::test]
async fn what_was_written_lately_is_looked_at_also_where_ids_do_not_tell_what_is_new() {
    let world = World::start().await;
    let mut rows: Vec<String> =
        (0..501).map(|number| format!("('unt_z{number}', 'legal', 'sealed:a:x', 'sealed:a:x', '', 1)")).collect();
    rows.push(format!("('unt_a', 'legal', 'sealed:a:x', '{PHONE}', '', 2)"));
    let contacts = "INSERT INTO unit_contacts (unit_id, role, name, phone, updated_by, updated_at) VALUES";
    world.tamper(&format!("{contacts} {}", rows.join(", "))).await;
    assert_eq!(world.tables_with(PHONE).await, ["unit_contacts"]);
    world.second_node().await;
    assert_eq!(world.tables_with(PHONE).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_another_node_has_sealed_with_a_key_not_yet_here_is_an_outage_and_nobody_is_sent_away() {
    let world = World::start().await;
    let (_, phone, order) = one_order(&world, 126_500).await;
    // As a node writes it that was restarted with a newer key.
    let sealed = format!("{}.newer:AAAA", BlindIndex::of(PHONE).as_str());
    world.tamper(&format!("UPDATE orders SET applicant_phone = '{sealed}' WHERE id = '{order}'")).await;
    let looked = world.get(&phone, &format!("/api/v1/orders/{order}")).await;
    assert_eq!(looked.body["error"]["money"], "none", "looking moves nothing");
    assert_eq!(looked.refused(503), "unavailable");
    let payment = json!({ "key": "tap-00000001", "channel": "jsapi" });
    let paid = world.post(&phone, &format!("/api/v1/orders/{order}/payments"), payment).await;
    assert_eq!(paid.body["error"]["money"], "unknown");
    paid.refused(503);
    let asked = world.get(&phone, &format!("/api/v1/orders/{order}/payment-state")).await;
    assert_eq!(asked.body["error"]["money"], "unknown", "who asks for money and hears nothing does not know");
    asked.refused(503);
    world.get(&phone, "/api/v1/fees").await.ok();
    world.tamper(&format!("UPDATE accounts SET phone = '{sealed}' WHERE id = '{}'", phone.account)).await;
    assert_eq!(world.get(&phone, "/api/v1/fees").await.refused(503), "unavailable", "still signed in");
    let figures = world.visitor().get("/metrics").await.text();
    let told = figures.lines().find(|line| line.starts_with("tejian_unknown_keys_total ")).expect("a figure");
    assert!(!told.ends_with(" 0"), "whoever watches is told: {told}");
}
