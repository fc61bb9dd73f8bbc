//! Tables of this capability.

/// 欠费申请.
pub mod requests {
    use foundation::sealed::Findable;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "credit_requests")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub request_no: String,
        pub unit_id: String,
        pub unit_name: String,
        pub account_id: String,
        pub applicant_phone: Option<Findable>,
        pub state: String,
        pub amount_fen: i64,
        pub fee_count: i64,
        pub reason: String,
        pub proposed_due_on: String,
        pub due_on: Option<String>,
        pub opinion: Option<String>,
        pub review_id: Option<String>,
        pub reminded_days: Option<i64>,
        pub search_text: String,
        pub created_at: i64,
        pub decided_at: Option<i64>,
        pub settled_at: Option<i64>,
        pub updated_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// The fees of a request.
pub mod lines {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "credit_lines")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub credit_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub position: i64,
        pub fee_id: String,
        pub report_id: String,
        pub report_no: String,
        pub device_name: String,
        pub amount_fen: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Its way through the offices.
pub mod events {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "credit_events")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub credit_id: String,
        pub kind: String,
        pub actor: String,
        pub detail: Option<String>,
        pub at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What a unit may owe, where it is not the usual.
pub mod limits {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "credit_limits")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub unit_id: String,
        pub limit_fen: i64,
        pub note: Option<String>,
        pub set_by: String,
        pub updated_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
