//! Going back to a copy: everything is as it was.

use std::path::PathBuf;

use foundation::config::{Config, Secret};
use foundation::database::Database;
use foundation::ids::new_id_text;
use foundation::scratch::POSTGRES_VARIABLE;
use sea_orm::{ConnectionTrait, Statement};
use tejian::app::App;
use tejian::audit::{self, Verified};
use tejian::backup::{back_up, restore};

use crate::receipts::paid_order;
use crate::seed::Class;
use crate::world::World;

const GOOD: &str = "91500000DEM0000145";

/// A directory that is gone with its test.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        let path = std::env::temp_dir().join(new_id_text("backups"));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// A new place for database and files, as an operator would make it on another machine.
async fn elsewhere(world: &World, directory: &std::path::Path) -> Config {
    let mut config = world.app.config.clone();
    config.database.url = match std::env::var(POSTGRES_VARIABLE) {
        Ok(address) if !address.is_empty() => {
            let name = new_id_text("restored");
            let server = Database::connect(&address, 1).await.unwrap();
            server.reader().execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
            let (start, _) = address.rsplit_once('/').unwrap();
            Secret::new(format!("{start}/{name}"))
        }
        _ => Secret::new(format!("sqlite://{}/restored/tejian.db?mode=rwc", directory.display())),
    };
    config.files.directory = directory.join("restored-files").display().to_string();
    config
}

/// Every row of every table, as text, in an order of its own.
async fn everything(database: &Database) -> Vec<String> {
    let connection = database.reader();
    let backend = connection.get_database_backend();
    let ask = async |sql: String| connection.query_all_raw(Statement::from_string(backend, sql)).await.unwrap();
    let tables = if database.is_sqlite() {
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    } else {
        "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1"
    };
    let mut all = Vec::new();
    for table in ask(tables.to_owned()).await {
        let table: String = table.try_get_by_index(0).unwrap();
        let rows = if database.is_sqlite() {
            let columns: Vec<String> = ask(format!("SELECT name FROM pragma_table_info('{table}')"))
                .await
                .iter()
                .map(|row| format!("quote({})", row.try_get_by_index::<String>(0).unwrap()))
                .collect();
            ask(format!("SELECT {} FROM {table}", columns.join(" || ',' || "))).await
        } else {
            ask(format!("SELECT t::text FROM {table} t")).await
        };
        let mut rows: Vec<String> =
            rows.iter().map(|row| format!("{table}: {}", row.try_get_by_index::<String>(0).unwrap())).collect();
        rows.sort();
        all.extend(rows);
    }
    all
}

#[tokio::test]
async fn a_restored_copy_equals_the_original_and_goes_on_working() {
    let world = World::start().await;
    let (_, _, _) = paid_order(&world, Class::Vat, GOOD, &[126_500, 30_000]).await;
    for _ in 0..3 {
        world.pass_minutes(2).await;
    }
    let directory = Directory::new();
    let now = world.app.now_ms();
    let (place, manifest) = back_up(&world.app.config, &directory.0, now).await.unwrap();
    assert!(!manifest.files.is_empty(), "the receipt is a file");
    let before = everything(&world.app.database).await;
    assert!(before.iter().any(|row| row.starts_with("payment_attempts: ")), "something to lose");

    let config = elsewhere(&world, &directory.0).await;
    assert_eq!(restore(&config, &place).await.unwrap(), manifest);
    let again = App::open(config.clone(), world.clock.clone()).await.unwrap();
    assert_eq!(everything(&again.database).await, before);
    for file in &manifest.files {
        assert_eq!(again.files.get(&file.key).await.unwrap(), world.app.files.get(&file.key).await.unwrap());
    }
    assert!(matches!(audit::verify(again.database.reader()).await.unwrap(), Verified::Whole { .. }));

    // Nothing is overwritten, and half a copy is none.
    assert!(restore(&config, &place).await.unwrap_err().to_string().contains("只写入空的数据库"));
    std::fs::remove_file(place.join("manifest.json")).unwrap();
    assert!(restore(&config, &place).await.unwrap_err().to_string().contains("没有完整的备份"));
}

#[tokio::test]
async fn a_copy_with_a_missing_or_damaged_part_is_refused_before_anything_is_written() {
    let world = World::start().await;
    paid_order(&world, Class::Vat, GOOD, &[126_500]).await;
    for _ in 0..3 {
        world.pass_minutes(2).await;
    }
    let directory = Directory::new();
    let (place, manifest) = back_up(&world.app.config, &directory.0, world.app.now_ms()).await.unwrap();
    let config = elsewhere(&world, &directory.0).await;
    let file = directory.0.join("files").join(&manifest.files[0].key);
    let content = std::fs::read(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert!(restore(&config, &place).await.unwrap_err().to_string().contains("缺文件"));
    let mut changed = content.clone();
    changed[0] ^= 1;
    std::fs::write(&file, changed).unwrap();
    assert!(restore(&config, &place).await.unwrap_err().to_string().contains("文件已损坏"), "of the same size");
    std::fs::write(&file, content).unwrap();
    let dump = place.join(&manifest.database.file_name);
    let mut damaged = std::fs::read(&dump).unwrap();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    std::fs::write(&dump, damaged).unwrap();
    assert!(restore(&config, &place).await.unwrap_err().to_string().contains("已损坏"));
}

#[tokio::test]
async fn a_copy_of_before_sums_were_noted_is_brought_back_and_the_next_one_notes_them() {
    let world = World::start().await;
    paid_order(&world, Class::Vat, GOOD, &[126_500]).await;
    for _ in 0..3 {
        world.pass_minutes(2).await;
    }
    let directory = Directory::new();
    let (place, manifest) = back_up(&world.app.config, &directory.0, world.app.now_ms()).await.unwrap();
    assert!(!manifest.files.is_empty(), "the receipt is a file");
    let list = place.join("manifest.json");
    let mut of_before: serde_json::Value = serde_json::from_slice(&std::fs::read(&list).unwrap()).unwrap();
    for file in of_before["files"].as_array_mut().unwrap() {
        file.as_object_mut().unwrap().remove("sha256").unwrap();
    }
    std::fs::write(&list, of_before.to_string()).unwrap();

    let file = directory.0.join("files").join(&manifest.files[0].key);
    let content = std::fs::read(&file).unwrap();
    std::fs::write(&file, &content[1..]).unwrap();
    let config = elsewhere(&world, &directory.0).await;
    assert!(restore(&config, &place).await.unwrap_err().to_string().contains("文件已损坏"), "its size was noted");
    std::fs::write(&file, content).unwrap();
    restore(&config, &place).await.unwrap();
    let again = App::open(config, world.clock.clone()).await.unwrap();
    for file in &manifest.files {
        assert_eq!(again.files.get(&file.key).await.unwrap(), world.app.files.get(&file.key).await.unwrap());
    }

    world.pass_minutes(1).await;
    let (_, next) = back_up(&world.app.config, &directory.0, world.app.now_ms()).await.unwrap();
    assert_eq!(next.files, manifest.files, "with their sums");
}

#[tokio::test]
async fn a_second_copy_shares_the_files_of_the_first() {
    let world = World::start().await;
    paid_order(&world, Class::Vat, GOOD, &[126_500]).await;
    for _ in 0..3 {
        world.pass_minutes(2).await;
    }
    let directory = Directory::new();
    let (_, first) = back_up(&world.app.config, &directory.0, world.app.now_ms()).await.unwrap();
    let file = directory.0.join("files").join(&first.files[0].key);
    let written_at = std::fs::metadata(&file).unwrap().modified().unwrap();
    world.pass_minutes(1).await;
    let (_, second) = back_up(&world.app.config, &directory.0, world.app.now_ms()).await.unwrap();
    assert_eq!(first.files, second.files);
    assert_eq!(std::fs::metadata(&file).unwrap().modified().unwrap(), written_at, "not copied again");
}

#[tokio::test]
async fn a_log_that_a_crash_left_is_not_replayed_over_what_is_brought_back() {
    let world = World::start().await;
    let directory = Directory::new();
    let (place, _) = back_up(&world.app.config, &directory.0, world.app.now_ms()).await.unwrap();
    let mut config = elsewhere(&world, &directory.0).await;
    if !world.app.database.is_sqlite() {
        // Only SQLite leaves files beside the database.
        restore(&config, &place).await.unwrap();
        return;
    }
    let target = directory.0.join("crashed.db");
    config.database.url = Secret::new(format!("sqlite://{}?mode=rwc", target.display()));
    let log = directory.0.join("crashed.db-wal");
    std::fs::write(&log, b"of another life").unwrap();
    assert!(restore(&config, &place).await.unwrap_err().to_string().contains("crashed.db-wal"));
    assert!(!target.exists());
    std::fs::remove_file(&log).unwrap();
    restore(&config, &place).await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_on_the_machine_may_read_a_copy() {
    use std::os::unix::fs::PermissionsExt;

    fn open_to_others(path: &std::path::Path, found: &mut Vec<String>) -> usize {
        let facts = std::fs::metadata(path).unwrap();
        let (mode, wanted) = (facts.permissions().mode() & 0o777, if facts.is_dir() { 0o700 } else { 0o600 });
        if mode != wanted {
            found.push(format!("{} {mode:o}", path.display()));
        }
        if !facts.is_dir() {
            return 1;
        }
        std::fs::read_dir(path).unwrap().map(|entry| open_to_others(&entry.unwrap().path(), found)).sum()
    }

    let world = World::start().await;
    paid_order(&world, Class::Vat, GOOD, &[126_500]).await;
    for _ in 0..3 {
        world.pass_minutes(2).await;
    }
    let directory = Directory::new();
    let target = directory.0.join("new");
    let (_, manifest) = back_up(&world.app.config, &target, world.app.now_ms()).await.unwrap();
    assert!(!manifest.files.is_empty(), "the receipt is a file");
    let mut found = Vec::new();
    let files = open_to_others(&target, &mut found);
    assert_eq!(found, Vec::<String>::new());
    assert!(files >= manifest.files.len() + 2, "every file, the database and the manifest were looked at");
}
