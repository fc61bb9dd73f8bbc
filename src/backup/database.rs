//! The database as it is at one moment: SQLite writes a copy of itself, PostgreSQL has `pg_dump`.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail, ensure};
use foundation::database::Database;
use sea_orm::{ConnectionTrait, Statement};
use sha2::{Digest, Sha256};
use url::Url;

use super::manifest::KeptDatabase;
use super::private;
use crate::app::prepare_sqlite_directory;

const SQLITE: &str = "sqlite";
const POSTGRES: &str = "postgres";

/// Copies the database into `place`, without keeping anybody from working with it.
pub(super) async fn copy_out(database: &Database, url: &str, place: &Path) -> anyhow::Result<KeptDatabase> {
    let (kind, file_name) =
        if database.is_sqlite() { (SQLITE, "database.sqlite") } else { (POSTGRES, "database.dump") };
    let path = place.join(file_name);
    // Both write into an empty file that is there.
    private::make_file(&path)?;
    if database.is_sqlite() {
        let backend = database.reader().get_database_backend();
        let target = path.to_str().context("备份目录的名字不是 UTF-8")?;
        let copy = Statement::from_sql_and_values(backend, "VACUUM INTO ?", [target.into()]);
        database.reader().execute_raw(copy).await.context("无法备份数据库")?;
        demand_sound(&path).await?;
    } else {
        let mut dump = postgres_tool("pg_dump", url)?;
        dump.args(["--format=custom", "--no-owner", "--no-privileges", "--file"]).arg(&path);
        run(dump).await?;
    }
    private::sync_file(&path)?;
    let (bytes, sha256) = digest(&path)?;
    Ok(KeptDatabase { kind: kind.to_owned(), file_name: file_name.to_owned(), bytes, sha256 })
}

/// Refuses a database in which there is anything.
pub(super) async fn demand_empty(url: &str) -> anyhow::Result<()> {
    if let Some(path) = sqlite_path(url) {
        // A log of the old database beside the new one would be replayed over it.
        for ending in ["", "-wal", "-shm", "-journal"] {
            let beside = PathBuf::from(format!("{}{ending}", path.display()));
            ensure!(!beside.exists(), "{} 已经存在；恢复只写入空的数据库，请先移走", beside.display());
        }
        return Ok(());
    }
    let database = Database::connect(url, 1).await?;
    let backend = database.reader().get_database_backend();
    let tables = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'public'";
    let row = database.reader().query_one_raw(Statement::from_string(backend, tables)).await?;
    let count: i64 = row.context("no answer")?.try_get_by_index(0)?;
    ensure!(count == 0, "数据库里已有 {count} 张表；恢复只写入空的数据库");
    Ok(())
}

/// Brings the copy into the empty database at `url`.
pub(super) async fn copy_in(place: &Path, kept: &KeptDatabase, url: &str) -> anyhow::Result<()> {
    let path = place.join(&kept.file_name);
    ensure!(is_intact(place, kept)?, "备份的数据库文件已损坏（{}）", path.display());
    match (kept.kind.as_str(), sqlite_path(url)) {
        (SQLITE, Some(target)) => {
            prepare_sqlite_directory(url)?;
            let draft = target.with_extension("restoring");
            std::fs::copy(&path, &draft).with_context(|| format!("无法写 {}", draft.display()))?;
            std::fs::File::open(&draft)?.sync_all()?;
            std::fs::rename(&draft, &target).with_context(|| format!("无法写 {}", target.display()))
        }
        (POSTGRES, None) => {
            let mut restore = postgres_tool("pg_restore", url)?;
            restore.args(["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]).arg(&path);
            run(restore).await
        }
        (kind, _) => bail!("备份来自 {kind}，配置的数据库是另一种；请恢复到同一种数据库"),
    }
}

/// Whether the copied database is as it was copied; reads all of it.
pub(super) fn is_intact(place: &Path, kept: &KeptDatabase) -> anyhow::Result<bool> {
    let (bytes, sha256) = digest(&place.join(&kept.file_name))?;
    Ok(bytes == kept.bytes && sha256 == kept.sha256)
}

async fn demand_sound(path: &Path) -> anyhow::Result<()> {
    let copy = Database::connect(&format!("sqlite://{}?mode=rw", path.display()), 1).await?;
    let backend = copy.reader().get_database_backend();
    let row = copy.reader().query_one_raw(Statement::from_string(backend, "PRAGMA integrity_check")).await?;
    let said: String = row.context("no answer")?.try_get_by_index(0)?;
    ensure!(said == "ok", "备份的数据库没有通过完整性检查：{said}");
    copy.reader().clone().close().await?;
    Ok(())
}

fn sqlite_path(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite://")?;
    Some(PathBuf::from(path.split('?').next().unwrap_or(path)))
}

/// A tool of PostgreSQL that talks to the database at `url`. The password goes by the environment: arguments can be read
/// by everybody on the machine.
fn postgres_tool(name: &str, url: &str) -> anyhow::Result<Command> {
    let mut url = Url::parse(url).context("database.url 不对")?;
    let mut command = Command::new(installed(name));
    if let Some(password) = url.password() {
        let password = percent_encoding::percent_decode_str(password).decode_utf8().context("database.url 不对")?;
        command.env("PGPASSWORD", password.into_owned());
        url.set_password(None).map_err(|()| anyhow::anyhow!("database.url 不对"))?;
    }
    command.arg("--dbname").arg(url.as_str());
    Ok(command)
}

/// Debian keeps the tools of each version apart; the newest can read all older servers.
fn installed(name: &str) -> PathBuf {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin").join(name))
        .filter(|path| path.exists())
        .collect();
    versions.sort_by_key(|path| {
        let version = path.ancestors().nth(2).and_then(|path| path.file_name()).and_then(|name| name.to_str());
        version.and_then(|version| version.parse::<u32>().ok())
    });
    versions.pop().unwrap_or_else(|| PathBuf::from(name))
}

async fn run(mut command: Command) -> anyhow::Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let ended = tokio::task::spawn_blocking(move || command.output()).await?;
    let ended = ended.with_context(|| format!("无法运行 {name}，请安装 PostgreSQL 客户端"))?;
    ensure!(ended.status.success(), "{name} 失败：{}", String::from_utf8_lossy(&ended.stderr).trim());
    Ok(())
}

/// Size and SHA-256 (hex) of a file.
pub(super) fn digest(path: &Path) -> anyhow::Result<(u64, String)> {
    let mut file = std::fs::File::open(path).with_context(|| format!("无法读取 {}", path.display()))?;
    let mut digest = Sha256::new();
    let (mut piece, mut bytes) = (vec![0; 1 << 20], 0);
    loop {
        let count = file.read(&mut piece)?;
        if count == 0 {
            break;
        }
        digest.update(&piece[..count]);
        bytes += count as u64;
    }
    Ok((bytes, hex::encode(digest.finalize())))
}
