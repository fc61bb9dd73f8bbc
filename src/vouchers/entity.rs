//! Tables of this capability.

/// Vouchers for printed reports.
pub mod pickup_vouchers {
    use foundation::sealed::Findable;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "pickup_vouchers")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub voucher_no: String,
        pub code: String,
        pub unit_id: String,
        pub unit_name: String,
        pub applicant_phone: Option<Findable>,
        pub account_id: String,
        pub state: String,
        pub report_count: i64,
        pub search_text: String,
        pub created_at: i64,
        pub handed_over_at: Option<i64>,
        pub handed_over_by: Option<String>,
        pub received_by: Option<String>,
        pub id_last4: Option<String>,
        pub updated_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What is on them.
pub mod pickup_voucher_reports {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "pickup_voucher_reports")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub voucher_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub position: i64,
        pub report_id: String,
        pub report_no: String,
        pub device_name: String,
        pub open: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
