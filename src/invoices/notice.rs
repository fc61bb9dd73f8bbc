//! `FAPIAO.*` notices of WeChat Pay. A notice only says where to look: what is booked comes from our own query.

use foundation::problem::Problem;
use sea_orm::ConnectionTrait;
use wechat::pay::FapiaoNotice;

use super::issuer::round_number;
use super::jobs::enqueue_issue;
use super::model::InvoiceState;
use super::red_letters::enqueue_reversal;
use super::store;
use crate::app::App;

/// Has the receipts looked after that a notice speaks of, at once. Unknown ones and repeats change nothing. Runs in the
/// transaction that stores the notice.
pub async fn on_fapiao_notice<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    notice: &FapiaoNotice,
) -> Result<(), Problem> {
    for invoice in store::of_application(connection, &notice.fapiao_apply_id).await? {
        let number = round_number(&invoice);
        let meant = notice.fapiao_information.iter().any(|information| information.fapiao_id == number);
        match invoice.state {
            InvoiceState::Requested if meant => enqueue_issue(connection, &invoice, app.now_ms()).await?,
            InvoiceState::Reversing if meant => enqueue_reversal(connection, &invoice, app.now_ms()).await?,
            _ => {}
        }
    }
    Ok(())
}
