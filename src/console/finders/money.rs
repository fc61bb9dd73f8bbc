//! What is owed, what is owed later, and what came to the institute's bank account.

use async_trait::async_trait;
use foundation::calendar::beijing_date;
use foundation::money::Fen;
use foundation::problem::Problem;

use super::{PER_GROUP, first_few};
use crate::app::App;
use crate::bank::{self, TransactionSearch};
use crate::console::search::{Finder, Found};
use crate::credit;
use crate::fees::{self, StaffFeeSearch};
use crate::staff::Permission;

/// 费用.
pub(super) struct Fees;

#[async_trait]
impl Finder for Fees {
    fn kind(&self) -> &'static str {
        "fee"
    }
    fn title(&self) -> &'static str {
        "费用"
    }
    fn permission(&self) -> Permission {
        Permission::FeesRead
    }
    async fn find(&self, app: &App, words: &str) -> Result<Vec<Found>, Problem> {
        let search = StaffFeeSearch { state: None, q: Some(words.to_owned()) };
        let found = fees::staff_fee_page(app.database.reader(), &search, &first_few()).await?;
        let item = |fee: fees::StaffFee| Found {
            link: format!("/fees?q={}", fee.report_no),
            id: fee.id.to_string(),
            title: format!("{}　{}", fee.report_no, fee.device_name),
            subtitle: format!("{}　{} 元", fee.unit_name, Fen(fee.amount_fen)),
            state_text: Some(fee.state_text),
        };
        Ok(found.items.into_iter().map(item).collect())
    }
}

/// 欠费申请, by number, unit and report.
pub(super) struct Credits;

#[async_trait]
impl Finder for Credits {
    fn kind(&self) -> &'static str {
        "credit"
    }
    fn title(&self) -> &'static str {
        "欠费申请"
    }
    fn permission(&self) -> Permission {
        Permission::CreditsDecide
    }
    async fn find(&self, app: &App, words: &str) -> Result<Vec<Found>, Problem> {
        let today = beijing_date(app.now_ms());
        let found = credit::matching(app.database.reader(), words, today, PER_GROUP.into()).await?;
        let item = |request: credit::CreditFound| Found {
            link: format!("/credits/{}", request.review_id),
            id: request.id,
            title: request.request_no,
            subtitle: format!("{}　{} 元", request.unit_name, Fen(request.amount_fen)),
            state_text: Some(request.state.text().to_owned()),
        };
        Ok(found.into_iter().map(item).collect())
    }
}

/// 银行流水, by payer, remark, number, account or amount.
pub(super) struct BankLines;

#[async_trait]
impl Finder for BankLines {
    fn kind(&self) -> &'static str {
        "bank_transaction"
    }
    fn title(&self) -> &'static str {
        "银行流水"
    }
    fn permission(&self) -> Permission {
        Permission::BankRead
    }
    async fn find(&self, app: &App, words: &str) -> Result<Vec<Found>, Problem> {
        let search = TransactionSearch { q: Some(words.to_owned()), ..TransactionSearch::default() };
        let found = bank::transaction_page(app.database.reader(), &search, &first_few()).await?;
        found
            .items
            .into_iter()
            .map(|row| {
                Ok(Found {
                    state_text: Some(row.state()?.text().to_owned()),
                    link: format!("/bank?state=all&id={}", row.id),
                    title: format!("{}　{} 元", row.payer_name, Fen(row.amount_fen)),
                    subtitle: format!("{}　{}", row.booked_on, row.remark),
                    id: row.id,
                })
            })
            .collect()
    }
}
