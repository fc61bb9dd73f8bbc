//! Tables of this capability.

/// What somebody says of himself or his unit, and what became of it.
pub mod registrations {
    use foundation::sealed::Sealed;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "registrations")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub registration_no: String,
        pub account_id: String,
        pub source: String,
        pub kind: String,
        pub state: String,
        pub upgrade_unit_id: Option<String>,
        pub uscc: String,
        pub unit_name: String,
        pub unit_kind: String,
        pub district_code: String,
        pub address: String,
        pub legal_rep: String,
        pub industry_code: String,
        pub registrant_name: String,
        pub email: Sealed,
        pub login_name: String,
        pub safety_manager_name: Sealed,
        pub safety_manager_phone: Sealed,
        pub received_by: Option<String>,
        pub entered_by: Option<String>,
        pub review_id: Option<String>,
        pub opinion: Option<String>,
        pub unit_id: Option<String>,
        pub search_text: String,
        pub submitted_at: Option<i64>,
        pub due_at: Option<i64>,
        pub decided_at: Option<i64>,
        pub created_at: i64,
        pub updated_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Its papers, by purpose and in their order.
pub mod registration_files {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "registration_files")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub registration_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub purpose: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub position: i64,
        pub upload_id: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
