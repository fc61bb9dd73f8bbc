//! Tables of this capability.

/// One import: a file or a request.
pub mod imports {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "imports")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub source: String,
        pub state: String,
        pub rows_total: i64,
        pub rows_new: i64,
        pub rows_changed: i64,
        pub rows_unchanged: i64,
        pub rows_rejected: i64,
        pub error_file_key: Option<String>,
        pub started_at: i64,
        pub finished_at: Option<i64>,
        pub last_batch_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// New payable fees that people have not been told of yet.
pub mod import_postings {
    use foundation::sealed::{BlindIndex, Findable};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "import_postings")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub import_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub unit_id: String,
        /// Empty when the core system does not know it.
        #[sea_orm(primary_key, auto_increment = false)]
        pub applicant_phone: BlindIndex,
        pub fee_count: i64,
        pub amount_fen: i64,
        pub applicant_sealed: Option<Findable>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Answers that were given to requests with an idempotency key.
pub mod integration_requests {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "integration_requests")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub request_id: String,
        pub request_hash: String,
        pub answer: String,
        pub created_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
