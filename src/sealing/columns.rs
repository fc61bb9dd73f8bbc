//! Which columns rest sealed; the types of the entities say the same, and a test compares.

/// A table with sealed columns.
#[derive(Debug, Clone, Copy)]
pub struct SealedTable {
    /// Its name.
    pub name: &'static str,
    /// What leads to a row, together with the sealed text itself; ordered by the first.
    pub key: &'static [&'static str],
    /// The column that says which rows are newer: ids do, and a moment where there is none of its own.
    pub age: &'static str,
    /// Columns of type `Findable`.
    pub findable: &'static [&'static str],
    /// Columns of type `Sealed`.
    pub sealed: &'static [&'static str],
}

const fn table(
    name: &'static str,
    key: &'static [&'static str],
    findable: &'static [&'static str],
    sealed: &'static [&'static str],
) -> SealedTable {
    SealedTable { name, key, age: key[0], findable, sealed }
}

impl SealedTable {
    /// The same, where rows are written under the id of something older than they are.
    const fn newer_by(self, age: &'static str) -> Self {
        Self { age, ..self }
    }
}

/// All of them. Accounts first: signing in needs them.
pub const SEALED_TABLES: &[SealedTable] = &[
    table("accounts", &["id"], &["phone"], &[]),
    table("earlier_phones", &["account_id"], &["phone"], &[]).newer_by("approved_at"),
    table("member_invitations", &["id"], &["phone"], &[]),
    table("phone_changes", &["id"], &["old_phone", "new_phone"], &[]),
    table("fees", &["id"], &["applicant_phone"], &[]),
    table("reports", &["id"], &["applicant_phone"], &[]),
    table("orders", &["id"], &["applicant_phone"], &["invoice_title", "delivery"]),
    table("credit_requests", &["id"], &["applicant_phone"], &[]),
    table("pickup_vouchers", &["id"], &["applicant_phone"], &[]),
    table("report_shares", &["id"], &["applicant_phone"], &[]),
    table("invoice_titles", &["id"], &["applicant_phone"], &["address", "phone", "bank_account", "email"]),
    table("invoices", &["id"], &[], &["title"]),
    table("red_letters", &["id"], &[], &["title", "reissue_title"]),
    table("receipt_mails", &["id"], &["address"], &[]),
    table("units", &["id"], &[], &["phone", "email"]),
    table("unit_contacts", &["unit_id", "role"], &[], &["name", "phone"]).newer_by("updated_at"),
    table("registrations", &["id"], &[], &["email", "safety_manager_name", "safety_manager_phone"]),
    table("remittances", &["id"], &[], &["payer_account"]),
    table("refunds", &["id"], &[], &["payee_account"]),
    table("line_return_changes", &["id"], &[], &["payee_account"]),
];
