//! The reviews of key fields and of qualifications, as the review engine knows them.

use async_trait::async_trait;
use foundation::problem::Problem;
use sea_orm::DatabaseTransaction;
use serde_json::json;

use super::answer;
use super::{change, papers, qualification};
use crate::accounts::{self, UnitId};
use crate::app::App;
use crate::reviews::{Review, ReviewKind, Verdict};
use crate::staff::{Officer, Permission};

/// 企业信息变更 (S1-57).
pub struct ProfileChangeReview;

#[async_trait]
impl ReviewKind for ProfileChangeReview {
    fn code(&self) -> &'static str {
        change::REVIEW_KIND
    }

    fn text(&self) -> &'static str {
        "企业信息变更"
    }

    fn permission(&self) -> Permission {
        Permission::RegistrationsDecide
    }

    async fn apply(
        &self,
        app: &App,
        transaction: &DatabaseTransaction,
        review: &Review,
        verdict: Verdict,
        _officer: &Officer,
    ) -> Result<(), Problem> {
        change::decide(app, transaction, &review.subject_id, verdict, review.opinion.as_deref()).await
    }

    async fn subject(&self, app: &App, review: &Review) -> Result<serde_json::Value, Problem> {
        let reader = app.database.reader();
        let row = change::find(reader, &review.subject_id).await?;
        let card = accounts::unit_card(reader, &UnitId::from_stored(row.unit_id.clone())).await?;
        let papers = papers::of_subject(app, &row.id).await?;
        let before = card.map(|card| {
            json!({
                "name": card.name,
                "uscc": card.uscc,
                "legal_rep": card.legal_rep,
                "address": card.address,
                "from_core": card.from_core,
            })
        });
        Ok(json!({
            "change": {
                "unit_id": row.unit_id,
                "unit_name": row.unit_name,
                "name": row.name,
                "uscc": row.uscc,
                "legal_rep": row.legal_rep,
                "address": row.address,
                "reason": row.reason,
                "papers": papers,
            },
            "before": before,
        }))
    }
}

/// 制造资质 (S1-58).
pub struct QualificationReview;

#[async_trait]
impl ReviewKind for QualificationReview {
    fn code(&self) -> &'static str {
        qualification::REVIEW_KIND
    }

    fn text(&self) -> &'static str {
        "制造资质审核"
    }

    fn permission(&self) -> Permission {
        Permission::RegistrationsDecide
    }

    async fn apply(
        &self,
        app: &App,
        transaction: &DatabaseTransaction,
        review: &Review,
        verdict: Verdict,
        _officer: &Officer,
    ) -> Result<(), Problem> {
        qualification::decide(app, transaction, &review.subject_id, verdict, review.opinion.as_deref()).await
    }

    async fn subject(&self, app: &App, review: &Review) -> Result<serde_json::Value, Problem> {
        let row = qualification::find(app.database.reader(), &review.subject_id).await?;
        let unit_name = row.unit_name.clone();
        let shown = answer::qualification(app, row).await?;
        Ok(json!({ "qualification": shown, "unit_name": unit_name }))
    }
}
