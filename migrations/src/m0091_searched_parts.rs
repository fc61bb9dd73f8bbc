//! On PostgreSQL, the parts of the texts that staff search all fees, reports and orders by, in tables beside them: kept by
//! triggers that fire when a text is written, and not when a fee is paid. SQLite, which serves one institute, reads the
//! texts themselves (docs/decisions/0010).

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DatabaseBackend, Statement};

use crate::columns::*;

const TABLES: [&str; 3] = ["fees", "reports", "orders"];
/// Rows that are read and written at once where there are years of them.
const AT_ONCE: u32 = 5_000;
/// Every two characters, and every six letters or digits in a row.
pub(crate) const PARTS: &str = "CREATE OR REPLACE FUNCTION search_parts(searched text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ \
     SELECT coalesce(array_agg(DISTINCT part), '{}') FROM ( \
       SELECT substr(searched, i, 2) AS part FROM generate_series(1, length(searched) - 1) AS i \
       UNION ALL \
       SELECT substr(searched, i, 6) FROM generate_series(1, length(searched) - 5) AS i WHERE substr(searched, i, 6) ~ '^[0-9a-z]{6}$' \
     ) AS parts $$";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() != DatabaseBackend::Postgres {
            return Ok(());
        }
        run(manager, &[PARTS]).await?;
        for table in TABLES {
            let keep = format!(
                "CREATE OR REPLACE FUNCTION keep_searched_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                 INSERT INTO searched_{table} (id, parts) VALUES (NEW.id, search_parts(NEW.search_text)) \
                 ON CONFLICT (id) DO UPDATE SET parts = EXCLUDED.parts; RETURN NULL; END $$"
            );
            run(
                manager,
                &[
                    &format!(
                        "CREATE TABLE IF NOT EXISTS searched_{table} (id text PRIMARY KEY, parts text[] NOT NULL)"
                    ),
                    &keep,
                    &format!(
                        "CREATE OR REPLACE TRIGGER keep_searched AFTER INSERT OR UPDATE OF search_text ON {table} \
                         FOR EACH ROW EXECUTE FUNCTION keep_searched_{table}()"
                    ),
                ],
            )
            .await?;
            fill(manager, table).await?;
            let index = format!("ix_searched_{table}");
            build_index(manager, &index, &format!("ON searched_{table} USING gin (parts)")).await?;
            run(manager, &[&format!("ANALYZE searched_{table}")]).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() != DatabaseBackend::Postgres {
            return Ok(());
        }
        for table in TABLES {
            run(
                manager,
                &[
                    &format!("DROP TRIGGER IF EXISTS keep_searched ON {table}"),
                    &format!("DROP FUNCTION IF EXISTS keep_searched_{table}"),
                    &format!("DROP TABLE IF EXISTS searched_{table}"),
                ],
            )
            .await?;
        }
        run(manager, &["DROP FUNCTION IF EXISTS search_parts"]).await
    }
}

/// The rows that were there before the trigger, page by page, each page a transaction of its own.
async fn fill(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let mut after = String::new();
    loop {
        let page = format!(
            "WITH page AS (SELECT id, search_text FROM {table} WHERE id > '{}' ORDER BY id LIMIT {AT_ONCE}), \
             kept AS (INSERT INTO searched_{table} (id, parts) SELECT id, search_parts(search_text) FROM page \
             ON CONFLICT (id) DO NOTHING) SELECT max(id) AS last FROM page",
            after.replace('\'', "''")
        );
        let row =
            manager.get_connection().query_one_raw(Statement::from_string(DatabaseBackend::Postgres, page)).await?;
        let last: Option<String> = row.map(|row| row.try_get("", "last")).transpose()?.flatten();
        let Some(last) = last else { return Ok(()) };
        after = last;
    }
}
