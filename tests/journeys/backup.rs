//! Going back to a copy: everything is as it was.

use std::path::{Path, PathBuf};
use std::process::Command;

use bytes::Bytes;
use foundation::config::{Config, Secret};
use foundation::database::Database;
use foundation::ids::new_id_text;
use foundation::scratch::POSTGRES_VARIABLE;
use sea_orm::{ConnectionTrait, Statement};
use tejian::app::App;
use tejian::audit::{self, Verified};
use tejian::backup::{Damaged, Made, Pruned, back_up, keep_newest, note_made, restore, skip_lost_numbers, verify};

use crate::downloads::report_of;
use crate::receipts::paid_order;
use crate::seed::{Class, checkout};
use crate::transfers::order_page;
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
    let Made { place, manifest, .. } = back_up(&world.app.config, &directory.0, now).await.unwrap();
    assert!(!manifest.files.is_empty(), "the receipt is a file");
    let before = everything(&world.app.database).await;
    assert!(before.iter().any(|row| row.starts_with("payment_attempts: ")), "something to lose");

    let config = elsewhere(&world, &directory.0).await;
    if !world.app.database.is_sqlite() {
        // Whoever only looks, as the doctor does, leaves it empty.
        let empty = Database::connect(config.database.url.expose(), 1).await.unwrap();
        assert!(empty.pending_migrations().await.unwrap() > 0);
    }
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
    let Made { place, manifest, .. } = back_up(&world.app.config, &directory.0, world.app.now_ms()).await.unwrap();
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
    let Made { place, manifest, .. } = back_up(&world.app.config, &directory.0, world.app.now_ms()).await.unwrap();
    assert!(!manifest.files.is_empty(), "the receipt is a file");
    let list = place.join("manifest.json");
    let mut of_before: serde_json::Value = serde_json::from_slice(&std::fs::read(&list).unwrap()).unwrap();
    for file in of_before["files"].as_array_mut().unwrap() {
        for noted_later in ["sha256", "version"] {
            file.as_object_mut().unwrap().remove(noted_later).unwrap();
        }
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
    let Made { manifest: next, .. } = back_up(&world.app.config, &directory.0, world.app.now_ms()).await.unwrap();
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
    let Made { manifest: first, .. } = back_up(&world.app.config, &directory.0, world.app.now_ms()).await.unwrap();
    let file = directory.0.join("files").join(&first.files[0].key);
    let written_at = std::fs::metadata(&file).unwrap().modified().unwrap();
    world.pass_minutes(1).await;
    let Made { manifest: second, .. } = back_up(&world.app.config, &directory.0, world.app.now_ms()).await.unwrap();
    assert_eq!(first.files, second.files);
    assert_eq!(std::fs::metadata(&file).unwrap().modified().unwrap(), written_at, "not copied again");
}

#[tokio::test]
async fn a_log_that_a_crash_left_is_not_replayed_over_what_is_brought_back() {
    let world = World::start().await;
    let directory = Directory::new();
    let Made { place, .. } = back_up(&world.app.config, &directory.0, world.app.now_ms()).await.unwrap();
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
    let Made { manifest, .. } = back_up(&world.app.config, &target, world.app.now_ms()).await.unwrap();
    assert!(!manifest.files.is_empty(), "the receipt is a file");
    let mut found = Vec::new();
    let files = open_to_others(&target, &mut found);
    assert_eq!(found, Vec::<String>::new());
    assert!(files >= manifest.files.len() + 2, "every file, the database and the manifest were looked at");
}

/// Goes back to a copy, in a place of its own.
async fn brought_back(world: &World, directory: &Path, place: &Path) -> std::sync::Arc<App> {
    let config = elsewhere(world, &directory.join(new_id_text("drill"))).await;
    restore(&config, place).await.unwrap();
    App::open(config, world.clock.clone()).await.unwrap()
}

async fn copy_a_minute_later(world: &World, directory: &Directory) -> PathBuf {
    world.clock.advance_ms(60_000);
    back_up(&world.app.config, &directory.0, world.app.now_ms()).await.unwrap().place
}

#[tokio::test]
async fn a_report_that_was_replaced_comes_back_from_every_copy_as_it_was_then() {
    let world = World::start().await;
    let (_, phone, order) = paid_order(&world, Class::Nontax, GOOD, &[126_500]).await;
    let report = report_of(&world, &phone, &order).await;
    let directory = Directory::new();
    // Another one of the same size, and one of another.
    let contents: [&[u8]; 3] = [b"%PDF-1.7 the first", b"%PDF-1.7 a second", b"%PDF-1.7 and a third, longer one"];
    let mut copies = Vec::new();
    for content in contents {
        world.core_put(&format!("/integration/v1/reports/{report}/file"), content).await.ok();
        copies.push(copy_a_minute_later(&world, &directory).await);
    }
    for (place, content) in copies.iter().zip(contents) {
        let again = brought_back(&world, &directory.0, place).await;
        let sql = format!("SELECT file_key FROM reports WHERE id = '{report}'");
        let backend = again.database.reader().get_database_backend();
        let row = again.database.reader().query_one_raw(Statement::from_string(backend, sql)).await.unwrap().unwrap();
        let key: String = row.try_get_by_index(0).unwrap();
        assert_eq!(again.files.get(&key).await.unwrap(), content, "{key}");
    }
}

#[tokio::test]
async fn a_file_that_is_written_anew_under_its_key_spoils_no_copy_not_even_one_of_an_earlier_release() {
    const KEY: &str = "reports/rpt_1.pdf";
    let world = World::start().await;
    let directory = Directory::new();
    let contents: [&[u8]; 4] = [b"the first", b"a  second", b"a third, longer", b"the first"];
    let mut copies = Vec::new();
    for content in contents {
        world.app.files.put(KEY, Bytes::from_static(content)).await.unwrap();
        copies.push(copy_a_minute_later(&world, &directory).await);
        if copies.len() == 1 {
            let list = copies[0].join("manifest.json");
            let mut of_before: serde_json::Value = serde_json::from_slice(&std::fs::read(&list).unwrap()).unwrap();
            of_before["files"][0].as_object_mut().unwrap().remove("version").unwrap();
            std::fs::write(&list, of_before.to_string()).unwrap();
        }
    }
    for (place, content) in copies.iter().zip(contents) {
        let again = brought_back(&world, &directory.0, place).await;
        assert_eq!(again.files.get(KEY).await.unwrap(), content, "{}", place.display());
    }
    let kept = std::fs::read_dir(directory.0.join("files/reports")).unwrap().count();
    assert_eq!(kept, 3, "each content once");
}

#[tokio::test]
async fn only_so_many_copies_stay_and_with_them_what_they_need() {
    const KEY: &str = "bills/2026-08-01/trade.csv";
    let world = World::start().await;
    let directory = Directory::new();
    let contents = ["the first", "a second", "a third one", "and a fourth"];
    let mut copies = Vec::new();
    for content in contents {
        world.app.files.put(KEY, Bytes::from_static(content.as_bytes())).await.unwrap();
        copies.push(copy_a_minute_later(&world, &directory).await);
    }
    let broken_off = directory.0.join("tejian-20200101-033000");
    std::fs::create_dir(&broken_off).unwrap();
    std::fs::write(broken_off.join("database.sqlite"), b"half of everything").unwrap();
    let for_good = directory.0.join("before-the-move");
    std::fs::rename(&copies[0], &for_good).unwrap();

    let list = copies[2].join("manifest.json");
    let whole = std::fs::read(&list).unwrap();
    std::fs::write(&list, b"no manifest").unwrap();
    assert!(keep_newest(&directory.0, &copies[3], 4).is_err(), "who knows what it needs");
    std::fs::write(&list, whole).unwrap();
    let pruned = keep_newest(&directory.0, &copies[3], 2).unwrap();
    assert_eq!(
        pruned,
        Pruned { copies: 2, files: 1, ..Pruned::default() },
        "the second one, what broke off, and what only the second needed"
    );
    assert!(!copies[1].exists() && !broken_off.exists());
    for (place, content) in [(&for_good, contents[0]), (&copies[2], contents[2]), (&copies[3], contents[3])] {
        let again = brought_back(&world, &directory.0, place).await;
        assert_eq!(again.files.get(KEY).await.unwrap(), content, "{}", place.display());
    }
    assert_eq!(keep_newest(&directory.0, &copies[3], 2).unwrap(), Pruned::default());
    // A clock that was ahead: its copy is the newest by name, and the one that was just made stays all the same.
    std::fs::rename(&copies[2], directory.0.join("tejian-20991231-033000")).unwrap();
    keep_newest(&directory.0, &copies[3], 1).unwrap();
    assert!(copies[3].exists());
}

#[tokio::test]
async fn two_copies_are_never_made_into_one_directory_at_the_same_time() {
    let world = World::start().await;
    let directory = Directory::new();
    let turn = std::fs::File::create(directory.0.join("backup.lock")).unwrap();
    turn.lock().unwrap();
    let refused = back_up(&world.app.config, &directory.0, world.app.now_ms()).await.unwrap_err();
    assert!(refused.to_string().contains("另一次备份"), "{refused:#}");
    turn.unlock().unwrap();
    back_up(&world.app.config, &directory.0, world.app.now_ms()).await.unwrap();
}

#[tokio::test]
async fn what_is_packed_for_one_person_on_demand_is_in_no_copy() {
    let world = World::start().await;
    let sum = "0".repeat(64);
    let of_old_rows = format!("archives/notices/{sum}.jsonl.gz");
    for key in ["personal/pex_1.zip", format!("archives/{sum}.zip").as_str(), of_old_rows.as_str()] {
        world.app.files.put(key, Bytes::from_static(b"packed")).await.unwrap();
    }
    let directory = Directory::new();
    let Made { manifest, .. } = back_up(&world.app.config, &directory.0, world.app.now_ms()).await.unwrap();
    assert_eq!(manifest.files.iter().map(|file| &file.key).collect::<Vec<_>>(), [&of_old_rows]);
}

#[tokio::test]
async fn the_age_of_the_last_whole_copy_is_a_figure() {
    // Of this test alone: other worlds in this process make copies, too.
    let recorder = foundation::telemetry::recorder();
    let _counting = metrics::set_default_local_recorder(&recorder);
    let world = World::start().await;
    let figure = async || {
        // Figures are looked up anew after ten seconds.
        world.clock.advance_ms(60_000);
        assert_eq!(world.visitor().get("/metrics").await.status, 200);
        let told = recorder.handle().render();
        told.lines().find_map(|line| line.strip_prefix("tejian_backup_age_seconds ")).map(str::to_owned)
    };
    assert_eq!(figure().await, None, "there was none");
    let directory = Directory::new();
    for _ in 0..2 {
        let Made { manifest, .. } = back_up(&world.app.config, &directory.0, world.app.now_ms()).await.unwrap();
        note_made(&world.app.config, &manifest).await.unwrap();
        assert_eq!(figure().await.as_deref(), Some("60"));
        assert_eq!(figure().await.as_deref(), Some("120"));
    }
}

#[tokio::test]
async fn the_command_makes_a_copy_notes_it_and_lets_the_old_ones_go() {
    let world = World::start().await;
    let directory = Directory::new();
    let made = back_up(&world.app.config, &directory.0, world.app.now_ms()).await.unwrap().place;
    // The command goes by the clock on the wall.
    let old = directory.0.join("tejian-20200101-033000");
    std::fs::rename(made, &old).unwrap();
    let list = old.join("manifest.json");
    let mut of_then: serde_json::Value = serde_json::from_slice(&std::fs::read(&list).unwrap()).unwrap();
    of_then["made_at"] = 1_577_820_600_000_i64.into();
    std::fs::write(&list, of_then.to_string()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tejian"));
    command
        .args(["backup", "--keep", "1"])
        .arg(&directory.0)
        .env("TEJIAN__SERVICE__ENVIRONMENT", "test")
        .env("TEJIAN__DATABASE__URL", world.app.config.database.url.expose())
        .env("TEJIAN__FILES__DIRECTORY", &world.app.config.files.directory)
        .env("TEJIAN__LINKS__SECRET", "the links of a test are signed with this");
    let ended = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let told = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(ended.status.success(), "{told}{}", String::from_utf8_lossy(&ended.stderr));
    assert!(told.contains("已备份到") && told.contains("已删除旧的备份 1 份"), "{told}");
    assert!(!old.exists(), "{told}");
    assert_eq!(world.number("SELECT COUNT(*) FROM backups").await, 1, "{told}");
}

#[tokio::test]
async fn a_number_that_was_given_after_the_copy_is_not_given_again_by_whoever_goes_back_to_it() {
    let world = World::start().await;
    let (unit, phone, _) = paid_order(&world, Class::Nontax, GOOD, &[126_500]).await;
    let directory = Directory::new();
    let place = copy_a_minute_later(&world, &directory).await;
    // Nobody who goes back knows of it; its payer and the fiscal system do.
    let fees = world.seed_fees(&unit, Class::Nontax, &[30_000]).await;
    let made = world.post(&phone, "/api/v1/checkouts", checkout("key-00000002", &fees, 30_000)).await.ok();
    let lost = order_page(&world, &phone, made["orders"][0]["id"].as_str().unwrap()).await["order_no"].clone();
    let (day, lost) = lost.as_str().unwrap().trim_start_matches("WT").split_at(7);

    let config = elsewhere(&world, &directory.0).await;
    let mut command = Command::new(env!("CARGO_BIN_EXE_tejian"));
    command
        .arg("restore")
        .arg(&place)
        .env("TEJIAN__SERVICE__ENVIRONMENT", "test")
        .env("TEJIAN__DATABASE__URL", config.database.url.expose())
        .env("TEJIAN__FILES__DIRECTORY", &config.files.directory)
        .env("TEJIAN__LINKS__SECRET", "the links of a test are signed with this");
    let ended = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let told = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(told.contains("已恢复"), "{told}{}", String::from_utf8_lossy(&ended.stderr));
    let database = Database::connect(config.database.url.expose(), 1).await.unwrap();
    let number = async |sql: &str| -> i64 {
        let backend = database.reader().get_database_backend();
        let statement = Statement::from_string(backend, sql.to_owned());
        database.reader().query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
    };
    // The command goes by the clock on the wall: orders, registrations and requests for credit.
    assert_eq!(number("SELECT COUNT(*) FROM order_numbers WHERE last >= 100000").await, 3);
    skip_lost_numbers(&config, world.app.now_ms()).await.unwrap();
    let last = number(&format!("SELECT last FROM order_numbers WHERE day = '{day}'")).await;
    assert!(last >= lost.parse::<i64>().unwrap(), "the next number is behind the lost one: {last}, {lost}");
}

#[tokio::test]
async fn a_copy_whose_manifest_a_power_failure_emptied_does_not_count_and_keeps_nothing_from_going() {
    const KEY: &str = "bills/2026-08-01/trade.csv";
    let world = World::start().await;
    let directory = Directory::new();
    let mut copies = Vec::new();
    for content in ["the first", "a second", "a third one"] {
        world.app.files.put(KEY, Bytes::from_static(content.as_bytes())).await.unwrap();
        copies.push(copy_a_minute_later(&world, &directory).await);
    }
    for left in [Vec::new(), vec![0; 4_096]] {
        std::fs::write(copies[1].join("manifest.json"), left).unwrap();
        let told = keep_newest(&directory.0, &copies[2], 2).unwrap();
        assert_eq!((told.copies, told.emptied), (0, vec![copies[1].clone()]), "two whole ones are not too many");
    }
    let again = brought_back(&world, &directory.0, &copies[0]).await;
    assert_eq!(again.files.get(KEY).await.unwrap(), "the first");
    assert!(verify(&directory.0).unwrap().faults[0].contains("清单是空的"));
    let pruned = keep_newest(&directory.0, &copies[2], 1).unwrap();
    assert_eq!(pruned, Pruned { copies: 2, files: 1, ..Pruned::default() }, "it goes with its time");
}

#[tokio::test]
async fn a_copy_of_a_clock_that_was_ahead_is_neither_counted_nor_what_the_next_one_goes_by() {
    const KEY: &str = "bills/2026-08-01/trade.csv";
    const YEAR_MS: i64 = 366 * 86_400_000;
    let world = World::start().await;
    let directory = Directory::new();
    world.app.files.put(KEY, Bytes::from_static(b"the first")).await.unwrap();
    let ahead = back_up(&world.app.config, &directory.0, world.app.now_ms() + YEAR_MS).await.unwrap().place;
    world.app.files.put(KEY, Bytes::from_static(b"a second")).await.unwrap();
    let Made { place: earlier, manifest, .. } =
        back_up(&world.app.config, &directory.0, world.app.now_ms()).await.unwrap();
    let kept = directory.0.join("files").join(manifest.files[0].beside.as_ref().expect("another content"));
    let written_at = std::fs::metadata(&kept).unwrap().modified().unwrap();
    let made = copy_a_minute_later(&world, &directory).await;
    assert_eq!(std::fs::metadata(&kept).unwrap().modified().unwrap(), written_at, "not fetched again");
    let pruned = keep_newest(&directory.0, &made, 1).unwrap();
    assert_eq!(pruned, Pruned { copies: 1, ahead: vec![ahead.clone()], ..Pruned::default() });
    assert!(ahead.exists() && made.exists() && !earlier.exists());
}

#[tokio::test]
async fn a_kept_file_that_rots_is_found_within_a_fortnight_and_fetched_again_for_every_copy() {
    const KEY: &str = "reports/rpt_1.pdf";
    const DAY_MS: i64 = 86_400_000;
    let world = World::start().await;
    let directory = Directory::new();
    world.app.files.put(KEY, Bytes::from_static(b"%PDF-1.7 the first")).await.unwrap();
    let first = back_up(&world.app.config, &directory.0, world.app.now_ms()).await.unwrap().place;
    std::fs::write(directory.0.join("files").join(KEY), b"%PDF-1.7 the fir5t").unwrap();
    let verified = verify(&directory.0).unwrap();
    assert_eq!((verified.copies, verified.faults.len()), (1, 1));
    assert!(verified.faults[0].contains(KEY), "{:?}", verified.faults);

    let mut damaged = Vec::new();
    for night in 1..=14 {
        let at = world.app.now_ms() + night * DAY_MS;
        damaged.extend(back_up(&world.app.config, &directory.0, at).await.unwrap().damaged);
    }
    let mended = Damaged { key: KEY.to_owned(), is_mended: true };
    assert_eq!(damaged, std::slice::from_ref(&mended), "told once");
    let again = brought_back(&world, &directory.0, &first).await;
    assert_eq!(again.files.get(KEY).await.unwrap(), "%PDF-1.7 the first");
    let verified = verify(&directory.0).unwrap();
    assert_eq!((verified.copies, verified.faults), (15, Vec::new()));

    // What is gone or shorter is seen in the same night.
    std::fs::remove_file(directory.0.join("files").join(KEY)).unwrap();
    let at = world.app.now_ms() + 15 * DAY_MS;
    assert_eq!(back_up(&world.app.config, &directory.0, at).await.unwrap().damaged, [mended]);
    assert_eq!(verify(&directory.0).unwrap().faults, Vec::<String>::new());
}

#[tokio::test]
async fn whoever_verifies_is_told_of_everything_that_is_damaged_and_of_what_misses_it() {
    let world = World::start().await;
    let directory = Directory::new();
    for key in ["reports/rpt_1.pdf", "reports/rpt_2.pdf"] {
        world.app.files.put(key, Bytes::from_static(b"%PDF-1.7")).await.unwrap();
    }
    let copies = [copy_a_minute_later(&world, &directory).await, copy_a_minute_later(&world, &directory).await];
    assert_eq!(verify(&directory.0).unwrap().faults, Vec::<String>::new());
    std::fs::write(directory.0.join("files/reports/rpt_1.pdf"), b"%PDF-1.8").unwrap();
    std::fs::remove_file(directory.0.join("files/reports/rpt_2.pdf")).unwrap();
    let Made { place, manifest, .. } = {
        let config = elsewhere(&world, &directory.0).await;
        let refused = restore(&config, &copies[0]).await.unwrap_err().to_string();
        assert!(refused.contains("rpt_1.pdf") && refused.contains("rpt_2.pdf"), "all at once: {refused}");
        back_up(&world.app.config, &directory.0.join("another"), world.app.now_ms()).await.unwrap()
    };
    std::fs::write(place.join(&manifest.database.file_name), b"nothing").unwrap();
    assert!(verify(&directory.0.join("another")).unwrap().faults[0].contains(&manifest.database.file_name));

    let mut command = Command::new(env!("CARGO_BIN_EXE_tejian"));
    command
        .args(["backup", "--verify"])
        .arg(&directory.0)
        .env("TEJIAN__SERVICE__ENVIRONMENT", "test")
        .env("TEJIAN__DATABASE__URL", world.app.config.database.url.expose())
        .env("TEJIAN__FILES__DIRECTORY", &world.app.config.files.directory)
        .env("TEJIAN__LINKS__SECRET", "the links of a test are signed with this");
    let ended = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let told = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(!ended.status.success(), "{told}");
    assert!(told.contains("文件已损坏：reports/rpt_1.pdf（2 份备份要用它）"), "{told}");
    assert!(told.contains("缺文件 reports/rpt_2.pdf") && told.contains("已核对备份 2 份"), "{told}");
}
