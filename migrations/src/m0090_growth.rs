//! Ways that would otherwise lead through whole tables: the deliveries of one message by their state, orders of a range of
//! days, receipts and refunds by the number that somebody else gave them, units by their credit code. SQLite, which has no
//! statistics, takes the index that fits the most columns.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseBackend;

use crate::columns::*;

const INDEXES: [(&str, &str); 9] = [
    ("ix_message_deliveries_of_message", "ON message_deliveries (message_id, state)"),
    ("ix_orders_of_unit", "ON orders (unit_id, id)"),
    ("ix_message_deliveries_created", "ON message_deliveries (created_at, state)"),
    ("ix_payment_attempts_disputed", "ON payment_attempts (id) WHERE state = 'disputed'"),
    ("ix_orders_created", "ON orders (created_at)"),
    ("ix_invoices_number", "ON invoices (invoice_number) WHERE invoice_number IS NOT NULL"),
    ("ix_refunds_channel_id", "ON refunds (refund_id) WHERE refund_id IS NOT NULL"),
    ("ix_refunds_bank_reference", "ON refunds (bank_reference) WHERE bank_reference IS NOT NULL"),
    ("ix_units_uscc", "ON units (uscc) WHERE uscc IS NOT NULL"),
];

/// PostgreSQL knows by itself that a unit is rarer than a state.
const ON_SQLITE: [(&str, &str); 2] = [
    ("ix_fees_of_unit_in_state", "ON fees (unit_id, state, id)"),
    ("ix_fees_of_order_in_state", "ON fees (order_id, state) WHERE order_id IS NOT NULL"),
];

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, definition) in INDEXES {
            build_index(manager, name, definition).await?;
        }
        if manager.get_database_backend() == DatabaseBackend::Sqlite {
            for (name, definition) in ON_SQLITE {
                build_index(manager, name, definition).await?;
            }
        }
        drop_index_beside(manager, "ix_message_deliveries_message").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        build_index(manager, "ix_message_deliveries_message", "ON message_deliveries (message_id)").await?;
        for (name, _) in INDEXES.iter().chain(&ON_SQLITE) {
            drop_index_beside(manager, name).await?;
        }
        Ok(())
    }
}
