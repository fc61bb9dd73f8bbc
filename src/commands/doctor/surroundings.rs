//! The machine, the database, the cache.

use std::path::Path;

use bytes::Bytes;
use foundation::clock::{Clock, SystemClock};
use foundation::config::Config;
use foundation::database::Database;
use foundation::files::FileStore;
use foundation::sealed::FieldKeys;

use super::plain::plain;
use super::report::Report;
use super::{copies, nodes, officers};
use crate::sealing;

/// Files can be written and read; the front end is built; named files are there.
pub async fn examine_files(config: &Config, report: &mut Report) {
    let directory = Path::new(&config.files.directory);
    if config.files.s3_bucket.is_empty() && !directory.is_dir() {
        // Looking changes nothing: directories are made by `serve`.
        report.note(format!("目录 {} 还不存在，首次启动时建立", directory.display()));
    } else {
        match try_files(config).await {
            Ok(()) => report.fine("文件可以保存和读取"),
            Err(error) => {
                let what = format!("文件存储不可用：{}", plain(&format!("{error:#}")));
                report.wrong(what, "检查 [files] 一节、目录权限和剩余空间");
            }
        }
    }
    let index = Path::new(&config.http.h5_directory).join("index.html");
    if index.is_file() {
        report.fine("网页版已构建");
    } else {
        report.note(format!("没有找到 {}：网页版还没有构建，或 http.h5_directory 不对", index.display()));
    }
    let console = Path::new(&config.http.console_directory).join("index.html");
    if console.is_file() {
        report.fine("业务台已构建");
    } else {
        report.note(format!("没有找到 {}：业务台还没有构建，或 http.console_directory 不对", console.display()));
    }
    let verification = &config.wechat.verification_directory;
    if !verification.is_empty() && !Path::new(verification).is_dir() {
        report.note(format!("目录 {verification} 不存在：微信的域名校验文件放在这里（wechat.verification_directory）"));
    }
    for (key, path) in
        [("service.calendar_file", &config.service.calendar_file), ("documents.font_file", &config.documents.font_file)]
    {
        if !path.is_empty() && !Path::new(path).is_file() {
            report.wrong(format!("{key} 指定的文件 {path} 不存在"), "改正路径，或留空使用内置的");
        }
    }
}

/// A node speaks no TLS: an https address means a proxy in front, and its address is everybody's.
pub fn examine_proxy(config: &Config, report: &mut Report) {
    let is_behind_proxy = config.service.public_base_url.starts_with("https://");
    match (is_behind_proxy, config.http.trust_forwarded_for) {
        (true, true) => report.fine("按代理给出的地址（X-Forwarded-For）区分访客，节点应只能经代理到达"),
        (true, false) => report.wrong(
            "对外地址是 https，前面有代理，而 http.trust_forwarded_for = false：所有人被当作同一个地址，短信与登录限额会一起用完",
            "代理按 deploy/nginx/tejian.conf 重写 X-Forwarded-For，并设 http.trust_forwarded_for = true",
        ),
        (false, true) => report.note("http.trust_forwarded_for = true：节点必须只能经代理到达，否则地址可以伪造"),
        (false, false) => {}
    }
}

async fn try_files(config: &Config) -> anyhow::Result<()> {
    let files = FileStore::open(&config.files)?;
    files.put("doctor/probe.txt", Bytes::from_static(b"probe")).await?;
    anyhow::ensure!(files.get("doctor/probe.txt").await? == "probe", "读回的内容与写入的不同");
    files.delete("doctor/probe.txt").await
}

/// The database answers and its schema is up to date.
pub async fn examine_database(config: &Config, report: &mut Report) {
    let url = config.database.url.expose();
    if let Some(path) = sqlite_file(url)
        && !path.exists()
    {
        return report.note(format!("数据库文件 {} 还不存在，首次启动时建立", path.display()));
    }
    // What is not there is not made by looking at it.
    let connected = Database::connect(&url.replace("mode=rwc", "mode=rw"), 1).await;
    let database = match connected {
        Ok(database) => database,
        Err(error) => {
            return report.wrong(
                format!("连接不上数据库：{}", plain(&without_password(&format!("{error:#}"), url))),
                "检查 database.url、用户名和密码，以及数据库是否已启动",
            );
        }
    };
    report.fine(if database.is_sqlite() {
        "数据库 SQLite 可以连接"
    } else {
        "数据库 PostgreSQL 可以连接"
    });
    match database.pending_migrations().await {
        Ok(0) => {
            report.fine("数据库结构是最新的");
            examine_seals(config, &database, report).await;
            nodes::examine(config, &database, report).await;
            officers::examine(&database, report).await;
            copies::examine(&database, SystemClock.now_ms(), report).await;
        }
        Ok(pending) if config.database.migrate_on_start => {
            report.note(format!("有 {pending} 项数据库升级，启动时会自动执行"));
        }
        Ok(pending) => report.wrong(format!("有 {pending} 项数据库升级尚未执行"), "运行 tejian migrate"),
        Err(error) => {
            let what = plain(&without_password(&format!("{error:#}"), url));
            report.wrong(format!("无法查看数据库结构：{what}"), "检查数据库用户的权限");
        }
    }
}

/// The keys open what rests in the database. Keys that cannot be used at all have been complained of already.
async fn examine_seals(config: &Config, database: &Database, report: &mut Report) {
    let Ok(keys) = FieldKeys::of_config(config) else { return };
    match sealing::misfits(database, &keys).await {
        Ok(misfits) if misfits.is_empty() => report.fine("密钥打得开数据库里加密的内容"),
        Ok(misfits) => {
            for misfit in misfits {
                report.wrong(misfit, "用与这个数据库一起保存的 secrets.keys 与 secrets.index_key，先不要启动节点");
            }
        }
        Err(error) => {
            let what = plain(&without_password(&format!("{error:#}"), config.database.url.expose()));
            report.wrong(format!("无法核对密钥与数据库：{what}"), "检查数据库用户的权限");
        }
    }
}

/// The file of a SQLite database, if it is one with a file.
fn sqlite_file(url: &str) -> Option<&Path> {
    let path = url.strip_prefix("sqlite://")?;
    let path = path.split('?').next().unwrap_or(path);
    (!path.is_empty() && !path.contains(":memory:")).then(|| Path::new(path))
}

/// Redis answers, if one is configured.
pub async fn examine_cache(config: &Config, report: &mut Report) {
    let url = config.redis.url.expose();
    if url.is_empty() {
        return report.note("没有设置 redis.url：使用进程内缓存，只能运行一个节点");
    }
    let answer = match foundation::cache::connect(&config.redis).await {
        Ok(cache) => cache.ping().await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(()) => report.fine("Redis 可以连接"),
        Err(error) => report.wrong(
            format!("连接不上 Redis：{}", plain(&without_password(&format!("{error:#}"), url))),
            "检查 redis.url，以及 Redis 是否已启动",
        ),
    }
}

/// Drivers like to quote the address they failed on.
fn without_password(text: &str, url: &str) -> String {
    let password = url.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@')).map(|(login, _)| login);
    let hidden = match password.and_then(|login| login.split_once(':')) {
        Some((_, password)) if !password.is_empty() => text.replace(password, "***"),
        _ => text.to_owned(),
    };
    hidden.replace(url, "（地址已隐去）")
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn a_password_is_never_printed() {
        let url = "postgres://tejian:s3cret@db/tejian";
        let text =
            without_password("password authentication failed (s3cret) at postgres://tejian:s3cret@db/tejian", url);
        assert!(!text.contains("s3cret"), "{text}");
    }
}
