//! Table of this capability.

/// 开票抬头, kept for the next time.
pub mod invoice_titles {
    use foundation::sealed::{Findable, Sealed};
    use sea_orm::entity::prelude::*;

    use sea_orm::Condition;

    use crate::accounts::{ScopedEntity, View};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "invoice_titles")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub unit_id: String,
        pub applicant_phone: Option<Findable>,
        pub kind: String,
        pub name: String,
        pub tax_no: Option<String>,
        pub address: Option<Sealed>,
        pub phone: Option<Sealed>,
        pub bank_name: Option<String>,
        pub bank_account: Option<Sealed>,
        pub email: Option<Sealed>,
        pub last_used_at: i64,
        pub created_at: i64,
        pub updated_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}

    impl ScopedEntity for Entity {
        fn unit_column() -> Column {
            Column::UnitId
        }
        fn applicant_column() -> Column {
            Column::ApplicantPhone
        }
        fn within(_: &View) -> Condition {
            // A title is of the unit and of no device.
            Condition::all()
        }
    }
}
