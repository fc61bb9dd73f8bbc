//! Tables of this capability.

/// What a payer says of one bank transfer.
pub mod remittances {
    use foundation::sealed::Sealed;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "remittances")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub order_id: String,
        pub unit_id: String,
        pub state: String,
        pub payer_name: String,
        pub payer_key: String,
        pub payer_account: Option<Sealed>,
        pub payer_bank: Option<String>,
        pub remitted_on: String,
        pub amount_fen: i64,
        pub serial_no: Option<String>,
        pub serial_key: Option<String>,
        pub reference_no: Option<String>,
        pub note: Option<String>,
        pub review_id: Option<String>,
        pub opinion: Option<String>,
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

/// The files that prove it, in the order of the payer.
pub mod remittance_proofs {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "remittance_proofs")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub remittance_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub position: i64,
        pub upload_id: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
