//! Tables of this capability.

/// One confirmation of the payer; unique by his key.
pub mod checkouts {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "checkouts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub account_id: String,
        pub client_key: String,
        pub unit_id: String,
        pub request_hash: String,
        pub created_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// 缴款订单.
pub mod orders {
    use foundation::sealed::{Findable, Sealed};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "orders")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub order_no: String,
        pub checkout_id: String,
        pub account_id: String,
        pub unit_id: String,
        pub unit_name: String,
        pub applicant_phone: Option<Findable>,
        pub receipt_class: String,
        pub payee_id: String,
        pub payee_name: String,
        pub method: String,
        pub state: String,
        pub amount_fen: i64,
        pub fee_count: i64,
        pub title: String,
        pub invoice_kind: String,
        pub invoice_title: Sealed,
        pub delivery: Sealed,
        pub year: i64,
        pub search_text: String,
        pub paid_attempt_id: Option<String>,
        pub paid_by: Option<String>,
        pub paid_reference: Option<String>,
        pub received_fen: i64,
        pub under_review: bool,
        pub void_reason: Option<String>,
        pub created_at: i64,
        pub expires_at: i64,
        pub paid_at: Option<i64>,
        pub completed_at: Option<i64>,
        pub voided_at: Option<i64>,
        pub updated_at: i64,
        pub refunded_fen: i64,
        pub came_on: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What an order pays for, as it was when ordered.
pub mod order_lines {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "order_lines")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub order_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub position: i64,
        pub fee_id: String,
        pub report_id: String,
        pub report_no: String,
        pub device_name: String,
        pub registration_code: String,
        pub factory_serial_no: Option<String>,
        pub amount_fen: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// The timeline.
pub mod order_events {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "order_events")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub order_id: String,
        pub kind: String,
        pub actor: String,
        pub detail: Option<String>,
        pub at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
