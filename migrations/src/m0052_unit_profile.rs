//! 企业信息: contacts of a unit, changes of its key fields, manufacturing qualifications, and the papers of both.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "unit_contacts",
            2,
            vec![text("unit_id"), text("role"), text("name"), text("phone"), text("updated_by"), number("updated_at")],
        )
        .await?;
        let decided = || {
            vec![
                text("state"),
                maybe_text("review_id"),
                maybe_text("opinion"),
                number("submitted_at"),
                number("due_at"),
                maybe_number("decided_at"),
                number("updated_at"),
            ]
        };
        let mut change = vec![
            text("id"),
            text("unit_id"),
            text("unit_name"),
            text("account_id"),
            text("name"),
            text("uscc"),
            text("legal_rep"),
            text("address"),
            text("reason"),
        ];
        change.extend(decided());
        create_table(manager, "profile_changes", 1, change).await?;
        let mut qualification = vec![
            text("id"),
            text("unit_id"),
            text("unit_name"),
            text("account_id"),
            text("kind_code"),
            text("certificate_no"),
            text("valid_from"),
            text("valid_until"),
        ];
        qualification.extend(decided());
        create_table(manager, "qualifications", 1, qualification).await?;
        create_table(manager, "unit_papers", 2, vec![text("subject_id"), number("position"), text("upload_id")])
            .await?;
        run(
            manager,
            &[
                "CREATE UNIQUE INDEX uq_profile_changes_open ON profile_changes (unit_id) WHERE state = 'submitted'",
                "CREATE INDEX ix_profile_changes_unit ON profile_changes (unit_id, id)",
                "CREATE UNIQUE INDEX uq_qualifications_open ON qualifications (unit_id, kind_code) WHERE state = 'submitted'",
                "CREATE INDEX ix_qualifications_unit ON qualifications (unit_id, id)",
                "CREATE INDEX ix_qualifications_until ON qualifications (state, valid_until, id)",
                "CREATE INDEX ix_unit_papers_upload ON unit_papers (upload_id)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["unit_papers", "qualifications", "profile_changes", "unit_contacts"]).await
    }
}
