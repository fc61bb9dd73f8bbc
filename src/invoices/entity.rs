//! Tables of this capability.

/// The receipt of an order.
pub mod invoices {
    use foundation::sealed::Sealed;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "invoices")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub order_id: String,
        pub receipt_class: String,
        pub kind: String,
        pub title: Sealed,
        pub amount_fen: i64,
        pub state: String,
        pub issue_round: i64,
        pub apply_id: Option<String>,
        pub invoice_code: Option<String>,
        pub invoice_number: Option<String>,
        pub check_code: Option<String>,
        pub file_key: Option<String>,
        pub failure: Option<String>,
        pub requested_at: i64,
        pub issued_at: Option<i64>,
        pub updated_at: i64,
        pub ofd_key: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// 红字: receipts that were taken back, one row per round.
pub mod red_letters {
    use foundation::sealed::Sealed;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "red_letters")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub invoice_id: String,
        pub order_id: String,
        pub issue_round: i64,
        pub amount_fen: i64,
        pub title: Sealed,
        pub invoice_code: Option<String>,
        pub invoice_number: String,
        pub issued_at: Option<i64>,
        pub file_key: Option<String>,
        pub reason: String,
        pub state: String,
        pub red_number: Option<String>,
        pub failure: Option<String>,
        pub requested_by: String,
        pub reissue_title: Option<Sealed>,
        pub reissue_amount_fen: Option<i64>,
        pub requested_at: i64,
        pub done_at: Option<i64>,
        pub updated_at: i64,
        pub stands_reason: Option<String>,
        pub stands_by: Option<String>,
        pub stands_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Receipts sent by e-mail.
pub mod receipt_mails {
    use foundation::sealed::Findable;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "receipt_mails")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub invoice_id: String,
        pub order_id: String,
        pub unit_id: String,
        pub account_id: String,
        pub issue_round: i64,
        pub address: Findable,
        pub state: String,
        pub tries: i64,
        pub failure: Option<String>,
        pub created_at: i64,
        pub sent_at: Option<i64>,
        pub updated_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
