//! Tables of this capability.

/// 检验报告; released when its fee is paid.
pub mod reports {
    use foundation::sealed::Findable;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "reports")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub external_id: String,
        pub report_no: String,
        pub unit_id: String,
        pub device_id: String,
        pub applicant_phone: Option<Findable>,
        pub unit_name: String,
        pub device_name: String,
        pub device_kind: String,
        pub registration_code: String,
        pub factory_serial_no: Option<String>,
        pub conclusion: Option<String>,
        pub inspected_on: Option<String>,
        pub issued_on: String,
        pub file_key: Option<String>,
        pub file_sha256: Option<String>,
        pub file_bytes: Option<i64>,
        pub order_id: Option<String>,
        pub released_at: Option<i64>,
        pub search_text: String,
        pub created_at: i64,
        pub updated_at: i64,
        pub credit_at: Option<i64>,
        pub file_asked_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
