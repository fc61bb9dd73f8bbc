//! A right signature says who speaks, not that the content is what was ordered (pitfalls A16).

use super::transaction::{TradeState, Transaction};

/// What our own books say about a payment attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedPayment {
    /// Our 商户号.
    pub mch_id: String,
    /// The AppID of the stored attempt.
    pub app_id: String,
    /// The number of the stored attempt.
    pub out_trade_no: String,
    /// The amount of the stored attempt in fen.
    pub amount_fen: i64,
}

/// Where a transaction differs from the attempt: it must not be booked as paid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BusinessMismatch {
    /// Money for another merchant.
    #[error("merchant number {0} is not ours")]
    MchId(String),
    /// Made with another AppID.
    #[error("AppID {0} is not the order's")]
    AppId(String),
    /// Another order.
    #[error("order number {0} is another one")]
    OutTradeNo(String),
    /// Not paid.
    #[error("trade state {0} is not paid")]
    TradeState(String),
    /// Another amount, or none told.
    #[error("amount {actual_fen:?} fen instead of {expected_fen}")]
    Amount {
        /// What was ordered, in fen.
        expected_fen: i64,
        /// What WeChat tells, in fen.
        actual_fen: Option<i64>,
    },
    /// Another currency.
    #[error("currency {0} is not CNY")]
    Currency(String),
    /// Paid, but without WeChat's own number, by which money is found again.
    #[error("a paid transaction without transaction_id")]
    TransactionId,
}

/// Compares a transaction (from a notice or a query) with the stored attempt. `amount.total` counts, not
/// `payer_total`, which is less when the payer used a coupon; an absent currency means CNY.
pub fn check_business(transaction: &Transaction, expected: &ExpectedPayment) -> Result<(), BusinessMismatch> {
    if transaction.mch_id != expected.mch_id {
        return Err(BusinessMismatch::MchId(transaction.mch_id.clone()));
    }
    if transaction.app_id != expected.app_id {
        return Err(BusinessMismatch::AppId(transaction.app_id.clone()));
    }
    if transaction.out_trade_no != expected.out_trade_no {
        return Err(BusinessMismatch::OutTradeNo(transaction.out_trade_no.clone()));
    }
    if !matches!(transaction.trade_state, TradeState::Success | TradeState::Refund) {
        return Err(BusinessMismatch::TradeState(transaction.trade_state.as_str().to_owned()));
    }
    if transaction.transaction_id.as_deref().is_none_or(str::is_empty) {
        return Err(BusinessMismatch::TransactionId);
    }
    let actual_fen = transaction.total_fen();
    if actual_fen != Some(expected.amount_fen) {
        return Err(BusinessMismatch::Amount { expected_fen: expected.amount_fen, actual_fen });
    }
    match transaction.amount.as_ref().and_then(|amount| amount.currency.as_deref()) {
        None | Some("CNY") => Ok(()),
        Some(other) => Err(BusinessMismatch::Currency(other.to_owned())),
    }
}
