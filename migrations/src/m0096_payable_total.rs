//! What is payable in all, kept beside the fees: each statement that changes it leaves what it changed, and the sum of
//! these changes is the total (docs/decisions/0015). Triggers keep it, so that nodes of the release before, which know
//! nothing of it, keep it as well.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseBackend;

use crate::columns::*;

/// PostgreSQL: one row per statement and none is ever changed, so that nobody waits for anybody. An update leaves the
/// difference of what was and what is.
const KEEP: &str = "CREATE OR REPLACE FUNCTION keep_payable() RETURNS trigger LANGUAGE plpgsql AS $$ \
    DECLARE counted bigint := 0; amount bigint := 0; rows_found bigint; fen_found bigint; BEGIN \
    IF TG_OP <> 'DELETE' THEN \
      SELECT COUNT(*), COALESCE(SUM(amount_fen), 0) INTO rows_found, fen_found FROM rows_after WHERE state = 'payable'; \
      counted := counted + rows_found; amount := amount + fen_found; \
    END IF; \
    IF TG_OP <> 'INSERT' THEN \
      SELECT COUNT(*), COALESCE(SUM(amount_fen), 0) INTO rows_found, fen_found FROM rows_before WHERE state = 'payable'; \
      counted := counted - rows_found; amount := amount - fen_found; \
    END IF; \
    IF counted <> 0 OR amount <> 0 THEN \
      INSERT INTO payable_changes (id, fee_count, amount_fen) VALUES (gen_random_uuid()::text, counted, amount); \
    END IF; \
    RETURN NULL; END $$";

const ON_POSTGRES: [&str; 3] = [
    "CREATE OR REPLACE TRIGGER keep_payable_inserted AFTER INSERT ON fees \
     REFERENCING NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION keep_payable()",
    "CREATE OR REPLACE TRIGGER keep_payable_updated AFTER UPDATE ON fees \
     REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after FOR EACH STATEMENT EXECUTE FUNCTION keep_payable()",
    "CREATE OR REPLACE TRIGGER keep_payable_deleted AFTER DELETE ON fees \
     REFERENCING OLD TABLE AS rows_before FOR EACH STATEMENT EXECUTE FUNCTION keep_payable()",
];

/// Once every change leaves its difference, what the fees say less what the changes say stays the same: one statement reads
/// both at one moment and writes what is missing. A second time it writes zero.
const SET_RIGHT: &str = "INSERT INTO payable_changes (id, fee_count, amount_fen) \
    SELECT gen_random_uuid()::text, f.counted - c.counted, f.amount - c.amount FROM \
    (SELECT COUNT(*) AS counted, CAST(COALESCE(SUM(amount_fen), 0) AS bigint) AS amount FROM fees WHERE state = 'payable') f, \
    (SELECT CAST(COALESCE(SUM(fee_count), 0) AS bigint) AS counted, CAST(COALESCE(SUM(amount_fen), 0) AS bigint) AS amount \
     FROM payable_changes) c";

/// SQLite has one writer at a time: its total is one row. Here, too, the triggers are there before it is counted, by one
/// statement: another process may write in between.
const ON_SQLITE: [&str; 5] = [
    "INSERT INTO payable_changes (id, fee_count, amount_fen) VALUES ('all', 0, 0)",
    "CREATE TRIGGER keep_payable_inserted AFTER INSERT ON fees WHEN NEW.state = 'payable' BEGIN \
     UPDATE payable_changes SET fee_count = fee_count + 1, amount_fen = amount_fen + NEW.amount_fen; END",
    "CREATE TRIGGER keep_payable_updated AFTER UPDATE OF state, amount_fen ON fees \
     WHEN OLD.state = 'payable' OR NEW.state = 'payable' BEGIN \
     UPDATE payable_changes SET fee_count = fee_count + (NEW.state = 'payable') - (OLD.state = 'payable'), \
     amount_fen = amount_fen + NEW.amount_fen * (NEW.state = 'payable') - OLD.amount_fen * (OLD.state = 'payable'); END",
    "CREATE TRIGGER keep_payable_deleted AFTER DELETE ON fees WHEN OLD.state = 'payable' BEGIN \
     UPDATE payable_changes SET fee_count = fee_count - 1, amount_fen = amount_fen - OLD.amount_fen; END",
    "UPDATE payable_changes SET (fee_count, amount_fen) = \
     (SELECT COUNT(*), COALESCE(SUM(amount_fen), 0) FROM fees WHERE state = 'payable')",
];

const TRIGGERS: [&str; 3] = ["keep_payable_inserted", "keep_payable_updated", "keep_payable_deleted"];

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// On PostgreSQL the triggers must be there for everybody before it is counted.
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Repeatable: a change outside a transaction may have stopped half-way.
        if manager.get_database_backend() != DatabaseBackend::Postgres {
            take_away(manager).await?;
            create_table(manager, "payable_changes", 1, columns()).await?;
            return run(manager, &ON_SQLITE).await;
        }
        if !manager.has_table("payable_changes").await? {
            create_table(manager, "payable_changes", 1, columns()).await?;
        }
        run(manager, &[KEEP]).await?;
        run(manager, &ON_POSTGRES).await?;
        run(manager, &[SET_RIGHT]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        take_away(manager).await
    }
}

fn columns() -> Vec<ColumnDef> {
    vec![text("id"), number("fee_count"), number("amount_fen")]
}

async fn take_away(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let server = manager.get_database_backend() == DatabaseBackend::Postgres;
    for name in TRIGGERS {
        let of = if server { " ON fees" } else { "" };
        run(manager, &[&format!("DROP TRIGGER IF EXISTS {name}{of}")]).await?;
    }
    if server {
        run(manager, &["DROP FUNCTION IF EXISTS keep_payable"]).await?;
    }
    drop_tables(manager, &["payable_changes"]).await
}
