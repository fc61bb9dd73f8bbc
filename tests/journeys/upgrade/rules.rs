//! What a change of the schema may do while nodes of the release before go on working: add. What is taken away or made
//! narrower stands here by name, with the reason why nobody misses it.

use std::collections::{BTreeMap, BTreeSet};

use foundation::database::Database;
use foundation::scratch::ScratchDatabase;
use migrations::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseConnection, Statement};

/// Narrower all the same: the change, what it takes, and why the other node does not mind.
const ALLOWED: [(&str, &str, &str); 4] = [
    ("m0010_staff", "uq_audit_entries_seq refuses rows of audit_entries", "nothing was written into it before"),
    (
        "m0070_sealed_fields",
        "uq_accounts_phone_index refuses rows of accounts",
        "in place of uq_accounts_phone: the first 23 characters of a phone in the clear are the phone",
    ),
    (
        "m0070_sealed_fields",
        "uq_earlier_phones_index refuses rows of earlier_phones",
        "beside the primary key, which refuses the same rows in the clear",
    ),
    (
        "m0109_counter_keys",
        "uq_counter_payments_key refuses rows of counter_payments",
        "only rows with a key: the release before writes none",
    ),
];
/// From here on, an index on a table that was there before is built beside its writers.
const BUILT_BESIDE_SINCE: usize = 38;

/// What a database looks like.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Schema {
    /// By table and column: its type, and whether an insert must name it.
    columns: BTreeMap<String, BTreeMap<String, (String, bool)>>,
    /// By name of an index: its table, and whether it refuses equal keys.
    indexes: BTreeMap<String, (String, bool)>,
}

impl Schema {
    /// Tables and columns as both databases have them.
    pub fn columns_text(&self) -> String {
        let mut text = String::new();
        for (table, columns) in &self.columns {
            text.push_str(&format!("{table}\n"));
            for (column, (_, required)) in columns {
                text.push_str(&format!("  {column}{}\n", if *required { " required" } else { "" }));
            }
        }
        text
    }

    /// What somebody who knows only `self` could stumble over in `next`.
    fn stumbles_over(&self, next: &Schema) -> Vec<String> {
        let mut found = Vec::new();
        for (table, columns) in &self.columns {
            let Some(next_columns) = next.columns.get(table) else {
                found.push(format!("table {table} is gone"));
                continue;
            };
            for (column, (kind, required)) in columns {
                match next_columns.get(column) {
                    None => found.push(format!("{table}.{column} is gone")),
                    Some((next_kind, _)) if next_kind != kind => {
                        found.push(format!("{table}.{column} was {kind} and is {next_kind}"));
                    }
                    Some((_, next_required)) if *next_required && !required => {
                        found.push(format!("{table}.{column} must be named"));
                    }
                    Some(_) => {}
                }
            }
            let added = next_columns.iter().filter(|(column, _)| !columns.contains_key(*column));
            found.extend(
                added
                    .filter(|(_, (_, required))| *required)
                    .map(|(column, _)| format!("{table}.{column} must be named")),
            );
        }
        for (index, (table, unique)) in &next.indexes {
            if *unique && self.columns.contains_key(table) && !self.indexes.contains_key(index) {
                found.push(format!("{index} refuses rows of {table}"));
            }
        }
        found
    }

    /// Tables of before on which `next` has an index that `self` had not.
    fn newly_indexed(&self, next: &Schema) -> BTreeSet<String> {
        let new = next.indexes.iter().filter(|(index, _)| !self.indexes.contains_key(*index));
        new.map(|(_, (table, _))| table.clone()).filter(|table| self.columns.contains_key(table)).collect()
    }
}

/// What the database behind `connection` looks like.
pub async fn schema_of(connection: &DatabaseConnection) -> Schema {
    let server = connection.get_database_backend() == DatabaseBackend::Postgres;
    let columns = if server {
        "SELECT table_name::text AS t, column_name::text AS c, data_type::text AS kind, \
         (is_nullable = 'NO' AND column_default IS NULL)::int::bigint AS required FROM information_schema.columns \
         WHERE table_schema = 'public' AND table_name NOT LIKE 'seaql%'"
    } else {
        "SELECT t.name AS t, c.name AS c, c.type AS kind, (c.\"notnull\" = 1 AND c.dflt_value IS NULL) AS required \
         FROM sqlite_master t, pragma_table_info(t.name) c \
         WHERE t.type = 'table' AND t.name NOT LIKE 'seaql%' AND t.name NOT LIKE 'sqlite%'"
    };
    let indexes = if server {
        "SELECT c.relname::text AS i, t.relname::text AS t, x.indisunique::int::bigint AS is_unique FROM pg_index x \
         JOIN pg_class c ON c.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid \
         JOIN pg_namespace n ON n.oid = t.relnamespace WHERE n.nspname = 'public' AND NOT x.indisprimary"
    } else {
        "SELECT x.name AS i, t.name AS t, x.\"unique\" AS is_unique FROM sqlite_master t, pragma_index_list(t.name) x \
         WHERE t.type = 'table' AND x.origin = 'c'"
    };
    let ask = async |question: &str| {
        let statement = Statement::from_string(connection.get_database_backend(), question);
        connection.query_all_raw(statement).await.expect("an answer")
    };
    let mut schema = Schema::default();
    for row in ask(columns).await {
        let (table, column): (String, String) = (row.try_get("", "t").expect("t"), row.try_get("", "c").expect("c"));
        let kind: String = row.try_get("", "kind").expect("kind");
        let required: i64 = row.try_get("", "required").expect("required");
        schema.columns.entry(table).or_default().insert(column, (kind.to_lowercase(), required == 1));
    }
    for row in ask(indexes).await {
        let (index, table): (String, String) = (row.try_get("", "i").expect("i"), row.try_get("", "t").expect("t"));
        let unique: i64 = row.try_get("", "is_unique").expect("is_unique");
        schema.indexes.insert(index, (table, unique == 1));
    }
    schema
}

#[tokio::test]
async fn no_change_takes_anything_from_nodes_of_the_release_before() {
    let scratch = ScratchDatabase::create_bare().await.expect("a database of its own");
    let database = Database::connect(scratch.url(), 4).await.expect("a database");
    let mut before = Schema::default();
    let mut wrong = Vec::new();
    let mut excused = BTreeSet::new();
    for (position, change) in Migrator::migrations().iter().enumerate() {
        Migrator::up(&**database.reader(), Some(1)).await.expect("a change");
        let after = schema_of(database.reader()).await;
        for found in before.stumbles_over(&after) {
            match ALLOWED.iter().find(|(name, what, _)| *name == change.name() && *what == found) {
                Some(allowed) => {
                    excused.insert(allowed.1);
                }
                None => wrong.push(format!("{}: {found}", change.name())),
            }
        }
        let indexed = before.newly_indexed(&after);
        if position >= BUILT_BESIDE_SINCE && !indexed.is_empty() && change.use_transaction() != Some(false) {
            wrong.push(format!("{}: builds an index on {indexed:?} while nobody else may write", change.name()));
        }
        before = after;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let unneeded: Vec<_> = ALLOWED.iter().filter(|(_, what, _)| !excused.contains(what)).collect();
    assert!(unneeded.is_empty(), "nothing of the kind happens: {unneeded:?}");
}

#[test]
fn what_is_taken_away_or_narrowed_is_seen() {
    let schema = |columns: &[(&str, &str, bool)], unique: &[&str]| Schema {
        columns: BTreeMap::from([(
            "orders".to_owned(),
            columns.iter().map(|(name, kind, must)| ((*name).to_owned(), ((*kind).to_owned(), *must))).collect(),
        )]),
        indexes: unique.iter().map(|name| ((*name).to_owned(), ("orders".to_owned(), true))).collect(),
    };
    let before = schema(&[("id", "text", true), ("note", "text", false)], &[]);
    assert!(
        before
            .stumbles_over(&schema(&[("id", "text", true), ("note", "text", false), ("more", "text", false)], &[]))
            .is_empty()
    );
    for worse in [
        Schema::default(),
        schema(&[("id", "text", true)], &[]),
        schema(&[("id", "text", true), ("note", "bigint", false)], &[]),
        schema(&[("id", "text", true), ("note", "text", true)], &[]),
        schema(&[("id", "text", true), ("note", "text", false), ("more", "text", true)], &[]),
        schema(&[("id", "text", true), ("note", "text", false)], &["uq_orders_note"]),
    ] {
        assert_eq!(before.stumbles_over(&worse).len(), 1, "{worse:?}");
    }
}
