//! What comes next, with a promised date in working days (B-12).

use foundation::calendar::{Calendar, beijing_date, beijing_minute_text, start_of_beijing_day_ms};
use foundation::money::Fen;
use serde::Serialize;
use utoipa::ToSchema;

use crate::invoices::InvoiceState;
use crate::orders::{OrderState, PaymentMethod};
use crate::payments::TOLD_TO_PAYERS;

/// Receipts and reports are there within so many working days after payment.
const PROMISE_WORKING_DAYS: u32 = 1;

/// The next step, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NextStep {
    /// What comes next.
    pub text: String,
    /// By when, epoch milliseconds; the end of that day in Beijing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promised_at: Option<i64>,
}

/// The facts the next step follows from.
pub struct Situation {
    /// Where the order stands.
    pub order: OrderState,
    /// How one pays.
    pub method: PaymentMethod,
    /// What came another way than WeChat.
    pub received: Fen,
    /// What is still missing.
    pub missing: Fen,
    /// Until when a person reviews the remittance; nothing when nobody does.
    pub review_due_at: Option<i64>,
    /// Whether there is a code that a transfer can carry.
    pub has_code: bool,
    /// How far the receipt is.
    pub invoice: InvoiceState,
    /// Reports that can be downloaded.
    pub reports_ready: i64,
    /// Reports in all.
    pub reports_total: i64,
    /// Until when it can be paid.
    pub expires_at: i64,
    /// When money came.
    pub paid_at: Option<i64>,
    /// Money came that does not fit the order.
    pub disputed: bool,
}

/// Says what comes next; nothing when nothing does.
pub fn next_step(situation: &Situation, calendar: &Calendar) -> Option<NextStep> {
    let promised_at = situation.paid_at.map(|paid_at| {
        let day = calendar.add_working_days(beijing_date(paid_at), PROMISE_WORKING_DAYS);
        start_of_beijing_day_ms(day) + 86_399_000
    });
    let step = |text: String, promised_at| Some(NextStep { text, promised_at });
    match situation.order {
        OrderState::Paying if situation.disputed => step(format!("{TOLD_TO_PAYERS}，请勿重复支付"), None),
        OrderState::PendingPayment | OrderState::Paying => {
            let (text, promised_at) = before_payment(situation);
            step(text, promised_at)
        }
        OrderState::Paid => match situation.invoice {
            InvoiceState::Failed => step("票据开具失败，请修改抬头后重试，报告可以正常下载".to_owned(), None),
            InvoiceState::Issued if situation.reports_ready < situation.reports_total => {
                let missing = situation.reports_total - situation.reports_ready;
                step(format!("还有 {missing} 份报告正在上传，好了会通知您"), promised_at)
            }
            _ => step("正在开具票据，好了会通知您".to_owned(), promised_at),
        },
        OrderState::Refunding => step("款项正在原路退回，一般 1–3 个工作日到账".to_owned(), None),
        OrderState::Completed | OrderState::Void | OrderState::Refunded => None,
    }
}

/// What the payer does next, by the way he pays.
fn before_payment(situation: &Situation) -> (String, Option<i64>) {
    let until = beijing_minute_text(situation.expires_at);
    if let Some(due_at) = situation.review_due_at {
        return ("汇款正在审核，三个工作日内完成，结果会通知您".to_owned(), Some(due_at));
    }
    if situation.received > Fen::ZERO {
        let Situation { received, missing, .. } = situation;
        return (format!("已收到 {received} 元，还差 {missing} 元，补足后自动变为已支付"), None);
    }
    let text = match situation.method {
        PaymentMethod::Online => format!("请在 {until} 前完成支付，逾期订单自动作废，报告可重新缴费"),
        PaymentMethod::Transfer if situation.has_code => {
            format!("请在 {until} 前转账，附言必须填写缴款码；到账后自动变为已支付")
        }
        PaymentMethod::Transfer => "正在向财政系统申请缴款码，好了就可以转账".to_owned(),
        PaymentMethod::Remitted => format!("请在 {until} 前填写汇款信息、上传凭证并提交审核"),
    };
    (text, Some(situation.expires_at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paid_on_friday(invoice: InvoiceState) -> Situation {
        Situation {
            order: OrderState::Paid,
            method: PaymentMethod::Online,
            received: Fen::ZERO,
            missing: Fen::ZERO,
            review_due_at: None,
            has_code: false,
            invoice,
            reports_ready: 1,
            reports_total: 2,
            expires_at: 0,
            disputed: false,
            // Friday 2026-11-20 10:00 in Beijing.
            paid_at: Some(
                start_of_beijing_day_ms(foundation::calendar::parse_date("2026-11-20").unwrap()) + 36_000_000,
            ),
        }
    }

    #[test]
    fn a_promise_made_on_friday_is_for_monday() {
        let step = next_step(&paid_on_friday(InvoiceState::Requested), &Calendar::default()).unwrap();
        assert_eq!(beijing_minute_text(step.promised_at.unwrap()), "2026-11-23 23:59");
    }

    #[test]
    fn a_failed_receipt_asks_the_payer_to_mend_it() {
        let step = next_step(&paid_on_friday(InvoiceState::Failed), &Calendar::default()).unwrap();
        assert!(step.text.contains("重试"), "{}", step.text);
    }
}
