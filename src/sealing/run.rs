//! One column after the other, one page after the other.

use foundation::database::Database;
use foundation::sealed::{Findable, INDEX_LENGTH, Sealed, keys};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Order, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DatabaseConnection, QueryResult, Value};

use super::columns::{SEALED_TABLES, SealedTable};

/// Rows sealed in one transaction: other writers wait no longer than for these.
const PAGE_ROWS: u64 = 200;
/// Rows of a table that a start looks at: what a node of a release before sealing wrote lately is among them. A look at all
/// would keep a node of a large institute from serving for minutes.
const NEWEST_ROWS: u64 = 500;

/// What is to be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// What rests in the clear.
    Clear,
    /// That, and what an older key has sealed.
    ClearAndOlder,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Findable,
    Sealed,
}

impl Kind {
    /// How everything begins that is sealed.
    fn mark(self) -> &'static str {
        match self {
            Kind::Findable => "~",
            Kind::Sealed => "sealed:",
        }
    }

    /// How everything begins that may stay as it is, for LIKE.
    fn fresh_pattern(self, wanted: Wanted) -> String {
        let newest = keys().newest().to_owned();
        match (self, wanted) {
            (_, Wanted::Clear) => format!("{}%", self.mark()),
            (Kind::Findable, Wanted::ClearAndOlder) => format!("~{}.{newest}:%", "_".repeat(INDEX_LENGTH - 1)),
            (Kind::Sealed, Wanted::ClearAndOlder) => format!("sealed:{newest}:%"),
        }
    }

    /// Read, opened and sealed under the newest key.
    fn sealed_anew(self, row: &QueryResult, column: &str) -> anyhow::Result<Value> {
        Ok(match self {
            Kind::Findable => row.try_get::<Findable>("", column)?.into(),
            Kind::Sealed => row.try_get::<Sealed>("", column)?.into(),
        })
    }
}

/// Seals what is wanted; how many fields it was.
///
/// # Errors
/// When the database does not answer, or a field does not open.
pub async fn seal(database: &Database, wanted: Wanted) -> anyhow::Result<u64> {
    let mut sealed = 0;
    for table in SEALED_TABLES {
        for (columns, kind) in [(table.findable, Kind::Findable), (table.sealed, Kind::Sealed)] {
            for column in columns {
                sealed += seal_column(database, table, (column, kind), wanted).await?;
            }
        }
    }
    Ok(sealed)
}

/// Seals what rests in the clear among the newest rows of every table; how many fields it was.
///
/// # Errors
/// As [`seal`].
pub async fn seal_newest(database: &Database) -> anyhow::Result<u64> {
    let mut sealed = 0;
    for table in SEALED_TABLES {
        for (columns, kind) in [(table.findable, Kind::Findable), (table.sealed, Kind::Sealed)] {
            for column in columns {
                let rows = database.reader().query_all(&newest(table, column)).await?;
                let is_clear = |row: &QueryResult| -> Result<bool, sea_orm::DbErr> {
                    let stored = row.try_get::<Option<String>>("", column)?.unwrap_or_default();
                    Ok(!stored.is_empty() && !stored.starts_with(kind.mark()))
                };
                for row in &rows {
                    if is_clear(row)? {
                        let transaction = database.begin_write().await?;
                        sealed += seal_row(&*transaction, table, column, kind, row).await?;
                        transaction.commit().await?;
                    }
                }
            }
        }
    }
    Ok(sealed)
}

fn newest(table: &SealedTable, column: &str) -> SelectStatement {
    let mut select = Query::select();
    select
        .columns(table.key.iter().map(|key| Alias::new(*key)))
        .column(Alias::new(column))
        .from(Alias::new(table.name))
        .order_by(Alias::new(table.age), Order::Desc)
        .limit(NEWEST_ROWS);
    select
}

async fn seal_column(
    database: &Database,
    table: &SealedTable,
    (column, kind): (&str, Kind),
    wanted: Wanted,
) -> anyhow::Result<u64> {
    let fresh = kind.fresh_pattern(wanted);
    let mut after: Option<String> = None;
    let mut sealed = 0;
    loop {
        // Read outside the transaction: a row that changes meanwhile is not what it was, and is left alone.
        // Where little is left to seal, a large table is read to its end, which takes as long as it takes: past the limit
        // of those who read for a page.
        let unhurried: &DatabaseConnection = database.reader();
        let rows = unhurried.query_all(&page(table, column, &fresh, after.as_deref())).await?;
        let Some(last) = rows.last() else { return Ok(sealed) };
        let first_key = table.key[0];
        let reached = last.try_get::<String>("", first_key)?;
        let transaction = database.begin_write().await?;
        let mut changed = 0;
        for row in &rows {
            changed += seal_row(&*transaction, table, column, kind, row).await?;
        }
        transaction.commit().await?;
        sealed += changed;
        if changed == 0 && after.as_ref() == Some(&reached) {
            // Others are at these very rows.
            return Ok(sealed);
        }
        after = Some(reached);
    }
}

fn page(table: &SealedTable, column: &str, fresh: &str, after: Option<&str>) -> SelectStatement {
    let named = |name: &str| Expr::col(Alias::new(name));
    let mut select = Query::select();
    select
        .columns(table.key.iter().map(|key| Alias::new(*key)))
        .column(Alias::new(column))
        .from(Alias::new(table.name));
    select
        .and_where(named(column).is_not_null())
        .and_where(named(column).ne(""))
        .and_where(named(column).not_like(fresh))
        .order_by(Alias::new(table.key[0]), Order::Asc)
        .limit(PAGE_ROWS);
    if let Some(after) = after {
        // Again from the last key: several rows may share it, and those that are sealed do not come back.
        select.and_where(named(table.key[0]).gte(after));
    }
    select
}

async fn seal_row<C: ConnectionTrait>(
    connection: &C,
    table: &SealedTable,
    column: &str,
    kind: Kind,
    row: &QueryResult,
) -> anyhow::Result<u64> {
    let stored = row.try_get::<String>("", column)?;
    let anew = kind.sealed_anew(row, column).map_err(|error| error.context(format!("{}.{column}", table.name)))?;
    let mut update = Query::update();
    update
        .table(Alias::new(table.name))
        .value(Alias::new(column), anew)
        .and_where(Expr::col(Alias::new(column)).eq(stored));
    for key in table.key {
        let value = row.try_get::<String>("", key)?;
        update.and_where(Expr::col(Alias::new(*key)).eq(value));
    }
    Ok(connection.execute(&update).await?.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::SEALED_TABLES;

    /// The lines of all entities that have a sealed type, as `table.column:type`.
    fn declared() -> Vec<String> {
        fn walk(directory: &std::path::Path, found: &mut Vec<String>) {
            for entry in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
                if entry.path().is_dir() {
                    walk(&entry.path(), found);
                } else if entry.file_name() == "entity.rs" {
                    let text = std::fs::read_to_string(entry.path()).unwrap();
                    let mut table = String::new();
                    for line in text.lines().map(str::trim) {
                        if let Some(rest) = line.strip_prefix("#[sea_orm(table_name = \"") {
                            table = rest.trim_end_matches("\")]").to_owned();
                        }
                        let field = line.strip_prefix("pub ").and_then(|line| line.split_once(": "));
                        let Some((name, kind)) = field else { continue };
                        for wanted in ["Findable", "Sealed"] {
                            if kind.trim_end_matches(',') == wanted || kind == format!("Option<{wanted}>,") {
                                found.push(format!("{table}.{name}:{wanted}"));
                            }
                        }
                    }
                }
            }
        }
        let mut found = Vec::new();
        walk(std::path::Path::new("src"), &mut found);
        // Emptied within minutes, and told of in between.
        found.retain(|line| !line.starts_with("import_postings."));
        found.sort();
        found
    }

    #[test]
    fn every_column_of_a_sealed_type_is_sealed_and_rotated() {
        let mut listed: Vec<String> = Vec::new();
        for table in SEALED_TABLES {
            listed.extend(table.findable.iter().map(|column| format!("{}.{column}:Findable", table.name)));
            listed.extend(table.sealed.iter().map(|column| format!("{}.{column}:Sealed", table.name)));
        }
        listed.sort();
        assert_eq!(declared(), listed);
    }

    /// Whatever compiles and would still write in the clear or compare what is different every time.
    #[test]
    fn no_query_compares_or_writes_a_phone_past_its_type() {
        fn walk(directory: &std::path::Path, wrong: &mut Vec<String>) {
            for entry in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
                if entry.path().is_dir() {
                    walk(&entry.path(), wrong);
                    continue;
                }
                let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
                for line in text.lines() {
                    let compares =
                        [".eq(", ".ne(", ".is_in(", ".like(", ".contains(", ".starts_with("].iter().any(|call| {
                            line.contains(&format!("Phone{call}"))
                                || line.contains(&format!("applicant_column(){call}"))
                        });
                    let writes = line.contains("Phone, Expr::value(");
                    let typed =
                        ["BlindIndex::", "Findable::", "Sealed::", "None::"].iter().any(|word| line.contains(word));
                    if (compares || writes) && !typed {
                        wrong.push(format!("{}: {}", entry.path().display(), line.trim()));
                    }
                }
            }
        }
        let mut wrong = Vec::new();
        walk(std::path::Path::new("src"), &mut wrong);
        // The phone of an office is printed on its door.
        wrong.retain(|line| !line.contains("sealing/run.rs") && !line.contains("offices/store.rs"));
        assert_eq!(wrong, Vec::<String>::new());
    }
}
