//! Tables of this capability.

/// 缴款书 of an order, one per round.
pub mod payment_notices {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "payment_notices")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub order_id: String,
        pub round: i64,
        pub notice_no: String,
        pub state: String,
        pub payment_code: Option<String>,
        pub payee_name: String,
        pub account_name: String,
        pub account_no: String,
        pub bank_name: String,
        pub amount_fen: i64,
        pub failure: Option<String>,
        pub requested_at: i64,
        pub issued_at: Option<i64>,
        pub expires_at: Option<i64>,
        pub ended_at: Option<i64>,
        pub updated_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
