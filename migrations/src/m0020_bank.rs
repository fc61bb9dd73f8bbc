//! Money that comes another way than WeChat: payment notices with their codes, remittances and their proofs, files from
//! people, bank statements with what was made of them, and money taken at the counter.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                // attempt, transfer, remittance, counter or bank_claim; what it was stands in paid_reference.
                "ALTER TABLE orders ADD COLUMN paid_by text",
                "ALTER TABLE orders ADD COLUMN paid_reference text",
                // Fen of live claims and counter payments: what came another way than WeChat.
                "ALTER TABLE orders ADD COLUMN received_fen bigint NOT NULL DEFAULT 0",
                // A person is looking at it: it neither expires nor is voided meanwhile.
                "ALTER TABLE orders ADD COLUMN under_review boolean NOT NULL DEFAULT false",
                "UPDATE orders SET paid_by = 'attempt', paid_reference = paid_attempt_id WHERE paid_attempt_id IS NOT NULL",
                "CREATE INDEX ix_orders_waiting_amount ON orders (amount_fen) WHERE state = 'pending_payment'",
            ],
        )
        .await?;
        notices_and_uploads(manager).await?;
        remittances(manager).await?;
        bank(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(
            manager,
            &[
                "counter_payments",
                "bank_claims",
                "bank_transactions",
                "bank_statements",
                "bank_mappings",
                "remittance_proofs",
                "remittances",
                "upload_parts",
                "uploads",
                "payment_notices",
            ],
        )
        .await?;
        run(
            manager,
            &[
                "DROP INDEX ix_orders_waiting_amount",
                "ALTER TABLE orders DROP COLUMN under_review",
                "ALTER TABLE orders DROP COLUMN received_fen",
                "ALTER TABLE orders DROP COLUMN paid_reference",
                "ALTER TABLE orders DROP COLUMN paid_by",
            ],
        )
        .await
    }
}

async fn notices_and_uploads(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create_table(
        manager,
        "payment_notices",
        1,
        vec![
            text("id"),
            text("order_id"),
            number("round"),
            text("notice_no"),
            text("state"),
            maybe_text("payment_code"),
            text("payee_name"),
            text("account_name"),
            text("account_no"),
            text("bank_name"),
            number("amount_fen"),
            maybe_text("failure"),
            number("requested_at"),
            maybe_number("issued_at"),
            maybe_number("expires_at"),
            maybe_number("ended_at"),
            number("updated_at"),
        ],
    )
    .await?;
    create_table(
        manager,
        "uploads",
        1,
        vec![
            text("id"),
            text("account_id"),
            text("unit_id"),
            text("purpose"),
            text("file_name"),
            text("content_type"),
            number("bytes"),
            counter("received_bytes"),
            maybe_text("content_hash"),
            text("state"),
            maybe_text("refusal"),
            maybe_text("file_key"),
            maybe_text("preview_key"),
            maybe_text("sha256"),
            number("created_at"),
            number("updated_at"),
        ],
    )
    .await?;
    create_table(manager, "upload_parts", 2, vec![text("upload_id"), number("start"), bytes("content")]).await?;
    run(
        manager,
        &[
            "CREATE UNIQUE INDEX uq_payment_notices_round ON payment_notices (order_id, round)",
            "CREATE UNIQUE INDEX uq_payment_notices_number ON payment_notices (notice_no)",
            "CREATE UNIQUE INDEX uq_payment_notices_code ON payment_notices (payment_code)",
            "CREATE INDEX ix_uploads_unit ON uploads (unit_id, id)",
        ],
    )
    .await
}

async fn remittances(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create_table(
        manager,
        "remittances",
        1,
        vec![
            text("id"),
            text("order_id"),
            text("unit_id"),
            text("state"),
            text("payer_name"),
            text("payer_key"),
            maybe_text("payer_account"),
            maybe_text("payer_bank"),
            text("remitted_on"),
            number("amount_fen"),
            maybe_text("serial_no"),
            maybe_text("serial_key"),
            maybe_text("reference_no"),
            maybe_text("note"),
            maybe_text("review_id"),
            maybe_text("opinion"),
            maybe_number("submitted_at"),
            maybe_number("due_at"),
            maybe_number("decided_at"),
            number("created_at"),
            number("updated_at"),
        ],
    )
    .await?;
    create_table(manager, "remittance_proofs", 2, vec![text("remittance_id"), number("position"), text("upload_id")])
        .await?;
    run(
        manager,
        &[
            "CREATE UNIQUE INDEX uq_remittances_order ON remittances (order_id)",
            "CREATE INDEX ix_remittances_serial ON remittances (serial_key)",
            "CREATE INDEX ix_remittances_reference ON remittances (reference_no)",
            "CREATE INDEX ix_remittances_state ON remittances (state, amount_fen)",
            "CREATE INDEX ix_remittance_proofs_upload ON remittance_proofs (upload_id)",
        ],
    )
    .await
}

async fn bank(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create_table(
        manager,
        "bank_mappings",
        1,
        vec![text("id"), text("name"), text("header_key"), text("mapping"), number("created_at"), number("updated_at")],
    )
    .await?;
    create_table(
        manager,
        "bank_statements",
        1,
        vec![
            text("id"),
            text("file_name"),
            maybe_text("file_key"),
            text("account_no"),
            text("state"),
            maybe_text("mapping"),
            counter("rows"),
            counter("new_count"),
            counter("duplicates"),
            counter("skipped"),
            counter("rejected"),
            text("errors"),
            text("imported_by"),
            number("created_at"),
            number("updated_at"),
        ],
    )
    .await?;
    create_table(
        manager,
        "bank_transactions",
        1,
        vec![
            text("id"),
            text("statement_id"),
            text("account_no"),
            text("booked_on"),
            number("amount_fen"),
            number("rest_fen"),
            text("payer_name"),
            text("payer_key"),
            maybe_text("payer_account"),
            text("remark"),
            maybe_text("serial_no"),
            maybe_text("serial_key"),
            text("dedup_key"),
            text("state"),
            maybe_text("ignore_reason"),
            text("search_text"),
            number("created_at"),
            number("updated_at"),
        ],
    )
    .await?;
    create_table(
        manager,
        "bank_claims",
        1,
        vec![
            text("id"),
            text("transaction_id"),
            text("order_id"),
            number("amount_fen"),
            text("how"),
            text("claimed_by"),
            text("state"),
            maybe_text("undo_reason"),
            maybe_text("undone_by"),
            maybe_number("undone_at"),
            number("created_at"),
        ],
    )
    .await?;
    create_table(
        manager,
        "counter_payments",
        1,
        vec![
            text("id"),
            text("order_id"),
            text("kind"),
            number("amount_fen"),
            maybe_text("receipt_no"),
            maybe_text("note"),
            text("taken_by"),
            number("created_at"),
        ],
    )
    .await?;
    run(
        manager,
        &[
            "CREATE UNIQUE INDEX uq_bank_mappings_name ON bank_mappings (name)",
            "CREATE INDEX ix_bank_mappings_header ON bank_mappings (header_key)",
            "CREATE UNIQUE INDEX uq_bank_transactions_row ON bank_transactions (dedup_key)",
            "CREATE INDEX ix_bank_transactions_state ON bank_transactions (state, id)",
            "CREATE INDEX ix_bank_transactions_amount ON bank_transactions (amount_fen, state)",
            "CREATE INDEX ix_bank_transactions_day ON bank_transactions (booked_on, id)",
            "CREATE INDEX ix_bank_claims_transaction ON bank_claims (transaction_id)",
            "CREATE INDEX ix_bank_claims_order ON bank_claims (order_id)",
            "CREATE INDEX ix_counter_payments_order ON counter_payments (order_id)",
        ],
    )
    .await
}
