//! What comes next, with a promised date in working days (B-12).

use foundation::calendar::{Calendar, beijing_date, beijing_minute_text, print_date, start_of_beijing_day_ms};
use foundation::money::Fen;
use serde::Serialize;
use utoipa::ToSchema;

use crate::invoices::InvoiceState;
use crate::orders::{OrderState, PaymentMethod};
use crate::payments::TOLD_TO_PAYERS;
use crate::transfers::NoticeState;

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
    /// Where the code stands that a transfer carries.
    pub code: Option<NoticeState>,
    /// Until when that code is good.
    pub code_expires_at: Option<i64>,
    /// Whom to call.
    pub service_phone: String,
    /// Now, epoch milliseconds.
    pub now: i64,
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
        OrderState::Refunding => step(refunding(situation.method).to_owned(), None),
        OrderState::Completed | OrderState::Void | OrderState::Refunded => None,
    }
}

/// What came by transfer is sent back by hand, after somebody has seen to it.
fn refunding(method: PaymentMethod) -> &'static str {
    match method {
        PaymentMethod::Online => "款项正在原路退回，一般 1–3 个工作日到账",
        PaymentMethod::Transfer | PaymentMethod::Remitted => "退款由财务从银行转出，转出后一般 1–3 个工作日到账",
    }
}

/// What the payer does next, by the way he pays.
fn before_payment(situation: &Situation) -> (String, Option<i64>) {
    let until = beijing_minute_text(situation.expires_at);
    match situation.review_due_at {
        Some(due_at) if due_at < situation.now => return (late_review(due_at, &situation.service_phone), None),
        Some(due_at) => return ("汇款正在审核，三个工作日内完成，结果会通知您".to_owned(), Some(due_at)),
        None => {}
    }
    if situation.received > Fen::ZERO {
        let Situation { received, missing, .. } = situation;
        return (format!("已收到 {received} 元，还差 {missing} 元，补足后自动变为已支付"), None);
    }
    match situation.method {
        PaymentMethod::Online => {
            (format!("请在 {until} 前完成支付，逾期订单自动作废，报告可重新缴费"), Some(situation.expires_at))
        }
        PaymentMethod::Transfer => before_transfer(situation, &until),
        PaymentMethod::Remitted => {
            (format!("请在 {until} 前填写汇款信息、上传凭证并提交审核"), Some(situation.expires_at))
        }
    }
}

/// A code ends before its order does: the date that counts is the code's, and the order's is named beside it.
fn before_transfer(situation: &Situation, order_until: &str) -> (String, Option<i64>) {
    match (situation.code, situation.code_expires_at) {
        (Some(NoticeState::Issued), Some(code_until)) if code_until > situation.now => {
            let until = beijing_minute_text(code_until);
            let text = format!(
                "请在 {until} 前转账，附言必须填写缴款码，到账后自动变为已支付；缴款码到期后可一键更换，订单保留至 {order_until}"
            );
            (text, Some(code_until))
        }
        (Some(NoticeState::Issued | NoticeState::Expired), _) => {
            let text =
                format!("缴款码已到期，请先点“更换缴款码”再转账，订单保留至 {order_until}；已经转出的款项仍会入账");
            (text, Some(situation.expires_at))
        }
        (Some(NoticeState::Failed), _) => {
            let text = format!("缴款码没有生成，请点“更换缴款码”重试，或更换缴款方式，订单保留至 {order_until}");
            (text, Some(situation.expires_at))
        }
        _ => ("正在向财政系统申请缴款码，好了就可以转账".to_owned(), None),
    }
}

/// A promise that was not kept is named as such, with whom to call.
fn late_review(due_at: i64, phone: &str) -> String {
    let day = print_date(beijing_date(due_at));
    format!("汇款审核本应在 {day} 前完成，现已超时，我们正在加紧处理。请勿重复汇款，可致电 {phone} 催办")
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
            code: None,
            code_expires_at: None,
            service_phone: "023-00000000".to_owned(),
            now: 0,
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
    fn a_transfer_is_asked_for_before_its_code_ends_and_the_order_lives_on() {
        let day = |text| start_of_beijing_day_ms(foundation::calendar::parse_date(text).unwrap());
        let mut situation = Situation {
            order: OrderState::PendingPayment,
            method: PaymentMethod::Transfer,
            code: Some(NoticeState::Issued),
            code_expires_at: Some(day("2026-12-05")),
            expires_at: day("2026-12-20"),
            now: day("2026-11-22"),
            ..paid_on_friday(InvoiceState::None)
        };
        let step = next_step(&situation, &Calendar::default()).unwrap();
        assert_eq!(step.promised_at, Some(day("2026-12-05")));
        assert!(step.text.contains("2026-12-05") && step.text.contains("订单保留至 2026-12-20"), "{}", step.text);
        // Its own job has not noticed yet that it is over.
        situation.now = day("2026-12-06");
        let step = next_step(&situation, &Calendar::default()).unwrap();
        assert_eq!(step.promised_at, Some(day("2026-12-20")));
        assert!(step.text.contains("更换缴款码"), "{}", step.text);
    }

    #[test]
    fn a_failed_receipt_asks_the_payer_to_mend_it() {
        let step = next_step(&paid_on_friday(InvoiceState::Failed), &Calendar::default()).unwrap();
        assert!(step.text.contains("重试"), "{}", step.text);
    }
}
