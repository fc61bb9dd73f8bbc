//! The decision on where the payers' money goes: by another officer than who asked, with password and code again.

use async_trait::async_trait;
use foundation::problem::Problem;
use sea_orm::DatabaseTransaction;
use serde::Serialize;
use utoipa::ToSchema;

use super::entity::payee_changes::Model;
use super::payee_change::{apply, decline, find};
use crate::app::App;
use crate::reviews::{Review, ReviewKind, Verdict};
use crate::staff::{Officer, Permission};

/// As stored.
pub(super) const KIND: &str = "payee_change";

/// A payee as it was, or is to be.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayeeFacts {
    /// 收款单位.
    name: String,
    /// 户名.
    account_name: String,
    /// 账号, whole: it is compared with the bank's letter.
    account_no: String,
    /// 开户行.
    bank_name: String,
}

/// What the one who decides on it sees.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayeeChangeSubject {
    /// What stood there when it was asked for.
    payee_before: PayeeFacts,
    /// What shall stand there.
    payee_after: PayeeFacts,
}

impl From<Model> for PayeeChangeSubject {
    fn from(row: Model) -> Self {
        Self {
            payee_before: PayeeFacts {
                name: row.name_before,
                account_name: row.account_name_before,
                account_no: row.bank_account_before,
                bank_name: row.bank_name_before,
            },
            payee_after: PayeeFacts {
                name: row.name,
                account_name: row.account_name,
                account_no: row.bank_account,
                bank_name: row.bank_name,
            },
        }
    }
}

/// Registered in `App::open`.
pub struct PayeeReview;

#[async_trait]
impl ReviewKind for PayeeReview {
    fn code(&self) -> &'static str {
        KIND
    }

    fn text(&self) -> &'static str {
        "收款账户变更"
    }

    fn permission(&self) -> Permission {
        Permission::PayeesDecide
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
            Verdict::Approved => apply(app, transaction, &review.subject_id, officer).await,
            Verdict::Rejected => decline(transaction, &review.subject_id).await,
        }
    }

    async fn subject(&self, app: &App, review: &Review) -> Result<serde_json::Value, Problem> {
        let row = find(app.database.reader(), &review.subject_id).await?;
        serde_json::to_value(PayeeChangeSubject::from(row)).map_err(Problem::internal)
    }
}
