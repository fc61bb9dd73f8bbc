//! The institute's people, what they do, and what they decide: staff accounts and sessions, the audit trail as a hash
//! chain, reviews, refunds by decision, red letters, days that the institute itself sets.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        staff(manager).await?;
        audit(manager).await?;
        reviews(manager).await?;
        refunds_and_red_letters(manager).await?;
        create_table(
            manager,
            "calendar_days",
            1,
            vec![text("on_day"), flag("is_working_day"), maybe_text("note"), number("updated_at")],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(
            manager,
            &[
                "calendar_days",
                "red_letters",
                "review_events",
                "reviews",
                "audit_chain",
                "staff_sessions",
                "staff_accounts",
            ],
        )
        .await?;
        run(
            manager,
            &[
                "ALTER TABLE orders DROP COLUMN refunded_fen",
                "ALTER TABLE refunds DROP COLUMN channel",
                "ALTER TABLE refunds DROP COLUMN proposed_by",
                "ALTER TABLE refunds DROP COLUMN bank_reference",
                "DROP INDEX uq_audit_entries_seq",
                "DROP INDEX ix_audit_entries_actor",
                "ALTER TABLE audit_entries DROP COLUMN seq",
                "ALTER TABLE audit_entries DROP COLUMN actor_name",
                "ALTER TABLE audit_entries DROP COLUMN previous_hash",
                "ALTER TABLE audit_entries DROP COLUMN hash",
                "DROP INDEX ix_refunds_state",
                "DROP INDEX ix_orders_state",
                "DROP INDEX ix_orders_paid",
                "DROP INDEX ix_fees_state",
                "DROP INDEX ix_invoices_state",
                "DROP INDEX ix_message_deliveries_state",
                "DROP INDEX ix_payment_attempts_order",
            ],
        )
        .await
    }
}

async fn staff(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create_table(
        manager,
        "staff_accounts",
        1,
        vec![
            text("id"),
            text("login"),
            text("display_name"),
            // Codes of roles, separated by commas.
            text("roles"),
            text("password_hash"),
            flag("must_change_password"),
            maybe_text("totp_secret"),
            maybe_number("totp_last_step"),
            // SHA-256 of each recovery code that is left, separated by commas.
            text("recovery_hashes"),
            counter("failed_count"),
            maybe_number("locked_until"),
            text("state"),
            maybe_number("last_signed_in_at"),
            number("created_at"),
            number("updated_at"),
        ],
    )
    .await?;
    create_table(
        manager,
        "staff_sessions",
        1,
        vec![
            text("id"),
            text("token_hash"),
            text("staff_id"),
            text("stage"),
            maybe_text("new_totp_secret"),
            maybe_text("new_recovery_hashes"),
            text("device"),
            text("address"),
            maybe_number("step_up_until"),
            number("created_at"),
            number("last_seen_at"),
            number("expires_at"),
            maybe_number("revoked_at"),
        ],
    )
    .await?;
    run(
        manager,
        &[
            "CREATE UNIQUE INDEX uq_staff_accounts_login ON staff_accounts (login)",
            "CREATE UNIQUE INDEX uq_staff_sessions_token_hash ON staff_sessions (token_hash)",
            "CREATE INDEX ix_staff_sessions_staff ON staff_sessions (staff_id, id)",
        ],
    )
    .await
}

/// The columns of a chain. Nothing was written into the table before.
async fn audit(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create_table(manager, "audit_chain", 1, vec![text("id"), counter("seq"), text("hash")]).await?;
    run(
        manager,
        &[
            "ALTER TABLE audit_entries ADD COLUMN seq bigint NOT NULL DEFAULT 0",
            "ALTER TABLE audit_entries ADD COLUMN actor_name text NOT NULL DEFAULT ''",
            "ALTER TABLE audit_entries ADD COLUMN previous_hash text NOT NULL DEFAULT ''",
            "ALTER TABLE audit_entries ADD COLUMN hash text NOT NULL DEFAULT ''",
            "CREATE UNIQUE INDEX uq_audit_entries_seq ON audit_entries (seq)",
            "CREATE INDEX ix_audit_entries_actor ON audit_entries (actor, seq)",
            "INSERT INTO audit_chain (id, seq, hash) VALUES \
             ('head', 0, '0000000000000000000000000000000000000000000000000000000000000000')",
        ],
    )
    .await
}

async fn reviews(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create_table(
        manager,
        "reviews",
        1,
        vec![
            text("id"),
            text("kind"),
            text("subject_id"),
            text("title"),
            maybe_number("amount_fen"),
            text("search_text"),
            text("state"),
            text("submitted_by"),
            text("submitted_by_name"),
            maybe_text("claimed_by"),
            maybe_text("claimed_by_name"),
            maybe_number("claimed_at"),
            maybe_text("decided_by"),
            maybe_text("decided_by_name"),
            maybe_number("decided_at"),
            maybe_text("opinion"),
            number("due_at"),
            number("created_at"),
            number("updated_at"),
        ],
    )
    .await?;
    create_table(
        manager,
        "review_events",
        1,
        vec![
            text("id"),
            text("review_id"),
            text("what"),
            text("actor"),
            text("actor_name"),
            maybe_text("opinion"),
            number("at"),
        ],
    )
    .await?;
    run(
        manager,
        &[
            // A subject is under at most one review of a kind at a time.
            "CREATE UNIQUE INDEX uq_reviews_live ON reviews (kind, subject_id) WHERE state IN ('open', 'claimed')",
            "CREATE INDEX ix_reviews_waiting ON reviews (kind, id) WHERE state IN ('open', 'claimed')",
            "CREATE INDEX ix_reviews_subject ON reviews (subject_id)",
            "CREATE INDEX ix_reviews_decided ON reviews (decided_at)",
            "CREATE INDEX ix_review_events_review ON review_events (review_id, id)",
        ],
    )
    .await
}

async fn refunds_and_red_letters(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    run(
        manager,
        &[
            "ALTER TABLE orders ADD COLUMN refunded_fen bigint NOT NULL DEFAULT 0",
            // wechat: by the interface; bank: a person transfers it and says under which number.
            "ALTER TABLE refunds ADD COLUMN channel text NOT NULL DEFAULT 'wechat'",
            // Who proposed it; nobody for money that goes back by itself.
            "ALTER TABLE refunds ADD COLUMN proposed_by text",
            "ALTER TABLE refunds ADD COLUMN bank_reference text",
            "CREATE INDEX ix_refunds_state ON refunds (state, id)",
            // Staff look at everything, newest first; payers' indexes begin with their unit.
            "CREATE INDEX ix_orders_state ON orders (state, id)",
            "CREATE INDEX ix_orders_paid ON orders (paid_at)",
            "CREATE INDEX ix_fees_state ON fees (state, id)",
            "CREATE INDEX ix_invoices_state ON invoices (state, id)",
            "CREATE INDEX ix_message_deliveries_state ON message_deliveries (state, id)",
            "CREATE INDEX ix_payment_attempts_order ON payment_attempts (order_id)",
        ],
    )
    .await?;
    create_table(
        manager,
        "red_letters",
        1,
        vec![
            text("id"),
            text("invoice_id"),
            text("order_id"),
            // The round of the receipt that is taken back: one red letter each.
            number("issue_round"),
            number("amount_fen"),
            text("title"),
            maybe_text("invoice_code"),
            text("invoice_number"),
            maybe_number("issued_at"),
            maybe_text("file_key"),
            text("reason"),
            text("state"),
            maybe_text("red_number"),
            maybe_text("failure"),
            text("requested_by"),
            // What is issued in its place, if anything.
            maybe_text("reissue_title"),
            maybe_number("reissue_amount_fen"),
            number("requested_at"),
            maybe_number("done_at"),
            number("updated_at"),
        ],
    )
    .await?;
    run(
        manager,
        &[
            "CREATE UNIQUE INDEX uq_red_letters_round ON red_letters (invoice_id, issue_round)",
            "CREATE INDEX ix_red_letters_order ON red_letters (order_id)",
        ],
    )
    .await
}
