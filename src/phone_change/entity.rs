//! Tables of this capability.

/// Requests to change a phone that somebody else confirms.
pub mod phone_changes {
    use foundation::sealed::Findable;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "phone_changes")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub account_id: String,
        pub way: String,
        pub unit_id: Option<String>,
        pub old_phone: Option<Findable>,
        pub new_phone: Findable,
        pub state: String,
        pub decided_by: Option<String>,
        pub created_at: i64,
        pub expires_at: i64,
        pub decided_at: Option<i64>,
        pub papers: Option<String>,
        pub note: Option<String>,
        pub opinion: Option<String>,
        pub changed_account_id: Option<String>,
        pub due_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
