//! The schema of both databases from one definition, one change each. Applied changes are never edited. Instants are
//! `bigint` epoch milliseconds UTC, money is `bigint` fen, identifiers and states are text.

use sea_orm_migration::prelude::*;
pub use sea_orm_migration::{MigratorTrait, SchemaManager};

mod columns;
mod m0001_jobs;
mod m0002_accounts;
mod m0003_fees;
mod m0004_orders;
mod m0005_payments;
mod m0006_invoices;
mod m0007_messages;
mod m0008_imports_and_audit;
mod m0009_import_postings;
mod m0010_staff;
mod m0011_message_values;
mod m0020_bank;
mod m0030_reconciliation;
mod m0031_order_indexes;
mod m0040_guest;
mod m0040_papers;
mod m0040_price_basis;
mod m0041_credit;
mod m0041_webhooks;
mod m0042_receipt_mails;
mod m0043_found_by_code;
mod m0044_said_paid;
mod m0050_registrations;
mod m0051_agreements;
mod m0052_unit_profile;
mod m0055_members;
mod m0056_recovery;
mod m0057_personal_data;
mod m0060_message_centre;
mod m0061_service_account;
mod m0062_conversations;
mod m0063_message_pace;
mod m0064_money_back;
mod m0070_sealed_fields;
mod m0071_conversations_end;
mod m0071_guard;
mod m0072_agreement_versions;
mod m0080_watch;
mod m0081_staff_confirmed;
mod m0082_share_ended;
mod m0083_payee_source;
mod m0084_offices;
mod m0090_growth;
mod m0091_searched_parts;
mod m0092_archives;
mod m0093_oldest_rows;
mod m0094_replica_heartbeats;
mod m0095_job_traces;
mod m0096_payable_total;
mod m0099_payee_changes;
mod m0100_parts_of_fields;
mod m0100_payable_amounts;
mod m0101_nodes;
mod m0102_counted_claims;
mod m0102_return_changes;
mod m0103_payable_searched;
mod m0104_finished_jobs;
mod m0105_password_age;
mod m0106_ended_sessions;
mod m0107_backups;
mod m0108_bank_twins;
mod m0109_counter_keys;
mod m0110_refused_red_letters;
mod m0111_node_clocks;
mod m0112_standing_receipts;
mod m0113_file_asked_at;

/// All changes in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_jobs::Migration),
            Box::new(m0002_accounts::Migration),
            Box::new(m0003_fees::Migration),
            Box::new(m0004_orders::Migration),
            Box::new(m0005_payments::Migration),
            Box::new(m0006_invoices::Migration),
            Box::new(m0007_messages::Migration),
            Box::new(m0008_imports_and_audit::Migration),
            Box::new(m0009_import_postings::Migration),
            Box::new(m0010_staff::Migration),
            Box::new(m0011_message_values::Migration),
            Box::new(m0020_bank::Migration),
            Box::new(m0030_reconciliation::Migration),
            Box::new(m0031_order_indexes::Migration),
            Box::new(m0040_guest::Migration),
            Box::new(m0040_papers::Migration),
            Box::new(m0040_price_basis::Migration),
            Box::new(m0041_webhooks::Migration),
            Box::new(m0041_credit::Migration),
            Box::new(m0042_receipt_mails::Migration),
            Box::new(m0043_found_by_code::Migration),
            Box::new(m0044_said_paid::Migration),
            Box::new(m0050_registrations::Migration),
            Box::new(m0051_agreements::Migration),
            Box::new(m0052_unit_profile::Migration),
            Box::new(m0055_members::Migration),
            Box::new(m0060_message_centre::Migration),
            Box::new(m0061_service_account::Migration),
            Box::new(m0062_conversations::Migration),
            Box::new(m0063_message_pace::Migration),
            Box::new(m0056_recovery::Migration),
            Box::new(m0057_personal_data::Migration),
            Box::new(m0070_sealed_fields::Migration),
            Box::new(m0071_guard::Migration),
            Box::new(m0064_money_back::Migration),
            Box::new(m0071_conversations_end::Migration),
            Box::new(m0072_agreement_versions::Migration),
            Box::new(m0080_watch::Migration),
            Box::new(m0081_staff_confirmed::Migration),
            Box::new(m0082_share_ended::Migration),
            Box::new(m0084_offices::Migration),
            Box::new(m0083_payee_source::Migration),
            Box::new(m0090_growth::Migration),
            Box::new(m0091_searched_parts::Migration),
            Box::new(m0092_archives::Migration),
            Box::new(m0093_oldest_rows::Migration),
            Box::new(m0094_replica_heartbeats::Migration),
            Box::new(m0095_job_traces::Migration),
            Box::new(m0099_payee_changes::Migration),
            Box::new(m0096_payable_total::Migration),
            Box::new(m0101_nodes::Migration),
            Box::new(m0100_parts_of_fields::Migration),
            Box::new(m0100_payable_amounts::Migration),
            Box::new(m0102_return_changes::Migration),
            Box::new(m0102_counted_claims::Migration),
            Box::new(m0103_payable_searched::Migration),
            Box::new(m0104_finished_jobs::Migration),
            Box::new(m0105_password_age::Migration),
            Box::new(m0106_ended_sessions::Migration),
            Box::new(m0107_backups::Migration),
            Box::new(m0108_bank_twins::Migration),
            Box::new(m0109_counter_keys::Migration),
            Box::new(m0110_refused_red_letters::Migration),
            Box::new(m0111_node_clocks::Migration),
            Box::new(m0112_standing_receipts::Migration),
            Box::new(m0113_file_asked_at::Migration),
        ]
    }
}
