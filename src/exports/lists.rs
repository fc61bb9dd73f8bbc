//! The lists that every installation has.

use async_trait::async_trait;
use axum::http::Uri;
use foundation::paging::PageRequest;
use foundation::problem::Problem;

use super::list::{Cell, ExportList, Exports, Rows, parse_query, rows};
use super::money_lists::{BankTransactions, Differences};
use crate::app::App;
use crate::audit::{self, AuditSearch};
use crate::console::OrderQuery;
use crate::credit::{self, ArrearsSearch};
use crate::fees::{self, StaffFeeSearch};
use crate::invoices::{self, InvoiceSearch};
use crate::messages::{self, MessageSearch};
use crate::orders;
use crate::payments::{self, RefundSearch};
use crate::reviews::{self, ReviewQuery};
use crate::staff::{Officer, Permission};

/// All of them.
pub fn exports() -> Exports {
    Exports::default()
        .with(Orders)
        .with(Fees)
        .with(Invoices)
        .with(Refunds)
        .with(BankTransactions)
        .with(Differences)
        .with(Reviews)
        .with(Messages)
        .with(Audit)
        .with(ArrearsList)
}

list!(
    Orders,
    "orders",
    "缴款订单",
    OrdersRead,
    ["订单号", "单位", "收款单位", "报告", "份数", "金额", "已收", "已退", "方式", "状态", "下单时间", "支付时间"],
    |app, _officer, address, page| {
        let search = parse_query::<OrderQuery>(address)?.search()?;
        let found = orders::staff_page(app.database.reader(), &search, page).await?;
        Ok(rows(found, |row| {
            let state = row.state().map(|state| state.text().to_owned()).unwrap_or_default();
            let taken = row.taken();
            vec![
                row.order_no.into(),
                row.unit_name.into(),
                row.payee_name.into(),
                row.title.into(),
                Cell::Number(row.fee_count),
                Cell::Money(row.amount_fen),
                Cell::Money(taken.0),
                Cell::Money(row.refunded_fen),
                orders::method_text(&row.method).to_owned().into(),
                state.into(),
                Cell::Moment(Some(row.created_at)),
                Cell::Moment(row.paid_at),
            ]
        }))
    }
);

list!(
    Fees,
    "fees",
    "费用",
    FeesRead,
    ["报告编号", "单位", "设备", "注册代码", "出厂编号", "金额", "收款单位", "状态", "入账时间", "缴费时间"],
    |app, _officer, address, page| {
        let search = parse_query::<StaffFeeSearch>(address)?;
        let found = fees::staff_fee_page(app.database.reader(), &search, page).await?;
        Ok(rows(found, |fee| {
            vec![
                fee.report_no.into(),
                fee.unit_name.into(),
                fee.device_name.into(),
                fee.registration_code.into(),
                fee.factory_serial_no.into(),
                Cell::Money(fee.amount_fen),
                fee.payee_name.into(),
                fee.state_text.into(),
                Cell::Moment(Some(fee.posted_at)),
                Cell::Moment(fee.paid_at),
            ]
        }))
    }
);

list!(
    Invoices,
    "invoices",
    "票据",
    InvoicesRead,
    ["订单号", "单位", "票据种类", "抬头", "税号", "票据代码", "票据号码", "金额", "状态", "失败原因", "开票时间"],
    |app, _officer, address, page| {
        let search = parse_query::<InvoiceSearch>(address)?;
        let found = invoices::invoice_page(app, &search, page).await?;
        Ok(rows(found, |invoice| {
            vec![
                invoice.order_no.into(),
                invoice.unit_name.into(),
                invoice.view.kind_text.to_owned().into(),
                invoice.view.title.name.into(),
                invoice.view.title.tax_no.into(),
                invoice.view.invoice_code.into(),
                invoice.view.invoice_number.into(),
                Cell::Money(invoice.amount_fen),
                invoice.view.state_text.to_owned().into(),
                invoice.view.failure.into(),
                Cell::Moment(invoice.view.issued_at),
            ]
        }))
    }
);

list!(
    Refunds,
    "refunds",
    "退款",
    RefundsRead,
    [
        "订单号",
        "单位",
        "金额",
        "原因",
        "状态",
        "渠道",
        "退款单号",
        "微信退款单号",
        "银行流水号",
        "申请人",
        "申请时间",
        "到账时间"
    ],
    |app, _officer, address, page| {
        let search = parse_query::<RefundSearch>(address)?;
        let found = payments::refund_page(app, &search, page).await?;
        Ok(rows(found, |refund| {
            vec![
                refund.order_no.into(),
                refund.unit_name.into(),
                Cell::Money(refund.amount_fen),
                refund.reason.into(),
                refund.state_text.into(),
                refund.channel.text().to_owned().into(),
                refund.out_refund_no.into(),
                refund.refund_id.into(),
                refund.bank_reference.into(),
                refund.proposed_by.into(),
                Cell::Moment(Some(refund.created_at)),
                Cell::Moment(refund.succeeded_at),
            ]
        }))
    }
);

list!(
    Reviews,
    "reviews",
    "审核",
    Work,
    ["种类", "事项", "金额", "状态", "提交人", "提交时间", "应办结", "审核人", "审核时间", "意见"],
    |app, officer, address, page| {
        let search = parse_query::<ReviewQuery>(address)?;
        let found = reviews::review_page(app, officer, search, page).await?;
        Ok(rows(found, |review| {
            vec![
                review.kind_text.into(),
                review.title.into(),
                review.amount_fen.map_or(Cell::Moment(None), Cell::Money),
                review.state_text.into(),
                review.submitted_by.into(),
                Cell::Moment(Some(review.submitted_at)),
                Cell::Moment(Some(review.due_at)),
                review.decided_by.map(|person| person.name).into(),
                Cell::Moment(review.decided_at),
                review.opinion.into(),
            ]
        }))
    }
);

list!(
    Messages,
    "messages",
    "消息",
    MessagesRead,
    ["标题", "内容", "接收人", "账号", "状态", "发送时间", "阅读时间"],
    |app, _officer, address, page| {
        let search = parse_query::<MessageSearch>(address)?;
        let found = messages::message_page(app, &search, page).await?;
        Ok(rows(found, |message| {
            vec![
                message.title.into(),
                message.body.into(),
                message.account_name.into(),
                message.account_masked.into(),
                message.state_text.into(),
                Cell::Moment(Some(message.created_at)),
                Cell::Moment(message.read_at),
            ]
        }))
    }
);

list!(
    Audit,
    "audit",
    "审计日志",
    AuditRead,
    ["序号", "时间", "操作人", "操作", "对象", "详情", "哈希"],
    |app, _officer, address, page| {
        let search = parse_query::<AuditSearch>(address)?;
        let found = audit::page(app.database.reader(), &search, page).await?;
        Ok(rows(found, |entry| {
            vec![
                Cell::Number(entry.seq),
                Cell::Moment(Some(entry.at)),
                entry.actor_name.into(),
                entry.action_text.into(),
                entry.object.into(),
                entry.detail.to_string().into(),
                entry.hash.into(),
            ]
        }))
    }
);

list!(
    ArrearsList,
    "arrears",
    "欠费清单",
    ArrearsRead,
    [
        "申请编号",
        "单位",
        "状态",
        "到期日",
        "逾期天数",
        "欠费份数",
        "欠费金额",
        "申请份数",
        "申请金额",
        "申请原因",
        "批准时间",
        "缴清时间"
    ],
    |app, _officer, address, page| {
        let search = parse_query::<ArrearsSearch>(address)?;
        let found = credit::arrears_page(app, &search, page).await?;
        Ok(rows(found, |row| {
            vec![
                row.request_no.into(),
                row.unit_name.into(),
                row.state_text.into(),
                row.due_on.into(),
                Cell::Number(row.overdue_days),
                Cell::Number(row.owed_count),
                Cell::Money(row.owed_fen.0),
                Cell::Number(row.count),
                Cell::Money(row.amount_fen),
                row.reason.into(),
                Cell::Moment(row.granted_at),
                Cell::Moment(row.settled_at),
            ]
        }))
    }
);
