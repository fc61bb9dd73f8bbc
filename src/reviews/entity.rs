//! Tables of this capability.

/// Decisions to be made and made.
pub mod reviews {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "reviews")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub kind: String,
        pub subject_id: String,
        pub title: String,
        pub amount_fen: Option<i64>,
        pub search_text: String,
        pub state: String,
        pub submitted_by: String,
        pub submitted_by_name: String,
        pub claimed_by: Option<String>,
        pub claimed_by_name: Option<String>,
        pub claimed_at: Option<i64>,
        pub decided_by: Option<String>,
        pub decided_by_name: Option<String>,
        pub decided_at: Option<i64>,
        pub opinion: Option<String>,
        pub due_at: i64,
        pub created_at: i64,
        pub updated_at: i64,
        pub terms: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What happened to a review.
pub mod review_events {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "review_events")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub review_id: String,
        pub what: String,
        pub actor: String,
        pub actor_name: String,
        pub opinion: Option<String>,
        pub at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
