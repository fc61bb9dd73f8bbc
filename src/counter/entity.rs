//! Tables of this capability.

/// Money taken at a service window.
pub mod counter_payments {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "counter_payments")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub order_id: String,
        pub kind: String,
        pub amount_fen: i64,
        pub receipt_no: Option<String>,
        pub note: Option<String>,
        pub taken_by: String,
        pub created_at: i64,
        pub state: String,
        pub undo_reason: Option<String>,
        pub undone_by: Option<String>,
        pub undone_at: Option<i64>,
        pub client_key: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
