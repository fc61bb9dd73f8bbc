//! Tables of this capability.

/// Codes that hang somewhere.
pub mod scene_codes {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "scene_codes")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub scene: String,
        pub kind: String,
        pub name: String,
        pub page: String,
        pub url: String,
        pub made_by: String,
        pub made_at: i64,
        pub retired_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What a code brought on a day.
pub mod scene_days {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "scene_days")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub scene: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub on_day: String,
        pub scans: i64,
        pub follows: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Codes that join a WeChat to an account, once.
pub mod scene_bindings {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "scene_bindings")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub scene_hash: String,
        pub account_id: String,
        pub expires_at: i64,
        pub used_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
