//! Whether the keys of a configuration belong to what rests in the database. A node with other keys would find nobody and
//! open nothing, and what it wrote would be lost to the right ones.

use std::collections::BTreeMap;

use foundation::database::Database;
use foundation::sealed::{FieldKeys, Fit};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Alias, Order, Query, SelectStatement};

use super::columns::{SEALED_TABLES, SealedTable};

/// Rows of each end of a table that are looked at: the oldest tell of keys long in use, the newest of those of today.
const ROWS_PER_END: u64 = 100;

/// What was found of one thing: a key, or the index.
#[derive(Debug, Default)]
struct Tally {
    fits: u64,
    missing: u64,
    refused: u64,
}

/// What does not fit, in sentences for the operator; empty when all is well. A single text that does not open while others
/// of its key do is not the fault of the key, and is not told here. A database that is not of this version is not judged.
///
/// # Errors
/// When the database does not answer.
pub async fn misfits(database: &Database, keys: &FieldKeys) -> anyhow::Result<Vec<String>> {
    if database.pending_migrations().await? > 0 {
        return Ok(Vec::new());
    }
    let mut by_key: BTreeMap<String, Tally> = BTreeMap::new();
    let mut index = Tally::default();
    for table in SEALED_TABLES {
        for end in [Order::Asc, Order::Desc] {
            for row in database.reader().query_all(&page(table, end)).await? {
                for column in columns_of(table) {
                    let stored = row.try_get::<Option<String>>("", column)?;
                    let Some(judged) = stored.and_then(|stored| keys.judge(&stored)) else { continue };
                    let tally = by_key.entry(judged.key).or_default();
                    match judged.fit {
                        Fit::Fits | Fit::OtherIndex => tally.fits += 1,
                        Fit::KeyMissing => tally.missing += 1,
                        Fit::DoesNotOpen => tally.refused += 1,
                    }
                    match judged.fit {
                        Fit::Fits if judged.findable => index.fits += 1,
                        Fit::OtherIndex => index.refused += 1,
                        _ => {}
                    }
                }
            }
        }
    }
    let mut told: Vec<String> = by_key.iter().filter_map(|(key, tally)| sentence(key, tally)).collect();
    if index.refused > 0 && index.fits == 0 {
        told.push("secrets.index_key 不是这个数据库用的那一把：按手机号找不到任何人".to_owned());
    }
    Ok(told)
}

fn sentence(key: &str, tally: &Tally) -> Option<String> {
    if tally.missing > 0 {
        return Some(format!("数据库里有用密钥 {key} 加密的内容，secrets.keys 里没有它"));
    }
    let is_another = tally.refused > 0 && tally.fits == 0;
    is_another.then(|| format!("secrets.keys 里的 {key} 不是加密数据库内容的那一把：名称相同，打不开"))
}

fn columns_of(table: &SealedTable) -> impl Iterator<Item = &'static str> {
    table.findable.iter().chain(table.sealed).copied()
}

fn page(table: &SealedTable, end: Order) -> SelectStatement {
    let mut select = Query::select();
    select
        .columns(columns_of(table).map(Alias::new))
        .from(Alias::new(table.name))
        .order_by(Alias::new(table.age), end)
        .limit(ROWS_PER_END);
    select
}
