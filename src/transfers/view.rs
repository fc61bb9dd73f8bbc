//! Payment notices as the front end sees them.

use foundation::money::Fen;
use foundation::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use super::model::{NoticeId, NoticeState};
use super::store::NoticeRow;
use crate::orders::{OrderRow, OrderState};

/// What every transfer must carry (S0-35).
pub const REMARK_RULE: &str = "转账时，摘要/附言/备注必须填写20位缴款码，否则无法自动入账";

/// 缴款书 with its code (S0-34, S0-35).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaymentNotice {
    /// Which.
    pub id: NoticeId,
    /// 缴款书编号.
    pub notice_no: String,
    /// The 20-digit code; null until it is there.
    pub payment_code: Option<String>,
    /// Where it stands.
    pub state: NoticeState,
    /// For people.
    pub state_text: String,
    /// 收款单位.
    pub payee_name: String,
    /// 户名.
    pub account_name: String,
    /// 账号.
    pub account_no: String,
    /// 开户行.
    pub bank_name: String,
    /// Fen to be transferred: after a part payment what is still missing.
    pub amount_fen: Fen,
    /// Epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_at: Option<i64>,
    /// Until when the code is good, epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
    /// Why there is no code (yet).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// What the transfer must carry, for people.
    pub remark_rule: String,
    /// Whether a new code can be asked for now.
    pub can_renew: bool,
}

impl PaymentNotice {
    /// The notice beside its order: what became of the order counts before what the notice's own job has got round to.
    pub fn of(notice: NoticeRow, order: &OrderRow) -> Result<Self, Problem> {
        let order_state = order.state()?;
        let state = match notice.state()? {
            // Paid another way: with its own code it would stand as paid.
            NoticeState::Requested | NoticeState::Issued | NoticeState::Expired if order_state.has_money() => {
                NoticeState::Cancelled
            }
            NoticeState::Requested | NoticeState::Issued if !order_state.waits_for_money() => NoticeState::Cancelled,
            // The money was taken back, or the payment at the window that had made the code needless: another code is needed.
            NoticeState::Paid | NoticeState::Cancelled if order_state.waits_for_money() => NoticeState::Expired,
            state => state,
        };
        let partly_paid = order.received_fen > 0 && order_state.waits_for_money();
        Ok(Self {
            id: NoticeId::from_stored(notice.id),
            notice_no: notice.notice_no,
            payment_code: notice.payment_code,
            state,
            state_text: state.text().to_owned(),
            payee_name: notice.payee_name,
            account_name: notice.account_name,
            account_no: notice.account_no,
            bank_name: notice.bank_name,
            amount_fen: if partly_paid { order.missing() } else { Fen(notice.amount_fen) },
            issued_at: notice.issued_at,
            expires_at: notice.expires_at,
            failure: notice.failure,
            remark_rule: REMARK_RULE.to_owned(),
            can_renew: state.may_renew() && order_state == OrderState::PendingPayment,
        })
    }
}
