//! The decision on a refund: two members of staff, and password and code again for both.

use async_trait::async_trait;
use foundation::problem::Problem;
use sea_orm::DatabaseTransaction;
use serde::Serialize;
use utoipa::ToSchema;

use super::refund_list::{RefundAnswer, answer_of};
use super::refund_proposal::{approve, decline, find_refund};
use crate::app::App;
use crate::reviews::{Review, ReviewKind, Verdict};
use crate::staff::{Officer, Permission};

/// As stored.
pub(super) const KIND: &str = "refund";
/// As stored: the kind of the review that decides on money of a line of the bank; it belongs to the room of the lines.
pub const LINE_RETURN_KIND: &str = "line_return";

/// What the one who decides on a refund sees.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefundSubject {
    /// The refund.
    refund: RefundAnswer,
    /// Of which order.
    order_id: String,
}

/// Registered in `App::open`.
pub struct RefundReview;

#[async_trait]
impl ReviewKind for RefundReview {
    fn code(&self) -> &'static str {
        KIND
    }

    fn text(&self) -> &'static str {
        "退款审批"
    }

    fn permission(&self) -> Permission {
        Permission::RefundsDecide
    }

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
        match verdict {
            Verdict::Approved => approve(app, transaction, &review.subject_id, officer).await,
            Verdict::Rejected => decline(app, transaction, &review.subject_id).await,
        }
    }

    async fn subject(&self, app: &App, review: &Review) -> Result<serde_json::Value, Problem> {
        let refund = find_refund(app.database.reader(), &review.subject_id).await?;
        let order_id = refund.order_id.clone();
        let refund = answer_of(app, vec![refund]).await?.pop();
        let refund = refund.ok_or_else(|| Problem::internal("a refund without an answer"))?;
        serde_json::to_value(RefundSubject { refund, order_id }).map_err(Problem::internal)
    }
}
