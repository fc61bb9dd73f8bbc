//! Tables of this capability.

/// Saved layouts of statements.
pub mod bank_mappings {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "bank_mappings")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub name: String,
        pub header_key: String,
        pub mapping: String,
        pub created_at: i64,
        pub updated_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Imported statements.
pub mod bank_statements {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "bank_statements")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub file_name: String,
        pub file_key: Option<String>,
        pub account_no: String,
        pub state: String,
        pub mapping: Option<String>,
        pub rows: i64,
        pub new_count: i64,
        pub duplicates: i64,
        pub skipped: i64,
        pub rejected: i64,
        pub errors: String,
        pub imported_by: String,
        pub created_at: i64,
        pub updated_at: i64,
        pub content_key: Option<String>,
        pub perhaps_count: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Lines that brought money.
pub mod bank_transactions {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "bank_transactions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub statement_id: String,
        pub account_no: String,
        pub booked_on: String,
        pub amount_fen: i64,
        pub rest_fen: i64,
        pub payer_name: String,
        pub payer_key: String,
        pub payer_account: Option<String>,
        pub remark: String,
        pub serial_no: Option<String>,
        pub serial_key: Option<String>,
        pub dedup_key: String,
        pub state: String,
        pub ignore_reason: Option<String>,
        pub search_text: String,
        pub created_at: i64,
        pub updated_at: i64,
        pub twin_of: Option<String>,
        pub balance_fen: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Money of lines taken for orders.
pub mod bank_claims {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "bank_claims")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub transaction_id: String,
        pub order_id: String,
        pub amount_fen: i64,
        pub how: String,
        pub claimed_by: String,
        pub state: String,
        pub undo_reason: Option<String>,
        pub undone_by: Option<String>,
        pub undone_at: Option<i64>,
        pub created_at: i64,
        pub counted_on: Option<bool>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
