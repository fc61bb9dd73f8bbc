//! Orders by their numbers, what came to them (payment codes, numbers of transfers), units and reports; payments by
//! WeChat's number.

use async_trait::async_trait;
use foundation::money::Fen;
use foundation::problem::Problem;

use super::first_few;
use crate::app::App;
use crate::console::search::{Finder, Found};
use crate::orders::{self, StaffOrderSearch};
use crate::payments;
use crate::staff::Permission;

/// 缴款订单.
pub(super) struct Orders;

#[async_trait]
impl Finder for Orders {
    fn kind(&self) -> &'static str {
        "order"
    }
    fn title(&self) -> &'static str {
        "缴款订单"
    }
    fn permission(&self) -> Permission {
        Permission::OrdersRead
    }
    async fn find(&self, app: &App, words: &str) -> Result<Vec<Found>, Problem> {
        let search = StaffOrderSearch { q: Some(words.to_owned()), ..StaffOrderSearch::default() };
        let found = orders::staff_page(app.database.reader(), &search, &first_few()).await?;
        found
            .items
            .into_iter()
            .map(|row| {
                Ok(Found {
                    state_text: Some(row.state()?.text().to_owned()),
                    link: format!("/orders/{}", row.id),
                    title: row.order_no,
                    subtitle: format!("{}　{} 元", row.unit_name, Fen(row.amount_fen)),
                    id: row.id,
                })
            })
            .collect()
    }
}

/// Payments through WeChat.
pub(super) struct Transactions;

#[async_trait]
impl Finder for Transactions {
    fn kind(&self) -> &'static str {
        "transaction"
    }
    fn title(&self) -> &'static str {
        "支付与退款"
    }
    fn permission(&self) -> Permission {
        Permission::OrdersRead
    }
    async fn find(&self, app: &App, words: &str) -> Result<Vec<Found>, Problem> {
        let found = payments::orders_with_number(app.database.reader(), words).await?;
        let item = |(order_id, number, amount_fen): (String, String, i64)| Found {
            link: format!("/orders/{order_id}"),
            title: number.clone(),
            subtitle: format!("{} 元", Fen(amount_fen)),
            state_text: None,
            id: number,
        };
        Ok(found.into_iter().map(item).collect())
    }
}
