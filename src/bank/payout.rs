//! The account that a refund by bank goes to, for the cashier who pays it: typed for it, else the account that the money came
//! from. Each look at it is written to the audit trail; everywhere else it is masked.

use axum::extract::State;
use foundation::problem::{ErrorAnswer, Problem};
use sea_orm::ConnectionTrait;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::returns::{masked, payer_of};
use super::store::{self, LIVE};
use crate::app::SharedApp;
use crate::audit::{self, Action};
use crate::payments::{self, RefundPayee};
use crate::remittances::{self, RemittanceState};
use crate::staff::{May, may};
use crate::web::{Json, Path};

/// Routes of this file.
pub(super) fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(reveal))
}

/// Where a refund by bank goes.
#[derive(Debug, Serialize, ToSchema)]
struct PayoutAccount {
    /// The account; missing where nobody knows it yet: it is asked from the payer and typed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    payee: Option<RefundPayee>,
    /// How it is known, for people.
    source_text: &'static str,
}

/// Shows the cashier the account in full; who looked is written down.
#[utoipa::path(post, path = "/staff/v1/refunds/{id}/payee/reveal", tag = "bank", params(("id" = String, Path, description = "refund")), responses(
    (status = 200, body = PayoutAccount),
    (status = 404, description = "refund_not_found", body = ErrorAnswer),
))]
async fn reveal(
    State(app): State<SharedApp>,
    officer: May<may::RefundsConfirm>,
    Path(id): Path<String>,
) -> Result<Json<PayoutAccount>, Problem> {
    let transaction = app.database.begin_write().await?;
    let row = payments::find_refund(&*transaction, &id).await?;
    let account = match (&row.payee_name, &row.payee_account) {
        (Some(name), Some(account)) => {
            let payee =
                RefundPayee { name: name.clone(), account: account.clone().into(), bank: row.payee_bank.clone() };
            let source_text = if row.line_id.is_some() { "银行流水的付款账户" } else { "工作人员填写" };
            PayoutAccount { payee: Some(payee), source_text }
        }
        _ => known(&*transaction, &row.order_id).await?,
    };
    if let Some(payee) = &account.payee {
        let detail = json!({ "refund": id, "payee": masked(payee) });
        audit::record(&*transaction, &app, officer.entry(Action::RefundPayeeSeen, &row.order_id, detail)).await?;
    }
    transaction.commit().await?;
    Ok(Json(account))
}

/// The account that money of an order came from: a line that was claimed for it, else what the payer told of his remittance.
async fn known<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<PayoutAccount, Problem> {
    for claim in store::claims_for_order(connection, order_id).await? {
        if claim.state != LIVE {
            continue;
        }
        let line = store::find(connection, &claim.transaction_id).await?;
        if let Some(payee) = line.as_ref().and_then(payer_of) {
            return Ok(PayoutAccount { payee: Some(payee), source_text: "银行流水的付款账户" });
        }
    }
    let told = remittances::of_order(connection, order_id).await?;
    let told = told.filter(|told| told.state == RemittanceState::Approved.as_str());
    let payee = told.and_then(|told| {
        Some(RefundPayee { name: told.payer_name, account: told.payer_account?.into(), bank: told.payer_bank })
    });
    let source_text = if payee.is_some() {
        "缴款人填写的汇款账户"
    } else {
        "还不知道，请向缴款人询问后填写"
    };
    Ok(PayoutAccount { payee, source_text })
}
