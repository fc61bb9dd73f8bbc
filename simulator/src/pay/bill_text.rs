//! The text of bills: BOM, CRLF, back-quotes before values, yuan with two decimals.

use std::fmt::Write;

use crate::instants;
use crate::world::World;
use crate::world::orders::{Order, Payment};
use crate::world::refunds::{Refund, RefundState};

/// Merchant fee: 6 parts in 1000, rounded to a fen.
const FEE_PER_MILLE: i64 = 6;

const BASE: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额";
const REFUND: &str = "微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态";
const TAIL: &str = "商品名称,商户数据包,手续费,费率,订单金额";
const SUMMARY: &str = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";
const FUND: &str = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号";
const FUND_SUMMARY: &str = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额";

/// Which rows a trade bill has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum BillType {
    All,
    Success,
    Refund,
}

/// A day by the unix seconds of its begin and of the next one.
#[derive(Clone, Copy)]
pub(super) struct Day {
    pub begin: i64,
    pub end: i64,
}

impl Day {
    fn has(self, at: i64) -> bool {
        (self.begin..self.end).contains(&at)
    }
}

/// One movement of money.
enum Row<'a> {
    Paid(&'a Order, &'a Payment),
    Refunded(&'a Order, &'a Payment, &'a Refund),
}

impl Row<'_> {
    fn at(&self) -> i64 {
        match self {
            Self::Paid(_, payment) => payment.paid_at,
            Self::Refunded(_, _, refund) => refund.created_at,
        }
    }
}

/// All movements in the order of time.
fn rows(world: &World) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for order in world.orders.values() {
        let Some(payment) = &order.payment else { continue };
        rows.push(Row::Paid(order, payment));
        let own = world.refunds.values().filter(|refund| refund.out_trade_no == order.out_trade_no);
        rows.extend(own.map(|refund| Row::Refunded(order, payment, refund)));
    }
    rows.sort_by_key(Row::at);
    rows
}

/// The trade bill of a day; `None` when nothing happened.
pub(super) fn trade(world: &World, mch_id: &str, day: Day, bill_type: BillType) -> Option<String> {
    let wanted = |row: &Row<'_>| {
        let kind = match row {
            Row::Paid(..) => bill_type != BillType::Refund,
            Row::Refunded(..) => bill_type != BillType::Success,
        };
        kind && day.has(row.at())
    };
    let rows: Vec<Row<'_>> = rows(world).into_iter().filter(wanted).collect();
    if rows.is_empty() {
        return None;
    }
    let header = match bill_type {
        BillType::All => format!("{BASE},{REFUND},{TAIL},申请退款金额,费率备注"),
        BillType::Success => format!("{BASE},{TAIL},费率备注"),
        BillType::Refund => format!("{BASE},退款申请时间,退款成功时间,{REFUND},{TAIL},申请退款金额,费率备注"),
    };
    let mut text = format!("\u{feff}{header}\r\n");
    let (mut paid_fen, mut refunded_fen, mut fees_fen) = (0, 0, 0);
    for row in &rows {
        let values = trade_values(row, mch_id, bill_type);
        line(&mut text, &values);
        match row {
            Row::Paid(order, _) => {
                paid_fen += order.amount_fen;
                fees_fen += fee_fen(order.amount_fen);
            }
            Row::Refunded(_, _, refund) => {
                refunded_fen += refund.refund_fen;
                fees_fen -= fee_fen(refund.refund_fen);
            }
        }
    }
    text.push_str(SUMMARY);
    text.push_str("\r\n");
    let summary = [
        format!("{}.0", rows.len()),
        yuan(paid_fen),
        yuan(refunded_fen),
        yuan(0),
        yuan(fees_fen),
        yuan(paid_fen),
        yuan(refunded_fen),
    ];
    line(&mut text, &summary);
    Some(text)
}

fn trade_values(row: &Row<'_>, mch_id: &str, bill_type: BillType) -> Vec<String> {
    let (order, payment) = match row {
        Row::Paid(order, payment) | Row::Refunded(order, payment, _) => (order, payment),
    };
    let (state, settled_fen) = match row {
        Row::Paid(..) => ("SUCCESS", order.amount_fen),
        Row::Refunded(..) => ("REFUND", 0),
    };
    let mut values = vec![
        instants::spaced(row.at()),
        order.app_id.clone(),
        mch_id.to_owned(),
        "0".into(),
        String::new(),
        payment.transaction_id.clone(),
        order.out_trade_no.clone(),
        payment.openid.clone(),
        order.product.trade_type().into(),
        state.into(),
        payment.bank_type.clone(),
        "CNY".into(),
        yuan(settled_fen),
        yuan(0),
    ];
    let fee = match row {
        Row::Paid(..) => fee_fen(order.amount_fen),
        Row::Refunded(_, _, refund) => -fee_fen(refund.refund_fen),
    };
    if bill_type != BillType::Success {
        values.extend(refund_values(row, bill_type));
    }
    values.extend([
        escaped(&order.description),
        escaped(order.attach.as_deref().unwrap_or_default()),
        format!("{}000", yuan(fee)),
        "0.60%".into(),
        yuan(settled_fen),
    ]);
    if bill_type != BillType::Success {
        values.push(match row {
            Row::Paid(..) => yuan(0),
            Row::Refunded(_, _, refund) => yuan(refund.refund_fen),
        });
    }
    values.push(String::new());
    values
}

fn refund_values(row: &Row<'_>, bill_type: BillType) -> Vec<String> {
    let Row::Refunded(_, _, refund) = row else {
        return vec!["0".into(), "0".into(), yuan(0), yuan(0), String::new(), String::new()];
    };
    let mut values = Vec::new();
    if bill_type == BillType::Refund {
        values.push(instants::spaced(refund.created_at));
        values.push(refund.succeeded_at.map(instants::spaced).unwrap_or_default());
    }
    let state = match refund.state {
        RefundState::Processing => "PROCESSING",
        RefundState::Success => "SUCCESS",
        RefundState::Abnormal => "CHANGE",
        RefundState::Closed => "FAIL",
    };
    values.extend([
        refund.refund_id.clone(),
        refund.out_refund_no.clone(),
        yuan(refund.refund_fen),
        yuan(0),
        "ORIGINAL".into(),
        state.into(),
    ]);
    values
}

/// The fund-flow bill of a day, with the balance since the beginning of this world.
pub(super) fn fund_flow(world: &World, mch_id: &str, day: Day) -> Option<String> {
    let mut lines = Vec::new();
    let mut balance_fen = 0;
    let (mut incomes, mut income_fen, mut expenses, mut expense_fen) = (0, 0, 0, 0);
    for row in rows(world) {
        for entry in fund_entries(&row, mch_id) {
            balance_fen += entry.change_fen;
            if !day.has(row.at()) {
                continue;
            }
            if entry.change_fen >= 0 {
                incomes += 1;
                income_fen += entry.change_fen;
            } else {
                expenses += 1;
                expense_fen -= entry.change_fen;
            }
            lines.push([
                instants::spaced(row.at()),
                entry.business_no,
                entry.flow_no,
                entry.business.into(),
                entry.business.into(),
                if entry.change_fen >= 0 { "收入" } else { "支出" }.into(),
                yuan(entry.change_fen.abs()),
                yuan(balance_fen),
                entry.applicant,
                escaped(&entry.remark),
                entry.voucher,
            ]);
        }
    }
    if lines.is_empty() {
        return None;
    }
    let mut text = format!("\u{feff}{FUND}\r\n");
    for values in &lines {
        line(&mut text, values);
    }
    text.push_str(FUND_SUMMARY);
    text.push_str("\r\n");
    let summary = [
        format!("{}.0", lines.len()),
        format!("{incomes}.0"),
        yuan(income_fen),
        format!("{expenses}.0"),
        yuan(expense_fen),
    ];
    line(&mut text, &summary);
    Some(text)
}

struct FundEntry {
    business_no: String,
    flow_no: String,
    business: &'static str,
    change_fen: i64,
    applicant: String,
    remark: String,
    voucher: String,
}

/// A payment is an income and a fee; a refund is an expense less the fee that comes back.
fn fund_entries(row: &Row<'_>, mch_id: &str) -> Vec<FundEntry> {
    match row {
        Row::Paid(order, payment) => {
            let fee = fee_fen(order.amount_fen);
            let entry = |business, change_fen, remark| FundEntry {
                business_no: payment.transaction_id.clone(),
                flow_no: payment.transaction_id.clone(),
                business,
                change_fen,
                applicant: "system".into(),
                remark,
                voucher: order.out_trade_no.clone(),
            };
            let note = format!("结算总金额 {} 元;含手续费 {} 元", yuan(order.amount_fen), yuan(fee));
            vec![entry("交易", order.amount_fen, order.description.clone()), entry("扣除交易手续费", -fee, note)]
        }
        Row::Refunded(_, payment, refund) => {
            let fee = fee_fen(refund.refund_fen);
            vec![FundEntry {
                business_no: refund.refund_id.clone(),
                flow_no: payment.transaction_id.clone(),
                business: "退款",
                change_fen: fee - refund.refund_fen,
                applicant: format!("{mch_id}API"),
                remark: format!("退款总金额{}元;含手续费{}元", yuan(refund.refund_fen), yuan(fee)),
                voucher: refund.out_refund_no.clone(),
            }]
        }
    }
}

fn fee_fen(amount_fen: i64) -> i64 {
    (amount_fen * FEE_PER_MILLE + 500) / 1000
}

/// Commas become `\ `, line breaks `\n`; a back-quote may stand.
fn escaped(text: &str) -> String {
    text.replace(',', "\\ ").replace(['\r', '\n'], "\\n")
}

fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let fen = fen.unsigned_abs();
    format!("{sign}{}.{:02}", fen / 100, fen % 100)
}

fn line(text: &mut String, values: &[String]) {
    for (index, value) in values.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        // Writing into a String cannot fail.
        let _infallible = write!(text, "{comma}`{value}");
    }
    text.push_str("\r\n");
}
