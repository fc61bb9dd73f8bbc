//! What happened to an order, when, and by whom (B-12).

use foundation::ids::new_id_text;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::entity::order_events;
use crate::accounts::AccountId;

/// Who did it.
#[derive(Debug, Clone)]
pub enum Actor {
    /// A person or unit account.
    Account(AccountId),
    /// tejian by itself: clock, jobs.
    System,
    /// WeChat told us.
    Channel,
    /// A bank statement or the fiscal system told us.
    Bank,
    /// Somebody who is not of the unit pays for it (S2-38, B-09).
    Guest,
    /// Somebody of the institute, by the id of his account.
    Officer(String),
}

impl Actor {
    fn as_stored(&self) -> String {
        match self {
            Actor::Account(id) => id.to_string(),
            Actor::System => "system".to_owned(),
            Actor::Channel => "channel".to_owned(),
            Actor::Bank => "bank".to_owned(),
            Actor::Guest => "guest".to_owned(),
            Actor::Officer(id) => id.clone(),
        }
    }
}

/// The kinds of steps, with their sentence for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimelineKind {
    /// The payer confirmed.
    Created,
    /// A colleague is asked to pay (B-09).
    Asked,
    /// The links that were given to colleagues end.
    AskRevoked,
    /// A payment was started.
    PaymentStarted,
    /// A payment was closed without money.
    PaymentClosed,
    /// Money arrived.
    Paid,
    /// Money arrived after the order had been voided, and it was taken up again.
    Revived,
    /// Money arrived that does not fit the order; a person looks at it.
    PaymentDisputed,
    /// Somebody looked at it.
    DisputeEnded,
    /// Receipt and reports are there.
    Completed,
    /// Given up.
    Voided,
    /// Money goes back.
    RefundStarted,
    /// Money is back.
    RefundDone,
    /// Money that was to go back does not.
    RefundCalledOff,
    /// Money that had gone back was sent back by the bank, and goes once more.
    RefundBounced,
    /// The receipt is being made.
    InvoiceRequested,
    /// The receipt is there.
    InvoiceIssued,
    /// The receipt could not be made.
    InvoiceFailed,
    /// The payer pays another way.
    MethodChanged,
    /// The payment code is there (S0-35).
    CodeIssued,
    /// The payment code could not be made.
    CodeFailed,
    /// The payment code is no longer valid.
    CodeExpired,
    /// A part of the money came.
    PartReceived,
    /// Money that was never meant for the order was taken back.
    ClaimUndone,
    /// Money taken at a window for it by mistake was given back there.
    CounterUndone,
    /// The payer told of a remittance (S0-40).
    RemittanceSubmitted,
    /// The payer took it back to correct it.
    RemittanceWithdrawn,
    /// It was found to be right (S0-42).
    RemittanceApproved,
    /// It was found to be wrong (S0-43).
    RemittanceRejected,
    /// Printed reports were posted (S0-27).
    Posted,
    /// The receipt is being taken back.
    InvoiceReversing,
    /// The receipt was taken back.
    InvoiceReversed,
    /// The issuer did not take the receipt back, and it stands.
    InvoiceStands,
    /// The receipt went to an e-mail address.
    InvoiceMailed,
}

impl TimelineKind {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            TimelineKind::Created => "created",
            TimelineKind::Asked => "asked",
            TimelineKind::AskRevoked => "ask_revoked",
            TimelineKind::PaymentStarted => "payment_started",
            TimelineKind::PaymentClosed => "payment_closed",
            TimelineKind::Paid => "paid",
            TimelineKind::Revived => "revived",
            TimelineKind::PaymentDisputed => "payment_disputed",
            TimelineKind::DisputeEnded => "dispute_ended",
            TimelineKind::Completed => "completed",
            TimelineKind::Voided => "voided",
            TimelineKind::RefundStarted => "refund_started",
            TimelineKind::RefundDone => "refund_done",
            TimelineKind::RefundCalledOff => "refund_called_off",
            TimelineKind::RefundBounced => "refund_bounced",
            TimelineKind::InvoiceRequested => "invoice_requested",
            TimelineKind::InvoiceIssued => "invoice_issued",
            TimelineKind::InvoiceFailed => "invoice_failed",
            TimelineKind::MethodChanged => "method_changed",
            TimelineKind::CodeIssued => "code_issued",
            TimelineKind::CodeFailed => "code_failed",
            TimelineKind::CodeExpired => "code_expired",
            TimelineKind::PartReceived => "part_received",
            TimelineKind::ClaimUndone => "claim_undone",
            TimelineKind::CounterUndone => "counter_undone",
            TimelineKind::RemittanceSubmitted => "remittance_submitted",
            TimelineKind::RemittanceWithdrawn => "remittance_withdrawn",
            TimelineKind::RemittanceApproved => "remittance_approved",
            TimelineKind::RemittanceRejected => "remittance_rejected",
            TimelineKind::Posted => "posted",
            TimelineKind::InvoiceReversing => "invoice_reversing",
            TimelineKind::InvoiceReversed => "invoice_reversed",
            TimelineKind::InvoiceStands => "invoice_stands",
            TimelineKind::InvoiceMailed => "invoice_mailed",
        }
    }

    /// The sentence for people of a stored kind.
    pub fn text_of(stored: &str) -> &'static str {
        match stored {
            "created" => "提交订单",
            "asked" => "请同事付款",
            "ask_revoked" => "撤回付款链接",
            "payment_started" => "发起支付",
            "payment_closed" => "支付未完成，已关闭",
            "paid" => "支付成功",
            "revived" => "作废后收到付款，订单恢复",
            "payment_disputed" => "收到的付款与订单不一致，等待工作人员核对",
            "dispute_ended" => "工作人员已核对付款",
            "completed" => "订单完成",
            "voided" => "订单作废",
            "refund_started" => "发起退款",
            "refund_done" => "退款到账",
            "refund_called_off" => "取消退回",
            "refund_bounced" => "银行退票，重新办理退回",
            "invoice_requested" => "申请开票",
            "invoice_issued" => "已开票",
            "invoice_failed" => "开票失败",
            "method_changed" => "更换缴款方式",
            "code_issued" => "缴款码已生成",
            "code_failed" => "缴款码没有生成",
            "code_expired" => "缴款码已过期",
            "part_received" => "收到部分款项",
            "claim_undone" => "撤销认款",
            "counter_undone" => "撤销窗口收款",
            "remittance_submitted" => "提交汇款，等待审核",
            "remittance_withdrawn" => "收回汇款信息，可修改后重新提交",
            "remittance_approved" => "汇款审核通过",
            "remittance_rejected" => "汇款审核未通过",
            "posted" => "纸质报告已寄出",
            "invoice_reversing" => "票据红冲中",
            "invoice_reversed" => "票据已红冲",
            "invoice_stands" => "票据没有红冲，原票仍有效",
            "invoice_mailed" => "票据已发到邮箱",
            _ => "订单更新",
        }
    }
}

/// Writes a step; pass the transaction of the change.
pub async fn record<C: ConnectionTrait>(
    connection: &C,
    order_id: &str,
    kind: TimelineKind,
    actor: &Actor,
    detail: Option<String>,
    now_ms: i64,
) -> Result<(), DbErr> {
    let row = new_step(order_id, kind, actor, detail, now_ms);
    order_events::Entity::insert(row).exec_without_returning(connection).await?;
    Ok(())
}

/// Writes the same step of several orders, each with its moment (epoch milliseconds), in one statement.
pub(super) async fn record_all<C: ConnectionTrait>(
    connection: &C,
    orders: impl IntoIterator<Item = (&str, i64)>,
    kind: TimelineKind,
    actor: &Actor,
) -> Result<(), DbErr> {
    let rows = orders.into_iter().map(|(order_id, at)| new_step(order_id, kind, actor, None, at));
    order_events::Entity::insert_many(rows).exec_without_returning(connection).await?;
    Ok(())
}

fn new_step(
    order_id: &str,
    kind: TimelineKind,
    actor: &Actor,
    detail: Option<String>,
    at: i64,
) -> order_events::ActiveModel {
    order_events::ActiveModel {
        id: Set(new_id_text("oev")),
        order_id: Set(order_id.to_owned()),
        kind: Set(kind.as_str().to_owned()),
        actor: Set(actor.as_stored()),
        detail: Set(detail),
        at: Set(at),
    }
}

/// A step as shown.
#[derive(Debug, Clone)]
pub struct Step {
    /// When, epoch milliseconds.
    pub at: i64,
    /// A stored [`TimelineKind`].
    pub kind: String,
    /// Account id, officer id, `system`, `channel`, `bank` or `guest`.
    pub actor: String,
    /// More, for people.
    pub detail: Option<String>,
}

/// How often money that an order had was taken off it again.
pub async fn times_reopened<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<u64, DbErr> {
    let undone = [TimelineKind::ClaimUndone, TimelineKind::CounterUndone].map(TimelineKind::as_str);
    order_events::Entity::find()
        .filter(order_events::Column::OrderId.eq(order_id))
        .filter(order_events::Column::Kind.is_in(undone))
        .count(connection)
        .await
}

/// The steps of an order, newest first; at most 100.
pub async fn steps<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<Vec<Step>, DbErr> {
    let rows = order_events::Entity::find()
        .filter(order_events::Column::OrderId.eq(order_id))
        .order_by_desc(order_events::Column::At)
        .order_by_desc(order_events::Column::Id)
        .limit(100)
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(|row| Step { at: row.at, kind: row.kind, actor: row.actor, detail: row.detail }).collect())
}
