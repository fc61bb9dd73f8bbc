//! Tables of this capability.

/// One day.
pub mod reconciliation_days {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "reconciliation_days")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub day: String,
        pub state: String,
        pub channel_count: i64,
        pub channel_fen: i64,
        pub channel_refund_fen: i64,
        pub charge_fen: i64,
        pub books_count: i64,
        pub books_fen: i64,
        pub books_refund_fen: i64,
        pub core_fen: Option<i64>,
        pub trade_bill_sha1: Option<String>,
        pub fund_flow_sha1: Option<String>,
        pub flow_net_fen: Option<i64>,
        pub run_at: i64,
        pub closed_at: Option<i64>,
        pub closed_by: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Refunds that bills have named, so that a later day does not miss them.
pub mod billed_refunds {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "billed_refunds")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub out_refund_no: String,
        pub day: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What did not fit.
pub mod differences {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "reconciliation_differences")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub day: String,
        pub kind: String,
        pub reference: String,
        pub channel_fen: Option<i64>,
        pub books_fen: Option<i64>,
        pub state: String,
        pub settled_by: Option<String>,
        pub settled_at: Option<i64>,
        pub note: Option<String>,
        pub created_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Which days the core system has told.
pub mod core_ledger_days {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "core_ledger_days")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub day: String,
        pub entry_count: i64,
        pub amount_fen: i64,
        pub received_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What the core system says it booked on a day.
pub mod core_ledger_entries {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "core_ledger_entries")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub day: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub order_no: String,
        pub amount_fen: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
