//! Lists of the money that came: lines of the bank, and what does not fit on a day.

use async_trait::async_trait;
use axum::http::Uri;
use foundation::paging::PageRequest;
use foundation::problem::Problem;
use foundation::text::mask_code;

use super::list::{Cell, ExportList, Rows, parse_query, rows};
use crate::app::App;
use crate::bank::{self, TransactionQuery};
use crate::reconciliation::{self, DifferenceQuery};
use crate::staff::{Officer, Permission};

list!(
    BankTransactions,
    "bank-transactions",
    "银行流水",
    BankRead,
    ["入账日期", "金额", "未认款", "付款人", "付款账号", "摘要", "流水号", "状态", "忽略原因"],
    |app, _officer, address, page| {
        let search = parse_query::<TransactionQuery>(address)?.search()?;
        let found = bank::transaction_page(app.database.reader(), &search, page).await?;
        let back = bank::going_back(app.database.reader(), &found.items).await?;
        Ok(rows(found, |line| {
            let state = match back.get(&line.id) {
                Some(back) => back.text().to_owned(),
                None => line.state().map(|state| state.text().to_owned()).unwrap_or_default(),
            };
            vec![
                line.booked_on.into(),
                Cell::Money(line.amount_fen),
                Cell::Money(line.rest_fen),
                line.payer_name.into(),
                line.payer_account.as_deref().map(mask_code).into(),
                line.remark.into(),
                line.serial_no.into(),
                state.into(),
                line.ignore_reason.into(),
            ]
        }))
    }
);

list!(
    Differences,
    "differences",
    "对账差异",
    ReconciliationRead,
    ["日期", "差异", "单号", "对方金额", "账面金额", "建议", "状态", "处理人", "处理时间", "说明"],
    |app, _officer, address, page| {
        let day = parse_query::<DifferenceQuery>(address)?.day()?;
        let found = reconciliation::open_differences(app.database.reader(), day, page).await?;
        let money = |fen: Option<i64>| fen.map_or(Cell::Moment(None), Cell::Money);
        Ok(rows(found, |difference| {
            vec![
                difference.on.into(),
                difference.kind_text.into(),
                difference.reference.into(),
                money(difference.channel_fen),
                money(difference.books_fen),
                difference.proposal_text.into(),
                difference.state.text().to_owned().into(),
                difference.settled_by.into(),
                Cell::Moment(difference.settled_at),
                difference.note.into(),
            ]
        }))
    }
);
