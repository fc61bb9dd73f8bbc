//! The decision on undoing a payment at the window: two members of staff, and password and code again.

use async_trait::async_trait;
use foundation::problem::Problem;
use sea_orm::DatabaseTransaction;
use serde::Serialize;
use utoipa::ToSchema;

use super::routes::CounterPayment;
use super::undo::{confirm, decline, find};
use crate::app::App;
use crate::reviews::{Review, ReviewKind, Verdict};
use crate::staff::{Officer, Permission};

/// As stored.
pub(super) const KIND: &str = "counter_undo";

/// What the one who decides on it sees.
#[derive(Debug, Serialize, ToSchema)]
pub struct CounterUndoSubject {
    /// The payment.
    counter_payment: CounterPayment,
    /// Of which order.
    order_id: String,
}

/// Registered in `App::open`.
pub struct CounterUndoReview;

#[async_trait]
impl ReviewKind for CounterUndoReview {
    fn code(&self) -> &'static str {
        KIND
    }

    fn text(&self) -> &'static str {
        "窗口收款撤销"
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
            Verdict::Approved => confirm(app, transaction, &review.subject_id, officer).await,
            Verdict::Rejected => decline(transaction, &review.subject_id).await,
        }
    }

    async fn subject(&self, app: &App, review: &Review) -> Result<serde_json::Value, Problem> {
        let row = find(app.database.reader(), &review.subject_id).await?;
        let order_id = row.order_id.clone();
        let subject = CounterUndoSubject { counter_payment: CounterPayment::of(row)?, order_id };
        serde_json::to_value(subject).map_err(Problem::internal)
    }
}
