//! Tables of this capability.

/// Members of staff.
pub mod staff_accounts {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "staff_accounts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub login: String,
        pub display_name: String,
        pub roles: String,
        pub password_hash: String,
        pub must_change_password: bool,
        pub first_password_until: Option<i64>,
        pub password_changed_at: Option<i64>,
        pub granted_by: String,
        pub totp_secret: Option<String>,
        pub totp_last_step: Option<i64>,
        pub recovery_hashes: String,
        pub failed_count: i64,
        pub locked_until: Option<i64>,
        pub state: String,
        pub last_signed_in_at: Option<i64>,
        pub created_at: i64,
        pub updated_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Their signed-in browsers, also those that are half way in.
pub mod staff_sessions {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "staff_sessions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub token_hash: String,
        pub staff_id: String,
        pub stage: String,
        pub new_totp_secret: Option<String>,
        pub new_recovery_hashes: Option<String>,
        pub device: String,
        pub address: String,
        pub step_up_until: Option<i64>,
        pub created_at: i64,
        pub last_seen_at: i64,
        pub expires_at: i64,
        pub revoked_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
