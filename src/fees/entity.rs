//! Tables of this capability.

/// 待缴费: what is owed for a report.
pub mod fees {
    use foundation::sealed::Findable;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "fees")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub external_id: String,
        pub report_id: String,
        pub unit_id: String,
        pub applicant_phone: Option<Findable>,
        pub payee_id: String,
        pub receipt_class: String,
        pub amount_fen: i64,
        pub state: String,
        pub order_id: Option<String>,
        pub report_no: String,
        pub unit_name: String,
        pub device_name: String,
        pub device_kind: String,
        pub registration_code: String,
        pub factory_serial_no: Option<String>,
        pub place: Option<String>,
        pub inspected_on: Option<String>,
        pub search_text: String,
        pub posted_at: i64,
        pub paid_at: Option<i64>,
        pub updated_at: i64,
        pub credit_id: Option<String>,
        pub credit_due_on: Option<String>,
        pub price_basis: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Who receives the money.
pub mod payees {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "payees")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub code: String,
        pub name: String,
        pub account_name: String,
        pub bank_name: String,
        pub bank_account: String,
        pub receipt_class: String,
        pub created_at: i64,
        pub updated_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What somebody wants to be changed of a payee, and what stood there when he did.
pub mod payee_changes {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "payee_changes")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub payee_id: String,
        pub name: String,
        pub account_name: String,
        pub bank_name: String,
        pub bank_account: String,
        pub name_before: String,
        pub account_name_before: String,
        pub bank_name_before: String,
        pub bank_account_before: String,
        pub state: String,
        pub created_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What is inspected.
pub mod devices {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "devices")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub external_id: String,
        pub unit_id: String,
        pub name: String,
        pub kind_code: String,
        pub kind: String,
        pub registration_code: String,
        pub device_code: Option<String>,
        pub use_cert_no: Option<String>,
        pub factory_serial_no: Option<String>,
        pub internal_no: Option<String>,
        pub district_code: Option<String>,
        pub place: Option<String>,
        pub next_inspection_on: Option<String>,
        pub status: String,
        pub created_at: i64,
        pub updated_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
