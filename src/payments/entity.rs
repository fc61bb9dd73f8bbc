//! Tables of this capability.

/// Tries to pay an order.
pub mod payment_attempts {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "payment_attempts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub order_id: String,
        pub client_key: String,
        pub out_trade_no: String,
        pub channel: String,
        pub app_id: String,
        pub mch_id: String,
        pub openid: Option<String>,
        pub amount_fen: i64,
        pub state: String,
        pub prepay_id: Option<String>,
        pub code_url: Option<String>,
        pub transaction_id: Option<String>,
        pub paid_at: Option<i64>,
        pub failure: Option<String>,
        pub asked_at: Option<i64>,
        pub created_at: i64,
        pub expires_at: i64,
        pub updated_at: i64,
        pub guest: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What WeChat told us, as it came (B-17).
pub mod channel_events {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "channel_events")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub kind: String,
        pub envelope_id: String,
        pub headers: String,
        pub body: Vec<u8>,
        pub plaintext: Option<String>,
        pub out_trade_no: Option<String>,
        pub state: String,
        pub note: Option<String>,
        pub seen_count: i64,
        pub received_at: i64,
        pub applied_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Money on its way back.
pub mod refunds {
    use foundation::sealed::Sealed;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "refunds")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub order_id: String,
        pub attempt_id: String,
        pub out_refund_no: String,
        pub refund_id: Option<String>,
        pub transaction_id: String,
        pub amount_fen: i64,
        pub total_fen: i64,
        pub reason: String,
        pub state: String,
        pub failure: Option<String>,
        pub created_at: i64,
        pub accepted_at: Option<i64>,
        pub succeeded_at: Option<i64>,
        pub updated_at: i64,
        pub channel: String,
        pub proposed_by: Option<String>,
        pub bank_reference: Option<String>,
        pub voids_order: bool,
        pub line_id: Option<String>,
        pub payee_name: Option<String>,
        pub payee_account: Option<Sealed>,
        pub payee_bank: Option<String>,
        pub payee_source: Option<String>,
        pub payee_set_by: Option<String>,
        pub called_off_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What somebody wants to be changed of a decided return of money of a line of the bank.
pub mod line_return_changes {
    use foundation::sealed::Sealed;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "line_return_changes")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub refund_id: String,
        pub kind: String,
        pub payee_name: Option<String>,
        pub payee_account: Option<Sealed>,
        pub payee_bank: Option<String>,
        pub reason: String,
        pub asked_by: String,
        pub state: String,
        pub created_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
