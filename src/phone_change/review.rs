//! The review of papers, as the review engine knows it.

use async_trait::async_trait;
use foundation::problem::Problem;
use foundation::text::mask_phone;
use sea_orm::DatabaseTransaction;
use serde_json::json;

use super::proved;
use crate::accounts;
use crate::app::App;
use crate::reviews::{Review, ReviewKind, Verdict};
use crate::staff::{Officer, Permission};
use crate::uploads::{self, Upload};

/// 更换手机号 (S0-06, B-03).
pub struct PhoneChangeReview;

#[async_trait]
impl ReviewKind for PhoneChangeReview {
    fn code(&self) -> &'static str {
        proved::REVIEW_KIND
    }

    fn text(&self) -> &'static str {
        "更换手机号"
    }

    fn permission(&self) -> Permission {
        Permission::PayersMend
    }

    /// A phone opens everything an account has.
    fn needs_step_up(&self) -> bool {
        true
    }

    async fn apply(
        &self,
        app: &App,
        transaction: &DatabaseTransaction,
        review: &Review,
        verdict: Verdict,
        officer: &Officer,
    ) -> Result<(), Problem> {
        let opinion = review.opinion.as_deref();
        proved::decide(app, transaction, &review.subject_id, verdict, opinion, officer.id.as_str()).await
    }

    async fn subject(&self, app: &App, review: &Review) -> Result<serde_json::Value, Problem> {
        let reader = app.database.reader();
        let row = proved::find(reader, &review.subject_id).await?;
        let holder = proved::account_of(reader, &row).await?;
        let units = match &holder {
            Some(account) => accounts::units_of(reader, &account.id).await?,
            None => Vec::new(),
        };
        let ids: Vec<String> = row.papers.iter().flat_map(|ids| ids.split(',')).map(str::to_owned).collect();
        let papers = uploads::by_ids(reader, &ids).await?;
        let papers: Vec<Upload> = papers.into_iter().map(|paper| Upload::of(app, paper)).collect::<Result<_, _>>()?;
        Ok(json!({
            "phone_change": {
                "old_phone_masked": row.old_phone.as_deref().map(mask_phone),
                "new_phone_masked": mask_phone(&row.new_phone),
                "note": row.note,
                "account_id": holder.as_ref().map(|account| account.id.as_str()),
                "account_name": holder.as_ref().map(|account| account.display_name.as_str()),
                "asked_from_new_phone": holder.as_ref().is_some_and(|account| account.id.as_str() != row.account_id),
                "units": units.into_iter().map(|access| access.unit.name).collect::<Vec<_>>(),
                "papers": papers,
            },
        }))
    }
}
